"""Random projections for hypothesis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hypothesis import strategies as st

from tests.analytics.asking import DEFAULT, HALF_PAST_MS, OTHER, asking, hours_ago
from tests.analytics.reference import HOUR_MS, Request, Tables

if TYPE_CHECKING:
    from bloop_trio.analytics.questions.asked import Asked

MAX_AGO: Final = 20
ENVIRONMENTS: Final = ("prod", "dev")
RELEASES: Final = ("1.0", "1.1", "1.10", "2")
PROJECTS: Final = ((DEFAULT,), (OTHER,), (DEFAULT, OTHER))


@st.composite
def requests(draw: st.DrawFn) -> Asked:
    """Return a question whose window often does not hold all that is there."""
    return asking(
        projects=draw(st.sampled_from(PROJECTS)),
        hours=draw(st.sampled_from((1, 6, 9, 16))),
        limit=100,
        environment=draw(st.sampled_from((None, None, "prod"))),
    )


@st.composite
def tables(draw: st.DrawFn) -> Tables:
    """Return issues of two projects with their hours and releases; some rows say the same twice, and add up."""
    issues, hours, releases = [], [], []
    for issue_id in range(1, draw(st.integers(1, 5)) + 1):
        project_no = draw(st.sampled_from((1, 1, 2)))
        agos = st.integers(0, MAX_AGO)
        counts = st.sampled_from((1, 1, 1, 2, 3, 10, 100))
        row = st.tuples(agos, st.sampled_from(ENVIRONMENTS), counts)
        found = draw(st.lists(row, max_size=30))
        hours += [(issue_id, project_no, hours_ago(ago), environment, n) for ago, environment, n in found]
        oldest = max((ago for ago, _, _ in found), default=0)
        first_ms = hours_ago(oldest + draw(st.sampled_from((0, 0, 3, 50)))) + draw(st.integers(0, HOUR_MS - 1))
        fingerprint = f"fp{draw(st.integers(0, 9))}{issue_id}"
        issues.append((issue_id, project_no, fingerprint, "TypeError", f"message {issue_id}", first_ms, hours_ago(0)))
        # Every environment with events is in some release, as it is with real ones.
        places = sorted({environment for _, environment, _ in found})
        releases += [(issue_id, project_no, "1.0", environment, 1, first_ms, first_ms) for environment in places]
        place = st.tuples(st.sampled_from(RELEASES), st.sampled_from(ENVIRONMENTS), counts, st.integers(0, 6))
        for release, environment, count, later in draw(st.lists(place, max_size=4)):
            at_ms = first_ms + later * HOUR_MS
            releases.append((issue_id, project_no, release, environment, count, at_ms, at_ms + HOUR_MS))
    return Tables(hours=hours, issues=issues, issue_releases=releases)


def as_request(asked: Asked) -> Request:
    """Return the same request in the words of the reference."""
    return Request(
        projects=tuple(project.no for project in asked.projects),
        hours=asked.hours,
        environment=asked.environment,
        now_ms=HALF_PAST_MS,
    )
