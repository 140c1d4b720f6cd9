"""The releases that projects have had events of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.queries.scope import OneProject

_NEWEST: Final = (
    "SELECT first_seen_ms, release FROM releases WHERE project_no = ? AND first_seen_ms >= ?"
    " ORDER BY first_seen_ms DESC, release LIMIT ?"
)


@attrs.frozen(kw_only=True, slots=False)
class ReleaseInfo:
    """A release of a project."""

    project_id: str
    """Id of the project."""
    release: str
    """As events name it."""
    first_seen: int
    """When its first event was received, in epoch milliseconds."""


def list_releases(
    conn: Connection, projects: tuple[OneProject, ...], *, since_ms: int, limit: int
) -> list[ReleaseInfo]:
    """Return the releases of these projects whose first event was received at a time or later, the newest first."""
    found: list[ReleaseInfo] = []
    for project in projects:
        rows = conn.execute(_NEWEST, (project.no, since_ms, limit))
        found += [ReleaseInfo(project_id=project.id, release=name, first_seen=first_ms) for first_ms, name in rows]
    found.sort(key=lambda release: (-release.first_seen, release.project_id, release.release))
    return found[:limit]
