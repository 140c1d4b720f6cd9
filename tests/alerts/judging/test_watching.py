"""What nobody watched: found by gaps between notes, and never held against the errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bloop_trio.alerts.judging.rates import watched_ms
from bloop_trio.alerts.judging.watching import MAX_GAP_MS, note_watching, read_unwatched
from bloop_trio.clock import MS_PER_DAY, MS_PER_HOUR
from tests.conftest import NOW_MS

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection


def note(connection: Connection, *times_ms: int) -> list[tuple[int, int]]:
    for time_ms in times_ms:
        note_watching(connection, time_ms)
    return read_unwatched(connection)


def test_a_server_that_runs_misses_nothing(connection: Connection) -> None:
    assert note(connection, *(NOW_MS + n * MAX_GAP_MS for n in range(5))) == []


def test_a_server_that_was_down_has_missed_what_lies_between(connection: Connection) -> None:
    later_ms = NOW_MS + MS_PER_HOUR
    assert note(connection, NOW_MS, later_ms) == [(NOW_MS, later_ms)]


def test_it_is_forgotten_when_nothing_is_compared_with_it_any_more(connection: Connection) -> None:
    note(connection, NOW_MS, NOW_MS + MS_PER_HOUR)
    last_ms = NOW_MS + 10 * MS_PER_DAY
    assert note(connection, last_ms) == [(NOW_MS + MS_PER_HOUR, last_ms)]


def test_a_clock_that_was_wrong_for_a_while_blinds_nobody_later(connection: Connection) -> None:
    assert note(connection, NOW_MS, NOW_MS + MS_PER_DAY, NOW_MS + 1_000) == []


def test_of_a_span_counts_what_somebody_watched() -> None:
    assert watched_ms((100, 200), [(0, 110), (150, 160), (190, 300)]) == 70
    assert watched_ms((100, 200), [(0, 300)]) == 0
    assert watched_ms((200, 100), []) == 0
