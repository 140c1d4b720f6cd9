"""Mail."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import attrs

from bloop_trio.exceptions import BadRequestError

if TYPE_CHECKING:
    from bloop_trio.alerts.channels.fields import Fields

_MAX_ADDRESS_CHARS: Final = 320
_ADDRESS: Final = re.compile(r"[^\s@<>()\[\],;:\"\\]+@[^\s@<>()\[\],;:\"\\]+")


@attrs.frozen(kw_only=True)
class EmailChannel:
    """A mail address."""

    to: str

    @classmethod
    def read(cls, fields: Fields) -> EmailChannel:
        """Return the channel of these fields; raises BadRequestError."""
        to = fields.anything("to")
        text = to.strip() if isinstance(to, str) else ""
        if len(text) > _MAX_ADDRESS_CHARS or not text.isprintable() or _ADDRESS.fullmatch(text) is None:
            raise BadRequestError("invalid email address")
        return cls(to=text)

    def masked(self) -> dict[str, Any]:
        """Return the fields without secrets."""
        return {"to": self.to}
