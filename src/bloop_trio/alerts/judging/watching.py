"""When nobody watched: while the server was down or asleep there were no counts, which says nothing about the errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bloop_trio.clock import MS_PER_DAY, MS_PER_SEC
from bloop_trio.db.connection import transaction

if TYPE_CHECKING:
    from bloop_trio.alerts.judging.rates import Span
    from bloop_trio.db.connection import Connection

MAX_GAP_MS: Final = 300 * MS_PER_SEC
"""Between two notes of a server that runs; it makes one at least every minute."""
_KEPT_MS: Final = 9 * MS_PER_DAY
_WATCHED: Final = "watched_ms"
_UNWATCHED: Final = "unwatched_ms"


def note_watching(conn: Connection, now_ms: int) -> None:
    """Note that the server runs; what lies between this note and one that is long past, nobody has watched."""
    with transaction(conn):
        row = conn.execute("SELECT value FROM alert_marks WHERE name = ?", (_WATCHED,)).fetchone()
        last_ms = now_ms if row is None else row[0]
        if now_ms - last_ms > MAX_GAP_MS:
            conn.execute(
                "INSERT OR REPLACE INTO alert_marks (name, value) VALUES (?, ?)", (f"{_UNWATCHED} {last_ms}", now_ms)
            )
        # Behind a clock that was put back lies what it has yet to come to.
        conn.execute(
            f"DELETE FROM alert_marks WHERE name GLOB '{_UNWATCHED} *' AND (value > ? OR value < ?)",
            (now_ms, now_ms - _KEPT_MS),
        )
        conn.execute("INSERT OR REPLACE INTO alert_marks (name, value) VALUES (?, ?)", (_WATCHED, now_ms))


def read_unwatched(conn: Connection) -> list[Span]:
    """Return when nobody watched, as far back as anything is compared with."""
    rows = conn.execute(f"SELECT name, value FROM alert_marks WHERE name GLOB '{_UNWATCHED} *'")
    return [(int(name.split()[1]), end_ms) for name, end_ms in rows]
