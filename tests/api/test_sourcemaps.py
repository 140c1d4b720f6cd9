"""Source maps over HTTP, and what they make of the stacks of errors."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from bloop_trio.config import Config
from bloop_trio.config.sections import SourceMapsConfig
from tests.api.conftest import bearer
from tests.conftest import NOW_MS, accepted, insert_project
from tests.sourcemaps.forms import a_form
from tests.sourcemaps.maps import BUNDLERS, DEBUG_ID, a_map, bundled, line_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.writing.writer import BatchWriter
    from tests.client import Answer, Client

MAPS = "/v1/projects/default/sourcemaps"


@pytest.fixture
def config() -> Config:
    limits = SourceMapsConfig(max_upload_bytes=3_000_000, max_map_bytes=2_500_000, max_maps=3, max_stored_bytes=100_000)
    return attrs.evolve(Config(), source_maps=limits)


@attrs.define
class Uploader:
    client: Client
    token: str

    async def send(self, release: str = "1.0.0", target: str = MAPS, **files: bytes) -> Answer:
        """Upload maps; `a_js=b"..."` is the content of ``a.js.map``."""
        named = {f"{name.replace('_', '.')}.map": content for name, content in files.items()}
        content_type, body = a_form({"release": release}, named)
        headers = bearer(self.token) | {"content-type": content_type}
        return await self.client.request("POST", target, body=body, headers=headers)

    async def listed(self, query: str = "") -> Any:
        return (await self.client.get(MAPS + query, token=self.token)).json


@pytest.fixture
def uploader(client: Client, make_token: Callable[..., str]) -> Uploader:
    return Uploader(client, make_token("sourcemaps:write", "sourcemaps:read"))


async def test_an_upload_is_answered_with_what_was_stored_and_listed_the_same(uploader: Uploader) -> None:
    data = a_map(debugId=DEBUG_ID)
    answer = await uploader.send(app_js=data)
    assert answer.status == 200
    stored = answer.json
    assert stored.pop("id")
    assert stored.pop("uploaded_by").startswith("token:")
    assert stored == {
        "project_id": "default",
        "release": "1.0.0",
        "filename": "app.js.map",
        "uploaded_at": NOW_MS // 1000,
        "size_bytes": len(data),
        "debug_id": DEBUG_ID,
    }
    assert await uploader.listed() == [answer.json]


async def test_several_files_are_answered_as_a_list_and_stored_all_or_none(uploader: Uploader) -> None:
    answer = await uploader.send(a_js=a_map(), b_js=a_map())
    assert [stored["filename"] for stored in answer.json] == ["a.js.map", "b.js.map"]
    refused = await uploader.send(c_js=a_map(), d_js=b"no map")
    assert refused.status == 400
    assert [stored["filename"] for stored in await uploader.listed()] == ["b.js.map", "a.js.map"]


async def test_the_same_name_in_the_same_release_is_replaced(uploader: Uploader) -> None:
    first, second = [(await uploader.send(app_js=a_map(sources=[name]))).json for name in ("a.ts", "longer.ts")]
    other = (await uploader.send("2.0.0", app_js=a_map())).json
    assert first["id"] != second["id"]
    assert await uploader.listed() == [other, second]
    assert await uploader.listed("?release=1.0.0") == [second]
    assert await uploader.listed("?release=3") == []


async def test_a_map_may_come_compressed(uploader: Uploader) -> None:
    assert (await uploader.send(app_js=gzip.compress(a_map()))).json["size_bytes"] == len(a_map())


async def test_of_two_maps_of_a_name_the_last_one_is_stored_and_answered(uploader: Uploader) -> None:
    content_type, body = a_form(
        {"release": "1.0.0"}, {"a.js.map": a_map(), "a.js.map.gz": gzip.compress(a_map(sources=["longer.ts"]))}
    )
    headers = bearer(uploader.token) | {"content-type": content_type}
    answer = await uploader.client.request("POST", MAPS, body=body, headers=headers)
    assert await uploader.listed() == [answer.json]
    assert answer.json["size_bytes"] == len(a_map(sources=["longer.ts"]))


async def test_a_deleted_map_is_gone(uploader: Uploader) -> None:
    stored = (await uploader.send(app_js=a_map())).json
    target = f"{MAPS}/{stored['id']}"
    answer = await uploader.client.request("DELETE", target, headers=bearer(uploader.token))
    assert (answer.status, answer.json) == (200, {"deleted": stored["id"]})
    again = await uploader.client.request("DELETE", target, headers=bearer(uploader.token))
    assert (again.status, again.json) == (404, {"error": f"source map {stored['id']} not found"})
    assert await uploader.listed() == []


async def test_a_map_of_another_project_is_not_found(
    uploader: Uploader, connection: Connection, make_token: Callable[..., str]
) -> None:
    other = insert_project(connection, "other")
    stored = (await uploader.send(app_js=a_map())).json
    theirs = bearer(make_token("sourcemaps:write", project_no=other.no))
    for target in (f"{MAPS}/{stored['id']}", f"/v1/projects/other/sourcemaps/{stored['id']}"):
        assert (await uploader.client.request("DELETE", target, headers=theirs)).status == 404
    assert len(await uploader.listed()) == 1


@pytest.mark.parametrize(
    ("change", "status", "message"),
    [
        ({"app_js": b"no map"}, 400, "invalid source map: JSON is malformed: "),
        ({"release": "", "app_js": a_map()}, 400, "missing 'release' field"),
        ({}, 400, "missing 'file' field"),
        ({"app_js": a_map() + b" " * 2_500_000}, 413, "source map exceeds 2500000 bytes"),
        ({"app_js": gzip.compress(a_map() + b" " * 2_500_000)}, 413, "source map exceeds 2500000 bytes"),
        ({"app_js": a_map() + b" " * 3_000_000}, 413, "request body exceeds 3000000 bytes"),
        ({"a_js": a_map(), "b_js": a_map(), "c_js": a_map(), "d_js": a_map()}, 409, "a project can have 3 source maps"),
        ({"target": "/v1/projects/none/sourcemaps", "app_js": a_map()}, 404, "project not found"),
    ],
)
async def test_what_is_refused_is_refused_in_words_and_leaves_nothing(
    uploader: Uploader, change: dict[str, Any], status: int, message: str
) -> None:
    answer = await uploader.send(**change)
    assert answer.status == status, answer.body
    assert answer.json["error"].startswith(message)
    assert await uploader.listed() == []


async def test_a_project_stores_no_more_bytes_than_it_may(uploader: Uploader) -> None:
    noise = [format(number * number, "x") for number in range(70_000)]
    answer = await uploader.send(app_js=a_map(names=noise))
    assert (answer.status, answer.json["error"][:50]) == (409, "the source maps of a project can take 100000 bytes")


async def test_what_is_no_form_is_refused(uploader: Uploader) -> None:
    headers = bearer(uploader.token) | {"content-type": "application/json"}
    answer = await uploader.client.request("POST", MAPS, body=b"{}", headers=headers)
    assert (answer.status, answer.json) == (415, {"error": "the Content-Type must be multipart/form-data"})
    headers["content-type"] = "multipart/form-data; boundary=x"
    answer = await uploader.client.request("POST", MAPS, body=b"--x", headers=headers)
    assert answer.status == 400
    assert answer.json["error"].startswith("multipart error: ")


async def test_a_token_that_may_upload_alone_can_do_nothing_else(
    client: Client, make_token: Callable[..., str]
) -> None:
    uploader = Uploader(client, make_token("sourcemaps:upload"))
    stored = await uploader.send(app_js=a_map())
    assert stored.status == 200
    assert (await client.get(MAPS, token=uploader.token)).status == 403
    target = f"{MAPS}/{stored.json['id']}"
    assert (await client.request("DELETE", target, headers=bearer(uploader.token))).status == 403


async def test_other_routes_take_no_larger_bodies_than_before(client: Client, make_token: Callable[..., str]) -> None:
    headers = bearer(make_token("errors:write")) | {"content-type": "application/json"}
    answer = await client.request("POST", "/v1/status-changes", body=b" " * 2_500_000, headers=headers)
    assert answer.status == 413


async def test_uploads_and_deletions_stand_in_the_audit_log(
    uploader: Uploader, sign_in: Callable[..., dict[str, str]]
) -> None:
    stored = (await uploader.send(app_js=a_map())).json
    ada = sign_in("ada")
    assert (await uploader.client.request("DELETE", f"{MAPS}/{stored['id']}", headers=ada)).status == 200
    entries = (await uploader.client.request("GET", "/v1/admin/audit", headers=ada)).json
    told = [(e["action"], e["actor_name"], e["target"], e["target_name"], e["details"]) for e in entries]
    details = {"release": "1.0.0", "size_bytes": len(a_map())}
    assert told == [
        ("source_map.deleted", "ada", stored["id"], "app.js.map", details),
        ("source_map.uploaded", "test", stored["id"], "app.js.map", details),
    ]


class TestDetail:
    @pytest.mark.parametrize("bundler", BUNDLERS)
    async def test_samples_show_where_in_the_sources_it_happened(
        self, uploader: Uploader, connection: Connection, batches: BatchWriter, bundler: str
    ) -> None:
        data, stack = bundled(bundler)
        await uploader.send("1.0.0", app_js=data)
        batches.write(connection, [accepted(fingerprint="cart", release="1.0.0", stack=stack)])
        (sample,) = (await uploader.client.get("/v1/errors/cart")).json["samples"]
        header, thrown, *_ = sample["deobfuscated_stack"]
        assert header == {
            "original_file": None,
            "original_line": None,
            "original_column": None,
            "original_name": None,
            "raw_frame": "TypeError: no price: milk",
            "pre_context": [],
            "context_line": None,
            "post_context": [],
        }
        assert thrown["original_file"].endswith("src/cart.ts")
        assert thrown["original_line"] == line_of("cart.ts", "throw new TypeError")
        assert thrown["raw_frame"] == stack.splitlines()[1].strip()

    async def test_each_sample_has_the_sources_of_its_own_release(
        self, uploader: Uploader, connection: Connection, batches: BatchWriter
    ) -> None:
        for release in ("1.0.0", "2.0.0"):
            await uploader.send(release, app_js=a_map(sources=[f"{release}.ts"]))
        batches.write(
            connection,
            [
                accepted(fingerprint="cart", release=release, stack="Error: x\n at app.js:1:1", received_ms=NOW_MS + n)
                for n, release in enumerate(("1.0.0", "2.0.0", "3.0.0"))
            ],
        )
        samples = (await uploader.client.get("/v1/errors/cart")).json["samples"]
        assert [sample["release"] for sample in samples] == ["3.0.0", "2.0.0", "1.0.0"]
        assert "deobfuscated_stack" not in samples[0]
        assert samples[0]["unmapped_frames"] == [{"raw_frame": "at app.js:1:1", "reason": "no map for release 3.0.0"}]
        for sample in samples[1:]:
            assert sample["deobfuscated_stack"][1]["original_file"] == f"{sample['release']}.ts"
            assert "unmapped_frames" not in sample

    async def test_without_maps_a_sample_has_neither_field(
        self, client: Client, connection: Connection, batches: BatchWriter
    ) -> None:
        batches.write(connection, [accepted(fingerprint="cart", stack="at app.js:1:1")])
        (sample,) = (await client.get("/v1/errors/cart")).json["samples"]
        assert not {"deobfuscated_stack", "unmapped_frames"} & sample.keys()

    async def test_debug_ids_are_taken_from_the_metadata(
        self, uploader: Uploader, connection: Connection, batches: BatchWriter
    ) -> None:
        await uploader.send("built", other_js=a_map(debugId=DEBUG_ID))
        metadata = {"debug_ids": {"https://x.example/app.js": DEBUG_ID}}
        stack = "at https://x.example/app.js:1:1"
        batches.write(connection, [accepted(fingerprint="cart", stack=stack, metadata=metadata)])
        (sample,) = (await uploader.client.get("/v1/errors/cart")).json["samples"]
        assert sample["deobfuscated_stack"][0]["original_file"] == "a.ts"

    async def test_the_etag_changes_with_the_maps(
        self, uploader: Uploader, connection: Connection, batches: BatchWriter
    ) -> None:
        batches.write(connection, [accepted(fingerprint="cart", stack="at app.js:1:1")])
        before = (await uploader.client.get("/v1/errors/cart")).headers["etag"]
        await uploader.send(app_js=a_map())
        after = await uploader.client.get("/v1/errors/cart", headers={"if-none-match": before})
        assert after.status == 200

    async def test_markdown_shows_the_sources_and_says_why_where_it_cannot(
        self, uploader: Uploader, connection: Connection, batches: BatchWriter
    ) -> None:
        await uploader.send(app_js=a_map())
        stack = "Error: x\n at app.js:1:1\n at vendor.js:1:1"
        batches.write(connection, [accepted(fingerprint="cart", stack=stack)])
        text = (await uploader.client.get("/v1/errors/cart.md")).body.decode()
        assert (
            "### Stack in the sources\n\n```text\nError: x\nat add (a.ts:2:1)\n"
            "        1 | first\n >      2 | second\n        3 | third\nat vendor.js:1:1\n```\n"
        ) in text
        assert "\n### Stack\n" in text
        assert "### Not mapped to the sources\n\n- `at vendor.js:1:1`: `names differ: vendor.js ≠ app.js`\n" in text
