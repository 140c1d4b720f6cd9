"""Up to where the database has been copied, and what says that it cannot be gone on from there."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

import attrs

from bloop_trio.db.generations import read_generations

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection

RING_MOVES: Final = 16_384
"""Moves of issues that the database remembers."""
MAX_UNSEEN_EVENTS: Final = 50_000
"""Events that are caught up with one by one; beyond, copying everything is about as fast."""
IDENTITY: Final = "projection"
"""Name of the generation that says which projection belongs to the database as it now is."""


@attrs.frozen(kw_only=True)
class Marks:
    """Where the database stands, or how far it has been copied."""

    identity: int
    """Changes each time that a projection is opened, so that an older copy of the database does not match it."""
    event_id: int
    move_no: int
    """Of the last issue that was merged, taken apart or removed."""
    pruned_ms: int
    """Hours that began then or earlier do not count, although some of them may be there yet."""
    imported: int
    """Rows that were taken over from other databases."""
    projects: int
    """Generation of the projects."""


def new_identity() -> int:
    """Return a number that no other projection has."""
    return secrets.randbits(62)


def read_marks(conn: Connection) -> Marks:
    """Return where the database stands; within a snapshot, all of it belongs together."""
    generations = read_generations(conn)
    sequences = dict(conn.execute("SELECT name, value FROM sequences"))
    (imported,) = conn.execute("SELECT coalesce(sum(rows), 0) FROM import_rows").fetchone()
    return Marks(
        identity=generations.get(IDENTITY, 0),
        event_id=sequences["event_id"],
        move_no=sequences["issue_move"],
        pruned_ms=sequences["hours_pruned_ms"],
        imported=imported,
        projects=generations.get("projects", 0),
    )


def set_identity(conn: Connection, identity: int) -> None:
    """Note which projection belongs to the database; a transaction of its own."""
    conn.execute(
        "INSERT INTO generations (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (IDENTITY, identity),
    )


def why_anew(copied: Marks, now: Marks) -> str | None:
    """Return why what was copied up to `copied` cannot follow the database, which stands at `now`; None if it can."""
    if now.event_id < copied.event_id or now.move_no < copied.move_no or now.projects < copied.projects:
        return "the database is older than its projection, as after a restore"
    if now.imported != copied.imported:
        return "another database was imported"
    if now.move_no - copied.move_no > RING_MOVES:
        return "too many errors were merged or removed meanwhile"
    if now.pruned_ms < copied.pruned_ms:
        return "hours have come back that were removed"
    return None
