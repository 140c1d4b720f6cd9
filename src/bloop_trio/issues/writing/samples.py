"""The ring of samples: the newest occurrences of each fingerprint, which outlive the tables of days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bloop_trio.db.statements import run_rows
from bloop_trio.flow.bounded_cache import BoundedCache

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bloop_trio.db.connection import Connection

_KNOWN_FINGERPRINTS: Final = 50_000


class SampleRing:
    """Places samples into slots 0 to `size - 1` of their fingerprint, always over the oldest.

    The slot that comes next is remembered; after a restart it is the one behind the newest sample. `note` is called
    when the transaction is committed: until then the memory does not change.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._next_slot: BoundedCache[int, int] = BoundedCache(_KNOWN_FINGERPRINTS)

    def copy(self, conn: Connection, tables: Iterable[str], newest: Mapping[int, Sequence[int]]) -> dict[int, int]:
        """Copy events that have just been inserted into their rings; returns each ring's next slot, for `note`.

        `newest` holds event ids, oldest first and at most `size`, by fingerprint id; they are found in `tables`.
        """
        next_slots = self._slots(conn, newest)
        placed: list[tuple[int, int]] = []
        for fingerprint_id, event_ids in newest.items():
            slot = next_slots[fingerprint_id]
            for event_id in event_ids:
                placed.append((event_id, slot))
                slot = (slot + 1) % self.size
            next_slots[fingerprint_id] = slot
        for table in tables:
            # Copied within SQLite: the payloads need not pass through this process a second time.
            run_rows(
                conn,
                "WITH placed (event_id, slot) AS (",
                placed,
                ") INSERT INTO samples (fingerprint_id, slot, event_id, received_ms, timestamp_ms, release,"
                " environment, source, payload)"
                " SELECT fingerprint_id, slot, id, received_ms, timestamp_ms, release, environment, source, payload"
                f" FROM placed CROSS JOIN {table} ON id = event_id WHERE TRUE"
                " ON CONFLICT (fingerprint_id, slot) DO UPDATE SET event_id = excluded.event_id,"
                " received_ms = excluded.received_ms, timestamp_ms = excluded.timestamp_ms,"
                " release = excluded.release, environment = excluded.environment, source = excluded.source,"
                " payload = excluded.payload",
            )
        return next_slots

    def note(self, next_slots: Mapping[int, int]) -> None:
        """Remember what `copy` returned, now that it is committed."""
        for fingerprint_id, slot in next_slots.items():
            self._next_slot.put(fingerprint_id, slot)

    def forget(self) -> None:
        """Drop what is remembered."""
        self._next_slot.clear()

    def _slots(self, conn: Connection, fingerprint_ids: Iterable[int]) -> dict[int, int]:
        """Return the slot that each fingerprint's next sample goes into."""
        slots: dict[int, int] = {}
        unknown: list[tuple[int]] = []
        for fingerprint_id in fingerprint_ids:
            slot = self._next_slot.get(fingerprint_id)
            if slot is None:
                unknown.append((fingerprint_id,))
                slot = 0
            slots[fingerprint_id] = slot
        # With max() as the only aggregate, SQLite takes the bare column from the row that holds the maximum.
        found = run_rows(
            conn,
            "WITH wanted (fingerprint_id) AS (",
            unknown,
            ") SELECT fingerprint_id, slot, max(event_id) FROM wanted JOIN samples USING (fingerprint_id)"
            " GROUP BY fingerprint_id",
        )
        slots.update((fingerprint_id, (slot + 1) % self.size) for fingerprint_id, slot, _ in found)
        return slots
