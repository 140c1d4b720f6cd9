"""Removing source maps that nothing has needed for long: one a transaction, as each may take megabytes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from bloop_trio.clock import MS_PER_DAY, MS_PER_SEC
from bloop_trio.db.connection import transaction

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from bloop_trio.retention.pacing import PacedWriter

_IS_AGED: Final = (
    "m.uploaded_secs < :before_secs AND NOT EXISTS (SELECT 1 FROM facet_counts AS f WHERE f.project_no = m.project_no"
    " AND f.facet = 'release' AND f.value = m.release AND f.last_seen_ms >= :before_ms)"
)
"""Whether a map, called ``m``, is needed no more."""


async def remove_aged_maps(paced: PacedWriter, *, days: int, now_ms: int) -> int:
    """Remove the maps that were uploaded more than `days` ago, and of whose release no event has come since; returns
    how many.

    Raises:
        StoreError: the store refused; what was removed until then stays removed.
    """
    before_ms = now_ms - days * MS_PER_DAY
    aged = await paced.run(partial(find_aged_maps, before_ms=before_ms))
    return sum([await paced.run(partial(_remove, map_id=map_id, before_ms=before_ms)) for map_id in aged])


def find_aged_maps(conn: Connection, before_ms: int) -> list[str]:
    """Return the ids of the maps of whose release everything is older than `before_ms`, oldest first."""
    rows = conn.execute(
        f"SELECT m.id FROM source_maps AS m WHERE {_IS_AGED} ORDER BY m.uploaded_secs, m.id", _bounds(before_ms)
    )
    return [map_id for (map_id,) in rows]


def _remove(conn: Connection, *, map_id: str, before_ms: int) -> int:
    """Remove a map, unless its release has sent something since it was found; returns how many are gone."""
    with transaction(conn):
        return conn.execute(
            f"DELETE FROM source_maps AS m WHERE m.id = :id AND {_IS_AGED}", _bounds(before_ms) | {"id": map_id}
        ).rowcount


def _bounds(before_ms: int) -> dict[str, int | str]:
    return {"before_secs": before_ms // MS_PER_SEC, "before_ms": before_ms}
