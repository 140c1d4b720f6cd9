"""Invites in the database: each lets one person register within a week. Their plaintext is not kept."""

from __future__ import annotations

import secrets
import uuid
from typing import TYPE_CHECKING, Any, Final

import attrs

from bloop_trio.audit.entry import Action
from bloop_trio.auth.hashing import secret_hash
from bloop_trio.auth.users import check_still_signed_in
from bloop_trio.db.connection import transaction
from bloop_trio.exceptions import BadRequestError, NotFoundError

if TYPE_CHECKING:
    from bloop_trio.audit.store import Note
    from bloop_trio.db.connection import Connection
    from bloop_trio.http.caller import SignedIn

LIFETIME_SECS: Final = 7 * 86_400

_PREFIX_CHARS: Final = 8


@attrs.frozen(kw_only=True)
class Invite:
    """An invite as stored."""

    id: str
    token_prefix: str
    """The first characters of the plaintext, for people to tell invites apart."""
    is_admin: bool
    created_secs: int
    expires_secs: int
    created_by: str | None
    """The id of a user; None if it was a command, or somebody who was removed."""
    used_by: str | None
    used_secs: int | None
    revoked_secs: int | None


_COLUMNS: Final = ", ".join(field.name for field in attrs.fields(Invite))


@attrs.frozen
class IssuedInvite:
    """An invite at the one moment at which its plaintext is known."""

    invite: Invite
    plaintext: str = attrs.field(repr=False)


def invite_link(origin: str, plaintext: str) -> str:
    """Return the address that the invited person opens."""
    return f"{origin}/auth/login?invite={plaintext}"


def create_invite(
    conn: Connection, *, is_admin: bool, note: Note, now_secs: int, asking: SignedIn | None = None
) -> IssuedInvite:
    """Create an invite, for an administrator or an ordinary user, and return it with its plaintext."""
    plaintext = secrets.token_urlsafe(32)
    invite = Invite(
        id=str(uuid.uuid4()),
        token_prefix=plaintext[:_PREFIX_CHARS],
        is_admin=is_admin,
        created_secs=now_secs,
        expires_secs=now_secs + LIFETIME_SECS,
        created_by=None if asking is None else asking.user_id,
        used_by=None,
        used_secs=None,
        revoked_secs=None,
    )
    columns = attrs.asdict(invite) | {"token_hash": secret_hash(plaintext)}
    with transaction(conn):
        if asking is not None:
            check_still_signed_in(conn, asking, as_admin=True)
        conn.execute(
            f"INSERT INTO invites ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})", [*columns.values()]
        )
        details = {"is_admin": is_admin}
        note(conn, Action.INVITE_CREATED, target=invite.id, target_name=invite.token_prefix, details=details)
    return IssuedInvite(invite, plaintext)


def list_invites(conn: Connection) -> list[Invite]:
    """Return all invites, the newest first; used, revoked and expired ones are among them."""
    return [
        _invite(row) for row in conn.execute(f"SELECT {_COLUMNS} FROM invites ORDER BY created_secs DESC, rowid DESC")
    ]


def check_invite(conn: Connection, hashed: str, now_secs: int) -> None:
    """Let an invite pass that is still good.

    Raises:
        BadRequestError: There is none, or it is used, revoked or expired.
    """
    row = conn.execute(
        "SELECT 1 FROM invites"
        " WHERE token_hash = ? AND used_secs IS NULL AND revoked_secs IS NULL AND expires_secs > ?",
        (hashed, now_secs),
    ).fetchone()
    if row is None:
        raise BadRequestError("invite token is invalid or expired")


def claim_invite(conn: Connection, hashed: str, now_secs: int) -> Invite:
    """Use an invite up and return it; the first thing in the transaction that creates its user.

    Raises:
        BadRequestError: There is none, or it is used, revoked or expired.
    """
    check_invite(conn, hashed, now_secs)
    conn.execute("UPDATE invites SET used_secs = ? WHERE token_hash = ?", (now_secs, hashed))
    return _invite(conn.execute(f"SELECT {_COLUMNS} FROM invites WHERE token_hash = ?", (hashed,)).fetchone())


def note_user(conn: Connection, invite_id: str, user_id: str) -> None:
    """Say who has used an invite, once that user is there; to be called inside the same transaction."""
    conn.execute("UPDATE invites SET used_by = ? WHERE id = ?", (user_id, invite_id))


def revoke_invite(conn: Connection, invite_id: str, *, asking: SignedIn, note: Note, now_secs: int) -> None:
    """Make an invite worthless that nobody has used.

    Raises:
        NotFoundError: There is no such invite, or it is used or revoked.
    """
    with transaction(conn):
        check_still_signed_in(conn, asking, as_admin=True)
        row = conn.execute(
            "UPDATE invites SET revoked_secs = ? WHERE id = ? AND used_secs IS NULL AND revoked_secs IS NULL"
            " RETURNING token_prefix",
            (now_secs, invite_id),
        ).fetchone()
        if row is None:
            raise NotFoundError("invite not found, or already used or revoked")
        note(conn, Action.INVITE_REVOKED, target=invite_id, target_name=row[0])


def _invite(row: tuple[Any, ...]) -> Invite:
    columns = dict(zip((field.name for field in attrs.fields(Invite)), row, strict=True))
    return Invite(**columns | {"is_admin": bool(columns["is_admin"])})
