"""Removing source maps that nothing has needed for long: one a transaction, as each may take megabytes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from bloop_trio.clock import MS_PER_DAY, MS_PER_SEC
from bloop_trio.db.connection import transaction

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from bloop_trio.retention.pacing import PacedWriter


async def remove_aged_maps(paced: PacedWriter, *, days: int, now_ms: int) -> int:
    """Remove the maps that were uploaded more than `days` ago, and of whose release no event has come since; returns
    how many.

    Raises:
        StoreError: the store refused; what was removed until then stays removed.
    """
    aged = await paced.run(partial(find_aged_maps, before_ms=now_ms - days * MS_PER_DAY))
    for map_id in aged:
        await paced.run(partial(_remove, map_id=map_id))
    return len(aged)


def find_aged_maps(conn: Connection, before_ms: int) -> list[str]:
    """Return the ids of the maps of whose release everything is older than `before_ms`, oldest first."""
    rows = conn.execute(
        "SELECT m.id FROM source_maps AS m WHERE m.uploaded_secs < ?1 AND NOT EXISTS (SELECT 1 FROM facet_counts AS f"
        " WHERE f.project_no = m.project_no AND f.facet = 'release' AND f.value = m.release AND f.last_seen_ms >= ?2)"
        " ORDER BY m.uploaded_secs, m.id",
        (before_ms // MS_PER_SEC, before_ms),
    )
    return [map_id for (map_id,) in rows]


def _remove(conn: Connection, *, map_id: str) -> None:
    with transaction(conn):
        conn.execute("DELETE FROM source_maps WHERE id = ?", (map_id,))
