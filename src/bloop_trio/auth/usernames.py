"""What people may be called. Pure."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from bloop_trio.audit.entry import SERVER, SHELL
from bloop_trio.exceptions import BadRequestError

MAX_USERNAME_CHARS: Final = 64

# Control and formatting characters (bidi among them), surrogates, private ones, and ends of lines and paragraphs:
# names with these look like other names, or turn the text around them.
_REFUSED: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
# Letters and marks that are drawn as nothing, or as a blank.
_UNSEEN: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
# So the audit log and the history of errors call whoever is nobody.
_RESERVED: Final = frozenset({SHELL, SERVER})


def check_username(text: str) -> str:
    """Return a username as it is kept: composed, and without white space around it.

    Raises:
        BadRequestError: it is empty, too long, has characters that cannot be seen, or is what the audit log calls the
            server and its shell.
    """
    # Composing changes the length, and can make more of a text than was there.
    name = unicodedata.normalize("NFC", text[: MAX_USERNAME_CHARS * 8].strip())
    if not name:
        raise BadRequestError("username is required")
    if len(name) > MAX_USERNAME_CHARS:
        raise BadRequestError(f"username must be at most {MAX_USERNAME_CHARS} characters")
    key = username_key(name)
    if not key or any(unicodedata.category(character) in _REFUSED for character in name):
        raise BadRequestError("username must not have characters that cannot be seen")
    if key in _RESERVED:
        raise BadRequestError("username is reserved")
    return name


def username_key(name: str) -> str:
    """Return what usernames are compared by.

    Two that differ in case, in the width of letters or blanks, or in what cannot be seen, are the same.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return unicodedata.normalize("NFKC", " ".join(_UNSEEN.sub("", folded).split()))
