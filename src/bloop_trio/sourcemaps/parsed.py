"""Maps that are ready to be used, as many of them as fit into a number of bytes."""

from __future__ import annotations

from collections import OrderedDict
from functools import partial
from typing import TYPE_CHECKING, Final, TypeAlias

import attrs
import trio

from bloop_trio.sourcemaps.checking import InvalidMapError
from bloop_trio.sourcemaps.decoding import ParsedMap, parse_map, unpack
from bloop_trio.sourcemaps.store import read_content

if TYPE_CHECKING:
    from bloop_trio.db.readers import Readers

Outcome: TypeAlias = "ParsedMap | str | None"
"""A map; why it cannot be used; or None, when it is not in the store any more."""

DECODING_THREADS: Final = 2
"""Maps that are decoded at a time: each takes a few times its size while it is."""
_INVALID_WEIGHT_BYTES: Final = 1_024


@attrs.frozen(kw_only=True)
class ParsedStatistics:
    """What the maps in memory are, and what has been done since the start."""

    maps: int
    weight_bytes: int
    capacity_bytes: int
    decoded_total: int
    hits_total: int
    """Looks for a map that was there."""
    misses_total: int
    """Looks for one that had to be decoded, also by somebody else at that moment, or that is not in the store."""
    evictions_total: int
    """Maps that made room for others."""


class ParsedMaps:
    """Decodes maps in threads, each once for all who ask for it at the same time.

    The maps that were used last are kept, up to `max_bytes`; the one that was used last of all even beyond that. What a
    map holds never changes under its id, so nothing in here grows old.
    """

    def __init__(self, readers: Readers, *, max_bytes: int, max_map_bytes: int) -> None:
        self._readers = readers
        self._max_bytes = max_bytes
        self._max_map_bytes = max_map_bytes
        self._kept: OrderedDict[str, ParsedMap | str] = OrderedDict()
        self._weight_bytes = 0
        self._decoded_total = self._hits_total = self._misses_total = self._evictions_total = 0
        self._under_way: dict[str, trio.Event] = {}
        self._limiter = trio.CapacityLimiter(DECODING_THREADS)

    def statistics(self) -> ParsedStatistics:
        """Return how much is kept."""
        return ParsedStatistics(
            maps=len(self._kept),
            weight_bytes=self._weight_bytes,
            capacity_bytes=self._max_bytes,
            decoded_total=self._decoded_total,
            hits_total=self._hits_total,
            misses_total=self._misses_total,
            evictions_total=self._evictions_total,
        )

    async def get(self, map_id: str) -> Outcome:
        """Return a map, or what is wrong with it."""
        if map_id in self._kept:
            self._hits_total += 1
        else:
            self._misses_total += 1
        while map_id not in self._kept:
            waiting = self._under_way.get(map_id)
            if waiting is None:
                return await self._decode(map_id)
            await waiting.wait()
            # Whoever decoded it may have been cancelled, or have found nothing: then it is our turn.
        self._kept.move_to_end(map_id)
        return self._kept[map_id]

    def forget(self, map_id: str) -> None:
        """Let go of a map that was deleted."""
        found = self._kept.pop(map_id, None)
        if found is not None:
            self._weight_bytes -= _weight_of(found)

    async def _decode(self, map_id: str) -> Outcome:
        done = self._under_way[map_id] = trio.Event()
        try:
            content = await self._readers.run(partial(read_content, map_id=map_id))
            if content is None:
                return None
            found = await trio.to_thread.run_sync(_parse, content, self._max_map_bytes, limiter=self._limiter)
            self._decoded_total += 1
            self._keep(map_id, found)
            return found
        finally:
            del self._under_way[map_id]
            done.set()

    def _keep(self, map_id: str, found: ParsedMap | str) -> None:
        self._kept[map_id] = found
        self._weight_bytes += _weight_of(found)
        while self._weight_bytes > self._max_bytes and len(self._kept) > 1:
            _, oldest = self._kept.popitem(last=False)
            self._weight_bytes -= _weight_of(oldest)
            self._evictions_total += 1


def _parse(content: bytes, max_bytes: int) -> ParsedMap | str:
    try:
        return parse_map(unpack(content, max_bytes))
    except InvalidMapError as error:
        return str(error)


def _weight_of(found: ParsedMap | str) -> int:
    return _INVALID_WEIGHT_BYTES if isinstance(found, str) else found.weight_bytes
