"""Whatever comes together in one batch, events end where they would one by one, and nothing is remembered too early."""

from __future__ import annotations

import shutil
from collections import Counter
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bloop_trio.clock import MS_PER_MINUTE
from bloop_trio.db.connection import StoreError, open_connection, transaction
from bloop_trio.exceptions import RequestError
from bloop_trio.issues.lifecycle.endings import set_fixes
from bloop_trio.issues.lifecycle.fixes import fix_in
from bloop_trio.issues.lifecycle.snoozes import SnoozeTerms, snooze_issues
from bloop_trio.issues.queries.consistency import look_at_consistency
from bloop_trio.issues.writing.writer import BatchWriter
from tests.conftest import NOW_MS, accepted, insert_project, set_status
from tests.issues.mergers import put_together, take_apart

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bloop_trio.issues.events.batch import AcceptedEvent

CAP = 4
FULL = 3
STEP_MS = MS_PER_MINUTE // 4
NEXT = MS_PER_MINUTE
"""Later than any minute in which an event before it came."""
OLDER = {"a2": "a", "b2": "b", "c2": "b2", "a": None, "b": None, "c": None, "d": None, "e": None}
"""Fingerprints, with those by the version that was used before."""
OTHER = {"b2 of c": ("b2", "c")}
"""What one version groups together, another one may have told apart."""
DELETED = 2

_name = st.sampled_from(list(OLDER))
_event = st.tuples(
    st.sampled_from([*OLDER, *OTHER]),
    st.sampled_from(["1.0.0", "1.1.0", "main"]),
    st.sampled_from(["ada", "bob", None]),
    st.sampled_from([None, None, None, 7, 8]),
    st.sampled_from([1, 1, 1, 1, 1, DELETED]),
)
_batch = st.tuples(st.sampled_from(["batch", "batch", "failing"]), st.lists(_event, min_size=1, max_size=14))
_step = st.one_of(
    _batch,
    _batch,
    st.tuples(st.just("merge"), st.lists(_name, min_size=2, max_size=3, unique=True)),
    st.tuples(st.just("unmerge"), st.lists(_name, min_size=1, max_size=2, unique=True)),
    st.tuples(st.sampled_from(["snooze", "fix"]), st.lists(_name, min_size=1, max_size=1)),
)


def _events(values: Sequence[Any], at_ms: int) -> list[AcceptedEvent]:
    made = []
    for name, release, user, id_hash, project_no, *later in values:
        own, older = OTHER.get(name) or (name, OLDER[name])
        at = at_ms + sum(later)
        event = accepted(fingerprint=own, release=release, user_id_hash=user, received_ms=at, project_no=project_no)
        event.older_fingerprint, event.id_hash = older, id_hash
        made.append(event)
    return made


