"""What an import would do, found without reading every row and without writing any."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bloop_trio.importing.alerts import ALERT_RULES
from bloop_trio.importing.ledger import find_import
from bloop_trio.importing.projects import PROJECTS, find_number, has_events
from bloop_trio.importing.report import Report, State, TableReport
from bloop_trio.importing.run import TABLES, left_behind
from bloop_trio.importing.tally import Tally
from bloop_trio.importing.values import as_text
from bloop_trio.projects.project import DEFAULT_SLUG

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bloop_trio.db.connection import Connection
    from bloop_trio.importing.rust_database import RustDatabase


def plan_import(source: RustDatabase, conn: Connection | None) -> Report:
    """Return what there is to import; `conn` reads our database, if there is one of today's schema."""
    return Report(
        state=State.DRY_RUN,
        tables={table.name: TableReport(rows=source.count(table.name), tally=Tally()) for table in TABLES},
        remarks=(*_begun(source, conn), *_projects(source, conn), *_strays(source)),
        left_behind=left_behind(source),
    )


def _begun(source: RustDatabase, conn: Connection | None) -> Iterator[str]:
    found = None if conn is None else find_import(conn, source.identity())
    if found is None:
        return
    if found.state != source.state():
        yield "has changed since its import began, which therefore cannot go on"
    elif found.finished_ms is None:
        yield "an import was begun and will go on where it was"
    else:
        yield "was imported already: there is nothing to do"


def _projects(source: RustDatabase, conn: Connection | None) -> Iterator[str]:
    for project_id, slug, *_ in source.rows(PROJECTS):
        number = None if conn is None else find_number(conn, project_id, slug)
        if conn is not None and number is not None:
            fate = "is there and keeps its own key" if has_events(conn, number) else "is there without events"
        else:
            fate = "is there" if slug == DEFAULT_SLUG else "is new"
        yield f"project {as_text(slug)}: {fate}"


def _strays(source: RustDatabase) -> Iterator[str]:
    """Say which rows belong to projects that were removed."""
    known = {row[0] for row in source.rows(PROJECTS)} | {DEFAULT_SLUG}
    for table in TABLES:
        counts = source.rows_of_projects(table.name)
        if table is ALERT_RULES:
            counts.pop(None, None)  # those for all projects
        strays = sum(rows for project_id, rows in counts.items() if project_id not in known)
        if strays:
            yield f"{strays:,} rows of {table.name} belong to projects that are not there and will be skipped"
