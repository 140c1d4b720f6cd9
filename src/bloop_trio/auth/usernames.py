"""What people may be called. Pure."""

from __future__ import annotations

import unicodedata
from typing import Final

from bloop_trio.exceptions import BadRequestError

MAX_USERNAME_CHARS: Final = 64

# Control and formatting characters (bidi among them), surrogates, private ones, and ends of lines and paragraphs:
# names with these look like other names, or turn the text around them.
_REFUSED: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


def check_username(text: str) -> str:
    """Return a username as it is kept: composed, and without white space around it.

    Raises:
        BadRequestError: it is empty, too long, or has characters that cannot be seen.
    """
    # Composing changes the length, and can make more of a text than was there.
    name = unicodedata.normalize("NFC", text[: MAX_USERNAME_CHARS * 8].strip())
    if not name:
        raise BadRequestError("username is required")
    if len(name) > MAX_USERNAME_CHARS:
        raise BadRequestError(f"username must be at most {MAX_USERNAME_CHARS} characters")
    if any(unicodedata.category(character) in _REFUSED for character in name):
        raise BadRequestError("username must not have characters that cannot be seen")
    return name


def username_key(name: str) -> str:
    """Return what usernames are compared by: two that differ in case or in the width of letters are the same."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
