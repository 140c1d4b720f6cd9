"""Bearer tokens: how they are made, what is kept of them, and when they are valid. No I/O."""

from __future__ import annotations

import re
import secrets
from typing import Final

import attrs

from bloop_trio.exceptions import BadRequestError
from bloop_trio.http.names import check_shown

MAX_NAME_CHARS: Final = 100
MAX_LIFETIME_DAYS: Final = 3650

_PREFIX_CHARS: Final = 16
_SECS_PER_DAY: Final = 86_400
_SHAPE: Final = re.compile(r"bloop_tk_[A-Za-z0-9_-]{43}")


@attrs.frozen(kw_only=True)
class Token:
    """A credential for one project, as stored: its plaintext is known to its owner alone."""

    id: str
    name: str
    token_hash: str = attrs.field(repr=False)
    token_prefix: str
    """The first characters of the plaintext, for people to tell tokens apart."""
    project_no: int
    created_by: str | None
    scopes: tuple[str, ...]
    created_secs: int
    expires_secs: int | None
    last_used_secs: int | None
    revoked_secs: int | None

    def is_valid(self, now_secs: int) -> bool:
        """Say whether the token opens anything at this time."""
        return self.revoked_secs is None and (self.expires_secs is None or now_secs < self.expires_secs)


def new_token() -> str:
    """Return a fresh plaintext: ``bloop_tk_`` and 43 base64url characters (256 random bits)."""
    return "bloop_tk_" + secrets.token_urlsafe(32)


def is_token_shaped(text: str) -> bool:
    """Say whether the text can be a token at all; anything else needs no look at the database."""
    return _SHAPE.fullmatch(text) is not None


def token_prefix(plaintext: str) -> str:
    """Return the part of the plaintext that may be shown."""
    return plaintext[:_PREFIX_CHARS]


def check_token_name(name: str) -> str:
    """Return the name without surrounding blanks.

    Raises:
        BadRequestError: It is empty or too long, or has characters that no name needs.
    """
    name = name.strip()
    if not 1 <= len(name) <= MAX_NAME_CHARS:
        raise BadRequestError(f"name must be 1-{MAX_NAME_CHARS} characters")
    return check_shown("name", name)


def expiry_secs(now_secs: int, expires_in_days: int | None) -> int | None:
    """Return the time from which a token made now is no longer valid; None for one that does not expire.

    Raises:
        BadRequestError: The lifetime is not between a day and ten years.
    """
    if expires_in_days is None:
        return None
    if not 1 <= expires_in_days <= MAX_LIFETIME_DAYS:
        raise BadRequestError(f"expires_in_days must be 1-{MAX_LIFETIME_DAYS}")
    return now_secs + expires_in_days * _SECS_PER_DAY
