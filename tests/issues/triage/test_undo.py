"""Undoing gives back the status of before where nobody has changed it since, and tells what was left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import msgspec
import pytest

from bloop_trio.db.connection import transaction
from bloop_trio.exceptions import ConflictError, NotFoundError, UnavailableError
from bloop_trio.issues.lifecycle.snoozes import SnoozeTerms
from bloop_trio.issues.queries.filters import ErrorFilters
from bloop_trio.issues.queries.scope import OneProject, Scope
from bloop_trio.issues.triage.change_sets import KEPT_DAYS, forget_old_sets
from bloop_trio.issues.triage.undo import SLICE_CHANGES, Undo
from bloop_trio.projects.tombstones import delete_project
from tests.conftest import NOW_MS, insert_project
from tests.issues.histories import Told, a_caller, check_that_all_agree, history, statuses, store, to

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bloop_trio.db.connection import Connection
    from bloop_trio.db.readers import Readers
    from bloop_trio.db.writer import Writer
    from bloop_trio.issues.live.messages import StatusChanged
    from bloop_trio.issues.triage.triage import Triage
    from bloop_trio.issues.triage.undo import Undone
    from bloop_trio.issues.writing.writer import BatchWriter

MINE = Scope(own=OneProject(1, "default"))
DAY_MS = 86_400_000


@pytest.fixture
def undo(writer: Writer, readers: Readers, told: Told) -> Undo:
    """What undoes, with its clock standing at `NOW_MS`."""
    return Undo(writer=writer, readers=readers, clock=lambda: NOW_MS, on_changed=told)


async def undone(undo: Undo, change_id: str) -> Undone:
    return await undo.undo(MINE, a_caller("token:u"), change_id)


def counts(done: Undone) -> tuple[int, int, int]:
    return done.put_back, done.left_alone, done.updated


class TestMany:
    async def test_all_have_their_own_status_of_before_again(
        self, triage: Triage, undo: Undo, connection: Connection, batches: BatchWriter, told: Told
    ) -> None:
        store(connection, batches, "a", "b", "c")
        await triage.change_one(to("ignored"), "b")
        await triage.change_listed(to("resolved", set_id="s1"), ["a", "b", "c"])
        told.clear()
        assert counts(await undone(undo, "s1")) == (3, 0, 3)
        assert statuses(connection) == {"a": "unresolved", "b": "ignored", "c": "unresolved"}
        assert history(connection, "b")[-1] == ("resolved", "ignored", "token:u", "undo")
        assert sorted((change.fingerprint, change.new_status) for _, change in told) == [
            ("a", "unresolved"),
            ("b", "ignored"),
            ("c", "unresolved"),
        ]
        check_that_all_agree(connection)

    async def test_what_was_changed_since_is_left_alone(
        self, triage: Triage, undo: Undo, connection: Connection, batches: BatchWriter
    ) -> None:
        store(connection, batches, *"abcd")
        await triage.change_listed(to("resolved", set_id="s1"), list("abcd"))
        await triage.change_one(to("muted"), "a")
        # Somebody has changed it, and changed it back: it is theirs now.
        await triage.change_one(to("muted"), "b")
        await triage.change_one(to("resolved"), "b")
        store(connection, batches, "c", received_ms=NOW_MS + 5)
        assert counts(await undone(undo, "s1")) == (1, 3, 1)
        assert statuses(connection) == {"a": "muted", "b": "resolved", "c": "unresolved", "d": "unresolved"}
        check_that_all_agree(connection)

    async def test_it_can_be_undone_once(
        self, triage: Triage, undo: Undo, connection: Connection, batches: BatchWriter
    ) -> None:
        store(connection, batches, "a")
        await triage.change_listed(to("resolved", set_id="s1"), ["a"])
        await undone(undo, "s1")
        await triage.change_one(to("resolved"), "a")
        with pytest.raises(ConflictError, match="the change was undone already"):
            await undone(undo, "s1")
        assert statuses(connection) == {"a": "resolved"}

    async def test_a_filter_of_many_slices_is_undone_as_a_whole(
        self, triage: Triage, undo: Undo, connection: Connection, batches: BatchWriter
    ) -> None:
        store(connection, batches, *[f"f{n}" for n in range(2 * SLICE_CHANGES)])
        await triage.change_filtered(to("muted", set_id="s1"), ErrorFilters())
        assert counts(await undone(undo, "s1")) == (2 * SLICE_CHANGES, 0, 2 * SLICE_CHANGES)
        assert set(statuses(connection).values()) == {"unresolved"}
        check_that_all_agree(connection)

    async def test_one_that_was_refused_half_way_can_be_undone_again(
        self, triage: Triage, undo: Undo, connection: Connection, batches: BatchWriter
    ) -> None:
        names = [f"f{n}" for n in range(SLICE_CHANGES + 10)]
        store(connection, batches, *names)
        await triage.change_filtered(to("muted", set_id="s1"), ErrorFilters())
        told: list[int] = []

        def lock(_: int, changes: Sequence[StatusChanged]) -> None:
            told.append(len(changes))
            if len(told) == 1:  # somebody else has the store when the second slice comes
                connection.execute("BEGIN IMMEDIATE")

        await undo.writer.run(lambda conn: conn.execute("PRAGMA busy_timeout = 0"))
        with pytest.raises(UnavailableError, match=rf"^stopped after {SLICE_CHANGES} errors, ask again for the rest: "):
            await undone(attrs.evolve(undo, on_changed=lock), "s1")
        connection.execute("ROLLBACK")
        assert sorted(statuses(connection).values()).count("muted") == 10
        assert counts(await undone(undo, "s1")) == (10, SLICE_CHANGES, 10)
        assert set(statuses(connection).values()) == {"unresolved"}
        check_that_all_agree(connection)

    async def test_after_thirty_days_it_cannot_be_undone_and_stays_in_the_history(
        self, triage: Triage, undo: Undo, connection: Connection, batches: BatchWriter
    ) -> None:
        store(connection, batches, "a")
        await triage.change_listed(to("resolved", set_id="s1"), ["a"])
        assert not forget_old_sets(connection, now_ms=NOW_MS + KEPT_DAYS * DAY_MS)
        while forget_old_sets(connection, now_ms=NOW_MS + KEPT_DAYS * DAY_MS + 1):
            pass
        with pytest.raises(NotFoundError, match="no change of status s1"):
            await undone(undo, "s1")
        assert len(history(connection, "a")) == 1


class TestOne:
    async def test_the_last_change_of_an_issue_is_undone_by_its_number(
        self, triage: Triage, undo: Undo, connection: Connection, batches: BatchWriter
    ) -> None:
        store(connection, batches, "a")
        done = await triage.change_one(to("ignored"), "a")
        assert counts(await undone(undo, str(done.number))) == (1, 0, 1)
        assert history(connection, "a")[-1] == ("ignored", "unresolved", "token:u", "undo")
        with pytest.raises(ConflictError, match="the status was changed again since"):
            await undone(undo, str(done.number))
        check_that_all_agree(connection)

    async def test_undoing_can_be_undone(
        self, triage: Triage, undo: Undo, connection: Connection, batches: BatchWriter
    ) -> None:
        store(connection, batches, "a")
        done = await triage.change_one(to("ignored"), "a")
        await undone(undo, str(done.number))
        (last,) = connection.execute("SELECT max(id) FROM status_changes").fetchone()
        await undone(undo, str(last))
        assert statuses(connection) == {"a": "ignored"}

    async def test_a_snooze_or_a_fix_that_the_change_has_ended_is_back(
        self, triage: Triage, undo: Undo, connection: Connection, batches: BatchWriter
    ) -> None:
        store(connection, batches, "a", "b")
        await triage.change_one(to("muted", snooze=SnoozeTerms(more_events=2)), "a")
        await triage.change_one(to("resolved", in_release="9.0.0"), "b")
        for name in "ab":
            await undone(undo, str((await triage.change_one(to("ignored"), name)).number))
        store(connection, batches, "a", "a", "b", received_ms=NOW_MS + 1)
        assert statuses(connection) == {"a": "unresolved", "b": "resolved"}
        assert history(connection, "a")[-1][3] == "snooze ended: 2 events"

    async def test_a_change_of_an_issue_that_was_merged_since_is_not_undone(
        self, triage: Triage, undo: Undo, connection: Connection, batches: BatchWriter
    ) -> None:
        store(connection, batches, "a")
        done = await triage.change_one(to("ignored"), "a")
        connection.execute("UPDATE status_changes SET origin_issue_id = 99")
        with pytest.raises(ConflictError):
            await undone(undo, str(done.number))

    @pytest.mark.parametrize("change_id", ["0", "7", "9" * 19, "9" * 30, "none", "", "१"])
    async def test_what_is_not_there_is_not_found(self, undo: Undo, change_id: str) -> None:
        with pytest.raises(NotFoundError, match="no change of status"):
            await undone(undo, change_id)

    async def test_the_changes_of_another_project_are_not_found(
        self, triage: Triage, undo: Undo, connection: Connection, batches: BatchWriter
    ) -> None:
        other = insert_project(connection, "other")
        store(connection, batches, "a", project_no=other.no)
        asked = to("ignored", project=OneProject(other.no, other.id), set_id="s1")
        done = await triage.change_one(asked, "a")
        for change_id in (str(done.number), "s1"):
            with pytest.raises(NotFoundError):
                await undone(undo, change_id)
        assert statuses(connection, other.no) == {"a": "ignored"}
        # Somebody who is signed in sees all projects, or the one that they name.
        with pytest.raises(NotFoundError):
            await undo.undo(Scope(named="default"), a_caller(), "s1")
        assert (await undo.undo(Scope(), a_caller(), "s1")).put_back == 1

    async def test_the_changes_of_a_deleted_project_are_not_found(
        self, triage: Triage, undo: Undo, connection: Connection, batches: BatchWriter
    ) -> None:
        other = insert_project(connection, "other")
        store(connection, batches, "a", project_no=other.no)
        asked = to("ignored", project=OneProject(other.no, other.id), set_id="s1")
        done = await triage.change_one(asked, "a")
        delete_project(connection, "other", now_secs=0)
        for change_id in (str(done.number), "s1"):
            with pytest.raises(NotFoundError):
                await undo.undo(Scope(), a_caller(), change_id)


async def test_the_audit_log_tells_who_has_undone_what(
    triage: Triage, undo: Undo, connection: Connection, batches: BatchWriter
) -> None:
    store(connection, batches, "a", "b")
    await triage.change_listed(to("resolved", set_id="s1"), ["a", "b"])
    with transaction(connection):
        connection.execute("DELETE FROM audit_entries")
    await undone(undo, "s1")
    ((action, actor, details),) = connection.execute("SELECT action, actor, details FROM audit_entries")
    assert (action, actor) == ("status.undone", "token:u")
    assert msgspec.json.decode(details) == {"changed": 2, "fingerprints": ["a", "b"]}
