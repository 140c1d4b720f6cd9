"""Keeping the key ring at what the database says, also when another process changes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs
import trio

from bloop_trio.clock import now_secs as clock_now_secs
from bloop_trio.db.generations import read_generations
from bloop_trio.projects.store import list_projects, list_retired_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bloop_trio.db.connection import Connection
    from bloop_trio.db.readers import Readers
    from bloop_trio.projects.keys import KeyRing
    from bloop_trio.projects.project import Project, RetiredKey

_LEAST_INTERVAL_SECS: Final = 0.1
"""Between two looks at the database that unknown keys cause; it is also what guessing keys is slowed down to."""


@attrs.frozen
class Followed:
    """Something else that a server holds in memory, and that follows the database just as the key ring does."""

    generation: str
    """Its name."""
    read: Callable[[Connection], Any]
    """Returns all of it; run by a reader."""
    use: Callable[[Any], None]
    """Takes what was read; neither waits nor raises."""


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
        followed: Sequence[Followed] = (),
    ) -> None:
        self._readers = readers
        self._ring = ring
        self._on_changed = on_changed
        """What is to be called when another generation than that of the projects has changed, by its name."""
        self._now_secs = now_secs
        self._followed = followed
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
        generations, keys, news = await self._readers.run(self._read)
        for name, forget in self._on_changed.items():
            if generations.get(name) != self._generations.get(name):
                forget()
        for followed, value in news:
            followed.use(value)
        if keys is not None:
            self._ring.reload(*keys)
            self._reloads += 1
        self._ring.drop_expired(self._now_secs())
        self._generations = generations

    def _read(
        self, conn: Connection
    ) -> tuple[dict[str, int], tuple[list[Project], list[RetiredKey]] | None, list[tuple[Followed, Any]]]:
        # The numbers are read first: a change between the reads is then seen again, not missed.
        generations = read_generations(conn)
        changed = {name for name, value in generations.items() if value != self._generations.get(name)}
        news = [(followed, followed.read(conn)) for followed in self._followed if followed.generation in changed]
        if "projects" not in changed:
            return generations, None, news
        return generations, (list_projects(conn), list_retired_keys(conn)), news
