"""The values of session cookies: how they are made, and what is kept of them. No I/O."""

from __future__ import annotations

import re
import secrets
from typing import Final

GENERATION: Final = "sessions"
"""Name of the generation that rises with every change of sessions and users."""

_SHAPE: Final = re.compile(r"[A-Za-z0-9_-]{43}")


def new_session_value() -> str:
    """Return a fresh value for the cookie: 43 base64url characters (256 random bits)."""
    return secrets.token_urlsafe(32)


def is_session_shaped(text: str) -> bool:
    """Say whether the text can be such a value at all; anything else needs no look at the database."""
    return _SHAPE.fullmatch(text) is not None
