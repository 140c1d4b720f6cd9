"""The log of what rules have found, and of what became of each delivery."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from bloop_trio.alerts.content import Content, encode
from tests.api.conftest import bearer
from tests.conftest import NOW_MS, insert_project

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.db.connection import Connection
    from tests.client import Client

LOGS = ["/v1/alert-log", "/v1/alert-deliveries"]


def an_alert(
    conn: Connection, *states: str, rule_id: int = 1, project_no: int = 1, fired_ms: int = NOW_MS, **about: Any
) -> int:
    said: dict[str, Any] = {
        "kind": "new_issue", "rule_id": rule_id, "rule_name": "Pay", "fingerprint": "cart", "error_type": "TypeError",
        "message": "no", "release": "1.0.0", "environment": "prod", "fired_ms": fired_ms,
    }  # fmt: skip
    content = Content(**said | about)
    (alert_id,) = conn.execute(
        "INSERT INTO alerts (rule_id, rule_name, project_no, subject, kind, fired_ms, content)"
        " VALUES (?, 'Pay', ?, ?, ?, ?, ?) RETURNING id",
        (rule_id, project_no, content.fingerprint or "*", content.kind, fired_ms, encode(content)),
    ).fetchone()
    for number, state in enumerate(states):
        finished_ms = None if state == "pending" else fired_ms + 9
        conn.execute(
            "INSERT INTO alert_deliveries (alert_id, channel_id, channel_type, state, attempts, next_ms, created_ms,"
            " finished_ms, http_status, error) VALUES (?, ?, 'slack', ?, 2, ?, ?, ?, 500, 'the receiver said 500')",
            (alert_id, number or None, state, fired_ms + 5, fired_ms, finished_ms),
        )
    return int(alert_id)


@pytest.fixture
def reading(make_token: Callable[..., str]) -> dict[str, str]:
    return bearer(make_token("alerts:read"))


async def ask(client: Client, target: str, headers: dict[str, str]) -> Any:
    answer = await client.request("GET", target, headers=headers)
    assert answer.status == 200, answer.body
    return answer.json


async def test_an_alert_says_what_was_found_and_how_it_was_delivered(
    client: Client, connection: Connection, reading: dict[str, str]
) -> None:
    an_alert(connection, "sent", "sent", "failed")
    an_alert(connection, kind="spike", fingerprint=None)
    spike, new_issue = await ask(client, "/v1/alert-log", reading)
    assert new_issue == {
        "id": 1,
        "rule_id": 1,
        "rule_name": "Pay",
        "project_id": "default",
        "kind": "new_issue",
        "fingerprint": "cart",
        "message": "New error in 1.0.0 (prod): [TypeError] no - cart",
        "fired_at": NOW_MS,
        "deliveries": {"failed": 1, "sent": 2},
    }
    assert (spike["kind"], spike["fingerprint"], spike["deliveries"]) == ("spike", None, {})


async def test_a_delivery_says_what_became_of_it(
    client: Client, connection: Connection, reading: dict[str, str]
) -> None:
    an_alert(connection, "failed", "pending")
    pending, failed = await ask(client, "/v1/alert-deliveries", reading)
    assert failed == {
        "id": 1,
        "alert_id": 1,
        "rule_id": 1,
        "rule_name": "Pay",
        "project_id": "default",
        "kind": "new_issue",
        "fingerprint": "cart",
        "channel_id": None,
        "channel_type": "slack",
        "state": "failed",
        "attempts": 2,
        "fired_at": NOW_MS,
        "next_at": None,
        "finished_at": NOW_MS + 9,
        "status": 500,
        "error": "the receiver said 500",
        "digest_size": None,
    }
    assert (pending["channel_id"], pending["next_at"], pending["finished_at"]) == (1, NOW_MS + 5, None)


@pytest.mark.parametrize("log", LOGS)
async def test_pages_follow_each_other_whatever_comes_in_meanwhile(
    client: Client, connection: Connection, reading: dict[str, str], log: str
) -> None:
    for _ in range(5):
        an_alert(connection, "sent")
    seen: list[int] = []
    target = f"{log}?limit=2&rule_id=1"
    while target:
        answer = await client.request("GET", target, headers=reading)
        seen += [row["id"] for row in answer.json]
        an_alert(connection, "sent")
        found = re.match(r'<(.+)>; rel="next"', answer.headers.get("link", ""))
        target = "" if found is None else found[1]
    assert seen == [5, 4, 3, 2, 1]
    answer = await client.request("GET", f"{log}?cursor=nonsense", headers=reading)
    assert answer.status == 400


@pytest.mark.parametrize("log", LOGS)
async def test_a_log_can_be_narrowed_to_a_rule_and_a_project(
    client: Client, connection: Connection, sign_in: Callable[..., dict[str, str]], log: str
) -> None:
    other = insert_project(connection, "other")
    for rule_id, project_no in ((1, 1), (2, 1), (2, other.no)):
        an_alert(connection, "sent", rule_id=rule_id, project_no=project_no)
    bert = sign_in("bert", is_admin=False)
    for query, ids in (
        ("", [3, 2, 1]), ("?rule_id=2", [3, 2]), ("?project_id=other", [3]), ("?project_id=other&rule_id=1", []),
        ("?project_id=nothing", []), (f"?rule_id={2**63 - 1}", []),
    ):  # fmt: skip
        assert [row["id"] for row in await ask(client, log + query, bert)] == ids, query
    connection.execute("UPDATE projects SET deleted_secs = 1 WHERE no = ?", (other.no,))
    assert [row["id"] for row in await ask(client, log, bert)] == [2, 1]


async def test_deliveries_can_be_narrowed_to_a_state(
    client: Client, connection: Connection, reading: dict[str, str]
) -> None:
    an_alert(connection, "sent", "failed", "pending", "cancelled", "sent")
    for state, ids in (("sent", [5, 1]), ("failed", [2]), ("pending", [3]), ("cancelled", [4]), ("odd", [])):
        rows = await ask(client, f"/v1/alert-deliveries?state={state}", reading)
        assert [row["id"] for row in rows] == ids


async def test_those_of_one_rule_have_an_address_of_their_own(
    client: Client, connection: Connection, reading: dict[str, str], make_token: Callable[..., str]
) -> None:
    other = insert_project(connection, "other")
    for rule_id, project_no in ((1, 1), (2, None)):
        connection.execute(
            "INSERT INTO alert_rules (id, project_no, name, rule_type, config, is_enabled, created_secs, updated_secs)"
            """ VALUES (?, ?, 'Pay', 'new_issue', '{"type":"new_issue"}', 1, 0, 0)""",
            (rule_id, project_no),
        )
    for rule_id, project_no in ((1, 1), (2, 1), (2, other.no)):
        an_alert(connection, "sent", "failed", rule_id=rule_id, project_no=project_no)
    assert [row["id"] for row in await ask(client, "/v1/alerts/1/deliveries", reading)] == [2, 1]
    assert [row["id"] for row in await ask(client, "/v1/alerts/1/deliveries?state=sent", reading)] == [1]
    assert [row["id"] for row in await ask(client, "/v1/alerts/2/deliveries", reading)] == [4, 3]
    theirs = bearer(make_token("alerts:read", project_no=other.no))
    assert [row["id"] for row in await ask(client, "/v1/alerts/2/deliveries", theirs)] == [6, 5]
    answer = await client.request("GET", "/v1/alerts/1/deliveries", headers=theirs)
    assert (answer.status, answer.json) == (404, {"error": "alert rule 1 not found"})


@pytest.mark.parametrize("log", LOGS)
async def test_a_token_reads_what_is_about_its_project(
    client: Client, connection: Connection, make_token: Callable[..., str], log: str
) -> None:
    other = insert_project(connection, "other")
    an_alert(connection, "sent")
    an_alert(connection, "sent", project_no=other.no)
    theirs = bearer(make_token("alerts:read", project_no=other.no))
    for query in ("", "?project_id=default"):
        assert [row["id"] for row in await ask(client, log + query, theirs)] == [2]
