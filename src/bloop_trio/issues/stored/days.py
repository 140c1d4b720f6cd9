"""Event tables: one a UTC day, so that what has aged out is dropped whole instead of being deleted row by row.

``events_20260131`` holds what was received on that day, ``event_ids_20260131`` the hashes of the `event_id`s seen on
it. Ids rise over all tables together, so walking the tables from the newest day down is walking through time.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Final

from bloop_trio.clock import MS_PER_DAY

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection

_EVENTS: Final = re.compile(r"events_(\d{8})")
_EVENT_IDS: Final = re.compile(r"event_ids_(\d{8})")


def day_of(received_ms: int) -> str:
    """Return the UTC day of a time as ``YYYYMMDD``."""
    return dt.datetime.fromtimestamp(received_ms / 1000, dt.UTC).strftime("%Y%m%d")


def day_start_ms(day: str) -> int:
    """Return the first millisecond of a day as `day_of` writes it."""
    return int(dt.datetime.strptime(day, "%Y%m%d").replace(tzinfo=dt.UTC).timestamp() * 1000)


def next_day(day: str) -> str:
    """Return the day after `day`."""
    return day_of(day_start_ms(day) + MS_PER_DAY)


def previous_day(day: str) -> str:
    """Return the day before `day`."""
    return day_of(day_start_ms(day) - MS_PER_DAY)


def event_table(day: str) -> str:
    """Return the name of a day's table of events."""
    return f"events_{day}"


def event_id_table(day: str) -> str:
    """Return the name of a day's table of event ids."""
    return f"event_ids_{day}"


def event_days(conn: Connection) -> list[str]:
    """Return the days that have a table of events, newest first."""
    return _days(conn, _EVENTS)


def event_id_days(conn: Connection) -> list[str]:
    """Return the days that have a table of event ids, newest first."""
    return _days(conn, _EVENT_IDS)


def event_tables(conn: Connection) -> list[str]:
    """Return the names of the tables of events, newest day first."""
    return [event_table(day) for day in event_days(conn)]


def event_ids_of(conn: Connection, day: str) -> tuple[int, int] | None:
    """Return the lowest and the highest id of a day's events, None if it has none; as quick with many as with few."""
    table = event_table(day)
    # Each by itself is one look at an end of the table; in one SELECT they would read all of it.
    lowest, highest = conn.execute(f"SELECT (SELECT min(id) FROM {table}), (SELECT max(id) FROM {table})").fetchone()
    return None if lowest is None else (lowest, highest)


def _days(conn: Connection, pattern: re.Pattern[str]) -> list[str]:
    names = (name for (name,) in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'"))
    return sorted((match[1] for name in names if (match := pattern.fullmatch(name))), reverse=True)


def create_day(conn: Connection, day: str) -> None:
    """Create the tables of a day unless they exist."""
    conn.execute(
        f"CREATE TABLE IF NOT EXISTS {event_table(day)} ("
        " id INTEGER PRIMARY KEY, received_ms INTEGER NOT NULL, timestamp_ms INTEGER NOT NULL,"
        " fingerprint_id INTEGER NOT NULL, project_no INTEGER NOT NULL, release TEXT NOT NULL,"
        " environment TEXT NOT NULL, source TEXT NOT NULL, payload BLOB NOT NULL) STRICT"
    )
    # The one index: with the row id behind it, it gives an issue's occurrences newest first.
    conn.execute(f"CREATE INDEX IF NOT EXISTS {event_table(day)}_by_fingerprint ON {event_table(day)} (fingerprint_id)")
    conn.execute(f"CREATE TABLE IF NOT EXISTS {event_id_table(day)} (hash INTEGER PRIMARY KEY) STRICT")
