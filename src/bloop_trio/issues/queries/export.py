"""Exports: all occurrences of an issue, or a project with all that is kept of it.

An export is asked for its next part until there is none. Each part is read in a short transaction of its own, from any
connection: nothing keeps the write-ahead log from being reset, and nothing is held while somebody is slow to read.
Events that arrive after the start are left out, and a day that ages out meanwhile simply ends there. When the project
is deleted meanwhile the export breaks off: what is left of it would not be all.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Final, Protocol

import attrs

from bloop_trio.db.snapshot import snapshot
from bloop_trio.issues.queries.csv_rows import HEADER, encode_rows
from bloop_trio.issues.queries.detail import find_issue
from bloop_trio.issues.queries.export_events import IssueOccurrences, ProjectOccurrences, Span, last_event_id
from bloop_trio.issues.queries.export_lines import ProjectRecord, encode_lines
from bloop_trio.issues.queries.export_tables import project_sections
from bloop_trio.issues.stored.payload import PayloadReader
from bloop_trio.projects.store import get_project_by_no

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.queries.export_tables import Section


class Format(enum.StrEnum):
    """How exported occurrences are written."""

    JSONL = "jsonl"
    """A line of JSON each."""
    CSV = "csv"
    """A row each, below one with the names of the columns."""


MEDIA_TYPES: Final = {Format.JSONL: "application/x-ndjson", Format.CSV: "text/csv"}


class Export(Protocol):
    """Something that is exported part by part."""

    def next_part(self, conn: Connection) -> bytes | None:
        """Return the next part, which may be empty; None when all is exported.

        Raises:
            NotFoundError: there is no such project any more; the export cannot go on.
            sqlite3.Error: the store refused; the export cannot go on.
        """


@attrs.define(eq=False, kw_only=True)
class OccurrenceExport:
    """All stored events of an issue, newest first, as the list of occurrences has them.

    Of a fingerprint that the project does not have, there are none.
    """

    project_no: int
    project_id: str
    fingerprint: str
    format: Format
    payloads: PayloadReader = attrs.field(factory=PayloadReader)
    _walk: IssueOccurrences | None = None
    _ended: bool = False

    def next_part(self, conn: Connection) -> bytes | None:
        """Return the next part; None when all is exported."""
        if self._ended:
            return None
        with snapshot(conn):
            if self._walk is None:
                part: bytes | None = self._begin(conn)
            else:
                get_project_by_no(conn, self.project_no)  # raises once it was deleted
                part = self._walk.next_part(conn)
        self._ended = part is None or self._walk is None
        return part

    def _begin(self, conn: Connection) -> bytes:
        issue = find_issue(conn, project_no=self.project_no, project_id=self.project_id, fingerprint=self.fingerprint)
        if issue is not None:
            self._walk = IssueOccurrences(
                issue=issue,
                payloads=self.payloads,
                encode=encode_rows if self.format is Format.CSV else encode_lines,
                last_id=last_event_id(conn),
            )
        return HEADER if self.format is Format.CSV else b""


@attrs.define(eq=False, kw_only=True)
class ProjectExport:
    """A project with its issues, their counts, history and samples, and its events of a span, oldest first.

    A line each, of which the first is about the project and the last counts the others: where that one is missing, the
    export is not whole.
    """

    project_no: int
    span: Span
    exported_ms: int
    """When, in epoch milliseconds."""
    payloads: PayloadReader = attrs.field(factory=PayloadReader)
    _sections: list[Section] | None = None
    _at: int = 0

    def next_part(self, conn: Connection) -> bytes | None:
        """Return the next part; None when all is exported.

        Raises:
            NotFoundError: there is no such project, or not any more.
        """
        if self._sections is None:
            with snapshot(conn):
                return self._begin(conn)
        while self._at < len(self._sections):
            with snapshot(conn):
                get_project_by_no(conn, self.project_no)  # raises once it was deleted
                part = self._sections[self._at].next_part(conn)
            if part is not None:
                return part
            self._at += 1
        if self._at == len(self._sections):
            self._at += 1
            counts: dict[str, int] = {}
            for section in self._sections:
                counts[section.name] = counts.get(section.name, 0) + section.lines
            return encode_lines([{"type": "end"} | counts])
        return None

    def _begin(self, conn: Connection) -> bytes:
        project = get_project_by_no(conn, self.project_no)
        last_id = last_event_id(conn)
        self._sections = [
            *project_sections(self.project_no, project.id, self.payloads),
            ProjectOccurrences(
                project_no=self.project_no,
                project_id=project.id,
                payloads=self.payloads,
                last_id=last_id,
                span=self.span,
            ),
        ]
        first = ProjectRecord(
            project_id=project.id,
            slug=project.slug,
            name=project.name,
            exported_at=self.exported_ms,
            last_occurrence_id=last_id,
            since=self.span.since_ms,
            until=self.span.until_ms,
        )
        return encode_lines([first])
