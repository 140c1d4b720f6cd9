"""Issues that are merged age as one, and leave nothing of any of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bloop_trio.clock import MS_PER_DAY
from bloop_trio.config.sections import RetentionConfig
from bloop_trio.issues.queries.consistency import look_at_consistency
from bloop_trio.issues.stored.payload import PayloadReader
from bloop_trio.issues.writing.search_index import index_slice
from bloop_trio.retention.purge import purge
from tests.conftest import NOW_MS, accepted
from tests.issues.mergers import put_together, take_apart, what_is_kept
from tests.retention.estates import check_the_search_index

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from bloop_trio.db.writer import Writer
    from bloop_trio.issues.writing.writer import BatchWriter

OLD_MS = NOW_MS - 500 * MS_PER_DAY


def store(conn: Connection, batches: BatchWriter, *names: str, received_ms: int = OLD_MS) -> None:
    batches.write(conn, [accepted(fingerprint=name, message=name, received_ms=received_ms) for name in names])


async def age(writer: Writer, batches: BatchWriter) -> None:
    await purge(writer, RetentionConfig(aggregates_days=100), now_ms=NOW_MS, forget=batches.forget)


async def test_what_was_merged_goes_with_what_it_was_merged_into(
    connection: Connection, batches: BatchWriter, writer: Writer
) -> None:
    store(connection, batches, "zebra", "gnu", "lion")
    index_slice(connection, PayloadReader())
    put_together(connection, batches, "gnu", "lion")
    put_together(connection, batches, "zebra", "gnu")
    await age(writer, batches)
    assert {table: rows for table, rows in what_is_kept(connection).items() if rows} == {}
    check_the_search_index(connection)
    store(connection, batches, "lion", received_ms=NOW_MS)
    assert connection.execute("SELECT fingerprint, total_count FROM issues").fetchall() == [("lion", 1)]


async def test_one_event_of_any_keeps_all(connection: Connection, batches: BatchWriter, writer: Writer) -> None:
    store(connection, batches, "zebra", "gnu", "lion", "ant")
    put_together(connection, batches, "zebra", "gnu", "lion")
    store(connection, batches, "lion", received_ms=NOW_MS)
    await age(writer, batches)
    assert look_at_consistency(connection).miscounted == 0
    take_apart(connection, batches, "zebra", "gnu")
    assert connection.execute("SELECT fingerprint, total_count FROM issues ORDER BY id").fetchall() == [
        ("gnu", 1),
        ("zebra", 3),
    ]
    await age(writer, batches)
    assert connection.execute("SELECT fingerprint FROM issues").fetchall() == [("zebra",)]
    assert look_at_consistency(connection).miscounted == 0
