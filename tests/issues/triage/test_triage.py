"""Statuses change as a whole or not at all, and the history tells every change in order."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import msgspec
import pytest
import trio

from bloop_trio.db.connection import transaction
from bloop_trio.db.writer import open_writer
from bloop_trio.exceptions import StoreUnavailableError
from bloop_trio.issues.lifecycle.status import Status
from bloop_trio.issues.queries.filters import ErrorFilters
from bloop_trio.issues.queries.scope import OneProject
from bloop_trio.issues.triage.triage import MAX_AUDITED, Triage
from bloop_trio.projects.tombstones import delete_project
from tests.conftest import NOW_MS, accepted, insert_project
from tests.issues.histories import Told, a_caller, check_that_all_agree, fill_up, history, merge, statuses, store, to

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bloop_trio.db.connection import Connection
    from bloop_trio.db.readers import Readers
    from bloop_trio.db.writer import Writer
    from bloop_trio.issues.writing.writer import BatchWriter


class TestOne:
    @pytest.mark.parametrize(("old", "new"), list(product(Status, Status)))
    async def test_any_status_becomes_any_other(
        self, triage: Triage, connection: Connection, batches: BatchWriter, told: Told, old: Status, new: Status
    ) -> None:
        store(connection, batches, "cart")
        await triage.change_one(to(old), "cart")
        before = history(connection, "cart")
        told.clear()

        done = await triage.change_one(to(new, reason="why not"), "cart")
        assert statuses(connection) == {"cart": new}
        if old == new:
            assert (done.updated, done.changed, told) == (0, (), [])
            assert history(connection, "cart") == before
        else:
            assert (done.updated, len(done.changed)) == (1, 1)
            assert history(connection, "cart") == [*before, (old, new, "token:t", "why not")]
            (told_project, change) = told[0]
            assert (told_project, change.fingerprint, change.old_status, change.new_status, change.changed_by) == (
                1,
                "cart",
                old,
                new,
                "token:t",
            )
        check_that_all_agree(connection)

    async def test_it_says_in_how_many_releases_and_environments_it_shows(
        self, triage: Triage, connection: Connection, batches: BatchWriter
    ) -> None:
        for release, environment in (("1", "prod"), ("2", "prod"), ("2", "test"), ("2", "test")):
            store(connection, batches, "cart", release=release, environment=environment)
        assert (await triage.change_one(to("resolved"), "cart")).updated == 3
        check_that_all_agree(connection)

    async def test_an_unknown_one_changes_nothing(self, triage: Triage, connection: Connection, told: Told) -> None:
        done = await triage.change_one(to("resolved"), "nothing")
        assert (done.found, done.unknown, done.updated, told) == ((), ("nothing",), 0, [])

    async def test_the_issue_of_another_project_is_unknown_and_stays_as_it_is(
        self, triage: Triage, connection: Connection, batches: BatchWriter, told: Told
    ) -> None:
        other = insert_project(connection, "other")
        store(connection, batches, "cart", project_no=other.no)
        assert (await triage.change_one(to("resolved"), "cart")).found == ()
        assert statuses(connection, other.no) == {"cart": "unresolved"}
        assert (history(connection, "cart"), told) == ([], [])

    async def test_the_same_fingerprint_in_two_projects_is_two_issues(
        self, triage: Triage, connection: Connection, batches: BatchWriter
    ) -> None:
        other = insert_project(connection, "other")
        store(connection, batches, "cart", project_no=other.no)
        store(connection, batches, "cart")
        await triage.change_one(to("muted"), "cart")
        assert (statuses(connection), statuses(connection, other.no)) == ({"cart": "muted"}, {"cart": "unresolved"})

    async def test_each_fingerprint_of_an_issue_means_all_of_it(
        self, triage: Triage, connection: Connection, batches: BatchWriter
    ) -> None:
        store(connection, batches, "parent", "child")
        merge(connection, "child", into="parent")
        done = await triage.change_one(to("ignored"), "child")
        assert (done.found[0].fingerprint, done.updated) == ("parent", 1)
        assert history(connection, "parent") == [("unresolved", "ignored", "token:t", None)]

    async def test_of_a_project_that_was_deleted_meanwhile_it_is_unknown(
        self, triage: Triage, connection: Connection, batches: BatchWriter, told: Told
    ) -> None:
        project = insert_project(connection, "shop")
        store(connection, batches, "cart", project_no=project.no)
        delete_project(connection, "shop", now_secs=0)
        asked = to("muted", project=OneProject(project.no, project.id))
        assert (await triage.change_one(asked, "cart")).unknown == ("cart",)
        assert (await triage.change_filtered(asked, ErrorFilters())).matched == 0
        assert statuses(connection, project.no) == {"cart": "unresolved"}
        assert connection.execute("SELECT count(*) FROM status_changes").fetchone() == (0,)
        assert told == []

    async def test_a_fingerprint_that_is_stored_as_a_hash_is_found_as_it_was_written(
        self, triage: Triage, connection: Connection, batches: BatchWriter
    ) -> None:
        store(connection, batches, "GET /cart 100%")
        assert (await triage.change_one(to("resolved"), "GET /cart 100%")).updated == 1

    async def test_a_locked_store_is_unavailable_and_nothing_was_changed(
        self, triage: Triage, connection: Connection, batches: BatchWriter, told: Told
    ) -> None:
        store(connection, batches, "cart")
        await triage.writer.run(lambda conn: conn.execute("PRAGMA busy_timeout = 0"))
        with transaction(connection), pytest.raises(StoreUnavailableError) as caught:
            await triage.change_one(to("resolved"), "cart")
        assert (caught.value.status, caught.value.retry_after_secs) == (503, 1)
        assert (statuses(connection), history(connection, "cart"), told) == ({"cart": "unresolved"}, [], [])
        assert (await triage.change_one(to("resolved"), "cart")).updated == 1

    async def test_a_full_disk_is_unavailable_and_nothing_was_changed(
        self, triage: Triage, connection: Connection, batches: BatchWriter, told: Told
    ) -> None:
        store(connection, batches, "cart")
        await triage.writer.run(fill_up)
        with pytest.raises(StoreUnavailableError, match="the store refused the change, try again"):
            await triage.change_one(to("resolved", reason="x" * 100_000), "cart")
        assert (statuses(connection), history(connection, "cart"), told) == ({"cart": "unresolved"}, [], [])
        check_that_all_agree(connection)


class TestTogether:
    async def test_many_who_change_one_issue_at_once_leave_a_history_in_which_each_follows_the_one_before(
        self, triage: Triage, connection: Connection, batches: BatchWriter, told: Told
    ) -> None:
        store(connection, batches, "cart")
        async with trio.open_nursery() as nursery:
            for n in range(40):
                status = list(Status)[n % 4]
                nursery.start_soon(triage.change_one, to(status, caller=a_caller(f"token:{n}")), "cart")
        check_that_all_agree(connection)
        assert [(change.old_status, change.new_status) for _, change in told] == [
            step[:2] for step in history(connection, "cart")
        ]

    async def test_an_event_and_a_change_at_once_leave_such_a_history_too(
        self, readers: Readers, connection: Connection, batches: BatchWriter, told: Told, database: Path
    ) -> None:
        """Batches and changes take turns on one connection, whatever their order."""
        store(connection, batches, "cart")
        clock = iter(range(NOW_MS, NOW_MS + 10_000)).__next__
        async with open_writer(database) as writer:
            triage = Triage(writer=writer, readers=readers, clock=clock, on_changed=told)

            async def bring_back() -> None:
                await writer.run(lambda conn: batches.write(conn, [accepted(fingerprint="cart", received_ms=clock())]))

            async with trio.open_nursery() as nursery:
                for n in range(30):
                    nursery.start_soon(triage.change_one, to("resolved" if n % 3 else "muted"), "cart")
                    nursery.start_soon(bring_back)
        check_that_all_agree(connection)
        by_server = [entry for entry in history(connection, "cart") if entry[2] is None]
        assert set(by_server) <= {("resolved", "unresolved", None, "regression")}
        assert len(told) == len(history(connection, "cart")) - len(by_server)

    async def test_who_is_cancelled_while_it_is_changed_has_changed_it_and_told_so(
        self, triage: Triage, connection: Connection, batches: BatchWriter, told: Told
    ) -> None:
        store(connection, batches, "cart")
        with trio.CancelScope() as scope:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(triage.change_one, to("resolved"), "cart")
                await trio.lowlevel.checkpoint()
                scope.cancel()
        changed = statuses(connection) == {"cart": "resolved"}
        assert (len(history(connection, "cart")), len(told)) == ((1, 1) if changed else (0, 0))


class TestList:
    async def test_all_that_are_named_are_changed_in_one_transaction(
        self, triage: Triage, connection: Connection, batches: BatchWriter, told: Told
    ) -> None:
        store(connection, batches, "a", "b", "c")
        await triage.change_one(to("resolved"), "b")
        told.clear()
        done = await triage.change_listed(to("resolved", reason="released"), ["c", "x", "a", "b", "a", "y"])
        assert ([i.fingerprint for i in done.found], len(done.changed), done.updated) == (["a", "b", "c"], 2, 2)
        assert done.unknown == ("x", "y")
        assert set(statuses(connection).values()) == {"resolved"}
        assert history(connection, "a") == [("unresolved", "resolved", "token:t", "released")]
        assert len(history(connection, "b")) == 1
        assert sorted(change.fingerprint for _, change in told) == ["a", "c"]
        check_that_all_agree(connection)

    async def test_two_fingerprints_of_one_issue_change_it_once(
        self, triage: Triage, connection: Connection, batches: BatchWriter
    ) -> None:
        store(connection, batches, "parent", "child")
        merge(connection, "child", into="parent")
        done = await triage.change_listed(to("muted"), ["child", "parent"])
        assert (len(done.found), done.updated, done.unknown) == (1, 1, ())
        assert len(history(connection, "parent")) == 1

    async def test_a_refusal_changes_none(
        self, triage: Triage, connection: Connection, batches: BatchWriter, told: Told
    ) -> None:
        names = [f"f{n}" for n in range(300)]
        store(connection, batches, *names)
        await triage.writer.run(fill_up)
        with pytest.raises(StoreUnavailableError):
            await triage.change_listed(to("muted", reason="x" * 500), names)
        assert (set(statuses(connection).values()), told) == ({"unresolved"}, [])
        check_that_all_agree(connection)

    async def test_trying_it_says_the_same_and_changes_nothing(
        self, triage: Triage, connection: Connection, batches: BatchWriter, told: Told
    ) -> None:
        store(connection, batches, "a", "b")
        store(connection, batches, "a", release="2")
        await triage.change_one(to("muted"), "b")
        told.clear()
        tried = await triage.try_listed(to("muted"), ["a", "b", "x"])
        assert (statuses(connection), told) == ({"a": "unresolved", "b": "muted"}, [])
        assert await triage.change_listed(to("muted"), ["a", "b", "x"]) == tried


@pytest.fixture
async def two_writers(database: Path) -> AsyncIterator[tuple[Writer, Writer]]:
    async with open_writer(database) as one, open_writer(database) as other:
        yield one, other


async def test_two_processes_that_change_one_issue_leave_a_history_in_order_too(
    two_writers: tuple[Writer, Writer], readers: Readers, connection: Connection, batches: BatchWriter, told: Told
) -> None:
    store(connection, batches, "cart")
    async with trio.open_nursery() as nursery:
        for n in range(20):
            triage = Triage(writer=two_writers[n % 2], readers=readers, clock=lambda: NOW_MS, on_changed=told)
            nursery.start_soon(triage.change_one, to(list(Status)[n % 4]), "cart")
    check_that_all_agree(connection)


class TestAudit:
    """The audit log has one entry for each transaction that changed something."""

    def entries(self, conn: Connection) -> list[tuple[str, str, str | None, str | None, dict[str, object]]]:
        rows = conn.execute(
            "SELECT action, actor_name, address, target, details FROM audit_entries ORDER BY id"
        ).fetchall()
        return [(*row[:4], msgspec.json.decode(row[4])) for row in rows]

    async def test_it_says_what_was_changed_by_whom_and_from_where(
        self, triage: Triage, connection: Connection, batches: BatchWriter
    ) -> None:
        store(connection, batches, "cart", "login")
        await triage.change_one(to("muted"), "cart")
        await triage.change_listed(to("resolved"), ["login", "nothing", "cart"])
        assert self.entries(connection) == [
            (
                "status.changed",
                "ci",
                "203.0.113.9",
                "cart",
                {"status": "muted", "changed": 1, "fingerprints": ["cart"]},
            ),
            (
                "status.changed",
                "ci",
                "203.0.113.9",
                None,
                {"status": "resolved", "changed": 2, "fingerprints": ["cart", "login"]},
            ),
        ]

    async def test_what_changes_nothing_is_not_told(
        self, triage: Triage, connection: Connection, batches: BatchWriter
    ) -> None:
        store(connection, batches, "cart")
        await triage.change_one(to("unresolved"), "cart")
        await triage.change_one(to("muted"), "nothing")
        await triage.try_listed(to("muted"), ["cart"])
        assert self.entries(connection) == []

    async def test_of_very_many_it_names_the_first_ones(
        self, triage: Triage, connection: Connection, batches: BatchWriter
    ) -> None:
        names = [f"f{number:02}" for number in range(MAX_AUDITED + 5)]
        store(connection, batches, *names)
        await triage.change_listed(to("ignored"), names)
        ((*_, details),) = self.entries(connection)
        assert details == {"status": "ignored", "changed": MAX_AUDITED + 5, "fingerprints": names[:MAX_AUDITED]}
