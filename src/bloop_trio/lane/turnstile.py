"""How the express lane gives way to requests of the ordinary road.

Such a request takes a dozen turns of the event loop, and a turn lasts until each task that can has had its share. With
many busy connections in the lane, that is many requests in each of those turns. So while somebody reads, only a few of
them pass in a turn, in the order in which they came.
"""

from __future__ import annotations

from typing import Final

import trio

REQUESTS_A_TURN: Final = 4
"""A third of a millisecond's work: fewer would cost more turns than they save."""


class Turnstile:
    """Lets `a_turn` tasks pass in each turn of the event loop. `run` has to run for as long as anybody may come."""

    __slots__ = ("_a_turn", "_left", "_passed", "_waiting")

    def __init__(self, a_turn: int = REQUESTS_A_TURN) -> None:
        self._a_turn = a_turn
        self._left = a_turn
        self._passed = trio.Event()
        self._waiting = trio.lowlevel.ParkingLot()

    async def pass_through(self) -> None:
        """Return at once if few have passed in this turn, else in the first turn that has a place."""
        self._passed.set()
        if self._left and not self._waiting:
            self._left -= 1
        else:
            await self._waiting.park()

    async def run(self) -> None:
        """Open the turnstile anew in each turn in which somebody came or waits."""
        while True:
            await self._passed.wait()
            self._passed = trio.Event()
            while self._waiting:
                self._left = 0
                self._waiting.unpark(count=self._a_turn)
                await trio.lowlevel.checkpoint()
            self._left = self._a_turn
