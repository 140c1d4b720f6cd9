"""Numbers that rise with each change of what caches hold.

A change bumps its number in its own transaction, from whichever process; a cache that reads another number than it
remembers loads anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection


def read_generations(conn: Connection) -> dict[str, int]:
    """Return every number by its name."""
    return dict(conn.execute("SELECT name, value FROM generations"))


def bump(conn: Connection, name: str) -> None:
    """Raise the number of `name` by one; to be called inside the transaction of the change."""
    conn.execute(
        "INSERT INTO generations (name, value) VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1",
        (name,),
    )
