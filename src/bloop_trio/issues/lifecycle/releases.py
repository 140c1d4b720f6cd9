"""The releases of projects, as batches and imports have brought them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from bloop_trio.db.statements import run_rows
from bloop_trio.issues.lifecycle.release_order import Release, is_later, newest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bloop_trio.db.connection import Connection

NOT_SEEN_MS: Final = 2**63 - 1
"""When a release was first seen that no event has come from yet: later than all that have."""
_COMPARED: Final = 1_000
"""Releases of a project among which the newest is looked for; those that came last."""


def note_releases(conn: Connection, seen: Sequence[tuple[int, str, int]]) -> None:
    """Have releases known, each with its project and when it was first seen; of two times the earlier one counts."""
    run_rows(
        conn,
        "INSERT INTO releases (project_no, release, first_seen_ms)",
        seen,
        "ON CONFLICT (project_no, release) DO UPDATE SET first_seen_ms = min(first_seen_ms, excluded.first_seen_ms)",
    )


def newest_release(conn: Connection, project_no: int) -> Release | None:
    """Return the release of a project that no other comes after; None if it has had no event."""
    rows = conn.execute(
        "SELECT release, first_seen_ms FROM releases WHERE project_no = ? ORDER BY first_seen_ms DESC LIMIT ?",
        (project_no, _COMPARED),
    )
    return newest(Release(name, first_ms) for name, first_ms in rows)


def next_release(conn: Connection, project_no: int, after: str) -> str | None:
    """Return the first release of a project that comes after one; None if none has come yet."""
    than = read_releases(conn, [(project_no, after)])[project_no, after]
    rows = conn.execute(
        "SELECT release, first_seen_ms FROM releases WHERE project_no = ? ORDER BY first_seen_ms DESC LIMIT ?",
        (project_no, _COMPARED),
    )
    found: Release | None = None
    for release in (Release(name, first_ms) for name, first_ms in rows):
        if is_later(release, than) and (found is None or is_later(found, release)):
            found = release
    return None if found is None else found.name


def read_releases(conn: Connection, wanted: Iterable[tuple[int, str]]) -> dict[tuple[int, str], Release]:
    """Return the releases with these projects and names; one that has not been seen comes after all that have."""
    found = {key: Release(key[1], NOT_SEEN_MS) for key in wanted}
    # One text for any number of them: batches ask, and the connection remembers only so many statements.
    rows = conn.execute(
        "SELECT r.project_no, r.release, r.first_seen_ms FROM json_each(?) AS w CROSS JOIN releases AS r"
        " ON r.project_no = w.value ->> 0 AND r.release = w.value ->> 1",
        (json.dumps(list(found)),),
    ).fetchall()
    for key in found:
        if "\0" in key[1]:  # SQLite's JSON ends a text there
            rows += conn.execute(
                "SELECT project_no, release, first_seen_ms FROM releases WHERE project_no = ? AND release = ?", key
            )
    found.update(((project_no, name), Release(name, first_ms)) for project_no, name, first_ms in rows)
    return found
