"""Keeping the key ring at what the database says, also when another process changes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import trio

from bloop_trio.clock import now_secs as clock_now_secs
from bloop_trio.db.generations import read_generations
from bloop_trio.projects.store import list_projects, list_retired_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bloop_trio.db.connection import Connection
    from bloop_trio.db.readers import Readers
    from bloop_trio.projects.keys import KeyRing
    from bloop_trio.projects.project import Project, RetiredKey

_LEAST_INTERVAL_SECS: Final = 0.1
"""Between two looks at the database that unknown keys cause; it is also what guessing keys is slowed down to."""


class KeyWatch:
    """Reloads the key ring when the projects have changed, and takes keys out of it whose grace is over.

    A rotated or removed key stops working, and a new one works, within the interval at which `look` is called; a request
    with an unknown key calls it at once, so that a key that was made a moment ago is never refused.
    """

    def __init__(
        self,
        readers: Readers,
        ring: KeyRing,
        on_changed: Mapping[str, Callable[[], None]],
        now_secs: Callable[[], int] = clock_now_secs,
    ) -> None:
        self._readers = readers
        self._ring = ring
        self._on_changed = on_changed
        """What is to be called when another generation than that of the projects has changed, by its name."""
        self._now_secs = now_secs
        self._generations: dict[str, int] = {}
        self._looked_at = float("-inf")
        self._reloads = 0
        self._turn = trio.Lock()

    async def look(self) -> bool:
        """Look at the database, once for all who ask at the same time; returns whether the keys have changed."""
        asked_at = trio.current_time()
        reloads = self._reloads
        async with self._turn:
            if self._looked_at <= asked_at:
                await trio.sleep(max(0.0, self._looked_at + _LEAST_INTERVAL_SECS - trio.current_time()))
                self._looked_at = trio.current_time()
                await self._look()
        return self._reloads != reloads

    async def _look(self) -> None:
        generations, keys = await self._readers.run(self._read)
        for name, forget in self._on_changed.items():
            if generations.get(name) != self._generations.get(name):
                forget()
        if keys is not None:
            self._ring.reload(*keys)
            self._reloads += 1
        self._ring.drop_expired(self._now_secs())
        self._generations = generations

    def _read(self, conn: Connection) -> tuple[dict[str, int], tuple[list[Project], list[RetiredKey]] | None]:
        # The number is read first: a change between the two reads is then seen again, not missed.
        generations = read_generations(conn)
        if generations.get("projects") == self._generations.get("projects"):
            return generations, None
        return generations, (list_projects(conn), list_retired_keys(conn))
