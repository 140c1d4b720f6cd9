"""How far imports are, in the database that they go into: written in the transaction of the rows that it counts."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

import attrs

from bloop_trio.importing.tally import Outcome, Tally

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection

_REMARK: Final = "remark"


@attrs.frozen(kw_only=True)
class Import:
    """One database that is or was taken over."""

    id: int
    state: str
    """Digest of what was in it when the import began."""
    finished_ms: int | None


def find_import(conn: Connection, source: str) -> Import | None:
    """Return the import of the database that is told apart by `source`, if it was begun."""
    row = conn.execute("SELECT id, state, finished_ms FROM imports WHERE source = ?", (source,)).fetchone()
    return None if row is None else Import(id=row[0], state=row[1], finished_ms=row[2])


def begin_import(conn: Connection, *, source: str, state: str, path: str, now_ms: int) -> Import:
    """Note that an import begins."""
    (import_id,) = conn.execute(
        "INSERT INTO imports (source, state, path, started_ms) VALUES (?, ?, ?, ?) RETURNING id",
        (source, state, path, now_ms),
    ).fetchone()
    return Import(id=import_id, state=state, finished_ms=None)


def finish_import(conn: Connection, import_id: int, now_ms: int) -> None:
    """Note that nothing is left to do."""
    conn.execute("UPDATE imports SET finished_ms = ? WHERE id = ?", (now_ms, import_id))


def record(conn: Connection, import_id: int, table: str, tally: Tally) -> None:
    """Add a slice's tally; to be called in the transaction that stores the slice."""
    counted = [(outcome.value, reason, rows) for (outcome, reason), rows in tally.outcomes.items()]
    counted += [(_REMARK, remark, rows) for remark, rows in tally.remarks.items()]
    for outcome, reason, rows in counted:
        if not rows:
            continue
        conn.execute(
            "INSERT INTO import_rows (import_id, source_table, outcome, reason, rows) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET rows = rows + excluded.rows",
            (import_id, table, outcome, reason, rows),
        )


def read_tallies(conn: Connection, import_id: int) -> defaultdict[str, Tally]:
    """Return what became of the rows of each table so far."""
    tallies: defaultdict[str, Tally] = defaultdict(Tally)
    for table, outcome, reason, rows in conn.execute(
        "SELECT source_table, outcome, reason, rows FROM import_rows WHERE import_id = ?", (import_id,)
    ):
        if outcome == _REMARK:
            tallies[table].remarks[reason] = rows
        else:
            tallies[table].outcomes[Outcome(outcome), reason] = rows
    return tallies
