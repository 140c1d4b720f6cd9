"""The newest occurrences of each error, which the other server keeps for good as ours does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

from bloop_trio.db.statements import run_rows
from bloop_trio.importing.events import add_users, take_ids
from bloop_trio.importing.keys import read_key
from bloop_trio.importing.payloads import DETAILS, Packing, encode_event, make_event
from bloop_trio.importing.rust_database import SourceTable
from bloop_trio.importing.tally import Reason, Tally
from bloop_trio.importing.values import as_time_ms
from bloop_trio.issues.stored.finding import find

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bloop_trio.db.connection import Connection
    from bloop_trio.importing.step import Row
    from bloop_trio.issues.events.batch import FingerprintKey

SAMPLES: Final = SourceTable(
    name="sample_occurrences",
    columns=("project_id", "fingerprint", "captured_at", *DETAILS),
    order=("project_id", "fingerprint", "captured_at", "id"),
    whole=2,
)


@attrs.frozen
class SamplesStep:
    """Fills the free slots of each error's ring with its newest samples.

    An error that has samples already has received events here, which are newer than any on the other server.
    """

    _numbers: Mapping[str, int]
    _packing: Packing
    _ring_size: int
    table: SourceTable = SAMPLES

    def write(self, conn: Connection, rows: Sequence[Row]) -> Tally:
        """Write a slice; see `Step`."""
        tally = Tally()
        errors: dict[FingerprintKey, list[tuple[int, Row]]] = {}
        for row in rows:
            key, captured_ms = read_key(row, self._numbers), as_time_ms(row[2])
            if isinstance(key, Reason):
                tally.skipped(key)
            elif captured_ms is None:
                tally.skipped(Reason.TIME)
            else:
                errors.setdefault(key, []).append((captured_ms, row))
        refs = find(conn, list(errors))
        free = self._free_slots(conn, [ref.fingerprint_id for ref in refs.values()])
        placed: list[tuple[int, int, int, Row]] = []
        for key, samples in errors.items():
            if key not in refs:
                tally.skipped(Reason.ERROR, len(samples))
                continue
            fingerprint_id = refs[key].fingerprint_id
            slots = free[fingerprint_id]
            samples.sort(key=lambda sample: sample[0])  # two of their fingerprints can be one of ours
            newest = samples[len(samples) - len(slots) :] if len(slots) < len(samples) else samples
            placed += [(fingerprint_id, slot, ms, row) for slot, (ms, row) in zip(slots, newest, strict=False)]
            tally.imported(len(newest))
            if len(newest) < len(samples):
                tally.skipped(Reason.OLDER, len(samples) - len(newest))
        self._store(conn, placed)
        return tally

    def settle(self, conn: Connection) -> None:
        """Nothing to do."""

    def _free_slots(self, conn: Connection, fingerprint_ids: list[int]) -> dict[int, list[int]]:
        """Return the slots of each fingerprint that hold no sample yet, in the order of the ring."""
        taken = set(
            run_rows(
                conn,
                "WITH wanted (fingerprint_id) AS (",
                [(fingerprint_id,) for fingerprint_id in fingerprint_ids],
                ") SELECT fingerprint_id, slot FROM wanted JOIN samples USING (fingerprint_id)",
            )
        )
        return {
            fingerprint_id: [slot for slot in range(self._ring_size) if (fingerprint_id, slot) not in taken]
            for fingerprint_id in fingerprint_ids
        }

    def _store(self, conn: Connection, placed: list[tuple[int, int, int, Row]]) -> None:
        first_id = take_ids(conn, len(placed))
        made = [make_event(row[3:], captured_ms) for _, _, captured_ms, row in placed]
        add_users(conn, ((fingerprint_id, event) for (fingerprint_id, *_), event in zip(placed, made, strict=True)))
        payloads = self._packing.pack([encode_event(event) for event in made])
        stored: list[tuple[Any, ...]] = []
        for number, ((fingerprint_id, slot, captured_ms, _), event, payload) in enumerate(
            zip(placed, made, payloads, strict=True), first_id
        ):
            promoted = (captured_ms, captured_ms, event.release, event.environment, event.source)
            stored.append((fingerprint_id, slot, number, *promoted, payload))
        run_rows(
            conn,
            "INSERT INTO samples (fingerprint_id, slot, event_id, received_ms, timestamp_ms, release, environment,"
            " source, payload)",
            stored,
        )
