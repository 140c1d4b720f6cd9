"""Adding to the users that fingerprints have affected. Called inside the batch's transaction."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from bloop_trio.db.statements import run_rows
from bloop_trio.issues.stored.user_set import UserSet, user_number
from bloop_trio.issues.stored.users import read_set

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from bloop_trio.db.connection import Connection

MAX_REMEMBERED_BYTES: Final = 16 * 1024 * 1024


class AffectedUsers:
    """Who is known to be affected, by fingerprint, so that only what changes is written.

    The memory follows a commit alone: `note` is called when the transaction is committed. Users that are added again
    change nothing, so a batch may be written twice.
    """

    def __init__(self, max_bytes: int = MAX_REMEMBERED_BYTES) -> None:
        self._max_bytes = max_bytes
        self._remembered: OrderedDict[int, UserSet] = OrderedDict()
        self._weight_bytes = 0

    @property
    def weight_bytes(self) -> int:
        """About what the memory takes; at most `max_bytes`, or one set."""
        return self._weight_bytes

    def add(self, conn: Connection, users: Mapping[int, Collection[str]]) -> dict[int, UserSet]:
        """Add users, as clients call them, by fingerprint id; returns what to `note`."""
        known = self._recall(conn, sorted(users))
        found = {
            fingerprint_id: before.with_users(map(user_number, users[fingerprint_id]))
            for fingerprint_id, before in known.items()
        }
        run_rows(
            conn,
            "INSERT INTO fingerprint_users (fingerprint_id, is_sketch, count, users)",
            [
                (fingerprint_id, not after.is_exact, after.count, after.encode())
                for fingerprint_id, after in found.items()
                if after is not known[fingerprint_id]
            ],
            "ON CONFLICT (fingerprint_id) DO UPDATE SET is_sketch = excluded.is_sketch, count = excluded.count,"
            " users = excluded.users",
        )
        return found

    def note(self, found: Mapping[int, UserSet]) -> None:
        """Remember what `add` returned, now that it is committed."""
        for fingerprint_id, users in found.items():
            before = self._remembered.pop(fingerprint_id, None)
            if before is not None:
                self._weight_bytes -= before.weight_bytes
            self._remembered[fingerprint_id] = users
            self._weight_bytes += users.weight_bytes
        while self._weight_bytes > self._max_bytes and len(self._remembered) > 1:
            _, oldest = self._remembered.popitem(last=False)
            self._weight_bytes -= oldest.weight_bytes

    def discard(self, fingerprint_ids: Iterable[int]) -> None:
        """Drop what is remembered of these."""
        for fingerprint_id in fingerprint_ids:
            users = self._remembered.pop(fingerprint_id, None)
            if users is not None:
                self._weight_bytes -= users.weight_bytes

    def forget(self) -> None:
        """Drop what is remembered."""
        self._remembered.clear()
        self._weight_bytes = 0

    def _recall(self, conn: Connection, fingerprint_ids: Sequence[int]) -> dict[int, UserSet]:
        """Return what is known of each fingerprint, in the same order; nobody for a new one."""
        unknown = [(fingerprint_id,) for fingerprint_id in fingerprint_ids if fingerprint_id not in self._remembered]
        rows = run_rows(
            conn,
            "WITH wanted (fingerprint_id) AS (",
            unknown,
            ") SELECT fingerprint_id, is_sketch, users FROM wanted CROSS JOIN fingerprint_users USING (fingerprint_id)",
        )
        stored = {
            fingerprint_id: read_set(content, is_exact=not is_sketch) for fingerprint_id, is_sketch, content in rows
        }
        nobody = UserSet()
        return {number: self._remembered.get(number) or stored.get(number, nobody) for number in fingerprint_ids}
