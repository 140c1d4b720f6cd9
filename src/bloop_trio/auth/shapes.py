"""The JSON of the routes of people. Times are epoch seconds."""

from __future__ import annotations

import enum
from typing import Any

import attrs


@attrs.frozen(kw_only=True, slots=False)
class Done:
    """What was asked for is done."""

    status: str = "ok"
    """Always `ok`."""


@attrs.frozen(kw_only=True, slots=False)
class AuthStatus:
    """How far the server is set up."""

    setup_complete: bool
    """Whether anybody has registered; if not, whoever comes first becomes administrator."""
    setup_token_required: bool
    """Whether the first registration demands `auth.setup_token`."""


@attrs.frozen(kw_only=True, slots=False)
class FirstUser:
    """Who registers first."""

    username: str
    """1 to 64 characters that can be seen; white space around them is cut off."""
    setup_token: str | None = None
    """`auth.setup_token`, where the server has one."""


@attrs.frozen(kw_only=True, slots=False)
class InvitedUser:
    """Who registers with an invite."""

    username: str
    """1 to 64 characters that can be seen; white space around them is cut off."""
    invite_token: str
    """What stands behind `invite=` in the link."""


@attrs.frozen(kw_only=True, slots=False)
class CeremonyStart:
    """A ceremony that has begun; the answer's cookie belongs to it."""

    challenge_id: str
    """To be sent back with the credential, within two minutes, once, and by this browser."""
    publicKey: dict[str, Any]  # noqa: N815 - as browsers call it
    """For `PublicKeyCredential.parseCreationOptionsFromJSON`, or `parseRequestOptionsFromJSON` to sign in."""


@attrs.frozen(kw_only=True, slots=False)
class CeremonyFinish:
    """What a browser's authenticator says."""

    challenge_id: str
    """As the start of the ceremony has answered it."""
    credential: dict[str, Any]
    """The `PublicKeyCredential`, as its `toJSON` writes it."""


@attrs.frozen(kw_only=True, slots=False)
class InviteFinish:
    """What the authenticator of an invited person says."""

    challenge_id: str
    """As the start of the ceremony has answered it."""
    credential: dict[str, Any]
    """The `PublicKeyCredential`, as its `toJSON` writes it."""
    invite_token: str | None = None
    """May be repeated here; the one that the ceremony began with counts."""


@attrs.frozen(kw_only=True, slots=False)
class PasskeyFinish:
    """One more passkey."""

    challenge_id: str
    """As the start of the ceremony has answered it."""
    credential: dict[str, Any]
    """The `PublicKeyCredential`, as its `toJSON` writes it."""
    name: str | None = None
    """What to call it, 1 to 64 printable characters; default: `Passkey 2` and so on."""


@attrs.frozen(kw_only=True, slots=False)
class PasskeyName:
    """What to call a passkey."""

    name: str
    """1 to 64 printable characters."""


@attrs.frozen(kw_only=True, slots=False)
class PasskeyInfo:
    """A passkey of one's own."""

    id: str
    """By which it is renamed and removed."""
    name: str
    """For people to tell passkeys apart."""
    created_at: int
    """When it was added, in epoch seconds."""
    last_used_at: int | None
    """When it last signed in, in epoch seconds."""
    is_synced: bool
    """Whether its provider keeps a copy, so that it outlives the device."""
    transports: list[str]
    """How browsers reach it, such as `internal`, `hybrid` or `usb`."""


@attrs.frozen(kw_only=True, slots=False)
class Me:
    """Who is signed in."""

    id: str
    """The user's id."""
    username: str
    """As the user has chosen it."""
    is_admin: bool
    """Whether the user is an administrator."""
    created_at: int
    """When the user registered, in epoch seconds."""
    session_id: str
    """The session of this request."""
    expires_at: int
    """When that session ends, in epoch seconds."""


@attrs.frozen(kw_only=True, slots=False)
class SessionInfo:
    """A signed-in browser of one's own."""

    id: str
    """By which it is ended."""
    created_at: int
    """When it signed in, in epoch seconds."""
    expires_at: int
    """When it ends by itself, in epoch seconds."""
    last_used_at: int
    """When it was last used, in epoch seconds; to a minute or two."""
    address: str
    """Where it signed in from."""
    user_agent: str
    """What the browser called itself then, at most 200 characters."""
    is_current: bool
    """Whether it is the session of this request."""


@attrs.frozen(kw_only=True, slots=False)
class SessionsEnded:
    """What signing out everywhere did."""

    ended: int
    """Sessions that were ended."""


@attrs.frozen(kw_only=True, slots=False)
class UserInfo:
    """Somebody who can sign in."""

    id: str
    """The user's id."""
    username: str
    """As the user has chosen it."""
    is_admin: bool
    """Whether the user is an administrator."""
    created_at: int
    """When the user registered, in epoch seconds."""


class Role(enum.StrEnum):
    """What a user may do."""

    ADMIN = "admin"
    USER = "user"


@attrs.frozen(kw_only=True, slots=False)
class RoleInput:
    """What a user shall be; one of the two fields."""

    is_admin: bool | None = None
    """Whether the user shall be an administrator."""
    role: Role | None = None
    """The same in a word."""


@attrs.frozen(kw_only=True, slots=False)
class RoleChanged:
    """What a user is now."""

    status: str = "ok"
    """Always `ok`."""
    user_id: str
    """The user's id."""
    is_admin: bool
    """Whether the user is an administrator."""


@attrs.frozen(kw_only=True, slots=False)
class InviteInput:
    """What an invited person shall be."""

    is_admin: bool = False
    """Whether the new user becomes an administrator."""


@attrs.frozen(kw_only=True, slots=False)
class NewInvite:
    """An invite, at the only time at which its token is told."""

    id: str
    """By which it is revoked."""
    token: str
    """43 characters that nobody can guess."""
    token_prefix: str
    """Its first characters, which lists show."""
    url: str
    """The link for the invited person."""
    is_admin: bool
    """Whether the new user becomes an administrator."""
    expires_at: int
    """When it ends by itself, a week from now in epoch seconds."""


@attrs.frozen(kw_only=True, slots=False)
class InviteInfo:
    """An invite as lists show it."""

    id: str
    """By which it is revoked."""
    token_prefix: str
    """The first characters of its token."""
    is_admin: bool
    """Whether the new user becomes an administrator."""
    created_at: int
    """When it was made, in epoch seconds."""
    created_by: str | None
    """The user who made it; null for a command, and for somebody who was removed."""
    expires_at: int
    """When it ends, or has ended, by itself, in epoch seconds."""
    used: bool
    """Whether somebody has registered with it."""
    used_at: int | None
    """When that was, in epoch seconds."""
    used_by: str | None
    """The user who did; null also for somebody who was removed."""
    revoked_at: int | None
    """When it was revoked, in epoch seconds."""


@attrs.frozen(kw_only=True, slots=False)
class ResetInput:
    """That everybody shall be removed."""

    confirm: bool
    """Has to be true."""
