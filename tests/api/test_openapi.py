"""`/openapi.json`: every route, and the answers that the routes really give."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Any

import attrs
import msgspec
import pytest
import trio
from quart_trio import QuartTrio
from trio.testing import wait_all_tasks_blocked

from bloop_trio import __version__
from bloop_trio.access import ACCESS
from bloop_trio.http.openapi.routes import openapi_routes
from tests.conftest import accepted, an_event, as_json, signed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.writing.writer import BatchWriter
    from tests.client import Client

TYPES: dict[str, Any] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
    "object": dict,
}


@pytest.fixture
async def document(client: Client) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get("/openapi.json", token=None)).json
    return found


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield method.upper(), path, operation


def schema_of(document: dict[str, Any], method: str, path: str) -> dict[str, Any]:
    answer = document["paths"][path][method.lower()]["responses"]["200"]
    found: dict[str, Any] = answer["content"]["application/json"]["schema"]
    return found


def misfits(value: Any, schema: dict[str, Any], document: dict[str, Any], at: str = "$") -> list[str]:
    """Return where a value is not what a schema of ours says: enough of JSON Schema for that, and no more."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        found = [misfits(value, part, document, at) for part in schema["anyOf"]]
        return [] if [] in found else found[0]
    wanted = schema.get("type")
    kinds = wanted if isinstance(wanted, list) else [wanted] if wanted else []
    if "array" in kinds and isinstance(value, list):
        return [text for i, item in enumerate(value) for text in misfits(item, schema["items"], document, f"{at}[{i}]")]
    if kinds and not any(isinstance(value, TYPES[kind]) for kind in kinds if kind != "array"):
        return [f"{at} is {value!r}, not {kinds}"]
    if "properties" in schema and isinstance(value, dict):
        return [
            *(f"{at} has no {name}" for name in schema["required"] if name not in value),
            *(f"{at}.{name} is not described" for name in value if name not in schema["properties"]),
            *(
                text
                for name, part in schema["properties"].items()
                if name in value
                for text in misfits(value[name], part, document, f"{at}.{name}")
            ),
        ]
    return []


class TestTheDocument:
    async def test_it_is_public_and_names_its_version(self, client: Client) -> None:
        answer = await client.request("GET", "/openapi.json", peer="203.0.113.9")
        assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
        assert (answer.json["openapi"], answer.json["info"]["version"]) == ("3.1.0", __version__)

    async def test_it_has_every_route_and_no_other(self, document: dict[str, Any]) -> None:
        written = {(method, path) for method, path, _ in operations(document)}
        assert written == {
            (method, re.sub(r"<\w+:(\w+)>", r"{\1}", rule))
            for (method, rule), access in ACCESS.items()
            if access.is_api
        }

    async def test_only_routes_for_tokens_ask_for_one(self, document: dict[str, Any]) -> None:
        asking = {path for _, path, operation in operations(document) if {"bearer"} in map(set, operation["security"])}
        assert asking == {
            re.sub(r"<\w+:(\w+)>", r"{\1}", rule) for (_, rule), access in ACCESS.items() if access.takes_tokens
        }

    async def test_whatever_is_referred_to_is_there(self, document: dict[str, Any]) -> None:
        named = set(re.findall(r'"#/components/schemas/(\w+)"', msgspec.json.encode(document).decode()))
        assert named == document["components"]["schemas"].keys()

    async def test_every_field_and_parameter_has_words(self, document: dict[str, Any]) -> None:
        for name, schema in document["components"]["schemas"].items():
            for field, part in schema.get("properties", {}).items():
                assert part.get("description"), f"{name}.{field}"
        for _, path, operation in operations(document):
            for parameter in operation.get("parameters", ()):
                assert parameter["description"], f"{path} {parameter['name']}"

    async def test_every_time_says_its_unit(self, document: dict[str, Any]) -> None:
        for name, schema in document["components"]["schemas"].items():
            for field, part in schema.get("properties", {}).items():
                if "integer" in str(part.get("type")) and re.search(r"(_at|_seen|_ms|_bucket|timestamp)$", field):
                    assert re.search(r"epoch (milli)?seconds", part["description"]), f"{name}.{field}"

    async def test_operation_ids_are_unique(self, document: dict[str, Any]) -> None:
        ids = [operation["operationId"] for _, _, operation in operations(document)]
        assert len(set(ids)) == len(ids)

    async def test_it_says_where_the_server_is_lenient(self, document: dict[str, Any]) -> None:
        event = document["components"]["schemas"]["Event"]
        assert event["additionalProperties"] is True
        assert event["properties"]["message"]["type"] == ["string", "number", "boolean", "null"]
        (limit,) = [p for p in document["paths"]["/v1/errors"]["get"]["parameters"] if p["name"] == "limit"]
        assert limit["schema"]["description"] == "1 to 200; a number outside is taken as the nearer of the two."
        assert "maximum" not in limit["schema"]

    async def test_limits_are_those_that_are_set(self, client: Client, document: dict[str, Any]) -> None:
        schemas = document["components"]["schemas"]
        limits = client.services.config.ingest
        assert schemas["Event"]["x-max-bytes"] == limits.max_payload_bytes
        assert schemas["Event"]["properties"]["stack"]["x-max-bytes"] == limits.max_stack_bytes
        assert schemas["Event"]["properties"]["release"]["x-cut-bytes"] == 200
        assert schemas["Batch"]["properties"]["events"]["maxItems"] == 2 * limits.max_batch_size


