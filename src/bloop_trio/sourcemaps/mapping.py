"""From stacks to the sources: finds the maps that stacks need, and looks their frames up in them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import attrs
import trio

from bloop_trio.sourcemaps.frames import (
    MAX_FRAMES,
    Frame,
    MappedStack,
    Place,
    Stack,
    UnmappedFrame,
    find_place,
    split_stack,
    unmapped_frame,
)
from bloop_trio.sourcemaps.matching import MapIndex, StoredMap
from bloop_trio.sourcemaps.store import find_maps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bloop_trio.db.readers import Readers
    from bloop_trio.sourcemaps.parsed import Outcome, ParsedMaps

MAX_MAPS: Final = 50
"""Maps that are used for one answer."""
EXPLAINING_SECS: Final = 10.0
"""For how long maps are looked at to explain a stack; the one at hand is finished."""
LOOKING_THREADS: Final = 2
_GONE: Final = "the map was deleted meanwhile"
_TOO_MANY: Final = f"the answer needs more than {MAX_MAPS} maps"
_TOO_LONG: Final = "there was no time left to look at the map"
_NO_MAPS: Final = "the project has no source maps"
_NO_PLACE: Final = "the line does not end in a script with line and column"


@attrs.define
class _Line:
    """A line of a stack on its way."""

    text: str
    place: Place | None = None
    map: StoredMap | None = None
    frame: Frame | None = None
    """Where the map leads to."""
    reason: str = ""
    """Why there is no frame; empty of a line without a place."""


@attrs.frozen(kw_only=True, eq=False)
class Deobfuscator:
    """Maps stacks; nothing that is wrong with a stack or a map raises."""

    readers: Readers
    parsed: ParsedMaps
    _limiter: trio.CapacityLimiter = attrs.field(factory=lambda: trio.CapacityLimiter(LOOKING_THREADS), init=False)

    async def __call__(self, project_id: str, stacks: Sequence[Stack]) -> list[MappedStack]:
        """Return what the maps of a project make of each stack."""
        read = [_read(stack) for stack in stacks]
        if not any(line.place for lines in read for line in lines):
            return [MappedStack()] * len(stacks)
        maps, has_any = await self._find(stacks, read, project_id)
        if not has_any:
            return [MappedStack()] * len(stacks)
        await trio.to_thread.run_sync(_choose_all, stacks, read, maps, limiter=self._limiter)
        needed = _by_map(read)
        # One map after the other: all of them together may take far more memory than maps are kept in.
        for map_id in list(needed)[:MAX_MAPS]:
            await self._look_up(map_id, needed[map_id])
        return [_finish(lines) for lines in read]

    async def explain(self, project_id: str, stack: Stack) -> MappedStack:
        """Return what the maps of a project make of a stack: all its lines, and why lines were not mapped.

        What stands before the first line with a place is the message, and needs no reason.
        """
        lines = _read(stack)
        maps, has_any = await self._find([stack], [lines], project_id)
        await trio.to_thread.run_sync(_choose_all, [stack], [lines], maps, limiter=self._limiter)
        deadline = trio.current_time() + EXPLAINING_SECS
        for number, (map_id, needing) in enumerate(_by_map([lines]).items()):
            if number == MAX_MAPS:
                break
            if trio.current_time() >= deadline:
                for line in needing:
                    line.reason = _TOO_LONG
            else:
                await self._look_up(map_id, needing)
        first = next((index for index, line in enumerate(lines) if line.place), 0)
        for line in lines[first:]:
            if line.place is None:
                line.reason = _NO_PLACE
            elif not has_any:
                line.reason = _NO_MAPS
        return MappedStack(
            frames=tuple(line.frame or unmapped_frame(line.text) for line in lines), unmapped=_unmapped(lines)
        )

    async def _find(
        self, stacks: Sequence[Stack], read: Sequence[Sequence[_Line]], project_id: str
    ) -> tuple[list[StoredMap], bool]:
        """Return the maps that stacks may need, and whether the project has any at all."""
        query = partial(
            find_maps,
            project_id=project_id,
            releases={stack.release for stack in stacks},
            debug_ids={debug_id for stack, lines in zip(stacks, read, strict=True) for debug_id in _ids(stack, lines)},
        )
        return await self.readers.run(query)

    async def _look_up(self, map_id: str, lines: Sequence[_Line]) -> None:
        found = await self.parsed.get(map_id)
        await trio.to_thread.run_sync(_look_up_all, lines, found, limiter=self._limiter)


def _read(stack: Stack) -> list[_Line]:
    return [_Line(text, find_place(text)) for text in split_stack(stack.text)[:MAX_FRAMES]]


def _ids(stack: Stack, lines: Sequence[_Line]) -> set[str]:
    """Return the debug ids of the scripts that a stack names."""
    files = {line.place.file for line in lines if line.place is not None}
    return {stack.debug_ids[file] for file in files & stack.debug_ids.keys()}


def _choose_all(stacks: Sequence[Stack], read: Sequence[Sequence[_Line]], maps: Sequence[StoredMap]) -> None:
    index = MapIndex(maps)
    for stack, lines in zip(stacks, read, strict=True):
        _choose(stack, lines, index)


def _choose(stack: Stack, lines: Sequence[_Line], maps: MapIndex) -> None:
    """Give each line that has a place the map that it belongs to, or why there is none."""
    chosen: dict[str, tuple[StoredMap | None, str]] = {}
    for line in lines:
        if line.place is None:
            continue
        file = line.place.file
        if file not in chosen:
            chosen[file] = maps.find(release=stack.release, file=file, debug_id=stack.debug_ids.get(file))
        line.map, line.reason = chosen[file]


def _by_map(read: Sequence[Sequence[_Line]]) -> dict[str, list[_Line]]:
    """Return the lines that each map is needed for, in order."""
    needed: dict[str, list[_Line]] = {}
    for lines in read:
        for line in lines:
            if line.map is not None:
                line.reason = _TOO_MANY  # until the map was looked at
                needed.setdefault(line.map.id, []).append(line)
    return needed


def _look_up_all(lines: Sequence[_Line], found: Outcome) -> None:
    for line in lines:
        line.frame, line.reason = _look_up(line, found)


def _look_up(line: _Line, found: Outcome) -> tuple[Frame | None, str]:
    """Return the frame of a line, or why its map tells of none."""
    if found is None:
        return None, _GONE
    if isinstance(found, str):
        return None, f"map invalid: {found}"
    if line.place is None:
        return None, ""
    frame = found.look_up(line.place, line.text)
    return frame, "" if frame else f"the map has nothing at {line.place.line}:{line.place.column}"


def _finish(lines: Sequence[_Line]) -> MappedStack:
    is_mapped = any(line.frame for line in lines)
    return MappedStack(
        frames=tuple(line.frame or unmapped_frame(line.text) for line in lines) if is_mapped else (),
        unmapped=_unmapped(lines),
    )


def _unmapped(lines: Sequence[_Line]) -> tuple[UnmappedFrame, ...]:
    return tuple(UnmappedFrame(raw_frame=line.text, reason=line.reason) for line in lines if line.reason)
