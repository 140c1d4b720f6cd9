"""Reading server-sent events as the specification of HTML tells clients to."""

from __future__ import annotations

import json
from typing import Any

import attrs


@attrs.frozen
class Told:
    """One event."""

    kind: str
    data: Any
    id: str


@attrs.define
class EventReader:
    """Takes the bytes of a stream as they come, and knows what a client would know."""

    told: list[Told] = attrs.field(factory=list)
    """Every event so far."""
    last_id: str = ""
    retry_ms: int | None = None
    comments: int = 0
    _rest: bytes = b""
    _fields: dict[str, str] = attrs.field(factory=dict)

    def feed(self, data: bytes) -> list[Told]:
        """Take some bytes; returns the events that they complete."""
        before = len(self.told)
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._take(line.decode())
        return self.told[before:]

    def kinds(self) -> list[str]:
        """Return the kind of each event so far."""
        return [told.kind for told in self.told]

    def of(self, kind: str) -> list[Any]:
        """Return the data of each event of a kind."""
        return [told.data for told in self.told if told.kind == kind]

    def _take(self, line: str) -> None:
        name, _, value = line.partition(":")
        if line.startswith(":"):
            self.comments += 1
        elif line:
            assert name not in self._fields, line
            self._fields[name] = value.removeprefix(" ")
        else:
            self._dispatch()

    def _dispatch(self) -> None:
        fields, self._fields = self._fields, {}
        self.last_id = fields.get("id", self.last_id)
        if "retry" in fields:
            self.retry_ms = int(fields["retry"])
        if "data" in fields:
            self.told.append(Told(fields["event"], json.loads(fields["data"]), self.last_id))
