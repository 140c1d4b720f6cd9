"""What somebody who is signed in reads and changes: any project, or all of them together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from tests.api.conftest import JSON
from tests.conftest import NOW_MS, accepted, as_json, insert_project

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.writing.writer import BatchWriter
    from tests.client import Client

NO_STATS = {
    "total_errors": 0,
    "unresolved_errors": 0,
    "total_events_24h": 0,
    "overflowed_events_24h": 0,
    "thinned_events_24h": 0,
    "top_routes": [],
}

SHOP = "00000000-0000-4000-8000-000000000002"


@pytest.fixture
def ada(sign_in: Callable[..., dict[str, str]]) -> dict[str, str]:
    """The headers of a request by ada, who is no administrator and has made no project."""
    return sign_in("ada", is_admin=False)


@pytest.fixture(autouse=True)
def _errors(connection: Connection, batches: BatchWriter) -> None:
    """Errors in two projects, one of them in both; and a project without any."""
    assert insert_project(connection, "shop").id == SHOP
    insert_project(connection, "empty")
    batches.write(
        connection,
        [
            accepted(fingerprint="ours", received_ms=NOW_MS - 3),
            accepted(fingerprint="both", received_ms=NOW_MS - 2),
            accepted(fingerprint="both", project_no=2, received_ms=NOW_MS - 1),
            accepted(fingerprint="theirs", project_no=2, release="2.0", received_ms=NOW_MS),
        ],
    )


def named(rows: Any) -> list[tuple[str, str]]:
    return [(row["project_id"], row["fingerprint"]) for row in rows]


ALL_ROWS = [(SHOP, "theirs"), (SHOP, "both"), ("default", "both"), ("default", "ours")]


class TestLists:
    @pytest.mark.parametrize("group", ["release", "fingerprint"])
    async def test_all_projects_are_listed_together(self, client: Client, ada: dict[str, str], group: str) -> None:
        answer = await client.request("GET", f"/v1/errors?group={group}", headers=ada)
        assert named(answer.json) == ALL_ROWS
        assert answer.headers["x-total-count"] == "4"

    @pytest.mark.parametrize("name", ["shop", SHOP])
    async def test_one_is_listed_by_its_slug_or_id(self, client: Client, ada: dict[str, str], name: str) -> None:
        answer = await client.request("GET", f"/v1/errors?project_id={name}", headers=ada)
        assert named(answer.json) == ALL_ROWS[:2]

    async def test_a_cursor_leads_through_all_of_them(self, client: Client, ada: dict[str, str]) -> None:
        rows: list[tuple[str, str]] = []
        target = "/v1/errors?limit=1"
        while target:
            answer = await client.request("GET", target, headers=ada)
            rows += named(answer.json)
            link = answer.headers.get("link", "")
            target = link.partition("<")[2].partition(">")[0]
        assert rows == ALL_ROWS

    async def test_the_same_list_is_not_sent_twice(
        self, client: Client, ada: dict[str, str], connection: Connection, batches: BatchWriter
    ) -> None:
        first = await client.request("GET", "/v1/errors", headers=ada)
        asking = ada | {"if-none-match": first.headers["etag"]}
        assert (await client.request("GET", "/v1/errors", headers=asking)).status == 304
        assert (await client.request("GET", "/v1/errors?project_id=shop", headers=asking)).status == 200
        batches.write(connection, [accepted(fingerprint="theirs", project_no=2)])
        assert (await client.request("GET", "/v1/errors", headers=asking)).status == 200

    async def test_a_release_is_listed_over_all_projects_or_one(self, client: Client, ada: dict[str, str]) -> None:
        answer = await client.request("GET", "/v1/releases/1.0.0/errors", headers=ada)
        assert sorted(named(answer.json)) == sorted([*ALL_ROWS[1:]])
        answer = await client.request("GET", "/v1/releases/1.0.0/errors?project_id=shop", headers=ada)
        assert named(answer.json) == [(SHOP, "both")]

    async def test_a_project_that_was_made_a_moment_ago_is_found(
        self, client: Client, ada: dict[str, str], connection: Connection, batches: BatchWriter
    ) -> None:
        assert (await client.request("GET", "/v1/errors?project_id=new", headers=ada)).json == []
        project = insert_project(connection, "new")
        batches.write(connection, [accepted(project_no=project.no, fingerprint="fresh")])
        answer = await client.request("GET", "/v1/errors?project_id=new", headers=ada)
        assert named(answer.json) == [(project.id, "fresh")]

    async def test_an_offset_over_all_projects_is_bounded(self, client: Client, ada: dict[str, str]) -> None:
        assert named((await client.request("GET", "/v1/errors?offset=3", headers=ada)).json) == ALL_ROWS[3:]
        answer = await client.request("GET", "/v1/errors?offset=10001", headers=ada)
        assert answer.status == 400
        assert "without project_id" in answer.json["error"]
        assert (await client.request("GET", "/v1/errors?offset=10001&project_id=shop", headers=ada)).json == []


class TestNumbers:
    async def test_they_are_those_of_all_projects_or_of_one(self, client: Client, ada: dict[str, str]) -> None:
        async def read(target: str) -> Any:
            return (await client.request("GET", target, headers=ada)).json

        assert (await read("/v1/stats"))["total_events_24h"] == 4
        assert (await read("/v1/stats?project_id=shop"))["total_events_24h"] == 2
        assert sum(hour["count"] for hour in await read("/v1/trends")) == 4
        assert sum(hour["count"] for hour in await read("/v1/trends?project_id=shop")) == 2
        assert [value["count"] for value in (await read("/v1/facets"))["releases"]] == [3, 1]
        assert [value["count"] for value in (await read("/v1/facets?project_id=default"))["releases"]] == [2]
        (trend,) = await read("/v1/error-trends?fingerprint=both")
        assert sum(hour["count"] for hour in trend["counts"]) == 2
        (trend,) = await read("/v1/error-trends?fingerprint=both&project_id=shop")
        assert sum(hour["count"] for hour in trend["counts"]) == 1

    @pytest.mark.parametrize(
        ("target", "nothing"),
        [
            ("/v1/errors?", []),
            ("/v1/releases/1.0.0/errors?", []),
            ("/v1/trends?", []),
            ("/v1/error-trends?fingerprint=both&", [{"fingerprint": "both", "counts": []}]),
            ("/v1/stats?", NO_STATS),
            ("/v1/errors/both/occurrences?", []),
            ("/v1/errors/both/trend?", []),
            ("/v1/errors/both/history?", []),
        ],
    )
    async def test_an_unknown_project_has_nothing(
        self, client: Client, ada: dict[str, str], target: str, nothing: Any
    ) -> None:
        for project in ("nothing", "empty", "x" * 3000):
            answer = await client.request("GET", f"{target}project_id={project}", headers=ada)
            assert (answer.status, answer.json) == (200, nothing)


class TestOneError:
    PATHS = ("", "/occurrences", "/trend", "/history", ".md")

    @pytest.mark.parametrize("path", PATHS)
    async def test_it_is_found_in_the_only_project_that_has_it(
        self, client: Client, ada: dict[str, str], path: str
    ) -> None:
        answer = await client.request("GET", f"/v1/errors/theirs{path}", headers=ada)
        named_too = await client.request("GET", f"/v1/errors/theirs{path}?project_id=shop", headers=ada)
        assert answer.status == named_too.status == 200
        assert answer.body == named_too.body

    @pytest.mark.parametrize("path", [*PATHS, "/occurrences?format=csv"])
    async def test_where_several_projects_have_it_one_has_to_be_named(
        self, client: Client, ada: dict[str, str], path: str
    ) -> None:
        answer = await client.request("GET", f"/v1/errors/both{path}", headers=ada)
        assert (answer.status, answer.json) == (400, {"error": "project_id is required"})
        mark = "&" if "?" in path else "?"
        answer = await client.request("GET", f"/v1/errors/both{path}{mark}project_id=shop", headers=ada)
        assert answer.status == 200
        assert b"default" not in answer.body

    @pytest.mark.parametrize("path", ["", ".md"])
    @pytest.mark.parametrize("error", ["nothing", "theirs"])
    async def test_it_is_not_found_where_it_is_not(
        self, client: Client, ada: dict[str, str], path: str, error: str
    ) -> None:
        query = "?project_id=default" if error == "theirs" else ""
        answer = await client.request("GET", f"/v1/errors/{error}{path}{query}", headers=ada)
        assert (answer.status, answer.json) == (404, {"error": f"no errors with fingerprint {error}"})

    async def test_files_of_occurrences_come_from_that_project(self, client: Client, ada: dict[str, str]) -> None:
        for error, project, lines in (("theirs", "", 1), ("both", "&project_id=shop", 1), ("nothing", "", 0)):
            target = f"/v1/errors/{error}/occurrences?format=jsonl{project}"
            found = (await client.request("GET", target, headers=ada)).body.splitlines()
            assert [msgspec.json.decode(line)["project_id"] for line in found] == [SHOP] * lines


class TestStatus:
    async def post(self, client: Client, headers: dict[str, str], target: str, body: Any = None) -> Any:
        return await client.request(
            "POST", target, headers=headers | (JSON if body else {}), body=as_json(body) if body else b""
        )

    async def test_it_changes_in_the_only_project_that_has_the_error(self, client: Client, ada: dict[str, str]) -> None:
        answer = await self.post(client, ada, "/v1/errors/theirs/resolve")
        assert (answer.status, answer.json["updated"]) == (200, 1)
        answer = await self.post(client, ada, "/v1/errors/both/resolve")
        assert (answer.status, answer.json) == (400, {"error": "project_id is required"})
        answer = await self.post(client, ada, "/v1/errors/nothing/resolve")
        assert (answer.status, answer.json) == (404, {"error": "no errors with fingerprint nothing"})
        for name in ("empty", "unknown"):
            answer = await self.post(client, ada, f"/v1/errors/both/resolve?project_id={name}")
            assert (answer.status, answer.json) == (404, {"error": "no errors with fingerprint both"})

    async def test_it_changes_in_the_named_project_alone(self, client: Client, ada: dict[str, str]) -> None:
        assert (await self.post(client, ada, "/v1/errors/both/mute?project_id=shop")).status == 200
        rows = (await client.request("GET", "/v1/errors?status=muted", headers=ada)).json
        assert named(rows) == [(SHOP, "both")]

    async def test_many_change_in_a_named_project(self, client: Client, ada: dict[str, str]) -> None:
        body = {"status": "resolved", "filter": {}, "all": True}
        answer = await self.post(client, ada, "/v1/status-changes", body)
        assert (answer.status, answer.json) == (400, {"error": "project_id is required"})
        answer = await self.post(client, ada, "/v1/status-changes?project_id=unknown", body)
        assert (answer.status, answer.json) == (404, {"error": "project not found"})
        answer = await self.post(client, ada, "/v1/status-changes?project_id=shop", body)
        assert (answer.status, answer.json["changed"]) == (200, 2)
        rows = (await client.request("GET", "/v1/errors?status=resolved", headers=ada)).json
        assert {project for project, _ in named(rows)} == {SHOP}

    async def test_history_and_audit_log_name_who_did_it(
        self, client: Client, ada: dict[str, str], connection: Connection
    ) -> None:
        await self.post(client, ada, "/v1/errors/theirs/resolve")
        (user_id,) = connection.execute("SELECT id FROM users WHERE username = 'ada'").fetchone()
        (change,) = (await client.request("GET", "/v1/errors/theirs/history", headers=ada)).json
        assert (change["changed_by"], change["changed_by_name"]) == (user_id, "ada")
        markdown = (await client.request("GET", "/v1/errors/theirs.md", headers=ada)).body.decode()
        assert "unresolved → resolved by `ada`" in markdown
        entry = connection.execute(
            "SELECT at_ms, actor, actor_name, address, action, target, project_id, details FROM audit_entries"
        ).fetchall()
        details = '{"status":"resolved","changed":1,"fingerprints":["theirs"]}'
        assert entry == [(NOW_MS, user_id, "ada", "127.0.0.1", "status.changed", "theirs", SHOP, details)]


class TestLastingAnswers:
    async def test_they_are_about_one_project(self, client: Client, ada: dict[str, str]) -> None:
        for path in ("/v1/export", "/v1/stream"):
            answer = await client.request("GET", path, headers=ada)
            assert answer.status == 400
            assert msgspec.json.decode(answer.body) == {"error": "project_id is required"}
            answer = await client.request("GET", f"{path}?project_id=unknown", headers=ada)
            assert answer.status == 404
            assert msgspec.json.decode(answer.body) == {"error": "project not found"}

    async def test_an_export_is_that_of_the_named_project(self, client: Client, ada: dict[str, str]) -> None:
        answer = await client.request("GET", "/v1/export?project_id=shop", headers=ada)
        lines = [msgspec.json.decode(line) for line in answer.body.splitlines()]
        assert lines[0]["slug"] == "shop"
        assert {line["fingerprint"] for line in lines if line["type"] == "issue"} == {"both", "theirs"}
        assert SHOP[:8] in answer.headers["content-disposition"]


class TestTokens:
    TARGETS = (
        "/v1/errors?",
        "/v1/releases/1.0.0/errors?",
        "/v1/facets?",
        "/v1/error-trends?fingerprint=theirs&fingerprint=both&",
        "/v1/trends?",
        "/v1/stats?",
        "/v1/errors/both?",
        "/v1/errors/both.md?",
        "/v1/errors/both/occurrences?",
        "/v1/errors/both/occurrences?format=jsonl&",
        "/v1/errors/both/trend?",
        "/v1/errors/both/history?",
        "/v1/export?",
    )

    @pytest.mark.parametrize("target", TARGETS)
    @pytest.mark.parametrize("name", ["shop", SHOP, "unknown", "a" * 501])
    async def test_a_token_sees_its_own_project_whatever_is_named(self, client: Client, target: str, name: str) -> None:
        own = await client.get(target)
        other = await client.get(f"{target}project_id={name}")
        assert (other.status, other.body) == (own.status, own.body) == (200, own.body)
        assert b"theirs" not in own.body.replace(b'"fingerprint":"theirs","counts":[]', b"")
