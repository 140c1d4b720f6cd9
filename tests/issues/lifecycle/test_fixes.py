"""A resolved issue comes back with an event of the release that was to fix it, or of a later one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import pytest

from bloop_trio.db.connection import transaction
from bloop_trio.exceptions import BadRequestError
from bloop_trio.issues.lifecycle.endings import set_fixes
from bloop_trio.issues.lifecycle.fixes import fix_in
from tests.conftest import NOW_MS, accepted, set_status
from tests.issues.histories import check_that_all_agree, history, statuses

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.writing.writer import BatchResult, BatchWriter

RESOLVED_MS = NOW_MS + 1000


@attrs.define
class Case:
    """One project, and short words for what happens in it."""

    connection: Connection
    batches: BatchWriter
    now_ms: int = RESOLVED_MS

    def events(self, *releases: str, **changes: Any) -> BatchResult:
        """Write one batch with an event of `cart` in each of these releases, each later than all before."""
        self.now_ms += 1
        given: dict[str, Any] = {"received_ms": self.now_ms, "fingerprint": "cart"} | changes
        return self.batches.write(self.connection, [accepted(release=release, **given) for release in releases])

    def resolve(self, in_release: str, *fingerprints: str) -> None:
        self.now_ms += 1
        set_status(self.connection, "resolved", *fingerprints, changed_ms=self.now_ms)
        with transaction(self.connection):
            ids = [
                issue_id
                for issue_id, name in self.connection.execute("SELECT id, fingerprint FROM issues")
                if not fingerprints or name in fingerprints
            ]
            set_fixes(self.connection, ids, fix_in(self.connection, 1, in_release))

    @property
    def status(self) -> str:
        return statuses(self.connection)["cart"]

    @property
    def fixes(self) -> int:
        (count,) = self.connection.execute("SELECT count(*) FROM issue_fixes").fetchone()
        return int(count)

    @property
    def count(self) -> int:
        (count,) = self.connection.execute("SELECT total_count FROM issues WHERE fingerprint = 'cart'").fetchone()
        return int(count)


@pytest.fixture
def case(connection: Connection, batches: BatchWriter) -> Case:
    """A project with the issue `cart`, seen in 1.0.0 and 1.1.0."""
    made = Case(connection, batches)
    made.events("1.0.0", "1.1.0", received_ms=NOW_MS)
    return made


class TestCurrent:
    def test_events_of_earlier_releases_count_and_do_not_bring_it_back(self, case: Case) -> None:
        case.resolve("current")
        assert case.events("1.0.0", "1.0.0", "0.9", "1.1.0-rc.1").seen == ()
        assert (case.status, case.count, case.fixes) == ("resolved", 6, 1)
        check_that_all_agree(case.connection)

    @pytest.mark.parametrize("release", ["1.1.0", "v1.1", "1.1.1", "2.0.0-alpha"])
    def test_an_event_of_the_fixed_release_or_a_later_one_brings_it_back(self, case: Case, release: str) -> None:
        case.resolve("current")
        (seen,) = case.events(release).seen
        assert (seen.fingerprint, seen.regression, case.status, case.fixes) == ("cart", True, "unresolved", 0)
        assert history(case.connection, "cart")[-1] == ("resolved", "unresolved", None, "regression")
        check_that_all_agree(case.connection)

    def test_one_such_event_among_many_others_is_enough(self, case: Case) -> None:
        case.resolve("current")
        result = case.events(*["1.0.0"] * 20, "1.2.0", *["0.1"] * 20)
        assert [seen.regression for seen in result.seen] == [True]
        assert case.events("1.0.0", "1.2.0").seen == ()

    def test_an_event_that_was_on_its_way_when_it_was_resolved_does_not_count(self, case: Case) -> None:
        case.resolve("current")
        assert case.events("1.1.0", received_ms=RESOLVED_MS).seen == ()
        # Not either if one of an earlier release came in the same batch, after it was resolved.
        batch = [accepted(fingerprint="cart", release="1.1.0", received_ms=RESOLVED_MS)]
        batch += [accepted(fingerprint="cart", release="1.0.0", received_ms=RESOLVED_MS + 5000)]
        assert case.batches.write(case.connection, batch).seen == ()
        assert case.status == "resolved"

    def test_the_current_release_is_the_newest_of_the_project_not_of_the_issue(self, case: Case) -> None:
        case.events("3.0.0", fingerprint="pay")
        case.resolve("current", "cart")
        assert case.events("2.0.0").seen == ()
        assert len(case.events("3.0.0").seen) == 1

    def test_a_project_without_releases_has_no_current_one(self, connection: Connection) -> None:
        for word in ("current", "next"):
            with pytest.raises(BadRequestError, match="the project has no release yet"):
                fix_in(connection, 1, word)


class TestNext:
    @pytest.mark.parametrize("release", ["1.0.0", "1.1.0", "1.0.5"])
    def test_events_of_what_was_known_do_not_bring_it_back(self, case: Case, release: str) -> None:
        case.resolve("next")
        assert case.events(release).seen == ()

    @pytest.mark.parametrize("release", ["1.1.1", "2.0.0", "nightly-7"])
    def test_an_event_of_a_release_that_comes_after_it_does(self, case: Case, release: str) -> None:
        case.resolve("next")
        assert len(case.events(release).seen) == 1

    def test_without_versions_what_came_before_is_no_next_release(self, case: Case) -> None:
        case.events("aaa", fingerprint="pay")
        case.events("bbb", fingerprint="pay")
        case.resolve("next", "cart")
        assert case.events("aaa", "bbb", "1.1.0").seen == ()
        assert len(case.events("000").seen) == 1


class TestNamed:
    def test_a_release_that_has_not_been_seen_yet_can_be_named(self, case: Case) -> None:
        case.resolve("2.0.0")
        assert case.events("1.1.0", "1.9.9", "2.0.0-rc.1").seen == ()
        assert len(case.events("2.0.0").seen) == 1

    def test_without_a_version_it_comes_after_all_that_were_seen_before_it(self, case: Case) -> None:
        case.resolve("summer")
        assert case.events("spring", "1.2.0").seen == ()
        assert case.events("summer", fingerprint="pay").seen != ()
        assert case.events("spring").seen == ()
        assert len(case.events("summer").seen) == 1


def test_each_issue_of_a_batch_is_judged_by_its_own_fix(case: Case) -> None:
    case.events("1.0.0", fingerprint="pay")
    case.events("1.0.0", fingerprint="login")
    case.resolve("next", "cart")
    case.resolve("1.0.0", "pay")
    set_status(case.connection, "resolved", "login", changed_ms=case.now_ms)
    batch = [
        accepted(fingerprint=name, release="1.1.0", received_ms=case.now_ms + 1) for name in ("cart", "pay", "login")
    ]
    result = case.batches.write(case.connection, batch)
    assert sorted(seen.fingerprint for seen in result.seen) == ["login", "pay"]
    assert statuses(case.connection) == {"cart": "resolved", "pay": "unresolved", "login": "unresolved"}
    check_that_all_agree(case.connection)


def test_any_other_change_of_the_status_ends_the_fix(case: Case) -> None:
    case.resolve("next")
    set_status(case.connection, "ignored", changed_ms=case.now_ms)
    assert case.fixes == 0
    set_status(case.connection, "resolved", changed_ms=case.now_ms)
    assert len(case.events("1.0.0").seen) == 1


class TestReleases:
    """The releases of a project are known from the batch on that brings them."""

    def releases(self, case: Case) -> dict[str, int]:
        return dict(case.connection.execute("SELECT release, first_seen_ms FROM releases WHERE project_no = 1"))

    def test_each_has_the_time_of_its_first_event(self, case: Case) -> None:
        case.events("1.2.0", "1.0.0")
        assert self.releases(case) == {"1.0.0": NOW_MS, "1.1.0": NOW_MS, "1.2.0": case.now_ms}

    def test_of_a_batch_that_failed_nothing_is_remembered(self, case: Case) -> None:
        case.connection.execute("CREATE TRIGGER refuse BEFORE INSERT ON samples BEGIN SELECT RAISE(ABORT, 'no'); END")
        with pytest.raises(Exception, match="no"):
            case.events("1.2.0")
        case.connection.execute("DROP TRIGGER refuse")
        assert "1.2.0" not in self.releases(case)
        case.events("1.2.0")
        assert "1.2.0" in self.releases(case)

    def test_a_writer_that_was_started_anew_keeps_what_is_known(self, case: Case) -> None:
        case.batches.forget()
        case.events("1.0.0")
        assert self.releases(case)["1.0.0"] == NOW_MS
