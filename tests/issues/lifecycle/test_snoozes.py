"""A muted issue becomes unresolved at the first end that is met: once, in the transaction that meets it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import pytest

from bloop_trio.db.connection import transaction
from bloop_trio.issues.lifecycle.snoozes import SLICE_SNOOZES, SnoozeTerms, end_due, shift_snooze, snooze_issues
from bloop_trio.issues.lifecycle.status import Status
from bloop_trio.issues.lifecycle.transitions import change_status
from bloop_trio.issues.triage.snoozing import Snoozes
from bloop_trio.projects.tombstones import delete_project
from tests.conftest import NOW_MS, accepted, insert_project, set_status
from tests.issues.histories import Told, check_that_all_agree, history, merge, statuses

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from bloop_trio.db.writer import Writer
    from bloop_trio.issues.events.batch import AcceptedEvent
    from bloop_trio.issues.writing.writer import BatchResult, BatchWriter


@attrs.define
class Case:
    """One project, and short words for what happens in it."""

    connection: Connection
    batches: BatchWriter

    def write(self, *events: AcceptedEvent) -> BatchResult:
        return self.batches.write(self.connection, events)

    def events(self, count: int, **changes: Any) -> BatchResult:
        return self.write(*[accepted(fingerprint="cart", **changes) for _ in range(count)])

    def mute(self, *fingerprints: str, project_no: int = 1, **terms: object) -> None:
        names = fingerprints or ("cart",)
        with transaction(self.connection):
            issues = [
                self.connection.execute(
                    "SELECT id, status FROM issues WHERE fingerprint = ? AND project_no = ?", (name, project_no)
                ).fetchone()
                for name in names
            ]
            change_status(self.connection, issues, Status.MUTED, changed_by="token:t", changed_ms=NOW_MS)
            ids = [issue_id for issue_id, _ in issues]
            snooze_issues(self.connection, project_no, ids, SnoozeTerms(**terms))  # type: ignore[arg-type]

    @property
    def status(self) -> str:
        return statuses(self.connection)["cart"]

    @property
    def reasons(self) -> list[str | None]:
        """Of what the server itself has changed."""
        return [reason for _, _, actor, reason in history(self.connection, "cart") if actor is None]

    @property
    def snoozes(self) -> int:
        (count,) = self.connection.execute("SELECT count(*) FROM issue_snoozes").fetchone()
        return int(count)


@pytest.fixture
def case(connection: Connection, batches: BatchWriter) -> Case:
    """A project with the issue `cart`, of three events in release 1.0.0."""
    made = Case(connection, batches)
    made.events(3)
    return made


class TestEvents:
    @pytest.mark.parametrize("size", [1, 2, 5])
    def test_the_last_of_n_more_ends_it_whatever_the_batches(self, case: Case, size: int) -> None:
        case.mute(more_events=10)
        for _ in range(9 // size):
            assert case.events(size).ended == ()
        rest = 10 - 9 // size * size
        if rest > 1:
            case.events(rest - 1)
        assert (case.status, case.reasons, case.snoozes) == ("muted", [], 1)
        (ended,) = case.events(1, received_ms=NOW_MS + 7).ended
        assert (ended.fingerprint, ended.changed_ms, ended.reason) == ("cart", NOW_MS + 7, "snooze ended: 10 events")
        assert (case.status, case.reasons, case.snoozes) == ("unresolved", ["snooze ended: 10 events"], 0)
        assert case.events(10).ended == ()
        assert case.reasons == ["snooze ended: 10 events"]
        check_that_all_agree(case.connection)

    def test_a_batch_that_brings_more_than_that_ends_it_once(self, case: Case) -> None:
        case.mute(more_events=1)
        assert len(case.events(50).ended) == 1
        assert case.reasons == ["snooze ended: 1 event"]

    def test_it_is_no_regression(self, case: Case) -> None:
        case.mute(more_events=1)
        result = case.events(1)
        assert result.seen == ()
        assert case.connection.execute("SELECT regressed_ms FROM issues").fetchone() == (None,)

    def test_events_of_other_issues_do_not_count(self, case: Case) -> None:
        case.mute(more_events=2)
        case.write(*[accepted(fingerprint="pay") for _ in range(5)], accepted(fingerprint="cart"))
        assert case.status == "muted"

    def test_events_of_all_fingerprints_of_the_issue_count(self, case: Case) -> None:
        case.write(accepted(fingerprint="child"))
        merge(case.connection, "child", into="cart")
        case.batches.forget()
        case.mute(more_events=2)
        assert case.write(accepted(fingerprint="child"), accepted(fingerprint="cart")).ended != ()

    def test_what_an_issue_is_given_beside_new_events_can_be_left_out(self, case: Case) -> None:
        case.mute(more_events=2)
        with transaction(case.connection):
            (issue_id,) = case.connection.execute("SELECT id FROM issues").fetchone()
            case.connection.execute("UPDATE issues SET total_count = total_count + 100")
            shift_snooze(case.connection, issue_id, events=100)
        case.events(1)
        assert case.status == "muted"
        case.events(1)
        assert case.status == "unresolved"

    def test_a_batch_that_is_written_again_counts_once(self, case: Case) -> None:
        case.mute(more_events=2)
        case.connection.execute("CREATE TRIGGER refuse BEFORE INSERT ON samples BEGIN SELECT RAISE(ABORT, 'no'); END")
        for _ in range(3):
            with pytest.raises(Exception, match="no"):
                case.events(2)
        assert (case.status, case.reasons, case.snoozes) == ("muted", [], 1)
        case.connection.execute("DROP TRIGGER refuse")
        case.events(1)
        assert case.status == "muted"
        case.events(1)
        assert case.reasons == ["snooze ended: 2 events"]


class TestUsers:
    def test_only_users_who_were_not_affected_before_count(self, case: Case) -> None:
        case.events(1, user_id_hash="ada")
        case.mute(more_users=2)
        for user in ("ada", "bob", "bob", "ada"):
            case.events(1, user_id_hash=user)
        assert case.status == "muted"
        case.events(1, user_id_hash="eve")
        assert case.reasons == ["snooze ended: 2 users"]

    def test_the_users_of_the_batch_at_hand_count(self, case: Case) -> None:
        case.mute(more_users=3)
        case.write(*[accepted(fingerprint="cart", user_id_hash=f"u{n}") for n in range(3)])
        assert case.reasons == ["snooze ended: 3 users"]


class TestReleases:
    def test_the_first_event_of_a_later_release_ends_it(self, case: Case) -> None:
        case.mute(until_next_release=True)
        for release in ("1.0.0", "0.9.0", "1.0.0-rc.1"):
            case.events(1, release=release)
        assert case.status == "muted"
        case.events(1, release="1.0.1")
        assert case.reasons == ["snooze ended: release 1.0.1"]

    def test_without_versions_a_release_that_came_afterwards_ends_it(self, case: Case) -> None:
        case.events(1, release="abc1234", received_ms=NOW_MS + 1)
        case.mute(until_next_release=True)
        case.events(1, release="abc1234", received_ms=NOW_MS + 2)
        case.events(1, release="1.0.0", received_ms=NOW_MS + 2)
        assert case.status == "muted"
        case.events(1, release="fff0000", received_ms=NOW_MS + 3)
        assert case.reasons == ["snooze ended: release fff0000"]

    def test_a_release_that_other_issues_have_brought_does_not_end_it(self, case: Case) -> None:
        case.mute(until_next_release=True)
        case.write(accepted(fingerprint="pay", release="2.0.0"), accepted(fingerprint="cart"))
        assert case.status == "muted"
        case.events(1, release="2.0.0")
        assert case.status == "unresolved"


class TestTime:
    @pytest.fixture
    def now(self) -> list[int]:
        return [NOW_MS]

    @pytest.fixture
    def snoozes(self, writer: Writer, told: Told, now: list[int]) -> Snoozes:
        return Snoozes(writer=writer, clock=lambda: now[0], on_changed=told)

    async def test_it_ends_at_its_time_and_is_told(
        self, case: Case, snoozes: Snoozes, now: list[int], told: Told
    ) -> None:
        case.mute(until_ms=NOW_MS + 1000)
        now[0] = NOW_MS + 999
        assert (await snoozes.end_due(), case.status, told) == (0, "muted", [])
        now[0] = NOW_MS + 1000
        assert (await snoozes.end_due(), case.status) == (1, "unresolved")
        assert case.reasons == ["snooze ended: the time is over"]
        ((project_no, change),) = told
        assert (project_no, change.fingerprint, change.changed_by, change.changed_at) == (1, "cart", None, now[0])
        assert await snoozes.end_due() == 0
        check_that_all_agree(case.connection)

    async def test_a_clock_that_jumps_ahead_ends_it_and_one_that_is_set_back_does_not(
        self, case: Case, snoozes: Snoozes, now: list[int]
    ) -> None:
        case.mute(until_ms=NOW_MS + 1000)
        now[0] = NOW_MS - 10**9
        assert await snoozes.end_due() == 0
        now[0] = NOW_MS + 10**12
        assert await snoozes.end_due() == 1

    async def test_of_two_ends_at_once_the_history_tells_one(
        self, case: Case, snoozes: Snoozes, now: list[int], told: Told
    ) -> None:
        case.mute(until_ms=NOW_MS + 1, more_events=1, more_users=1, until_next_release=True)
        now[0] = NOW_MS + 1
        case.events(1, release="2.0.0", user_id_hash="ada")
        assert await snoozes.end_due() == 0
        assert (case.reasons, told) == (["snooze ended: 1 event"], [])

    async def test_an_event_after_the_time_has_ended_it_changes_nothing(
        self, case: Case, snoozes: Snoozes, now: list[int]
    ) -> None:
        case.mute(until_ms=NOW_MS + 1, more_events=1)
        now[0] = NOW_MS + 1
        await snoozes.end_due()
        case.events(1)
        assert case.reasons == ["snooze ended: the time is over"]

    async def test_very_many_end_in_slices(self, case: Case, snoozes: Snoozes, now: list[int], told: Told) -> None:
        names = [f"f{n}" for n in range(SLICE_SNOOZES + 2)]
        case.write(*[accepted(fingerprint=name) for name in names])
        case.mute(*names, until_ms=NOW_MS + 1)
        now[0] = NOW_MS + 1
        assert await snoozes.end_due() == len(names) == len(told)
        check_that_all_agree(case.connection)

    def test_those_that_end_together_are_changed_together(self, case: Case) -> None:
        names = [f"f{n}" for n in range(50)]
        case.write(*[accepted(fingerprint=name) for name in names])
        case.mute(*names, until_ms=NOW_MS)
        statements: list[str] = []
        case.connection.set_trace_callback(statements.append)
        assert len(end_due(case.connection, now_ms=NOW_MS)) == len(names)
        case.connection.set_trace_callback(None)
        assert len(statements) < len(names)
        check_that_all_agree(case.connection)

    def test_one_of_a_deleted_project_is_left_to_who_clears_it_away(self, case: Case) -> None:
        other = insert_project(case.connection, "other")
        case.write(accepted(fingerprint="cart", project_no=other.no))
        case.mute(project_no=other.no, until_ms=NOW_MS)
        delete_project(case.connection, "other", now_secs=0)
        assert end_due(case.connection, now_ms=NOW_MS) == ()


@pytest.mark.parametrize("status", ["unresolved", "resolved", "ignored"])
def test_any_other_change_of_the_status_ends_the_snooze(case: Case, status: str) -> None:
    case.mute(more_events=1, until_ms=NOW_MS)
    set_status(case.connection, status, changed_ms=NOW_MS + 5)
    assert case.snoozes == 0
    set_status(case.connection, "muted", changed_ms=NOW_MS + 6)
    case.events(5)
    assert end_due(case.connection, now_ms=NOW_MS) == ()
    assert case.status == "muted"


def test_muted_issues_without_a_snooze_stay_muted(case: Case) -> None:
    set_status(case.connection, "muted")
    before = history(case.connection, "cart")
    assert case.events(100, release="9.0.0").ended == ()
    assert (case.status, history(case.connection, "cart")) == ("muted", before)
