"""An import from beginning to end: in slices, each with the note of how far it is in one transaction.

After a kill at any moment, the next run goes on behind the last slice that was committed.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, TypeAlias

import attrs

from bloop_trio.clock import now_ms
from bloop_trio.db.connection import transaction
from bloop_trio.exceptions import DatabaseError
from bloop_trio.importing import ledger
from bloop_trio.importing.aggregates import AGGREGATES, AggregatesStep
from bloop_trio.importing.alerts import (
    ALERT_CHANNELS,
    ALERT_RULES,
    AlertChannelsStep,
    AlertRulesStep,
    skip_alerts,
)
from bloop_trio.importing.events import EVENTS, EventsStep
from bloop_trio.importing.history import HISTORY, HistoryStep
from bloop_trio.importing.hours import HOURS, HoursStep
from bloop_trio.importing.payloads import Packing
from bloop_trio.importing.projects import PROJECTS, ProjectsStep, map_projects
from bloop_trio.importing.report import Report, State, TableReport
from bloop_trio.importing.samples import SAMPLES, SamplesStep
from bloop_trio.importing.source_maps import SOURCE_MAPS, SourceMapsStep
from bloop_trio.importing.tokens import TOKENS, TokensStep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from bloop_trio.db.connection import Connection
    from bloop_trio.importing.ledger import Import
    from bloop_trio.importing.rust_database import RustDatabase
    from bloop_trio.importing.step import Row, Step

SLICE_ROWS: Final = 4_000
_SLICE_SIZE: Final = 16 * 1024 * 1024
"""A slice of very long rows ends sooner, so that it fits into memory."""
TABLES: Final = (
    PROJECTS,
    TOKENS,
    AGGREGATES,
    HOURS,
    HISTORY,
    EVENTS,
    SAMPLES,
    SOURCE_MAPS,
    ALERT_RULES,
    ALERT_CHANNELS,
)
"""In the order in which they are read: each hangs on those before it."""

Progress: TypeAlias = "Callable[[str, int, int], None]"
"""Told after each slice: the table, its rows that are done, and all of them."""


def import_database(
    conn: Connection,
    source: RustDatabase,
    *,
    sample_reservoir_size: int,
    slice_rows: int = SLICE_ROWS,
    progress: Progress | None = None,
) -> Report:
    """Take over `source` into the database that `conn` writes to, which nobody else adds issues to meanwhile.

    What has been imported already is left alone, so a run after a complete one does nothing.

    Raises:
        DatabaseError: the source cannot be read, or is not what it was when its import began.
        StoreError: ours refused; what was committed stays, and the next run goes on from there.
    """
    begun = _begin(conn, source)
    before = _report(conn, source, State.IMPORTED_BEFORE, begun.id)
    # A version that takes over more tables goes on where an older one was done.
    if begun.finished_ms is not None and all(found.is_complete for found in before.tables.values()):
        return before
    run = _Run(conn, source, begun.id, slice_rows, progress)
    run.step(ProjectsStep())
    numbers = map_projects(conn, source.rows(PROJECTS))
    packing = Packing.for_database(conn)
    run.step(TokensStep(numbers))
    run.step(AggregatesStep(numbers))
    run.step(HoursStep(numbers))
    run.step(HistoryStep(numbers, source.user_ids()))
    run.step(EventsStep(numbers, packing))
    run.step(SamplesStep(numbers, packing, sample_reservoir_size))
    run.step(SourceMapsStep(numbers))
    run.step(AlertRulesStep(numbers, begun.id))
    run.step(AlertChannelsStep(begun.id))
    report = _report(conn, source, State.IMPORTED, begun.id)
    for table, found in report.tables.items():
        if not found.is_complete:
            msg = f"{found.tally.rows} rows of {table} were read and there are {found.rows}: is somebody writing to it?"
            raise DatabaseError(msg)
    with transaction(conn):
        ledger.finish_import(conn, begun.id, now_ms())
    return report


def _begin(conn: Connection, source: RustDatabase) -> Import:
    """Return the import of this source, begun now if it is the first time."""
    identity, state = source.identity(), source.state()
    found = ledger.find_import(conn, identity)
    if found is None:
        with transaction(conn):
            return ledger.begin_import(
                conn, source=identity, state=state, path=str(source.path.absolute()), now_ms=now_ms()
            )
    if found.state == state:
        return found
    if found.finished_ms is None:
        msg = (
            f"{source.path} has changed since its import began, so the rest would not fit: end its server, go back to"
            " the backup from before the import (bloop restore), and import anew"
        )
    else:
        day = f"{datetime.fromtimestamp(found.finished_ms / 1000, UTC):%Y-%m-%d}"
        msg = (
            f"{source.path} was imported on {day} and has changed since; importing it again would count its errors"
            " twice: import it into a new database (database.path), or go back to the backup from before (bloop restore)"
        )
    raise DatabaseError(msg)


@attrs.frozen(eq=False)
class _Run:
    """Takes one step after the other."""

    _conn: Connection
    _source: RustDatabase
    _import_id: int
    _slice_rows: int
    _progress: Progress | None

    def step(self, step: Step) -> None:
        """Read what is left of the step's table, slice by slice."""
        table = step.table
        done, total = ledger.read_tallies(self._conn, self._import_id)[table.name].rows, self._source.count(table.name)
        if done == total:
            return
        for rows in slices(self._source.rows(table, skip=done), self._slice_rows, table.whole):
            with transaction(self._conn):
                tally = step.write(self._conn, rows)
                skip_alerts(self._conn)
                ledger.record(self._conn, self._import_id, table.name, tally)
                self._source.check_still()
            step.settle(self._conn)
            done += tally.rows
            if self._progress is not None:
                self._progress(table.name, done, total)


def slices(rows: Iterable[Row], slice_rows: int, whole: int) -> Iterator[list[Row]]:
    """Yield rows in lists of about `slice_rows`, fewer if they are long.

    Rows that follow each other and agree in their first `whole` columns, if that is not 0, are in the same list.
    """
    piece: list[Row] = []
    size = 0
    for row in rows:
        is_full = len(piece) >= slice_rows or size >= _SLICE_SIZE
        if is_full and not (whole and row[:whole] == piece[-1][:whole]):
            yield piece
            piece, size = [], 0
        piece.append(row)
        size += sum(len(value) for value in row if type(value) in {str, bytes})
    if piece:
        yield piece


def _report(conn: Connection, source: RustDatabase, state: State, import_id: int) -> Report:
    tallies = ledger.read_tallies(conn, import_id)
    tables = {table.name: TableReport(rows=source.count(table.name), tally=tallies[table.name]) for table in TABLES}
    remarks = tuple(
        f"{rows:,} {text}" if table == AGGREGATES.name else text
        for table in tables
        for text, rows in sorted(tallies[table].remarks.items())
    )
    return Report(state=state, tables=tables, remarks=remarks, left_behind=left_behind(source))


def left_behind(source: RustDatabase) -> dict[str, int]:
    """Return the tables with rows that are not taken over."""
    return source.others({table.name for table in TABLES})
