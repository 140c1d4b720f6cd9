"""Exports over HTTP, called in this process; what slow clients and a stop do to them is in tests/server."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING

import pytest

from bloop_trio.issues.reading import exporting
from tests.conftest import NOW_MS, accepted

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.writing.writer import BatchWriter
    from tests.client import Client

OCCURRENCES = "/v1/errors/cart/occurrences"


@pytest.fixture(autouse=True)
def three_events(connection: Connection, batches: BatchWriter) -> None:
    batches.write(
        connection, [accepted(fingerprint="cart", message=f"=m{n}", received_ms=NOW_MS + n) for n in range(3)]
    )


async def test_occurrences_as_lines_are_those_of_the_list(client: Client) -> None:
    answer = await client.get(f"{OCCURRENCES}?format=jsonl&limit=1&offset=2")
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/x-ndjson; charset=utf-8"
    assert answer.body.endswith(b"}\n")
    assert [json.loads(line) for line in answer.body.splitlines()] == (await client.get(OCCURRENCES)).json


async def test_occurrences_as_rows_are_those_of_the_list(client: Client) -> None:
    answer = await client.get(f"{OCCURRENCES}?format=csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.body.decode(), newline="")))
    listed = (await client.get(OCCURRENCES)).json
    assert [row["id"] for row in rows] == [str(occurrence["id"]) for occurrence in listed]
    assert [row["message"] for row in rows] == ["'" + occurrence["message"] for occurrence in listed]


@pytest.mark.parametrize("query", ["", "?format=", "?format=json"])
async def test_without_a_format_they_are_a_page(client: Client, query: str) -> None:
    assert len((await client.get(OCCURRENCES + query)).json) == 3


@pytest.mark.parametrize("wanted", ["xml", "JSONL", "csv,json", "%00"])
async def test_an_unknown_format_is_refused(client: Client, wanted: str) -> None:
    answer = await client.get(f"{OCCURRENCES}?format={wanted}")
    assert (answer.status, answer.json) == (400, {"error": "format must be json, jsonl or csv"})


async def test_of_an_unknown_fingerprint_there_are_no_occurrences(client: Client) -> None:
    lines = await client.get("/v1/errors/nobody/occurrences?format=jsonl")
    assert (lines.status, lines.body) == (200, b"")
    rows = await client.get("/v1/errors/nobody/occurrences?format=csv")
    assert len(rows.body.splitlines()) == 1


async def test_a_project_is_exported_to_its_end(client: Client) -> None:
    answer = await client.get("/v1/export")
    assert answer.headers["content-type"] == "application/x-ndjson; charset=utf-8"
    lines = [json.loads(line) for line in answer.body.splitlines()]
    assert lines[0]["type"] == "project"
    assert lines[0]["exported_at"] == NOW_MS
    assert lines[-1] == {
        "type": "end",
        "issues": 1,
        "counts": 1,
        "hourly_counts": 1,
        "status_changes": 0,
        "activity": 0,
        "samples": 3,
        "occurrences": 3,
    }


async def test_a_span_keeps_the_occurrences_that_arrived_in_it(client: Client) -> None:
    answer = await client.get(f"/v1/export?since={NOW_MS + 1}&until={NOW_MS + 1}")
    occurrences = [json.loads(line) for line in answer.body.splitlines() if b'"type":"occurrence"' in line]
    assert [occurrence["received_at"] for occurrence in occurrences] == [NOW_MS + 1]


@pytest.mark.parametrize("name", ["since", "until"])
async def test_a_span_is_of_whole_numbers(client: Client, name: str) -> None:
    answer = await client.get(f"/v1/export?{name}=yesterday")
    assert (answer.status, answer.json) == (400, {"error": f"{name} must be a whole number"})


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("/v1/export", "project-default-20260101T120000Z.jsonl"),
        (f"{OCCURRENCES}?format=csv", "occurrences-cart-20260101T120000Z.csv"),
        ("/v1/errors/a%2F..%22%0D%0A%E2%82%AC/occurrences?format=jsonl", "occurrences-a_-20260101T120000Z.jsonl"),
        (f"/v1/errors/{'x' * 300}/occurrences?format=jsonl", f"occurrences-{'x' * 52}-20260101T120000Z.jsonl"),
    ],
)
async def test_the_file_has_a_name_that_is_safe_everywhere(client: Client, target: str, name: str) -> None:
    disposition = (await client.get(target)).headers["content-disposition"]
    assert disposition == f'attachment; filename="{name}"'
    assert re.fullmatch(r"[\w.-]+", name, re.ASCII)


@pytest.mark.parametrize("target", ["/v1/export", f"{OCCURRENCES}?format=csv"])
async def test_a_head_has_the_headers_and_reads_nothing(client: Client, target: str) -> None:
    whole = await client.get(target)
    head = await client.request("HEAD", target, headers={"authorization": f"Bearer {client.token}"})
    assert (head.status, head.body) == (200, b"")
    # The client of these tests counts what it has received.
    assert head.headers | {"content-length": ""} == whole.headers | {"content-length": ""}


async def test_an_export_is_released_when_it_is_through(client: Client) -> None:
    for _ in range(exporting.MAX_EXPORTS + 1):
        assert (await client.get("/v1/export")).status == 200
        assert client.services.streams.count("export") == 0
    statistics = client.services.readers.statistics()
    assert statistics.running == 0


async def test_an_export_too_many_is_told_to_come_back(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "MAX_EXPORTS", 0)
    answer = await client.get("/v1/export")
    assert (answer.status, answer.json) == (503, {"error": "too many exports are running, try again later"})
    assert answer.headers["retry-after"] == str(exporting.RETRY_SECS)
    assert (await client.get(OCCURRENCES)).status == 200


async def test_while_the_server_stops_no_export_begins(client: Client) -> None:
    client.services.streams.end_all()
    assert (await client.get(f"{OCCURRENCES}?format=csv")).status == 503


async def test_what_goes_wrong_at_the_beginning_is_answered(client: Client, connection: Connection) -> None:
    connection.execute("DELETE FROM sequences")
    answer = await client.get("/v1/export")
    assert (answer.status, answer.json) == (500, {"error": "internal server error"})
    assert client.services.streams.count("export") == 0