class Store:
    """A database that is written in whole batches, or in single events by somebody who remembers nothing."""

    def __init__(self, path: Path, template: Path, *, singly: bool) -> None:
        shutil.copy(template, path)
        self.conn = open_connection(path)
        self.singly = singly
        self.batches = BatchWriter(
            self.conn, sample_reservoir_size=2, max_new_issues_per_minute=CAP, full_occurrences_per_minute=FULL
        )
        self.told: Counter[str] = Counter()
        insert_project(self.conn, "gone")
        self.conn.execute("UPDATE projects SET deleted_secs = 1 WHERE no = ?", (DELETED,))

    def do(self, what: str, values: Sequence[Any], at_ms: int) -> None:
        match what:
            case "batch":
                self._write(_events(values, at_ms))
            case "failing":
                self._fail(_events(values, at_ms))
                self._write(_events(values, at_ms + STEP_MS // 2))
            case "merge" | "unmerge":
                change = put_together if what == "merge" else take_apart
                try:
                    change(self.conn, self.batches, *values, now_ms=at_ms)
                except RequestError as error:
                    self.told[str(error)] += 1
            case _:
                self._triage(what, values[0], at_ms)

    def _write(self, batch: list[AcceptedEvent]) -> None:
        for part in [[event] for event in batch] if self.singly else [batch]:
            if self.singly:
                self.batches.forget()
            result = self.batches.write(self.conn, part)
            for what in ("stored", "duplicates", "overflowed", "thinned"):
                self.told[what] += getattr(result, what).total()
            self.told["new"] += sum(not seen.regression for seen in result.seen)
            self.told["back"] += sum(seen.regression for seen in result.seen)
            self.told["ended"] += len(result.ended)

    def _fail(self, batch: list[AcceptedEvent]) -> None:
        """Have the very last statement fail: whatever was decided and written is gone."""
        self.conn.execute(
            "CREATE TRIGGER no BEFORE UPDATE ON sequences WHEN old.name = 'event_id' BEGIN SELECT raise(ABORT, 'no'); END"
        )
        try:
            self.batches.write(self.conn, batch)
        except StoreError:
            pass
        else:
            raise AssertionError
        finally:
            self.conn.execute("DROP TRIGGER no")

    def _triage(self, what: str, name: str, at_ms: int) -> None:
        row = self.conn.execute(
            "SELECT i.id, i.fingerprint FROM issue_fingerprints AS f JOIN issues AS i ON i.id = f.issue_id"
            " WHERE f.fingerprint = ? AND f.project_no = 1",
            (name,),
        ).fetchone()
        if row is None:
            return
        set_status(self.conn, "muted" if what == "snooze" else "resolved", row[1], changed_ms=at_ms)
        with transaction(self.conn):
            if what == "snooze":
                snooze_issues(self.conn, 1, [row[0]], SnoozeTerms(more_events=4, more_users=2))
            else:
                set_fixes(self.conn, [row[0]], fix_in(self.conn, 1, "next"))

    def content(self) -> dict[str, Any]:
        """Return all that is kept, by names instead of numbers."""
        of = "issue_fingerprints AS f JOIN issues AS i ON i.id = f.issue_id"
        queries = {
            "issues": "SELECT fingerprint, status, total_count, first_seen_ms, last_seen_ms FROM issues",
            "fingerprints": f"SELECT i.fingerprint, f.fingerprint, f.head_id IS NULL, f.home_issue_id IS NULL FROM {of}",
            "releases": "SELECT i.fingerprint, release, environment, c.total_count, c.status, c.first_seen_ms,"
            " c.last_seen_ms FROM issue_counts AS c JOIN issues AS i ON i.id = c.issue_id",
            "merged": "SELECT f.fingerprint, release, environment, total_count, first_seen_ms, last_seen_ms"
            " FROM merged_counts JOIN issue_fingerprints AS f ON f.id = fingerprint_id",
            "hours": "SELECT f.fingerprint, hour_ms, sum(count) FROM event_counts_hourly"
            " JOIN issue_fingerprints AS f ON f.id = fingerprint_id GROUP BY 1, 2",
            "projects": "SELECT project_no, hour_ms, count, overflowed, thinned FROM project_counts_hourly",
            "users": "SELECT f.fingerprint, count, users FROM fingerprint_users"
            " JOIN issue_fingerprints AS f ON f.id = fingerprint_id",
            "samples": "SELECT f.fingerprint, received_ms, release FROM samples"
            " JOIN issue_fingerprints AS f ON f.id = fingerprint_id",
            "known": "SELECT release, first_seen_ms FROM releases",
            "snoozes": "SELECT i.fingerprint, until_count, until_users FROM issue_snoozes JOIN issues AS i ON i.id = issue_id",
            "fixes": "SELECT i.fingerprint, release, is_next FROM issue_fixes JOIN issues AS i ON i.id = issue_id",
            # Which of a snooze's ends is named depends on what else the batch has met.
            "history": "SELECT i.fingerprint, old_status, new_status, substr(reason, 1, 6) FROM status_changes"
            " JOIN issues AS i ON i.id = issue_id",
            "totals": "SELECT status, count FROM issue_totals WHERE count <> 0",
        }
        found: dict[str, Any] = {what: sorted(self.conn.execute(sql), key=repr) for what, sql in queries.items()}
        consistency = look_at_consistency(self.conn)
        return found | {"told": self.told, "agrees": (consistency.miscounted, consistency.totals_agree)}


def _both(template: Path, happens: Iterable[tuple[str, Any]]) -> tuple[dict[str, Any], dict[str, Any]]:
    with TemporaryDirectory() as folder:
        whole = Store(Path(folder) / "whole.db", template, singly=False)
        single = Store(Path(folder) / "single.db", template, singly=True)
        with closing(whole.conn), closing(single.conn):
            for number, (what, values) in enumerate(happens):
                for store in (whole, single):
                    store.do(what, values, NOW_MS + number * STEP_MS)
            return whole.content(), single.content()


def _batch_of(*names: str, what: str = "batch", later_ms: int = 0) -> tuple[str, Any]:
    return what, [(name, "1.0.0", None, None, 1, later_ms) for name in names]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_step, max_size=10))
# The head of a linked error is remembered, in a batch of which something overflows.
@example([_batch_of("a"), _batch_of("a", "a2", "b", "c", "d", "e"), _batch_of("a", "a2")])
# What another one would be linked to overflows itself.
@example([_batch_of("c", "d", "e", "a"), _batch_of("b", "b2", "c2")])
@example([_batch_of("c", "d", "e", "b", "b2", "a2", "a", what="failing")])
# What another one would be linked to is linked after it.
@example([_batch_of("b"), _batch_of("c2", "b2", "a", "c", "d", "e")])
@example([_batch_of("a", "b", "d", "e"), ("batch", [*_batch_of("c2", "b2")[1], *_batch_of("c2", later_ms=NEXT)[1]])])
# What is created, or found, after another one overflowed that is linked to it later.
@example([_batch_of("b", "c", "d", "e"), ("batch", [*_batch_of("a2")[1], *_batch_of("a", "a2", later_ms=NEXT)[1]])])
@example([_batch_of("a", "c", "d", "e"), _batch_of("b2", "b2 of c")])
# Of the errors that a minute has made, one is merged away.
@example([_batch_of("a", "b", "c"), ("merge", ["a", "b"]), _batch_of("d", "e")])
def test_a_batch_is_what_its_events_are_one_by_one(database: Path, happens: list[tuple[str, Any]]) -> None:
    whole, single = _both(database, happens)
    assert whole["agrees"] == (0, True)
    assert whole == single
