"""Whatever the batches, events end a snooze and bring back what was resolved just as if they came one by one."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bloop_trio.db.connection import open_connection, transaction
from bloop_trio.db.migrate import migrate
from bloop_trio.issues.lifecycle.endings import set_fixes
from bloop_trio.issues.lifecycle.fixes import fix_in
from bloop_trio.issues.lifecycle.release_order import Release, is_later
from bloop_trio.issues.lifecycle.snoozes import SnoozeTerms, snooze_issues
from bloop_trio.issues.writing.writer import BatchWriter
from tests.conftest import NOW_MS, accepted, insert_project, set_status
from tests.issues.histories import check_that_all_agree, history, statuses

if TYPE_CHECKING:
    from collections.abc import Iterable

RELEASES = ["1.0.0", "0.9.0", "1.1.0", "1.0.0-rc.1", "main", "abc1234"]
EVENTS = st.lists(st.tuples(st.sampled_from(RELEASES), st.sampled_from(["ada", "bob", "eve"])), max_size=12)
CUTS = st.lists(st.integers(1, 5), min_size=12, max_size=12)
TERMS = st.builds(
    SnoozeTerms,
    more_events=st.none() | st.integers(1, 8),
    more_users=st.none() | st.integers(1, 3),
    until_next_release=st.booleans(),
)
Event = tuple[str, str]
"""A release and a user."""


def outcome(events: list[Event], cuts: Iterable[int], ends: SnoozeTerms | str) -> tuple[str, list[Any]]:
    """Return the status and what the server has changed, after `cart` was muted or resolved and these events came."""
    with TemporaryDirectory() as folder, closing(open_connection(Path(folder) / "bloop.db")) as conn:
        migrate(conn, Path(folder) / "bloop.db", 0)
        with transaction(conn):
            insert_project(conn, "default")
        batches = BatchWriter(conn, sample_reservoir_size=1)
        batches.write(conn, [accepted(fingerprint="cart", release="1.0.0", user_id_hash="ada")])
        (issue_id,) = conn.execute("SELECT id FROM issues").fetchone()
        set_status(conn, "resolved" if isinstance(ends, str) else "muted", changed_ms=NOW_MS)
        with transaction(conn):
            if isinstance(ends, str):
                set_fixes(conn, [issue_id], fix_in(conn, 1, ends))
            else:
                snooze_issues(conn, 1, [issue_id], ends)
        at = 0
        for size in cuts:
            batch = [
                accepted(fingerprint="cart", release=release, user_id_hash=user, received_ms=NOW_MS + 1 + at + n)
                for n, (release, user) in enumerate(events[at : at + size])
            ]
            at += size
            if batch:
                batches.write(conn, batch)
        check_that_all_agree(conn)
        changes = [entry[:2] for entry in history(conn, "cart")][1:]
        return statuses(conn)["cart"], changes


@settings(max_examples=25, deadline=None)
@given(EVENTS, CUTS, TERMS | st.sampled_from(["current", "next", "1.1.0", "main"]))
def test_the_batches_make_no_difference(events: list[Event], cuts: list[int], ends: SnoozeTerms | str) -> None:
    assert outcome(events, cuts, ends) == outcome(events, [1] * len(events), ends)


@settings(max_examples=25, deadline=None)
@given(EVENTS, CUTS, TERMS)
def test_a_snooze_ends_when_and_only_when_one_of_its_ends_is_met(
    events: list[Event], cuts: list[int], terms: SnoozeTerms
) -> None:
    came = {release: place for place, (release, _) in reversed(list(enumerate(events)))} | {"1.0.0": -1}
    first = Release("1.0.0", -1)
    is_met = (
        (terms.more_events is not None and len(events) >= terms.more_events)
        or (terms.more_users is not None and len({user for _, user in events} - {"ada"}) >= terms.more_users)
        or (terms.until_next_release and any(is_later(Release(name, came[name]), first) for name, _ in events))
    )
    status, changes = outcome(events, cuts, terms)
    assert status == ("unresolved" if is_met else "muted")
    assert changes == ([("muted", "unresolved")] if is_met else [])
