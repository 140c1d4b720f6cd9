"""The audit log in the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from bloop_trio.audit.entry import Entry
    from bloop_trio.db.connection import Connection


def record(conn: Connection, entry: Entry, at_ms: int) -> None:
    """Add `entry`; to be called inside the transaction of the act, so that neither is there without the other."""
    conn.execute(
        "INSERT INTO audit_entries (at_ms, actor, actor_name, address, action, target, target_name, project_id, details)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            at_ms,
            entry.actor,
            entry.actor_name,
            entry.address,
            entry.action.value,
            entry.target,
            entry.target_name,
            entry.project_id,
            msgspec.json.encode(dict(entry.details)).decode(),
        ),
    )
