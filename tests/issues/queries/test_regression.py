"""How an issue came back, as its detail tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bloop_trio.db.connection import transaction
from bloop_trio.issues.lifecycle.endings import set_fixes
from bloop_trio.issues.lifecycle.fixes import fix_in
from bloop_trio.issues.lifecycle.status import Status
from bloop_trio.issues.lifecycle.transitions import change_status
from bloop_trio.issues.queries.detail import get_detail
from bloop_trio.issues.queries.detail_shapes import Regression
from bloop_trio.issues.stored.payload import PayloadReader
from tests.conftest import NOW_MS, accepted, insert_user
from tests.issues.mergers import put_together, take_apart

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.writing.writer import BatchWriter


class Story:
    """One issue, and short words for what happens to it, each a second after the other."""

    def __init__(self, conn: Connection, batches: BatchWriter) -> None:
        self.conn, self.batches, self.now_ms = conn, batches, NOW_MS
        self.ada = insert_user(conn, "ada")

    def event(self, release: str, fingerprint: str = "cart", **changes: Any) -> int:
        self.now_ms += 1000
        event = accepted(fingerprint=fingerprint, release=release, received_ms=self.now_ms, **changes)
        self.batches.write(self.conn, [event])
        return self.now_ms

    def becomes(self, status: Status, in_release: str | None = None, fingerprint: str = "cart") -> int:
        self.now_ms += 1000
        with transaction(self.conn):
            issue = self.conn.execute("SELECT id, status FROM issues WHERE fingerprint = ?", (fingerprint,)).fetchone()
            change_status(self.conn, [issue], status, changed_by=self.ada, changed_ms=self.now_ms)
            if in_release is not None:
                set_fixes(self.conn, [issue[0]], fix_in(self.conn, 1, in_release))
        return self.now_ms

    @property
    def regression(self) -> Regression | None:
        found = get_detail(
            self.conn, PayloadReader(), project_no=1, project_id="default", fingerprint="cart", max_samples=5
        )
        assert found is not None
        return found.regression


@pytest.fixture
def story(connection: Connection, batches: BatchWriter) -> Story:
    made = Story(connection, batches)
    made.event("1.4.0")
    return made


def test_an_issue_that_never_came_back_has_none(story: Story) -> None:
    assert story.regression is None
    story.becomes(Status.RESOLVED)
    assert story.regression is None
    story.becomes(Status.UNRESOLVED)
    assert story.regression is None


def test_it_says_who_resolved_it_when_and_in_what_it_was_back(story: Story) -> None:
    resolved_ms = story.becomes(Status.RESOLVED, "current")
    back_ms = story.event("1.4.2")
    expected = Regression(
        resolved_at=resolved_ms, resolved_by_name="ada", resolved_in="1.4.0", back_at=back_ms, back_in="1.4.2"
    )
    assert story.regression == expected
    story.event("1.4.3")
    assert story.regression == expected


def test_without_a_release_there_is_none_named(story: Story) -> None:
    story.becomes(Status.RESOLVED)
    story.event("1.4.0")
    assert story.regression is not None
    assert (story.regression.resolved_in, story.regression.back_in) == (None, "1.4.0")


def test_fixed_in_the_next_release_means_the_first_that_came_after(story: Story) -> None:
    story.becomes(Status.RESOLVED, "next")
    story.event("1.4.1", fingerprint="other")
    story.event("1.4.2")
    assert story.regression is not None
    assert (story.regression.resolved_in, story.regression.back_in) == ("1.4.1", "1.4.2")


def test_it_is_the_last_one(story: Story) -> None:
    story.becomes(Status.RESOLVED, "current")
    story.event("1.4.2")
    resolved_ms = story.becomes(Status.RESOLVED)
    assert story.regression is not None, "it is told while the issue is resolved again"
    assert story.regression.back_in == "1.4.2"
    back_ms = story.event("1.5.0")
    assert story.regression == Regression(
        resolved_at=resolved_ms, resolved_by_name="ada", resolved_in=None, back_at=back_ms, back_in="1.5.0"
    )


@pytest.mark.parametrize("status", [Status.IGNORED, Status.MUTED])
def test_who_does_not_want_to_see_the_issue_is_not_told(story: Story, status: Status) -> None:
    story.becomes(Status.RESOLVED)
    story.event("1.4.2")
    story.becomes(status)
    assert story.regression is None
    story.becomes(Status.UNRESOLVED)
    assert story.regression is not None


def test_of_several_that_come_back_in_one_batch_each_has_its_own_release(story: Story, batches: BatchWriter) -> None:
    story.event("1.4.0", fingerprint="other")
    story.becomes(Status.RESOLVED)
    story.becomes(Status.RESOLVED, fingerprint="other")
    events = [
        accepted(fingerprint=name, release=release, received_ms=story.now_ms + later)
        for name, release, later in (
            ("cart", "2.0", 10),
            ("other", "3.0", 10),
            ("cart", "2.1", 20),
            ("other", "3.1", 5),
        )
    ]
    batches.write(story.conn, events)
    back = story.conn.execute(
        "SELECT i.fingerprint, s.in_release FROM status_changes AS s JOIN issues AS i ON i.id = s.issue_id"
        " WHERE s.reason = 'regression' ORDER BY 1"
    ).fetchall()
    assert back == [("cart", "2.1"), ("other", "3.0")]


def test_that_of_an_issue_that_was_merged_into_it_is_not_its_own(story: Story, batches: BatchWriter) -> None:
    story.event("1.4.0", fingerprint="child")
    story.becomes(Status.RESOLVED, fingerprint="child")
    story.event("1.4.2", fingerprint="child")
    put_together(story.conn, batches, "cart", "child")
    assert story.regression is None
    story.becomes(Status.RESOLVED)
    story.event("1.4.3", fingerprint="child")
    assert story.regression is not None
    assert story.regression.back_in == "1.4.3"
    take_apart(story.conn, batches, "cart", "child")
    assert story.regression is not None
