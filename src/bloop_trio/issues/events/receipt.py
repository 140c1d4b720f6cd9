"""The promise of a durable answer: known once the events of a request are committed, or are known not to be."""

from __future__ import annotations

import attrs
import trio


@attrs.define(eq=False)
class Receipt:
    """Counts what became of the events of one request."""

    outstanding: int = 0
    """Events that are offered and not settled yet."""
    kept: int = 0
    """Events that are committed (or had been before, or are kept as dead letters)."""
    _settled: trio.Event = attrs.field(factory=trio.Event)

    def expect(self) -> None:
        """Count one more event to wait for."""
        self.outstanding += 1

    def settle(self, *, kept: bool) -> None:
        """Count one event as committed or not."""
        self.outstanding -= 1
        self.kept += kept
        if self.outstanding == 0:
            self._settled.set()

    async def wait(self) -> None:
        """Wait until nothing is outstanding."""
        if self.outstanding:
            await self._settled.wait()
