"""What is done with the rows of one table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bloop_trio.db.connection import Connection
    from bloop_trio.importing.rust_database import SourceTable
    from bloop_trio.importing.tally import Tally

Row = tuple[Any, ...]


class Step(Protocol):
    """Writes a table of the other database into ours, slice by slice."""

    @property
    def table(self) -> SourceTable:
        """Return what is read."""

    def write(self, conn: Connection, rows: Sequence[Row]) -> Tally:
        """Write a slice in the caller's transaction; each of its rows has an outcome in the tally that is returned."""

    def settle(self, conn: Connection) -> None:
        """Do what is to be done between two slices, outside of any transaction."""
