"""Stacks as browsers throw them, with maps as bundlers make them, over a real database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakSet

import pytest
import trio

from bloop_trio.audit.store import notes_by_server
from bloop_trio.projects.store import get_project
from bloop_trio.sourcemaps.checking import check_map
from bloop_trio.sourcemaps.decoding import ParsedMap, pack
from bloop_trio.sourcemaps.frames import MAX_FRAMES, MappedStack, Stack
from bloop_trio.sourcemaps.mapping import MAX_MAPS, Deobfuscator
from bloop_trio.sourcemaps.parsed import ParsedMaps
from bloop_trio.sourcemaps.store import NewMap, Room, SourceMap, delete_map, store_maps
from tests.conftest import NOW_MS, insert_project
from tests.sourcemaps.maps import BUNDLERS, DEBUG_ID, a_large_map, a_map, bundled, line_of

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from bloop_trio.db.readers import Readers
    from bloop_trio.sourcemaps.parsed import Outcome

MIB = 1 << 20
NOTE = notes_by_server(NOW_MS)


def keep(conn: Connection, data: bytes, *, file: str = "app.js.map", **changes: Any) -> SourceMap:
    """Store a map of the project `default`, whether it is in order or not."""
    fields: dict[str, Any] = {
        "release": "1.0.0",
        "file": file,
        "debug_id": None,
        "size_bytes": len(data),
        "content": pack(data),
        "uploaded_secs": NOW_MS // 1000,
        "uploaded_by": None,
    }
    project = get_project(conn, changes.pop("project", "default"))
    (stored,) = store_maps(
        conn, project, [NewMap(**fields | changes)], room=Room(max_maps=99, max_bytes=99 * MIB), note=NOTE
    )
    return stored


@pytest.fixture
def parsed(readers: Readers) -> ParsedMaps:
    return ParsedMaps(readers, max_bytes=64 * MIB, max_map_bytes=64 * MIB)


@pytest.fixture
def deobfuscate(readers: Readers, parsed: ParsedMaps) -> Deobfuscator:
    return Deobfuscator(readers=readers, parsed=parsed)


async def one(deobfuscate: Deobfuscator, text: str, release: str = "1.0.0", **more: Any) -> MappedStack:
    (found,) = await deobfuscate("default", [Stack(release=release, text=text, **more)])
    return found


@pytest.mark.parametrize("bundler", BUNDLERS)
async def test_the_stack_of_a_real_bundle_leads_to_its_sources(
    connection: Connection, deobfuscate: Deobfuscator, bundler: str
) -> None:
    data, text = bundled(bundler)
    keep(connection, data)
    found = await one(deobfuscate, text)
    header, thrown, *_ = found.frames
    assert (header.raw_frame, header.original_file) == ("TypeError: no price: milk", None)
    assert thrown.original_file is not None
    assert thrown.original_file.endswith("src/cart.ts")
    assert thrown.original_line == line_of("cart.ts", "throw new TypeError")
    assert thrown.context_line == "    throw new TypeError(`no price: ${item.name}`);"
    assert thrown.pre_context[-1] == "  if (item.price === null) {"
    assert thrown.post_context[0] == "  }"
    assert [frame.raw_frame for frame in found.frames] == [line.strip() for line in text.splitlines()]
    places = [(frame.original_file or "", frame.original_line) for frame in found.frames]
    called = line_of("main.ts", "console.log(checkOut")
    assert any(file.endswith("src/main.ts") and line == called for file, line in places)
    # What webpack wraps around a bundle comes from no source.
    assert all(unmapped.raw_frame == found.frames[-1].raw_frame for unmapped in found.unmapped)


async def test_each_stack_is_mapped_by_its_own_release(connection: Connection, deobfuscate: Deobfuscator) -> None:
    keep(connection, a_map(sources=["one.ts"]))
    keep(connection, a_map(sources=["two.ts"]), release="2.0.0")
    stacks = [Stack(release=release, text="at app.js:1:1") for release in ("2.0.0", "1.0.0", "3.0.0")]
    found = await deobfuscate("default", stacks)
    assert [[frame.original_file for frame in stack.frames] for stack in found] == [["two.ts"], ["one.ts"], []]
    assert [u.reason for u in found[2].unmapped] == ["no map for release 3.0.0"]


async def test_every_frame_that_is_not_mapped_is_explained(connection: Connection, deobfuscate: Deobfuscator) -> None:
    keep(connection, a_map())
    keep(connection, b"not a map", file="broken.js.map")
    text = "Error: x\n at app.js:1:1\n at app.js:7:5\n at assets/index.js:1:1\n at broken.js:1:1\n at native"
    found = await one(deobfuscate, text)
    assert [frame.original_file for frame in found.frames] == [None, "a.ts", None, None, None, None]
    reasons = [(unmapped.raw_frame, unmapped.reason) for unmapped in found.unmapped]
    assert reasons[0] == ("at app.js:7:5", "the map has nothing at 7:5")
    assert reasons[1][0] == "at assets/index.js:1:1"
    assert reasons[1][1].startswith("names differ: assets/index.js ≠ ")
    assert reasons[2][0] == "at broken.js:1:1"
    assert reasons[2][1].startswith("map invalid: JSON is malformed")
    assert len(reasons) == 3


async def test_a_project_without_maps_is_told_nothing(connection: Connection, deobfuscate: Deobfuscator) -> None:
    assert await one(deobfuscate, "at app.js:1:1") == MappedStack()
    insert_project(connection, "other")
    keep(connection, a_map(), project="other")
    assert await one(deobfuscate, "at app.js:1:1") == MappedStack()


async def test_a_debug_id_finds_the_map_whatever_the_release(connection: Connection, deobfuscate: Deobfuscator) -> None:
    data = a_map(debugId=DEBUG_ID)
    keep(connection, data, file="anything.map", release="x", debug_id=check_map(data).debug_id)
    found = await one(deobfuscate, "at https://x.example/app.js:1:1", debug_ids={"https://x.example/app.js": DEBUG_ID})
    assert [frame.original_file for frame in found.frames] == ["a.ts"]


async def test_any_number_of_scripts_may_have_debug_ids(connection: Connection, deobfuscate: Deobfuscator) -> None:
    keep(connection, a_map(debugId=DEBUG_ID), file="anything.map", debug_id=DEBUG_ID)
    stacks = [
        Stack(
            release=f"{number}",
            text="\n".join(f"at {number}-{line}.js:1:1" for line in range(MAX_FRAMES)),
            debug_ids={f"{number}-{line}.js": f"{number:08x}-0000-4000-8000-{line:012x}" for line in range(MAX_FRAMES)},
        )
        for number in range(200)
    ]
    stacks.append(Stack(release="x", text="at app.js:1:1", debug_ids={"app.js": DEBUG_ID}))
    found = await deobfuscate("default", stacks)
    assert [len(stack.frames) for stack in found] == [0] * 200 + [1]


@pytest.mark.parametrize("text", ["", "\n\n", "no frames here", "at app.js:1:1\n" * 5_000, "\x00" * 9, ":1:1\n" * 99])
async def test_any_text_can_be_a_stack(connection: Connection, deobfuscate: Deobfuscator, text: str) -> None:
    keep(connection, a_map())
    found = await one(deobfuscate, text)
    assert len(found.frames) <= MAX_FRAMES


class Watched(ParsedMaps):
    """Maps, with the most of them that were in memory at the same time."""

    most = 0

    async def get(self, map_id: str) -> Outcome:
        found = await super().get(map_id)
        assert isinstance(found, ParsedMap)
        self.in_memory = getattr(self, "in_memory", WeakSet[ParsedMap]())
        self.in_memory.add(found)
        self.most = max(self.most, len(self.in_memory))
        return found


async def test_a_stack_of_many_maps_does_not_have_all_of_them_in_memory(
    connection: Connection, readers: Readers
) -> None:
    watched = Watched(readers, max_bytes=1, max_map_bytes=MIB)
    for number in range(10):
        keep(connection, a_map(), file=f"{number}.js.map")
    found = await one(Deobfuscator(readers=readers, parsed=watched), "\n".join(f"at {n}.js:1:1" for n in range(10)))
    assert [frame.original_file for frame in found.frames] == ["a.ts"] * 10
    assert watched.most <= 3


async def test_of_very_many_maps_the_first_are_used(connection: Connection, deobfuscate: Deobfuscator) -> None:
    for number in range(MAX_MAPS + 2):
        keep(connection, a_map(), file=f"{number}.js.map")
    found = await one(deobfuscate, "\n".join(f"at {n}.js:1:1" for n in range(MAX_MAPS + 2)))
    assert sum(frame.original_file == "a.ts" for frame in found.frames) == MAX_MAPS
    assert {frame.reason for frame in found.unmapped} == {f"the answer needs more than {MAX_MAPS} maps"}


class TestParsedMaps:
    async def test_many_who_ask_at_once_have_a_map_decoded_once(
        self, connection: Connection, parsed: ParsedMaps
    ) -> None:
        stored = keep(connection, a_large_map(8))
        async with trio.open_nursery() as nursery:
            for _ in range(20):
                nursery.start_soon(parsed.get, stored.id)
        assert parsed.statistics().decoded_total == 1

    async def test_who_gives_up_does_not_keep_the_others_from_it(
        self, connection: Connection, parsed: ParsedMaps
    ) -> None:
        stored = keep(connection, a_map())
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.give_up, parsed, stored.id)
            await trio.lowlevel.checkpoint()
            assert not isinstance(await parsed.get(stored.id), (str, type(None)))

    async def give_up(self, parsed: ParsedMaps, map_id: str) -> None:
        with trio.move_on_after(0):
            await parsed.get(map_id)

    async def test_the_maps_that_were_used_last_are_kept(self, connection: Connection, readers: Readers) -> None:
        data = a_large_map(2)
        ids = [keep(connection, data, file=f"{number}.js.map").id for number in range(4)]
        weight = (await self.weigh(readers, ids[0])) or 0
        parsed = ParsedMaps(readers, max_bytes=2 * weight, max_map_bytes=MIB)
        for map_id in (ids[0], ids[1], ids[0], ids[2], ids[0]):
            await parsed.get(map_id)
        assert (parsed.statistics().maps, parsed.statistics().weight_bytes) == (2, 2 * weight)
        told = parsed.statistics()
        assert (told.decoded_total, told.hits_total, told.misses_total, told.evictions_total) == (3, 2, 3, 1)
        assert told.capacity_bytes == 2 * weight

    async def weigh(self, readers: Readers, map_id: str) -> int:
        parsed = ParsedMaps(readers, max_bytes=MIB, max_map_bytes=MIB)
        await parsed.get(map_id)
        return parsed.statistics().weight_bytes

    async def test_one_map_is_kept_though_it_is_too_large(self, connection: Connection, readers: Readers) -> None:
        parsed = ParsedMaps(readers, max_bytes=1, max_map_bytes=MIB)
        first, second = keep(connection, a_map()).id, keep(connection, a_map(), file="b.js.map").id
        for map_id in (first, first, second, second):
            await parsed.get(map_id)
        assert (parsed.statistics().maps, parsed.statistics().decoded_total) == (1, 2)

    async def test_a_map_that_is_larger_than_allowed_by_now_is_invalid(
        self, connection: Connection, readers: Readers
    ) -> None:
        parsed = ParsedMaps(readers, max_bytes=MIB, max_map_bytes=10)
        assert await parsed.get(keep(connection, a_map()).id) == "more than 10 bytes"

    async def test_a_deleted_map_is_gone_at_once(self, connection: Connection, parsed: ParsedMaps) -> None:
        stored = keep(connection, a_map())
        await parsed.get(stored.id)
        delete_map(connection, get_project(connection, "default"), stored.id, note=NOTE)
        parsed.forget(stored.id)
        assert await parsed.get(stored.id) is None
        assert (parsed.statistics().maps, parsed.statistics().weight_bytes) == (0, 0)
        parsed.forget(stored.id)

    async def test_a_map_that_is_uploaded_again_is_used_at_once(
        self, connection: Connection, deobfuscate: Deobfuscator
    ) -> None:
        for name in ("old.ts", "new.ts"):
            keep(connection, a_map(sources=[name]))
            frames = (await one(deobfuscate, "at app.js:1:1")).frames
            assert [frame.original_file for frame in frames] == [name]

    async def test_the_event_loop_goes_on_while_a_map_is_decoded(
        self, connection: Connection, parsed: ParsedMaps
    ) -> None:
        stored = keep(connection, a_large_map(100))
        turns = 0
        async with trio.open_nursery() as nursery:
            done = trio.Event()

            async def decode() -> None:
                await parsed.get(stored.id)
                done.set()

            nursery.start_soon(decode)
            while not done.is_set():
                turns += 1
                await trio.lowlevel.checkpoint()
        assert turns > 10
