"""Exports as answers: bounded in number, sent part by part, holding nothing between two parts."""

from __future__ import annotations

import datetime as dt
import enum
import re
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final

import trio
from quart import g, request

from bloop_trio.exceptions import NotFoundError, RequestError, UnavailableError
from bloop_trio.http.parameters import Choice
from bloop_trio.http.streaming import stream_answer
from bloop_trio.issues.queries.export import MEDIA_TYPES, Export, Format, OccurrenceExport, ProjectExport
from bloop_trio.issues.queries.scope import OneProject
from bloop_trio.issues.reading.scope import read_scope
from bloop_trio.issues.stored.payload import PayloadReader

if TYPE_CHECKING:
    from collections.abc import Callable

    from quart import Response

    from bloop_trio.db.readers import Readers
    from bloop_trio.http.streaming import Streams
    from bloop_trio.issues.queries.export_events import Span

MAX_EXPORTS: Final = 2
"""Exports at a time; each has a reader for some milliseconds of every part."""
RETRY_SECS: Final = 30

FILE_HEADERS: Final = {"Content-Disposition": "of a file: `attachment` and a name for it"}
CROWDED: Final = {503: f"{MAX_EXPORTS} exports are running; `Retry-After` says when to try again"}

_KIND: Final = "export"
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9_-]+")
_MAX_NAME_CHARS: Final = 64
_NO_PROJECT: Final = OneProject(0, "")
"""In whose place nothing is found; numbers begin at 1."""


class Shape(enum.Enum):
    """What the occurrences of an issue are answered as."""

    JSON = "json"
    """A page of them, as a list."""
    JSONL = Format.JSONL.value
    CSV = Format.CSV.value


FORMAT: Final = Choice(
    "format",
    "`json` is a page, as a list; `jsonl` and `csv` are all occurrences as a file, whatever else is asked for.",
    Shape,
    Shape.JSON,
)


class Exports:
    """Answers requests with exports of what their callers may see, at most `MAX_EXPORTS` at a time."""

    def __init__(self, readers: Readers, streams: Streams, clock: Callable[[], int]) -> None:
        self._readers = readers
        self._streams = streams
        self._clock = clock
        self._payloads = PayloadReader()

    async def occurrences(self, fingerprint: str, shape: Shape) -> Response:
        """Return all occurrences of an issue; `shape` is one of a file.

        Raises:
            BadRequestError: several projects have the issue, and the request names none.
            UnavailableError: too many exports are running.
        """
        wanted, scope = Format(shape.value), read_scope()
        project = scope.own
        if project is None:
            project = await self._readers.run(partial(scope.holder, fingerprint=fingerprint)) or _NO_PROJECT
        export = OccurrenceExport(
            project_no=project.no,
            project_id=project.id,
            fingerprint=fingerprint,
            format=wanted,
            payloads=self._payloads,
        )
        return await self._begin(export, wanted, f"occurrences-{fingerprint}")

    async def project(self, span: Span) -> Response:
        """Return the whole project, with the occurrences of `span`.

        Raises:
            BadRequestError: there are several projects, and the request names none.
            NotFoundError: there is no such project.
            UnavailableError: too many exports are running.
        """
        scope = read_scope()
        project = scope.own
        if project is None:
            project = await self._readers.run(scope.only)
        export = ProjectExport(project_no=project.no, span=span, exported_ms=self._clock(), payloads=self._payloads)
        return await self._begin(export, Format.JSONL, f"project-{project.id}")

    async def _begin(self, export: Export, wanted: Format, name: str) -> Response:
        parts: list[bytes] = []
        if request.method != "HEAD":
            if not self._streams.take(_KIND, MAX_EXPORTS):
                raise UnavailableError("too many exports are running, try again later", retry_after_secs=RETRY_SECS)
            # What goes wrong before the first part is sent can still be answered as what it is.
            parts.append(await self._read(export) or b"")

        readmit, cut = g.readmit, self._streams.cutter()

        async def next_part() -> bytes | None:
            if parts:
                return parts.pop()
            # A slow client can make an export last for days: it ends when the credential does, or the project.
            try:
                await readmit()
            except RequestError:
                cut()  # too late to say why
            with suppress(NotFoundError):
                return await self._read(export)
            cut()
            return await trio.sleep_forever()  # until the cut, which is at once

        content_type = f"{MEDIA_TYPES[wanted]}; charset=utf-8"
        return stream_answer(next_part, {"content-type": content_type, **self._named(name, wanted)})

    async def _read(self, export: Export) -> bytes | None:
        """Return the next part that is not empty; the reader is free again when this returns."""
        part: bytes | None = b""
        while part == b"":
            part = await self._readers.run(export.next_part)
        return part

    def _named(self, name: str, wanted: Format) -> dict[str, str]:
        safe = _UNSAFE.sub("_", name)[:_MAX_NAME_CHARS]
        moment = dt.datetime.fromtimestamp(self._clock() / 1000, dt.UTC)
        return {"content-disposition": f'attachment; filename="{safe}-{moment:%Y%m%dT%H%M%SZ}.{wanted.value}"'}
