"""A filter is walked in slices: each is changed as a whole, and the walk can end between any two."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from bloop_trio.exceptions import UnavailableError
from bloop_trio.issues.queries.filters import ErrorFilters
from bloop_trio.issues.triage.triage import SLICE_ISSUES, Triage, change_slice
from tests.conftest import NOW_MS, insert_project
from tests.issues.histories import Told, check_that_all_agree, statuses, store, to

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bloop_trio.db.connection import Connection
    from bloop_trio.db.readers import Readers
    from bloop_trio.db.writer import Writer
    from bloop_trio.issues.live.messages import StatusChanged
    from bloop_trio.issues.writing.writer import BatchWriter

DAY_MS = 86_400_000


@pytest.fixture
def _stored(connection: Connection, batches: BatchWriter) -> None:
    store(connection, batches, "web", source="web", release="2", environment="test", received_ms=NOW_MS - DAY_MS)
    store(connection, batches, "app", source="ios", route_or_procedure="/pay")
    store(connection, batches, "both", release="1")
    store(connection, batches, "both", release="2")
    other = insert_project(connection, "other")
    store(connection, batches, "theirs", project_no=other.no)


@pytest.mark.usefixtures("_stored")
@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (ErrorFilters(), {"web", "app", "both"}),
        (ErrorFilters(release="2"), {"web", "both"}),
        (ErrorFilters(release="2", environment="prod"), {"both"}),
        (ErrorFilters(environment="test"), {"web"}),
        (ErrorFilters(source="ios"), {"app"}),
        (ErrorFilters(source="api"), {"web", "both"}),
        (ErrorFilters(route="/pay"), {"app"}),
        (ErrorFilters(since_ms=NOW_MS), {"app", "both"}),
        (ErrorFilters(until_ms=NOW_MS - 1), {"web"}),
        (ErrorFilters(status="unresolved"), {"web", "app", "both"}),
        (ErrorFilters(status="resolved"), set()),
        (ErrorFilters(release="3"), set()),
    ],
)
async def test_what_it_means_is_changed_and_nothing_else(
    triage: Triage, connection: Connection, filters: ErrorFilters, expected: set[str]
) -> None:
    tried = await triage.change_filtered(to("ignored"), filters, dry_run=True)
    assert set(statuses(connection).values()) == {"unresolved"}
    done = await triage.change_filtered(to("ignored"), filters)
    assert {name for name, status in statuses(connection).items() if status == "ignored"} == expected
    assert (done.matched, done.changed) == (len(expected), len(expected))
    assert done == tried
    assert statuses(connection, 2) == {"theirs": "unresolved"}
    check_that_all_agree(connection)


async def test_it_is_walked_in_slices_and_every_issue_is_changed_once(
    triage: Triage, connection: Connection, batches: BatchWriter, told: Told
) -> None:
    count = 2 * SLICE_ISSUES + 1
    store(connection, batches, *(f"f{n}" for n in range(count)))
    done = await triage.change_filtered(to("resolved"), ErrorFilters(status="unresolved"))
    assert (done.matched, done.changed, done.updated) == (count, count, count)
    assert connection.execute("SELECT count(*) FROM status_changes").fetchone() == (count,)
    assert len({change.fingerprint for _, change in told}) == len(told) == count


async def test_between_two_slices_others_may_write(
    triage: Triage, connection: Connection, batches: BatchWriter
) -> None:
    store(connection, batches, *(f"f{n}" for n in range(2 * SLICE_ISSUES)))
    seen: list[int] = []

    async def look() -> None:
        await wait_all_tasks_blocked()
        while len(seen) < 2:
            (count,) = await triage.writer.run(
                lambda conn: conn.execute("SELECT count(*) FROM issues WHERE status = 'muted'").fetchone()
            )
            seen.extend({count} - {*seen, 0, 2 * SLICE_ISSUES})
            if count == 2 * SLICE_ISSUES:
                return

    async with trio.open_nursery() as nursery:
        nursery.start_soon(triage.change_filtered, to("muted"), ErrorFilters())
        nursery.start_soon(look)
    assert seen == [SLICE_ISSUES]


async def test_what_comes_in_meanwhile_is_left_alone(
    readers: Readers, writer: Writer, connection: Connection, batches: BatchWriter, told: Told
) -> None:
    count = 2 * SLICE_ISSUES
    store(connection, batches, *(f"f{n}" for n in range(count)))
    clock = iter(range(NOW_MS, NOW_MS + 100)).__next__

    def bring_some(project_no: int, changes: Sequence[StatusChanged]) -> None:
        told(project_no, changes)
        # One that has just been resolved comes back, and one is new.
        store(connection, batches, changes[0].fingerprint, f"new{len(told)}", received_ms=NOW_MS + 1000)

    triage = Triage(writer=writer, readers=readers, clock=clock, on_changed=bring_some)
    done = await triage.change_filtered(to("resolved"), ErrorFilters())
    assert (done.matched, done.changed) == (count, count)
    unresolved = {name for name, status in statuses(connection).items() if status == "unresolved"}
    firsts = {told[0][1].fingerprint, told[SLICE_ISSUES][1].fingerprint}
    assert unresolved == firsts | {f"new{SLICE_ISSUES}", f"new{count}"}
    check_that_all_agree(connection)


async def test_cancelled_half_way_it_has_changed_whole_slices_and_told_of_them(
    triage: Triage, connection: Connection, batches: BatchWriter, told: Told
) -> None:
    store(connection, batches, *(f"f{n}" for n in range(4 * SLICE_ISSUES)))
    with trio.CancelScope() as scope:

        def told_once(project_no: int, changes: Sequence[StatusChanged]) -> None:
            told(project_no, changes)
            scope.cancel()

        cancelled = Triage(writer=triage.writer, readers=triage.readers, clock=triage.clock, on_changed=told_once)
        await cancelled.change_filtered(to("resolved"), ErrorFilters())
    assert scope.cancelled_caught
    resolved = [name for name, status in statuses(connection).items() if status == "resolved"]
    assert len(resolved) == len(told) == SLICE_ISSUES
    check_that_all_agree(connection)
    rest = await triage.change_filtered(to("resolved"), ErrorFilters())
    assert (rest.matched, rest.changed) == (4 * SLICE_ISSUES, 3 * SLICE_ISSUES)
    check_that_all_agree(connection)


async def test_refused_half_way_it_says_how_far_it_came(
    readers: Readers, writer: Writer, connection: Connection, batches: BatchWriter
) -> None:
    store(connection, batches, *(f"f{n}" for n in range(2 * SLICE_ISSUES)))
    await writer.run(lambda conn: conn.execute("PRAGMA busy_timeout = 0"))

    def lock(_project_no: int, _changes: Sequence[StatusChanged]) -> None:
        connection.execute("BEGIN IMMEDIATE")

    triage = Triage(writer=writer, readers=readers, clock=lambda: NOW_MS, on_changed=lock)
    with pytest.raises(UnavailableError) as caught:
        await triage.change_filtered(to("muted", set_id="s1"), ErrorFilters())
    connection.execute("ROLLBACK")
    assert caught.value.message == (
        f"stopped after {SLICE_ISSUES} errors, ask again for the rest or undo change s1: the store refused the change,"
        " try again"
    )
    assert list(statuses(connection).values()).count("muted") == SLICE_ISSUES
    check_that_all_agree(connection)


def test_what_was_selected_is_looked_at_again_before_it_is_changed(
    connection: Connection, batches: BatchWriter
) -> None:
    other = insert_project(connection, "other")
    store(connection, batches, "a", "b", "c")
    store(connection, batches, "theirs", project_no=other.no)
    ids = [issue_id for (issue_id,) in connection.execute("SELECT id FROM issues")]
    connection.execute("UPDATE issues SET status = 'muted' WHERE fingerprint = 'a'")
    done = change_slice(
        connection, change=to("resolved"), ids=[*ids, 1_000_000], only="unresolved", clock=lambda: NOW_MS
    )
    assert {issue.fingerprint for issue in done.found} == {"b", "c"}
    assert statuses(connection) == {"a": "muted", "b": "resolved", "c": "resolved"}
    assert statuses(connection, other.no) == {"theirs": "unresolved"}
