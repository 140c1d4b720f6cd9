"""Explaining a stack that somebody has at hand: what the maps make of it, and why they lead no further."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import pytest

from bloop_trio.config import Config
from bloop_trio.config.sections import IngestConfig
from bloop_trio.sourcemaps import mapping
from bloop_trio.sourcemaps.frames import MAX_FRAMES
from tests.api.conftest import bearer
from tests.api.test_sourcemaps import MAPS, Uploader
from tests.conftest import accepted, as_json, insert_project
from tests.sourcemaps.maps import BUNDLERS, DEBUG_ID, a_map, bundled

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.writing.writer import BatchWriter
    from tests.client import Answer, Client

EXPLAIN = f"{MAPS}/explain"
STACK = "TypeError: x is undefined\n    at add (https://shop.example/app.js:1:1)\n    at b (vendor.js:1:1)"


@pytest.fixture
def config() -> Config:
    return attrs.evolve(Config(), ingest=attrs.evolve(IngestConfig(), max_stack_bytes=8_192))


@attrs.define
class Asker:
    client: Client
    token: str
    uploader: Uploader

    async def ask(self, stack: str = STACK, release: str = "1.0.0", target: str = EXPLAIN, **more: Any) -> Answer:
        return await self.post({"stack": stack, "release": release} | more, target)

    async def post(self, body: Any, target: str = EXPLAIN) -> Answer:
        headers = bearer(self.token) | {"content-type": "application/json"}
        return await self.client.request("POST", target, body=as_json(body), headers=headers)


@pytest.fixture
def asker(client: Client, make_token: Callable[..., str]) -> Asker:
    return Asker(client, make_token("sourcemaps:read"), Uploader(client, make_token("sourcemaps:write")))


def reasons(answer: Answer) -> dict[str, str]:
    assert answer.status == 200, answer.body
    return {frame["raw_frame"]: frame["reason"] for frame in answer.json["unmapped"]}


class TestAnswer:
    @pytest.mark.parametrize("bundler", BUNDLERS)
    async def test_it_is_what_the_detail_of_an_error_would_show(
        self, asker: Asker, connection: Connection, batches: BatchWriter, bundler: str
    ) -> None:
        data, stack = bundled(bundler)
        await asker.uploader.send("1.0.0", app_js=data)
        batches.write(connection, [accepted(fingerprint="cart", release="1.0.0", stack=stack)])
        sample = (await asker.client.get("/v1/errors/cart")).json["samples"][0]
        answer = await asker.ask(stack)
        assert answer.json["frames"] == sample["deobfuscated_stack"]
        assert any(frame["original_file"] for frame in answer.json["frames"])

    async def test_a_line_that_no_map_is_for_says_so(self, asker: Asker) -> None:
        await asker.uploader.send("1.0.0", app_js=a_map())
        answer = await asker.ask()
        assert [frame["original_line"] for frame in answer.json["frames"]] == [None, 2, None]
        assert [frame["raw_frame"] for frame in answer.json["frames"]] == [line.strip() for line in STACK.split("\n")]
        assert reasons(answer) == {"at b (vendor.js:1:1)": "names differ: vendor.js ≠ app.js"}

    async def test_all_lines_come_back_with_a_reason_though_not_one_was_mapped(self, asker: Asker) -> None:
        nothing = await asker.ask()
        assert reasons(nothing) == dict.fromkeys(
            ("at add (https://shop.example/app.js:1:1)", "at b (vendor.js:1:1)"), "the project has no source maps"
        )
        assert len(nothing.json["frames"]) == 3
        await asker.uploader.send("2.0.0", app_js=a_map())
        assert set(reasons(await asker.ask()).values()) == {"no map for release 1.0.0"}

    async def test_a_place_that_the_map_does_not_know_says_so(self, asker: Asker) -> None:
        await asker.uploader.send("1.0.0", app_js=a_map())
        assert reasons(await asker.ask("at app.js:7:9")) == {"at app.js:7:9": "the map has nothing at 7:9"}

    async def test_what_names_no_place_is_told_apart_from_the_message(self, asker: Asker) -> None:
        stack = "Error: two\nlines of it\n at app.js:1:1\n at <anonymous>\n at native code\n\n at Array.map (native)"
        answer = await asker.ask(stack)
        assert set(reasons(answer)) == {
            "at app.js:1:1",
            "at <anonymous>",
            "at native code",
            "at Array.map (native)",
        }
        assert reasons(answer)["at <anonymous>"] == "the line does not end in a script with line and column"
        python = await asker.ask('File "a.py", line 3, in f\n  g()')
        assert len(reasons(python)) == len(python.json["frames"]) == 2

    async def test_a_debug_id_leads_to_its_map_whatever_the_release(self, asker: Asker) -> None:
        await asker.uploader.send("other", app_js=a_map(debugId=DEBUG_ID))
        answer = await asker.ask("at x.js:1:1", debug_ids={"x.js": DEBUG_ID.upper().replace("-", "")})
        assert answer.json["frames"][0]["original_file"] == "a.ts"
        wrong = "0" * 32
        found = reasons(await asker.ask("at x.js:1:1", debug_ids={"x.js": wrong}))
        assert found["at x.js:1:1"].startswith("no map with debug id 00000000-")

    async def test_no_more_lines_are_looked_at_than_of_an_event(self, asker: Asker) -> None:
        answer = await asker.ask("\n".join(["at a.js:1:1"] * (MAX_FRAMES + 5)))
        assert len(answer.json["frames"]) == len(answer.json["unmapped"]) == MAX_FRAMES

    async def test_it_takes_so_long_and_no_longer(self, asker: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
        await asker.uploader.send("1.0.0", app_js=a_map())
        monkeypatch.setattr(mapping, "EXPLAINING_SECS", 0.0)
        assert reasons(await asker.ask("at app.js:1:1")) == {
            "at app.js:1:1": "there was no time left to look at the map"
        }

    async def test_nothing_is_stored(self, asker: Asker, connection: Connection) -> None:
        (before,) = connection.execute("PRAGMA data_version").fetchone()
        await asker.ask()
        assert connection.execute("PRAGMA data_version").fetchone() == (before,)

    async def test_lines_that_nobody_should_send_are_answered(self, asker: Asker) -> None:
        await asker.uploader.send("1.0.0", app_js=a_map())
        for stack in ("\x00", "😀:1:1", "\u202e at app.js:1:1", ")" * 8_000, "(" * 4_000 + ":1:1", "a:" * 4_000):
            assert (await asker.ask(stack)).status == 200, stack


class TestRefusals:
    @pytest.mark.parametrize(
        ("body", "message"),
        [
            ({"release": "1"}, "stack is required"),
            ({"stack": "x"}, "release is required"),
            ({"stack": "", "release": "1"}, "stack must be a string of at least 1 characters"),
            ({"stack": "x", "release": ""}, "release must be a string of 1 to 1000 characters"),
            ({"stack": "x", "release": "1", "debug_ids": ["a"]}, "debug_ids must be an object"),
            ({"stack": "x", "release": "1", "debug_ids": {"a": "no"}}, "each of debug_ids must be a UUID"),
            (
                {"stack": "x", "release": "1", "debug_ids": {f"f{n}": DEBUG_ID for n in range(1_001)}},
                "debug_ids must have at most 1000 entries",
            ),
            ({"stack": "x", "release": "1", "map": "y"}, "there is no field map"),
        ],
    )
    async def test_what_makes_no_sense_is_refused(self, asker: Asker, body: Any, message: str) -> None:
        answer = await asker.post(body)
        assert (answer.status, answer.json) == (400, {"error": message})

    async def test_a_stack_that_no_event_could_have_is_refused(self, asker: Asker) -> None:
        assert (await asker.ask("ä" * 4_096)).status == 200
        answer = await asker.ask("ä" * 4_096 + "a")
        assert (answer.status, answer.json) == (413, {"error": "stack exceeds 8192 bytes"})
        assert (await asker.ask("\x00" * 8_192)).status == 200, "however it has to be written in JSON"

    async def test_another_project_is_not_the_tokens(self, asker: Asker, connection: Connection) -> None:
        insert_project(connection, "other")
        for slug in ("other", "nothing"):
            answer = await asker.ask(target=f"/v1/projects/{slug}/sourcemaps/explain")
            assert (answer.status, answer.json) == (404, {"error": "project not found"})


async def test_a_map_that_was_replaced_takes_no_memory_any_more(asker: Asker) -> None:
    for name in ("a.ts", "b.ts", "c.ts"):
        await asker.uploader.send(app_js=a_map(sources=[name]))
        answer = await asker.ask("at app.js:1:1")
        assert [frame["original_file"] for frame in answer.json["frames"]] == [name]
        metrics = await asker.client.request("GET", "/metrics", peer="127.0.0.1")
        assert b"\nbloop_source_maps_cached 1\n" in metrics.body
