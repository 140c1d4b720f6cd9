"""An issue as Markdown over HTTP: under its own path, or by what the client prefers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from bloop_trio.db.connection import transaction
from bloop_trio.issues.lifecycle.activity import ActivityKind, note_activity
from bloop_trio.issues.lifecycle.endings import Snooze, set_snoozes
from tests.conftest import NOW_MS, accepted, insert_project, insert_user

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.writing.writer import BatchWriter
    from tests.client import Client

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
AS_MARKDOWN = "text/markdown; charset=utf-8"


@pytest.fixture
def _stored(connection: Connection, batches: BatchWriter) -> None:
    old = [accepted(fingerprint="cart", release="1", received_ms=NOW_MS - 30 * DAY_MS)]
    week = [accepted(fingerprint="cart", release="2", received_ms=NOW_MS - 3 * DAY_MS)] * 2
    today = [
        accepted(
            fingerprint="cart",
            release="2",
            environment="test",
            stack="Error: x\n    at f (a.js:1:2)",
            http_status=503,
            request_id="req-9",
            metadata={"a": [1]},
            app_version="7.1",
            received_ms=NOW_MS - HOUR_MS,
        )
    ]
    for batch in (old, week, today):
        batches.write(connection, batch)


@pytest.mark.usefixtures("_stored")
class TestPath:
    async def test_it_tells_the_issue_from_where_to_how_often(self, client: Client) -> None:
        answer = await client.get("/v1/errors/cart.md")
        assert answer.status == 200
        assert answer.headers["content-type"] == AS_MARKDOWN
        assert answer.headers["cache-control"] == "no-store" or "etag" in answer.headers
        text = answer.body.decode()
        assert text.startswith("# `TypeError`: `Cannot read property id of undefined`\n")
        for told in (
            "- Status: unresolved\n",
            "- First seen: 2025-12-02T12:00:00.000Z\n- Last seen: 2026-01-01T11:00:00.000Z\n",
            "- Events: 4 in total, 1 in the last 24 hours, 3 in the last 7 days\n",
            "## Releases\n\n- `2`: 3\n- `1`: 1\n",
            "## Environments\n\n- `prod`: 3\n- `test`: 1\n",
            "received 2026-01-01T11:00:00.000Z\n- Release: `2`\n- Environment: `test`\n",
            "- HTTP status: 503\n- Request id: `req-9`\n- App version: `7.1`\n",
            "### Stack\n\n```text\nError: x\n    at f (a.js:1:2)\n```\n",
            '### Metadata\n\n```json\n{\n  "a": [\n    1\n  ]\n}\n```\n',
            "- `GET /v1/errors/cart/occurrences`",
        ):
            assert told in text
        assert "## Status history" not in text

    async def test_of_many_releases_it_tells_the_largest(
        self, client: Client, connection: Connection, batches: BatchWriter
    ) -> None:
        for n in range(10, 18):
            batches.write(connection, [accepted(fingerprint="cart", release=str(n))] * (n - 9))
        text = (await client.get("/v1/errors/cart.md")).body.decode()
        assert "## Releases\n\n- `17`: 8\n- `16`: 7\n- `15`: 6\n- `14`: 5\n- `13`: 4\n- and 5 more\n" in text

    async def test_the_history_is_told_newest_first_with_who_and_why(
        self, client: Client, connection: Connection, batches: BatchWriter, make_token: Callable[..., str]
    ) -> None:
        headers = {"authorization": f"Bearer {make_token('errors:write')}", "content-type": "application/json"}
        for verb in ("mute", "ignore", "unresolve", "mute", "unresolve"):
            await client.request("POST", f"/v1/errors/cart/{verb}", headers=headers)
        await client.request("POST", "/v1/errors/cart/resolve", headers=headers, body=b'{"reason":"[x](y)"}')
        batches.write(connection, [accepted(fingerprint="cart", release="3", received_ms=NOW_MS + 1)])
        text = (await client.get("/v1/errors/cart.md")).body.decode()
        lines = text.partition("## Status history\n\n")[2].splitlines()
        assert lines[0] == "- 2026-01-01T12:00:00.001Z: resolved → unresolved by the server: `regression`"
        assert lines[1].startswith("- 2026-01-01T12:00:00.000Z: unresolved → resolved by token `test`: ")
        assert lines[1].endswith(": `[x](y)`")
        assert lines[5] == "- and 2 more"
        assert "- Status: unresolved (came back after it had been resolved, last at 2026-01-01T12:00:00.001Z)\n" in text

    async def test_it_tells_whom_it_affects_where_it_began_and_what_its_events_share(
        self, client: Client, connection: Connection, batches: BatchWriter
    ) -> None:
        batches.write(
            connection,
            [accepted(fingerprint="cart", release="2", user_id_hash=user, http_status=503) for user in ("a", "b", "a")],
        )
        text = (await client.get("/v1/errors/cart.md")).body.decode()
        assert "- Users affected: 2\n- First release: `1`\n- Last release: `2`\n" in text
        # The event of a month ago is still a sample.
        assert "## Tags\n\nOf all 7 events:\n\n- `http_status`: `503` 57%\n\n" in text

    async def test_it_tells_what_people_have_decided_and_said(
        self, client: Client, connection: Connection, batches: BatchWriter
    ) -> None:
        ada = insert_user(connection, "ada")
        connection.execute(
            "INSERT INTO issue_assignments (issue_id, project_no, user_id, assigned_secs) VALUES (1, 1, ?, 0)", (ada,)
        )
        with transaction(connection):
            for number in range(7):
                said = {"text": f"**comment {number}**"}
                note_activity(connection, 1, ActivityKind.COMMENT, actor=ada, at_ms=NOW_MS + number, content=said)
            set_snoozes(connection, {1: Snooze(until_count=500, more_events=496)})
        text = (await client.get("/v1/errors/cart.md")).body.decode()
        assert "- Assigned to: `ada`\n- Muted until: 500 events in total\n" in text
        comments = text.partition("## Comments\n\n")[2].partition("\n## ")[0]
        assert comments.startswith("2026-01-01T12:00:00.006Z by `ada`:\n\n```text\n**comment 6**\n```\n")
        assert comments.endswith("**comment 2**\n```\n\n- and 2 more\n")

    async def test_it_tells_what_was_merged_into_it(
        self, client: Client, connection: Connection, batches: BatchWriter
    ) -> None:
        batches.write(connection, [accepted(fingerprint="other")])
        connection.execute("UPDATE issue_fingerprints SET issue_id = 1 WHERE fingerprint = 'other'")
        text = (await client.get("/v1/errors/other.md")).body.decode()
        assert "- Fingerprint: `cart`\n" in text
        assert "## Merged fingerprints\n\n- `other`\n\n" in text

    async def test_it_tells_why_its_events_are_one_error(
        self, client: Client, connection: Connection, batches: BatchWriter
    ) -> None:
        (event,) = [accepted(message="no price for 17", stack="at load (cart.js:7:1)")]
        batches.write(connection, [event])
        text = (await client.get(f"/v1/errors/{event.fingerprint}.md")).body.decode()
        assert "## Why grouped\n\nBy version 1 of the fingerprint, which is made of:\n\n- Source: `api`\n" in text
        assert "by now" not in text
        assert "- Message: `no price for <n>`\n- Frame: `at load (cart.js)`\n" in text

    async def test_why_goes_by_the_rules_of_the_project(
        self, client: Client, connection: Connection, batches: BatchWriter
    ) -> None:
        (event,) = [accepted(message="no price for 17")]
        batches.write(connection, [event])
        connection.execute(
            "INSERT INTO project_grouping (project_no, version, has_used_2, rules, updated_secs) VALUES (1, 1, 0, ?, 0)",
            ('[{"match":{"message":"no price*"},"fingerprint":"prices"}]',),
        )
        text = (await client.get(f"/v1/errors/{event.fingerprint}.md")).body.decode()
        assert (
            "## Why grouped\n\nAs the project groups its events by now, the newest sample would be of another error.\n\nBy rule 1 of the project, which makes the fingerprint of `prices`\n"
        ) in text

    async def test_head_has_the_headers_of_get(self, client: Client) -> None:
        bearer = {"authorization": f"Bearer {client.token}"}
        got, head = (
            await client.get("/v1/errors/cart.md"),
            await client.request("HEAD", "/v1/errors/cart.md", headers=bearer),
        )
        assert (head.status, head.headers) == (got.status, got.headers)

    async def test_an_unknown_error_is_not_found_in_json(self, client: Client) -> None:
        for target in ("/v1/errors/nothing.md", "/v1/errors/.md"):
            answer = await client.get(target, headers={"accept": "text/markdown"})
            assert answer.status == 404
            assert answer.headers["content-type"] == "application/json"
        assert (await client.get("/v1/errors/nothing.md")).json == {"error": "no errors with fingerprint nothing"}

    async def test_another_projects_error_is_not_found(
        self, client: Client, connection: Connection, make_token: Callable[..., str]
    ) -> None:
        token = make_token("errors:read", project_no=insert_project(connection, "other").no)
        assert (await client.get("/v1/errors/cart.md", token=token)).status == 404

    async def test_what_has_not_changed_is_not_sent_again(self, client: Client) -> None:
        tag = (await client.get("/v1/errors/cart.md")).headers["etag"]
        again = await client.get("/v1/errors/cart.md", headers={"if-none-match": tag})
        assert (again.status, again.body) == (304, b"")

    @pytest.mark.parametrize("fingerprint", ["a/b", "50%", "a%2Fb", "über", "resolve", "a.b", "md"])
    async def test_any_fingerprint_can_be_addressed(
        self, client: Client, connection: Connection, batches: BatchWriter, fingerprint: str
    ) -> None:
        batches.write(connection, [accepted(fingerprint=fingerprint, error_type="Found")])
        answer = await client.get(f"/v1/errors/{quote(fingerprint, safe='')}.md")
        assert (answer.status, answer.headers["content-type"]) == (200, AS_MARKDOWN)
        assert answer.body.startswith(b"# `Found`: ")

    async def test_an_escaped_dot_is_a_dot(self, client: Client) -> None:
        assert (await client.get("/v1/errors/cart%2Emd")).headers["content-type"] == AS_MARKDOWN

    async def test_a_fingerprint_that_ends_so_itself_comes_first(
        self, client: Client, connection: Connection, batches: BatchWriter
    ) -> None:
        batches.write(connection, [accepted(fingerprint="cart.md", error_type="Own")])
        answer = await client.get("/v1/errors/cart.md")
        assert answer.headers["content-type"] == "application/json"
        assert answer.json["aggregates"][0]["fingerprint"] == "cart.md"
        for target, accept in (("/v1/errors/cart.md.md", "*/*"), ("/v1/errors/cart.md", "text/markdown")):
            answer = await client.get(target, headers={"accept": accept})
            assert answer.headers["content-type"] == AS_MARKDOWN
            assert answer.body.startswith(b"# `Own`: ")

    async def test_what_a_client_sends_is_no_markup(
        self, client: Client, connection: Connection, batches: BatchWriter
    ) -> None:
        hostile = "<script>`x`</script>\r\n# Heading [a](b) ```\n"
        changes: dict[str, Any] = {
            "error_type": hostile,
            "message": hostile,
            "stack": f"```\n{hostile}",
            "metadata": {hostile: hostile},
        }
        batches.write(connection, [accepted(fingerprint="evil", **changes)])
        text = (await client.get("/v1/errors/evil.md")).body.decode()
        assert text.startswith("# ```` <script>`x`</script> # Heading [a](b) ``` ````: ")
        assert "\r" not in text
        assert text.count("````text\n") == 2


@pytest.mark.usefixtures("_stored")
class TestPreference:
    @pytest.mark.parametrize(
        ("accept", "content_type"),
        [
            ("text/markdown", AS_MARKDOWN),
            ("text/markdown;charset=utf-8", AS_MARKDOWN),
            ("text/markdown, */*;q=0.1", AS_MARKDOWN),
            ("application/json;q=0.5, text/markdown", AS_MARKDOWN),
            ("application/json", "application/json"),
            ("text/markdown;q=0.5, application/json", "application/json"),
            ("text/markdown, application/json", "application/json"),
            ("*/*", "application/json"),
            ("text/html,application/xhtml+xml,*/*;q=0.8", "application/json"),
            ("text/plain", "application/json"),
            ("text/markdown;q=0", "application/json"),
            ("", "application/json"),
            (";;,,=", "application/json"),
        ],
    )
    async def test_the_client_chooses(self, client: Client, accept: str, content_type: str) -> None:
        answer = await client.get("/v1/errors/cart", headers={"accept": accept})
        assert (answer.status, answer.headers["content-type"]) == (200, content_type)
        assert answer.headers["vary"] == "Accept, Origin"

    async def test_both_ways_lead_to_the_same_text(self, client: Client) -> None:
        preferred = await client.get("/v1/errors/cart", headers={"accept": "text/markdown"})
        assert preferred.body == (await client.get("/v1/errors/cart.md")).body
