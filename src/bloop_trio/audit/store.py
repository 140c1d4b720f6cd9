"""The audit log in the database."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeAlias

from bloop_trio.audit.entry import by, by_server, by_shell

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.audit.entry import Action, Entry
    from bloop_trio.db.connection import Connection
    from bloop_trio.http.caller import Caller

Note: TypeAlias = "Callable[..., None]"
"""Adds what is done to the audit log, within the transaction that does it: ``note(conn, action, target=…)``.

What changes something takes one, so that it need not know who asked for the change, nor when.
"""


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
            json.dumps(dict(entry.details), ensure_ascii=False, separators=(",", ":")),
        ),
    )


def notes_by(caller: Caller, at_ms: int) -> Note:
    """Return the `Note` of what `caller` does."""

    def note(conn: Connection, action: Action, **fields: Any) -> None:
        record(conn, by(caller, action, **fields), at_ms)

    return note


def notes_by_shell(at_ms: int) -> Note:
    """Return the `Note` of what a command does."""

    def note(conn: Connection, action: Action, **fields: Any) -> None:
        record(conn, by_shell(action, **fields), at_ms)

    return note


def notes_by_server(at_ms: int) -> Note:
    """Return the `Note` of what the server does by itself."""

    def note(conn: Connection, action: Action, **fields: Any) -> None:
        record(conn, by_server(action, **fields), at_ms)

    return note
