"""Alert rules over HTTP: what is answered, what is refused, and whose they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import pytest

from bloop_trio.alerts.rules.store import list_enabled
from bloop_trio.app import create_app
from tests.api.conftest import bearer
from tests.client import Answer, Client
from tests.conftest import NOW_MS, as_json, insert_project

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.db.connection import Connection
    from tests.api.conftest import House

NOW = NOW_MS // 1000
ADAS = "00000000-0000-4000-8000-000000000002"
THRESHOLD = {"type": "threshold", "threshold": 100, "window_secs": 300}


async def send(client: Client, method: str, target: str, headers: dict[str, str], body: Any = None) -> Answer:
    sent = b"" if body is None else as_json(body)
    typed = {"content-type": "application/json"} if sent else {}
    return await client.request(method, target, headers=headers | typed, body=sent)


@pytest.fixture
def writing(make_token: Callable[..., str]) -> dict[str, str]:
    """What a token of `default` shows that may read and write alerts."""
    return bearer(make_token("alerts:read", "alerts:write"))


@pytest.fixture
def admin(sign_in: Callable[..., dict[str, str]]) -> dict[str, str]:
    return sign_in("root", is_admin=True)


async def a_rule(client: Client, headers: dict[str, str], **given: Any) -> Any:
    answer = await send(client, "POST", "/v1/alerts", headers, {"name": "r", "config": {"type": "new_issue"}} | given)
    assert answer.status == 200, answer.body
    return answer.json


class TestAnswers:
    async def test_a_rule_is_answered_with_all_its_fields(self, client: Client, writing: dict[str, str]) -> None:
        made = await a_rule(
            client, writing, name=" Checkout ", config=THRESHOLD, description="why", source_filter="API"
        )
        assert made == {
            "id": 1,
            "name": "Checkout",
            "rule_type": "threshold",
            "config": {"type": "threshold", "fingerprint": None, "route": None, "threshold": 100, "window_secs": 300},
            "enabled": True,
            "project_id": "default",
            "description": "why",
            "environment_filter": None,
            "source_filter": "api",
            "release_filter": None,
            "route_filter": None,
            "http_status_filter": None,
            "created_at": NOW,
            "updated_at": NOW,
            "problem": None,
        }
        assert (await send(client, "GET", "/v1/alerts", writing)).json == [made]
        assert (await send(client, "GET", "/v1/alerts/1", writing)).json == made

    @pytest.mark.parametrize(
        "nested",
        [
            {"type": "new_issue", "environment": "prod", "regressions": False},
            {"type": "regression", "environment": None},
            {"type": "threshold", "fingerprint": "cart", "route": None, "threshold": 0, "window_secs": 10},
            {
                "type": "spike",
                "fingerprint": None,
                "multiplier": 2.5,
                "baseline_window_secs": 600,
                "compare_window_secs": 60,
                "min_count": 9,
            },
            {"type": "escalating", "fingerprint": None, "multiplier": 3.0, "window_secs": 3600, "min_count": 5},
            {
                "type": "mover",
                "fingerprint": "cart",
                "direction": "up",
                "percent": 50.0,
                "window_secs": 3600,
                "min_change": 5,
            },
        ],
        ids=lambda nested: str(nested["type"]),
    )
    async def test_a_config_may_be_nested_or_stand_beside_the_rest(
        self, client: Client, writing: dict[str, str], nested: dict[str, Any]
    ) -> None:
        made = await a_rule(client, writing, config=nested)
        flat = {"rule_type" if name == "type" else name: value for name, value in nested.items()}
        answer = await send(client, "POST", "/v1/alerts", writing, {"name": "r", **flat, "project_id": "default"})
        assert answer.status == 200, answer.body
        assert answer.json | {"id": 1} == made
        assert made["config"] == nested
        assert made["rule_type"] == nested["type"]

    async def test_a_type_may_be_named_beside_the_config(self, client: Client, writing: dict[str, str]) -> None:
        config = {"threshold": 1, "window_secs": 60}
        assert (await a_rule(client, writing, rule_type="threshold", config=config))["rule_type"] == "threshold"
        assert (await a_rule(client, writing, rule_type="threshold", config=THRESHOLD))["rule_type"] == "threshold"

    async def test_a_change_touches_what_it_names_and_null_takes_away(
        self, client: Client, writing: dict[str, str]
    ) -> None:
        filters = {
            "description": "d", "environment_filter": "e", "source_filter": "s", "release_filter": "1", "route_filter": "/",
        }  # fmt: skip
        made = await a_rule(client, writing, **filters)
        assert (await send(client, "PUT", "/v1/alerts/1", writing, {})).json == made
        assert (await send(client, "PUT", "/v1/alerts/1", writing, {"enabled": False})).json == made | {
            "enabled": False
        }
        for name in filters:
            made |= {name: None}
            answer = await send(client, "PUT", "/v1/alerts/1", writing, {name: None})
            assert answer.json == made | {"enabled": False}
        changed = {"name": "n", "config": THRESHOLD, "enabled": True, "environment_filter": "prod"}
        answer = await send(client, "PUT", "/v1/alerts/1", writing, changed)
        assert answer.json["config"]["threshold"] == 100
        assert (answer.json["name"], answer.json["environment_filter"], answer.json["enabled"]) == ("n", "prod", True)

    async def test_a_deleted_rule_is_gone(self, client: Client, writing: dict[str, str]) -> None:
        await a_rule(client, writing)
        assert (await send(client, "DELETE", "/v1/alerts/1", writing)).json == {"deleted": 1}
        gone = (404, {"error": "alert rule 1 not found"})
        for method, body in (("GET", None), ("PUT", {"enabled": True}), ("DELETE", None)):
            answer = await send(client, method, "/v1/alerts/1", writing, body)
            assert (answer.status, answer.json) == gone

    async def test_who_judges_the_rules_is_told_at_once(
        self, client: Client, connection: Connection, writing: dict[str, str]
    ) -> None:
        seen: list[int] = []
        services = attrs.evolve(client.services, on_alerts_changed=lambda: seen.append(len(list_enabled(connection))))
        ours = Client(create_app(services), services, client.token)
        await a_rule(ours, writing)
        await send(ours, "PUT", "/v1/alerts/1", writing, {"enabled": False})
        await send(ours, "DELETE", "/v1/alerts/1", writing)
        assert seen == [1, 0, 0]


class TestRefusals:
    @pytest.mark.parametrize(
        ("given", "message"),
        [
            ({}, "name is required"),
            ({"name": "r"}, "config is required"),
            ({"name": " ", "config": {"type": "regression"}}, "name is required"),
            ({"name": "x" * 201, "config": {"type": "regression"}}, "name must be at most 200 characters"),
            ({"name": "a\nb", "config": {"type": "regression"}}, "name must not have control characters"),
            ({"name": "r", "config": 1}, "config must be an object"),
            ({"name": "r", "config": {}}, "type is required"),
            ({"name": "r", "config": {"type": "llm_budget"}}, "type must be new_issue, regression, threshold, spike, escalating or mover"),
            ({"name": "r", "config": THRESHOLD, "threshold": 5}, "threshold belongs into config"),
            ({"name": "r", "config": THRESHOLD, "rule_type": "spike"}, "rule_type must be the type in config"),
            ({"name": "r", "threshold": 5}, "rule_type is required"),
            ({"name": "r", "rule_type": "threshold", "threshold": "5"}, "threshold must be a whole number"),
            ({"name": "r", "rule_type": "spike", "multiplier": "5"}, "multiplier must be a number"),
            ({"name": "r", "rule_type": "regression", "threshold": 5}, "there is no field threshold"),
            ({"name": "r", "rule_type": 5}, "rule_type must be a string"),
            ({"name": "r", "config": THRESHOLD, "description": "x" * 2001}, "description must be at most 2000 characters"),
            ({"name": "r", "config": THRESHOLD, "environment_filter": "x" * 501}, "environment_filter must be at most 500 characters"),
            ({"name": "r", "config": {"type": "regression", "environment": "a"}, "environment_filter": "b"}, "environment and environment_filter name different environments"),
            ({"name": "r", "config": THRESHOLD, "enabled": 1}, "enabled must be true or false"),
            ({"name": "r", "config": THRESHOLD, "colour": 1}, "there is no field colour"),
        ],
    )  # fmt: skip
    async def test_a_rule_that_makes_no_sense_is_refused_in_a_sentence(
        self, client: Client, writing: dict[str, str], given: dict[str, Any], message: str
    ) -> None:
        answer = await send(client, "POST", "/v1/alerts", writing, given)
        assert (answer.status, answer.json) == (400, {"error": message})
        assert (await send(client, "GET", "/v1/alerts", writing)).json == []

    async def test_what_a_rule_has_no_room_for_is_refused(self, client: Client, writing: dict[str, str]) -> None:
        for _ in range(200):
            await a_rule(client, writing)
        answer = await send(client, "POST", "/v1/alerts", writing, {"name": "r", "rule_type": "regression"})
        assert (answer.status, answer.json) == (409, {"error": "there are 200 alert rules already: delete one first"})

    @pytest.mark.parametrize("rule_id", ["x", "-1", "1.5", "9" * 30, "%20"])
    async def test_an_id_that_is_no_number_is_refused(
        self, client: Client, writing: dict[str, str], rule_id: str
    ) -> None:
        for method, path, body in (
            ("GET", "", None),
            ("PUT", "", {"enabled": True}),
            ("DELETE", "", None),
            ("GET", "/channels", None),
            ("POST", "/channels", {"config": {}}),
            ("POST", "/test", None),
            ("GET", "/deliveries", None),
        ):
            answer = await send(client, method, f"/v1/alerts/{rule_id}{path}", writing, body)
            assert (answer.status, answer.json) == (400, {"error": "rule_id must be a whole number"})


class TestWhoseTheyAre:
    async def test_a_token_sees_its_projects_rules_and_those_for_all(
        self, client: Client, connection: Connection, admin: dict[str, str], make_token: Callable[..., str]
    ) -> None:
        other = insert_project(connection, "other")
        for project in ("default", "other", None):
            await a_rule(client, admin, project_id=project)
        theirs = bearer(make_token("alerts:read", "alerts:write", project_no=other.no))
        for query in ("", "?project_id=default"):
            seen = await send(client, "GET", f"/v1/alerts{query}", theirs)
            assert [rule["id"] for rule in seen.json] == [2, 3]
        assert (await send(client, "GET", "/v1/alerts/3", theirs)).status == 200
        for rule_id, refusal in (
            (1, (404, "alert rule 1 not found")),
            (3, (403, "rules for all projects are for administrators to change")),
        ):
            for method, path, body in (
                ("PUT", "", {"enabled": False}),
                ("DELETE", "", None),
                ("POST", "/test", None),
                ("POST", "/channels", {"config": {"type": "email", "to": "a@b"}}),
                ("PUT", "/channels/1", {"config": {"type": "email", "to": "a@b"}}),
                ("DELETE", "/channels/1", None),
            ):
                answer = await send(client, method, f"/v1/alerts/{rule_id}{path}", theirs, body)
                assert (answer.status, answer.json["error"]) == refusal, (method, path)
        answer = await send(client, "GET", "/v1/alerts/3/channels", theirs)
        assert (answer.status, answer.json["error"]) == (403, "channels of rules for all projects are for users to see")

    async def test_a_token_makes_rules_for_its_own_project_alone(
        self, client: Client, connection: Connection, writing: dict[str, str]
    ) -> None:
        insert_project(connection, "other")
        assert (await a_rule(client, writing))["project_id"] == "default"
        assert (await a_rule(client, writing, project_id=None))["project_id"] == "default"
        for named in ("other", "nothing"):
            given = {"name": "r", "rule_type": "regression", "project_id": named}
            answer = await send(client, "POST", "/v1/alerts", writing, given)
            assert (answer.status, answer.json) == (404, {"error": "project not found"})

    async def test_users_see_all_and_change_those_of_their_projects(self, house: House) -> None:
        root, ada, bert = (house.cookie(name) for name in ("root", "ada", "bert"))
        client = house.client
        for project in ("default", "adas", None):
            await a_rule(client, root, project_id=project)
        for user in (ada, bert, root):
            assert len((await send(client, "GET", "/v1/alerts", user)).json) == 4
            named = await send(client, "GET", "/v1/alerts?project_id=adas", user)
            assert {rule["project_id"] for rule in named.json} == {ADAS, None}
            assert len(named.json) == 3
            assert (await send(client, "GET", "/v1/alerts?project_id=nothing", user)).json == []
        given = {"name": "r", "rule_type": "regression"}
        foreign = (403, {"error": "you do not have access to this project"})
        for_all = (403, {"error": "rules for all projects are for administrators to change"})
        for user, project, refusal in (
            (bert, "adas", foreign), (ada, "default", foreign), (ada, None, for_all), (bert, None, for_all),
            (ada, "adas", None), (root, "adas", None), (root, "default", None), (root, None, None),
        ):  # fmt: skip
            answer = await send(client, "POST", "/v1/alerts", user, given | {"project_id": project})
            assert (answer.status, answer.json) == refusal if refusal else answer.status == 200
        rules = (await send(client, "GET", "/v1/alerts", root)).json
        (of_all,) = [rule["id"] for rule in rules if rule["project_id"] is None][:1]
        answer = await send(client, "PUT", f"/v1/alerts/{of_all}", ada, {"enabled": False})
        assert (answer.status, answer.json) == for_all
        assert (await send(client, "PUT", f"/v1/alerts/{of_all}", root, {"enabled": False})).status == 200

    async def test_one_who_is_no_administrator_any_more_changes_nothing(
        self, client: Client, connection: Connection, admin: dict[str, str]
    ) -> None:
        await a_rule(client, admin)
        connection.execute("UPDATE users SET is_admin = 0")  # the server still remembers the session
        answer = await send(client, "PUT", "/v1/alerts/1", admin, {"enabled": False})
        assert (answer.status, answer.json["error"]) == (403, "rules for all projects are for administrators to change")


async def test_every_change_stands_in_the_audit_log(client: Client, admin: dict[str, str]) -> None:
    await a_rule(client, admin, name="Pay", project_id="default")
    await send(client, "PUT", "/v1/alerts/1", admin, {"enabled": False})
    mail = {"config": {"type": "email", "to": "ada@example.com"}}
    await send(client, "POST", "/v1/alerts/1/channels", admin, mail)
    await send(client, "PUT", "/v1/alerts/1/channels/1", admin, mail)
    await send(client, "POST", "/v1/alerts/1/test", admin)
    await send(client, "DELETE", "/v1/alerts/1/channels/1", admin)
    await send(client, "DELETE", "/v1/alerts/1", admin)
    entries = (await send(client, "GET", "/v1/admin/audit", admin)).json[::-1]
    rule = {"rule_type": "new_issue"}
    channel = {"channel_id": 1, "channel_type": "email"}
    assert [(entry["action"], entry["details"]) for entry in entries] == [
        ("alert_rule.created", rule | {"enabled": True}),
        ("alert_rule.changed", rule | {"enabled": False}),
        ("alert_channel.added", channel),
        ("alert_channel.changed", channel),
        ("alert_rule.tested", {}),
        ("alert_channel.removed", channel),
        ("alert_rule.deleted", rule | {"enabled": False}),
    ]
    for entry in entries:
        assert (entry["target"], entry["target_name"], entry["project_id"]) == ("1", "Pay", "default")
        assert entry["actor_name"] == "root"
