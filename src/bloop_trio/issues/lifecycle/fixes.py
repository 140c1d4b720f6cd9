"""Resolved issues that are fixed in a release: which events bring them back. Called inside the caller's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bloop_trio.exceptions import BadRequestError
from bloop_trio.issues.lifecycle.endings import Fix, read_fixes
from bloop_trio.issues.lifecycle.release_order import is_later, is_same
from bloop_trio.issues.lifecycle.releases import newest_release, read_releases
from bloop_trio.issues.lifecycle.snoozes import NO_RELEASE
from bloop_trio.issues.lifecycle.status import was_on_its_way

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.events.batch import CombinedBatch, FingerprintKey, Span
    from bloop_trio.issues.lifecycle.release_order import Release
    from bloop_trio.issues.stored.finding import IssueRef

CURRENT: Final = "current"
NEXT: Final = "next"


def fix_in(conn: Connection, project_no: int, in_release: str) -> Fix:
    """Return the fix in `current`, the project's newest release, in the `next` one after it, or in the one so named.

    Raises:
        BadRequestError: the project has no release yet.
    """
    if in_release not in {CURRENT, NEXT}:
        return Fix(release=in_release, is_next=False)
    release = newest_release(conn, project_no)
    if release is None:
        raise BadRequestError(NO_RELEASE)
    return Fix(release=release.name, is_next=in_release == NEXT)


def came_back(
    conn: Connection,
    combined: CombinedBatch,
    refs: Mapping[FingerprintKey, IssueRef],
    resolved: Mapping[int, tuple[Span, int | None]],
) -> dict[int, int]:
    """Return when the newest event was received that brings an issue back, by the ids of those that come back.

    `resolved` has what the batch adds to each of its resolved issues, and when its status changed.
    """
    fixes = read_fixes(conn, sorted(resolved))
    back = {
        issue_id: span.last_ms
        for issue_id, (span, changed_ms) in resolved.items()
        if issue_id not in fixes and not was_on_its_way(span.last_ms, changed_ms)
    }
    if not fixes:
        return back
    seen = [
        (issue_id, key[0], release, span)
        for (key, release, _), span in combined.releases.items()
        if key in refs and (issue_id := refs[key].issue_id) in fixes
    ]
    known = read_releases(
        conn, [(no, name) for issue_id, no, release, _ in seen for name in (release, fixes[issue_id].release)]
    )
    for issue_id, no, name, span in seen:
        fix, changed_ms = fixes[issue_id], resolved[issue_id][1]
        if _has_fix(known[no, name], known[no, fix.release], fix) and not was_on_its_way(span.last_ms, changed_ms):
            back[issue_id] = max(back.get(issue_id, span.last_ms), span.last_ms)
    return back


def _has_fix(release: Release, fixed: Release, fix: Fix) -> bool:
    """Whether a release was to have what fixes an issue."""
    return is_later(release, fixed) or (not fix.is_next and is_same(release, fixed))
