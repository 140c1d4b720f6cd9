"""Reading the fields of a channel, as somebody has sent them. Pure."""

from __future__ import annotations

import re
from typing import Any, Final

import attrs

from bloop_trio.alerts.channels.addresses import check_url
from bloop_trio.exceptions import BadRequestError

MASK: Final = "********"
MAX_TEXT_CHARS: Final = 2_048


@attrs.define
class Fields:
    """The fields of one channel; each is taken once, and at the end none may be left over."""

    _left: dict[str, Any]
    allow_private: bool
    """Whether URLs may lead into the own network."""

    def text(self, name: str, most: int = MAX_TEXT_CHARS) -> str:
        """Take a text that has to be there.

        Raises:
            BadRequestError: it is not there, or is no text of at most so many characters without line ends.
        """
        value = self.optional_text(name, most)
        if value is None:
            raise BadRequestError(f"{name} is required")
        return value

    def optional_text(self, name: str, most: int = MAX_TEXT_CHARS) -> str | None:
        """Take a text, None if it is not there or empty; raises as `text` does."""
        value = self._left.pop(name, None)
        if value is None:
            return None
        if not isinstance(value, str) or not value.isprintable() or len(value) > most:
            raise BadRequestError(f"{name} must be a string of at most {most} characters on one line")
        return value.strip() or None

    def url(self, name: str) -> str:
        """Take a URL that has to be there.

        Raises:
            BadRequestError: it is not there, or no channel may have it.
        """
        value = self._left.pop(name, None)
        if value is None or value == "":
            raise BadRequestError(f"{name} is required")
        return self._checked(name, value)

    def optional_url(self, name: str, default: str) -> str:
        """Take a URL, or the default; raises as `url` does."""
        value = self._left.pop(name, None)
        return default if value is None or value == "" else self._checked(name, value)

    def anything(self, name: str) -> Any:
        """Take whatever it is, None if it is not there."""
        return self._left.pop(name, None)

    def finish(self) -> None:
        """Raises BadRequestError if something is left: a misspelt `secret` must not go unnoticed."""
        for name in self._left:
            raise BadRequestError(f"there is no field {name[:MAX_NAME_CHARS]}")

    def _checked(self, name: str, value: Any) -> str:
        if not isinstance(value, str):
            raise BadRequestError(f"{name} must be a string of at most {MAX_TEXT_CHARS} characters on one line")
        return check_url(value.strip(), allow_private=self.allow_private)


MAX_NAME_CHARS: Final = 100
"""Of a field that does not exist, in the message that says so."""


def masked_url(url: str) -> str:
    """Return the URL without what may be a secret: all that follows the host."""
    scheme, _, rest = url.partition("://")
    host = re.split("[/?#]", rest, maxsplit=1)[0]
    return url if rest in {host, f"{host}/"} else f"{scheme}://{host}/{MASK}"
