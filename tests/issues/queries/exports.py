"""Exports read to their end, and what they are held against."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

from bloop_trio.issues.queries.detail import Part
from bloop_trio.issues.queries.export import Format, OccurrenceExport, ProjectExport
from bloop_trio.issues.queries.export_events import Span
from bloop_trio.issues.queries.occurrences import list_occurrences
from bloop_trio.issues.queries.scope import OneProject
from bloop_trio.issues.stored.payload import PayloadReader
from tests.conftest import NOW_MS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.queries.export import Export
    from bloop_trio.issues.queries.occurrence_shapes import Occurrence


def parts(export: Export, conn: Connection) -> Iterator[bytes]:
    while (part := export.next_part(conn)) is not None:
        yield part


def occurrences(fingerprint: str, wanted: Format = Format.JSONL) -> OccurrenceExport:
    return OccurrenceExport(project_no=1, project_id="default", fingerprint=fingerprint, format=wanted)


def project(project_no: int = 1, **span: int) -> ProjectExport:
    return ProjectExport(project_no=project_no, span=Span(**span), exported_ms=NOW_MS)


def lines(export: Export, conn: Connection) -> list[Any]:
    return [json.loads(line) for line in b"".join(parts(export, conn)).split(b"\n")[:-1]]


def of_type(kind: str, exported: list[Any]) -> list[Any]:
    return [line for line in exported if line["type"] == kind]


def paged(conn: Connection, fingerprint: str) -> list[dict[str, Any]]:
    """All occurrences as the list gives them, page by page."""
    found: list[Occurrence] = []
    while True:
        page = list_occurrences(
            conn,
            PayloadReader(),
            project=OneProject(1, "default"),
            fingerprint=fingerprint,
            part=Part(limit=3, offset=len(found)),
        )
        found += page.rows
        if not page.rows:
            return [vars(occurrence) for occurrence in found]


def table(export: Export, conn: Connection) -> list[dict[str, Any]]:
    """Rows as a program reads them; metadata as the value that its JSON stands for."""
    text = b"".join(parts(export, conn)).decode()
    rows = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    read = [{name: cell.removeprefix("'") for name, cell in row.items()} for row in rows]
    return [row | {"metadata": json.loads(row["metadata"]) if row["metadata"] else None} for row in read]


def as_cells(occurrence: dict[str, Any]) -> dict[str, Any]:
    cells = {name: "" if value is None else str(value) for name, value in occurrence.items()}
    return cells | {"metadata": occurrence["metadata"]}