class TestItStaysTheSame:
    async def test_the_bytes_and_their_tag_do(self, client: Client) -> None:
        first, second = await client.get("/openapi.json"), await client.get("/openapi.json")
        assert (first.body, first.headers["etag"]) == (second.body, second.headers["etag"])
        assert first.headers["cache-control"] == "no-cache"

    @pytest.mark.parametrize("path", ["/openapi.json", "/docs"])
    async def test_who_has_it_is_told_so(self, client: Client, path: str) -> None:
        tag = (await client.get(path)).headers["etag"]
        for sent in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            answer = await client.get(path, headers={"if-none-match": sent})
            assert (answer.status, answer.body, answer.headers["etag"]) == (304, b"", tag)

    @pytest.mark.parametrize("sent", ['"other"', "", '"', "nonsense", "W/", "\x00", "'" * 5000, ",,,"])
    async def test_who_has_another_gets_it(self, client: Client, sent: str) -> None:
        assert (await client.get("/openapi.json", headers={"if-none-match": sent})).status == 200

    async def test_a_parameter_changes_nothing(self, client: Client) -> None:
        plain = (await client.get("/openapi.json")).body
        assert (await client.get("/openapi.json?format=%00&format=yaml&limit=-1")).body == plain

    async def test_it_cannot_be_changed(self, client: Client) -> None:
        answer = await client.request("POST", "/openapi.json", body=b"{}")
        assert (answer.status, answer.json) == (405, {"error": "method not allowed"})


class TestAnswersAreWhatItSays:
    @pytest.mark.parametrize(
        ("target", "path"),
        [
            ("/v1/errors", "/v1/errors"),
            ("/v1/errors?group=fingerprint", "/v1/errors"),
            ("/v1/errors/cart", "/v1/errors/{fingerprint}"),
            ("/v1/errors/cart/occurrences", "/v1/errors/{fingerprint}/occurrences"),
            ("/v1/errors/cart/trend", "/v1/errors/{fingerprint}/trend"),
            ("/v1/errors/cart/history", "/v1/errors/{fingerprint}/history"),
            ("/v1/releases/1.0.0/errors", "/v1/releases/{release}/errors"),
            ("/v1/facets", "/v1/facets"),
            ("/v1/error-trends?fingerprint=cart", "/v1/error-trends"),
            ("/v1/trends", "/v1/trends"),
            ("/v1/stats", "/v1/stats"),
            ("/health", "/health"),
            ("/readyz", "/readyz"),
        ],
    )
    async def test_of_reading(
        self,
        client: Client,
        connection: Connection,
        batches: BatchWriter,
        document: dict[str, Any],
        target: str,
        path: str,
    ) -> None:
        batches.write(connection, [accepted(fingerprint="cart", stack="at cart.js:1", metadata={"cart": 1})])
        connection.execute("UPDATE issues SET status = 'resolved'")
        batches.write(connection, [accepted(fingerprint="cart")])
        answer = await client.get(target)
        assert answer.status == 200
        assert answer.json
        assert misfits(answer.json, schema_of(document, "GET", path), document) == []

    @pytest.mark.parametrize(
        ("path", "body"),
        [
            ("/v1/ingest", an_event()),
            ("/v1/ingest/batch", {"events": [an_event(), an_event(environment=None), 5]}),
        ],
    )
    async def test_of_sending(self, client: Client, document: dict[str, Any], path: str, body: dict[str, Any]) -> None:
        answer = await client.request("POST", path, body=as_json(body), headers=signed(as_json(body)))
        assert answer.status == 200
        assert misfits(answer.json, schema_of(document, "POST", path), document) == []

    async def test_the_example_of_an_event_is_taken(self, client: Client, document: dict[str, Any]) -> None:
        for path in ("/v1/ingest", "/v1/ingest/batch"):
            content = document["paths"][path]["post"]["requestBody"]["content"]["application/json"]
            body = as_json(content["example"])
            answer = await client.request("POST", path, body=body, headers=signed(body))
            assert answer.status == 200
            assert not answer.json.get("errors")

    @pytest.mark.parametrize("target", ["/v1/errors?limit=abc", "/v1/errors/none", "/v1/stats"])
    async def test_of_refusing(self, client: Client, document: dict[str, Any], target: str) -> None:
        token = None if target == "/v1/stats" else ""
        answer = await client.get(target, token=token)
        assert answer.status in {400, 401, 404}
        assert misfits(answer.json, {"$ref": "#/components/schemas/Error"}, document) == []


async def test_it_is_made_once_however_many_ask_first(client: Client) -> None:
    made, proceed = [], threading.Event()

    def make() -> dict[str, Any]:
        made.append(1)
        proceed.wait()
        return {}

    app = QuartTrio("documents")
    app.register_blueprint(openapi_routes(make))
    asking = attrs.evolve(client, app=app)
    async with trio.open_nursery() as nursery:
        for _ in range(10):
            nursery.start_soon(asking.get, "/openapi.json")
        await wait_all_tasks_blocked(0.01)
        proceed.set()
    assert len(made) == 1
