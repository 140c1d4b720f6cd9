"""Who changed the status of an error on the other server, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from bloop_trio.db.sequences import take_numbers
from bloop_trio.db.statements import run_rows
from bloop_trio.importing.keys import read_key
from bloop_trio.importing.rust_database import SourceTable
from bloop_trio.importing.tally import Reason, Tally
from bloop_trio.importing.values import as_text, as_time_ms
from bloop_trio.issues.lifecycle.status import Status
from bloop_trio.issues.stored.finding import find

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bloop_trio.db.connection import Connection
    from bloop_trio.importing.step import Row
    from bloop_trio.issues.events.batch import FingerprintKey

HISTORY: Final = SourceTable(
    name="status_changes",
    columns=("project_id", "fingerprint", "old_status", "new_status", "changed_by", "changed_at"),
    order=("changed_at", "id"),
)
_STATUSES: Final = frozenset(status.value for status in Status)


@attrs.frozen
class HistoryStep:
    """Appends changes of status in the order in which they were made.

    Who made one is kept if the other server still knows the user; None stands for the server itself.
    """

    _numbers: Mapping[str, int]
    _user_ids: frozenset[str]
    table: SourceTable = HISTORY

    def write(self, conn: Connection, rows: Sequence[Row]) -> Tally:
        """Write a slice; see `Step`."""
        tally = Tally()
        changes: list[tuple[FingerprintKey, tuple[str, str, str | None, int]]] = []
        for row in rows:
            key, change = read_key(row, self._numbers), self._read(row)
            if isinstance(key, Reason):
                tally.skipped(key)
            elif isinstance(change, Reason):
                tally.skipped(change)
            else:
                changes.append((key, change))
        refs = find(conn, list(dict.fromkeys(key for key, _ in changes)))
        stored = [(refs[key].issue_id, *change) for key, change in changes if key in refs]
        if len(stored) < len(changes):
            tally.skipped(Reason.ERROR, len(changes) - len(stored))
        tally.imported(len(stored))
        numbers = take_numbers(conn, "status_change_id", len(stored))
        run_rows(
            conn,
            "INSERT INTO status_changes (id, issue_id, old_status, new_status, changed_by, changed_ms)",
            [(number, *change) for number, change in zip(numbers, stored, strict=True)],
        )
        _date_statuses(conn, stored)
        return tally

    def settle(self, conn: Connection) -> None:
        """Nothing to do."""

    def _read(self, row: Row) -> tuple[str, str, str | None, int] | Reason:
        """Return the change as ours is stored, or why it cannot be used."""
        old, new, changed_ms = as_text(row[2]) or "", as_text(row[3]) or "", as_time_ms(row[5])
        if new not in _STATUSES:
            return Reason.STATUS
        if changed_ms is None:
            return Reason.TIME
        changed_by = as_text(row[4])
        known = changed_by if changed_by in self._user_ids else None
        return old if old in _STATUSES else Status.UNRESOLVED.value, new, known, changed_ms


def _date_statuses(conn: Connection, stored: list[tuple[int, str, str, str | None, int]]) -> None:
    """Date the status that an issue has by the newest change to it."""
    newest: dict[tuple[int, str], int] = {}
    for issue_id, _, new, _, changed_ms in stored:
        newest[issue_id, new] = max(changed_ms, newest.get((issue_id, new), 0))
    run_rows(
        conn,
        "WITH dated (id, status, changed_ms) AS (",
        [(*key, changed_ms) for key, changed_ms in sorted(newest.items())],
        ") UPDATE issues SET status_changed_ms = max(coalesce(status_changed_ms, 0), dated.changed_ms)"
        " FROM dated WHERE issues.id = dated.id AND issues.status = dated.status",
    )
