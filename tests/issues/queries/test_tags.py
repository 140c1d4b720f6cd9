"""Over which events the tags of an issue are counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bloop_trio.clock import MS_PER_DAY
from bloop_trio.issues.queries.tags import get_tags
from bloop_trio.issues.stored.days import event_tables
from bloop_trio.issues.stored.payload import PayloadReader
from tests.conftest import NOW_MS, accepted, insert_project

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.queries.tag_counts import ErrorTags
    from bloop_trio.issues.writing.writer import BatchWriter


def tags(conn: Connection, fingerprint: str = "cart", **more: Any) -> ErrorTags:
    found = get_tags(conn, PayloadReader(), project_no=1, fingerprint=fingerprint, **more)
    assert found is not None
    return found


def shown(found: ErrorTags, key: str) -> dict[str, int]:
    return {value.value: value.count for tag in found.tags if tag.key == key for value in tag.values}


def write(conn: Connection, batches: BatchWriter, days_ago: int, count: int, plan: str) -> None:
    received_ms = NOW_MS - days_ago * MS_PER_DAY
    batches.write(
        conn,
        [
            accepted(fingerprint="cart", received_ms=received_ms, metadata={"plan": plan}, http_status=500)
            for _ in range(count)
        ],
    )


def test_all_stored_events_are_looked_at(connection: Connection, batches: BatchWriter) -> None:
    write(connection, batches, 2, 150, "free")
    write(connection, batches, 0, 120, "pro")
    batches.write(connection, [accepted(fingerprint="other", metadata={"plan": "none"})])
    found = tags(connection)
    assert (found.events, found.total_count, found.is_complete) == (270, 270, True)
    assert shown(found, "plan") == {"free": 150, "pro": 120}
    assert shown(found, "http_status") == {"500": 270}


def test_of_very_many_events_the_newest_are(connection: Connection, batches: BatchWriter) -> None:
    write(connection, batches, 1, 300, "free")
    write(connection, batches, 0, 200, "pro")
    found = tags(connection, max_events=250)
    assert (found.events, found.total_count, found.is_complete) == (250, 500, False)
    assert shown(found, "plan") == {"pro": 200, "free": 50}
    assert shown(tags(connection, max_events=200), "plan") == {"pro": 200}


def test_samples_stand_in_for_events_that_have_aged_out(connection: Connection, batches: BatchWriter) -> None:
    write(connection, batches, 3, 4, "free")
    write(connection, batches, 0, 3, "pro")
    newest, oldest = event_tables(connection)
    connection.execute(f"DROP TABLE {oldest}")
    assert shown(tags(connection), "plan") == {"pro": 3, "free": 2}
    connection.execute(f"DROP TABLE {newest}")
    found = tags(connection)
    assert (shown(found, "plan"), found.is_complete) == ({"pro": 3, "free": 2}, False)


def test_an_issue_has_the_tags_of_all_its_fingerprints(connection: Connection, batches: BatchWriter) -> None:
    write(connection, batches, 0, 2, "pro")
    batches.write(connection, [accepted(fingerprint="other", metadata={"plan": "free"})])
    connection.execute("UPDATE issue_fingerprints SET issue_id = 1")
    assert shown(tags(connection, "other"), "plan") == {"pro": 2, "free": 1}


def test_an_issue_of_another_project_is_not_found(connection: Connection, batches: BatchWriter) -> None:
    insert_project(connection, "other")
    batches.write(connection, [accepted(fingerprint="cart", project_no=2)])
    assert get_tags(connection, PayloadReader(), project_no=1, fingerprint="cart") is None
