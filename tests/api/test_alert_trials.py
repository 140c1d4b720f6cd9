"""Dry runs over HTTP: what a rule would have fired, in the projects that the caller may see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bloop_trio.clock import MS_PER_HOUR
from tests.api.conftest import bearer
from tests.api.test_alerts import a_rule, send
from tests.conftest import NOW_MS, accepted, insert_project

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.writing.writer import BatchWriter
    from tests.client import Client

NEW_ISSUE = {"name": "r", "config": {"type": "new_issue"}}


@pytest.fixture
def writing(make_token: Callable[..., str]) -> dict[str, str]:
    return bearer(make_token("alerts:read", "alerts:write"))


@pytest.fixture
def two_projects(connection: Connection, batches: BatchWriter) -> None:
    """An error in each of two projects, an hour old."""
    other = insert_project(connection, "other")
    for project_no, fingerprint in ((1, "cart"), (other.no, "pay")):
        event = accepted(project_no=project_no, fingerprint=fingerprint, received_ms=NOW_MS - MS_PER_HOUR)
        batches.write(connection, [event])


async def subjects(client: Client, target: str, headers: dict[str, str], body: Any = None) -> set[str]:
    answer = await send(client, "POST", target, headers, body)
    assert answer.status == 200, answer.body
    assert answer.json["total"] == len(answer.json["fired"])
    return {alert["subject"] for alert in answer.json["fired"]}


@pytest.mark.usefixtures("two_projects")
class TestWhatIsFound:
    async def test_a_token_is_told_of_its_project(self, client: Client, writing: dict[str, str]) -> None:
        await a_rule(client, writing)
        assert await subjects(client, "/v1/alerts/1/dry-run", writing) == {"cart"}
        assert await subjects(client, "/v1/alerts/dry-run", writing, NEW_ISSUE) == {"cart"}
        answer = await send(client, "POST", "/v1/alerts/dry-run", writing, NEW_ISSUE | {"project_id": "other"})
        assert (answer.status, answer.json) == (404, {"error": "project not found"})

    async def test_a_token_is_told_its_part_of_a_rule_for_all_projects(
        self, client: Client, writing: dict[str, str], sign_in: Callable[..., dict[str, str]]
    ) -> None:
        await a_rule(client, sign_in("root", is_admin=True))
        assert await subjects(client, "/v1/alerts/1/dry-run", writing) == {"cart"}

    async def test_a_user_is_told_of_all_projects_or_of_one(
        self, client: Client, sign_in: Callable[..., dict[str, str]]
    ) -> None:
        bert = sign_in("bert", is_admin=False)
        assert await subjects(client, "/v1/alerts/dry-run", bert, NEW_ISSUE) == {"cart", "pay"}
        assert await subjects(client, "/v1/alerts/dry-run", bert, NEW_ISSUE | {"project_id": "other"}) == {"pay"}
        answer = await send(client, "POST", "/v1/alerts/dry-run", bert, NEW_ISSUE | {"project_id": "nothing"})
        assert (answer.status, answer.json) == (404, {"error": "project not found"})

    async def test_nothing_is_stored_by_it(
        self, client: Client, connection: Connection, writing: dict[str, str]
    ) -> None:
        await subjects(client, "/v1/alerts/dry-run", writing, NEW_ISSUE)
        for table in ("alert_rules", "alerts", "alert_deliveries", "alert_cooldowns", "audit_entries"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


async def test_a_rule_that_makes_no_sense_is_refused(client: Client, writing: dict[str, str]) -> None:
    answer = await send(client, "POST", "/v1/alerts/dry-run", writing, {"name": "r", "rule_type": "threshold"})
    assert (answer.status, answer.json) == (400, {"error": "threshold is required"})


async def test_a_rule_that_is_not_there_cannot_be_tried(client: Client, writing: dict[str, str]) -> None:
    for rule_id, refusal in (("9", (404, "alert rule 9 not found")), ("x", (400, "rule_id must be a whole number"))):
        answer = await send(client, "POST", f"/v1/alerts/{rule_id}/dry-run", writing)
        assert (answer.status, answer.json["error"]) == refusal
