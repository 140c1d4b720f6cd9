"""Challenges of passkey ceremonies: each is good once, for two minutes, and for the browser that has asked for it.

What a ceremony is about travels in a cookie that only this process can have written, so that nobody can fill the
memory by starting ceremonies. Remembered is only which ones have come to their end.
"""

from __future__ import annotations

import enum
import hashlib
import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from itertools import count
from typing import TYPE_CHECKING, Final

import attrs
import msgspec

from bloop_trio.exceptions import BadRequestError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

TTL_SECS: Final = 120
MAX_REMEMBERED: Final = 10_000

_KEY_BYTES: Final = 32
_CHALLENGE_BYTES: Final = 32
_MAX_COOKIE_CHARS: Final = 4096


class Kind(enum.StrEnum):
    """What a ceremony is for."""

    REGISTER = "register"
    """The first user."""
    LOGIN = "login"
    INVITE = "invite"
    """A user with an invite."""
    PASSKEY = "passkey"
    """One more passkey of somebody who is signed in."""


@attrs.frozen(kw_only=True)
class Challenge:
    """A ceremony that has begun."""

    kind: Kind
    id: str
    """By which the browser names it; 43 characters."""
    challenge: bytes
    """What the authenticator signs."""
    serial: int
    expires_secs: int
    username: str = ""
    """Of the user to be, where there is one."""
    user_id: str = ""
    """Of the user to be, or of who is signed in."""
    invite_hash: str = ""


class Challenges:
    """Gives challenges out and takes them back."""

    def __init__(self, now_secs: Callable[[], int], max_remembered: int = MAX_REMEMBERED) -> None:
        self._now_secs = now_secs
        self._max_remembered = max_remembered
        self._key = secrets.token_bytes(_KEY_BYTES)
        self._serials = count(1)
        self._taken: dict[int, None] = {}
        # Challenges up to this one are worth nothing, whether they were taken or not.
        self._worthless = 0

    def start(self, kind: Kind, *, username: str = "", user_id: str = "", invite_hash: str = "") -> Challenge:
        """Return a fresh challenge; `seal` makes the cookie that belongs to it."""
        return Challenge(
            kind=kind,
            id=secrets.token_urlsafe(_CHALLENGE_BYTES),
            challenge=secrets.token_bytes(_CHALLENGE_BYTES),
            serial=next(self._serials),
            expires_secs=self._now_secs() + TTL_SECS,
            username=username,
            user_id=user_id,
            invite_hash=invite_hash,
        )

    def seal(self, challenge: Challenge) -> str:
        """Return the value of the cookie by which the browser brings the challenge back."""
        sealed = urlsafe_b64encode(msgspec.json.encode(challenge)).decode()
        return f"{sealed}.{self._mac(sealed)}"

    def take(self, kind: Kind, challenge_id: str, cookies: Iterable[str]) -> Challenge:
        """Return the challenge with this id, which is then worth nothing any more, whatever comes of it.

        Raises:
            BadRequestError: this browser has not asked for it, it is used or too old, or it is of another kind.
        """
        found = next(filter(None, (self._open(cookie, challenge_id) for cookie in cookies)), None)
        if found is None or self._now_secs() >= found.expires_secs or self._is_taken(found.serial):
            raise BadRequestError("challenge expired or invalid")
        self._remember(found.serial)
        if found.kind is not kind:
            raise BadRequestError("wrong challenge type")
        return found

    def _open(self, cookie: str, challenge_id: str) -> Challenge | None:
        sealed, _, mac = cookie.partition(".")
        if len(cookie) > _MAX_COOKIE_CHARS or not hmac.compare_digest(
            mac.encode("utf-8", "replace"), self._mac(sealed).encode()
        ):
            return None
        challenge = msgspec.json.decode(urlsafe_b64decode(sealed), type=Challenge)
        return challenge if challenge.id == challenge_id else None

    def _is_taken(self, serial: int) -> bool:
        return serial <= self._worthless or serial in self._taken

    def _remember(self, serial: int) -> None:
        self._taken[serial] = None
        if len(self._taken) > self._max_remembered:
            # What is forgotten must not become good again, so all that is as old goes with it.
            oldest = next(iter(self._taken))
            del self._taken[oldest]
            self._worthless = max(self._worthless, oldest)

    def _mac(self, sealed: str) -> str:
        return hmac.new(self._key, sealed.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
