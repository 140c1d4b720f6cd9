"""What the tests of changing statuses share: events in, statuses and histories out."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from bloop_trio.http.caller import Caller
from bloop_trio.issues.lifecycle.status import Status
from bloop_trio.issues.merging.merging import Asked
from bloop_trio.issues.merging.merging import merge as merge_issues
from bloop_trio.issues.queries.scope import OneProject
from bloop_trio.issues.triage.triage import Change
from tests.conftest import NOW_MS, accepted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.live.messages import StatusChanged
    from bloop_trio.issues.writing.writer import BatchWriter


class Told(list[tuple[int, "StatusChanged"]]):
    """What the hook was told, in order."""

    def __call__(self, project_no: int, changes: Sequence[StatusChanged]) -> None:
        self += [(project_no, change) for change in changes]


def to(status: Status | str, **changes: Any) -> Change:
    usual: dict[str, Any] = {"project": OneProject(1, "default"), "status": Status(status), "caller": a_caller()}
    return Change(**usual | changes)


def a_caller(actor: str = "token:t") -> Caller:
    return Caller(actor=actor, name="ci", address="203.0.113.9", project_no=1, project_id="default")


def history(conn: Connection, fingerprint: str) -> list[tuple[str, str, str | None, str | None]]:
    """Return an issue's changes in the order in which they were made."""
    return conn.execute(
        "SELECT old_status, new_status, changed_by, reason FROM status_changes AS s JOIN issues AS i"
        " ON i.id = s.issue_id WHERE i.fingerprint = ? ORDER BY s.id",
        (fingerprint,),
    ).fetchall()


def statuses(conn: Connection, project_no: int = 1) -> dict[str, str]:
    return dict(conn.execute("SELECT fingerprint, status FROM issues WHERE project_no = ?", (project_no,)))


def check_that_all_agree(conn: Connection) -> None:
    """Hold statuses against histories, and both against everything that repeats the status."""
    steps: dict[int, list[tuple[str, str]]] = defaultdict(lambda: [("", Status.UNRESOLVED.value)])
    for issue_id, old, new in conn.execute("SELECT issue_id, old_status, new_status FROM status_changes ORDER BY id"):
        steps[issue_id].append((old, new))
    for issue_id, status in conn.execute("SELECT id, status FROM issues"):
        of_issue = steps[issue_id]
        assert all(before[1] == after[0] for before, after in pairwise(of_issue)), of_issue
        assert all(old != new for old, new in of_issue), of_issue
        assert of_issue[-1][1] == status, of_issue
    differing = (
        "SELECT count(*) FROM issue_counts AS c JOIN issue_fingerprints AS f ON f.id = c.fingerprint_id"
        " JOIN issues AS i ON i.id = f.issue_id WHERE c.status != i.status"
    )
    assert conn.execute(differing).fetchone() == (0,)
    totals = "SELECT project_no, status, count FROM issue_totals WHERE count > 0 ORDER BY 1, 2"
    counted = "SELECT project_no, status, count(*) FROM issues GROUP BY project_no, status ORDER BY 1, 2"
    assert conn.execute(totals).fetchall() == conn.execute(counted).fetchall()


def store(conn: Connection, batches: BatchWriter, *fingerprints: str, **changes: Any) -> None:
    batches.write(conn, [accepted(fingerprint=fingerprint, **changes) for fingerprint in fingerprints])


def merge(conn: Connection, child: str, *, into: str) -> None:
    """Merge an issue into another; what writes batches has to forget whose its fingerprint is."""
    asked = Asked(project=OneProject(1, "default"), fingerprint=into, fingerprints=(child,), caller=a_caller())
    merge_issues(conn, asked=asked, clock=lambda: NOW_MS)


def fill_up(conn: Connection) -> None:
    """Leave the database no page to grow by."""
    (pages,) = conn.execute("PRAGMA page_count").fetchone()
    conn.execute(f"PRAGMA max_page_count = {pages}").fetchone()
