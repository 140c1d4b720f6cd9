"""The channels of alert rules over HTTP: their secrets stay where they are, and a test says what really happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import pytest

from bloop_trio.alerts.delivery.sending import build_sending
from bloop_trio.alerts.rules.desk import TESTS_AT_ONCE
from bloop_trio.app import create_app
from bloop_trio.config import Config, DirectSettings
from bloop_trio.config.sections import AlertingConfig
from tests.alerts.receivers import answering, receiving
from tests.api.conftest import bearer
from tests.api.test_alerts import a_rule, send
from tests.client import Client
from tests.conftest import NOW_MS

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.db.connection import Connection

MAIL = {"type": "email", "to": "ada@example.com"}
SECRET = "Sup3rS3cretV4lue"
CHANNELS: list[dict[str, Any]] = [
    {"type": "slack", "webhook_url": f"https://hooks.slack.com/services/{SECRET}"},
    {"type": "discord", "webhook_url": f"https://discord.com/api/webhooks/1/{SECRET}"},
    {"type": "teams", "webhook_url": f"https://example.webhook.office.com/{SECRET}"},
    {"type": "webhook", "url": f"https://example.com/in?key={SECRET}", "secret": SECRET, "headers": {"x-key": SECRET}},
    {"type": "ntfy", "url": f"https://ntfy.sh/{SECRET}", "token": f"tk_{SECRET}"},
    {"type": "pagerduty", "routing_key": SECRET},
]


@pytest.fixture
def config() -> Config:
    return Config(alerting=AlertingConfig(allow_private_webhooks=True))


@pytest.fixture
def writing(make_token: Callable[..., str]) -> dict[str, str]:
    return bearer(make_token("alerts:read", "alerts:write"))


async def a_channel(client: Client, headers: dict[str, str], config: Any, rule_id: int = 1) -> Any:
    answer = await send(client, "POST", f"/v1/alerts/{rule_id}/channels", headers, {"config": config})
    assert answer.status == 200, answer.body
    return answer.json


class TestAnswers:
    async def test_channels_are_answered_by_their_ids(self, client: Client, writing: dict[str, str]) -> None:
        await a_rule(client, writing)
        made = [await a_channel(client, writing, config) for config in (MAIL, CHANNELS[0])]
        assert made[0] == {
            "id": 1,
            "rule_id": 1,
            "channel_type": "email",
            "config": MAIL,
            "created_at": NOW_MS // 1000,
            "problem": None,
        }
        assert made[1]["channel_type"] == "slack"
        assert (await send(client, "GET", "/v1/alerts/1/channels", writing)).json == made

    async def test_a_removed_one_is_gone(self, client: Client, writing: dict[str, str]) -> None:
        await a_rule(client, writing)
        await a_channel(client, writing, MAIL)
        assert (await send(client, "DELETE", "/v1/alerts/1/channels/1", writing)).json == {"deleted": 1}
        for method, body in (("DELETE", None), ("PUT", {"config": MAIL})):
            answer = await send(client, method, "/v1/alerts/1/channels/1", writing, body)
            assert (answer.status, answer.json) == (404, {"error": "alert channel 1 not found"})

    async def test_they_go_with_their_rule(
        self, client: Client, connection: Connection, writing: dict[str, str]
    ) -> None:
        await a_rule(client, writing)
        await a_channel(client, writing, MAIL)
        await send(client, "DELETE", "/v1/alerts/1", writing)
        assert connection.execute("SELECT count(*) FROM alert_channels").fetchone() == (0,)


class TestSecrets:
    @pytest.mark.parametrize("channel", CHANNELS, ids=lambda channel: str(channel["type"]))
    async def test_no_answer_ever_holds_one_and_no_change_loses_one(
        self,
        client: Client,
        connection: Connection,
        writing: dict[str, str],
        sign_in: Callable[..., dict[str, str]],
        channel: dict[str, Any],
    ) -> None:
        admin = sign_in("root", is_admin=True)
        await a_rule(client, writing)
        stored = "SELECT config FROM alert_channels"
        answers = [await send(client, "POST", "/v1/alerts/1/channels", writing, {"config": channel})]
        shown = answers[0].json["config"]
        before = connection.execute(stored).fetchone()
        assert SECRET in before[0]
        answers += [await send(client, "GET", "/v1/alerts/1/channels", headers) for headers in (writing, admin)]
        answers.append(await send(client, "PUT", "/v1/alerts/1/channels/1", writing, {"config": shown}))
        assert connection.execute(stored).fetchone() == before
        refused = {"url": "https://evil.example/x", "webhook_url": "https://evil.example/x", "colour": SECRET}
        answers.append(await send(client, "PUT", "/v1/alerts/1/channels/1", writing, {"config": shown | refused}))
        assert answers[-1].status == 400
        answers += [
            await send(client, "GET", path, admin)
            for path in ("/v1/alerts", "/v1/alerts/1", "/v1/admin/audit", "/v1/alerts/1/deliveries")
        ]
        for answer in answers:
            assert SECRET.encode() not in answer.body

    async def test_one_does_not_follow_to_another_place(self, client: Client, writing: dict[str, str]) -> None:
        await a_rule(client, writing)
        made = await a_channel(client, writing, {"type": "ntfy", "url": "https://ntfy.sh/topic", "token": "tk_1"})
        moved = made["config"] | {"url": "https://evil.example/topic"}
        answer = await send(client, "PUT", "/v1/alerts/1/channels/1", writing, {"config": moved})
        assert (answer.status, answer.json) == (
            400,
            {"error": "a channel that gets another URL needs its secrets anew"},
        )

    async def test_a_mask_is_no_value(self, client: Client, writing: dict[str, str]) -> None:
        await a_rule(client, writing)
        made = await a_channel(client, writing, CHANNELS[0])
        answer = await send(client, "POST", "/v1/alerts/1/channels", writing, {"config": made["config"]})
        assert (answer.status, answer.json) == (400, {"error": "webhook_url is masked: give its value"})


class TestRefusals:
    @pytest.mark.parametrize(
        ("body", "message"),
        [
            ({}, "config is required"),
            ({"config": 1}, "config must be an object"),
            ({"config": {"type": "email", "to": "nobody"}}, "invalid email address"),
            ({"config": MAIL, "colour": 1}, "there is no field colour"),
            ({"config": MAIL | {"colour": 1}}, "there is no field colour"),
        ],
    )
    async def test_a_channel_that_cannot_be_used_is_refused(
        self, client: Client, writing: dict[str, str], body: Any, message: str
    ) -> None:
        await a_rule(client, writing)
        answer = await send(client, "POST", "/v1/alerts/1/channels", writing, body)
        assert (answer.status, answer.json) == (400, {"error": message})

    async def test_an_url_that_leads_nowhere_is_refused(self, client: Client, writing: dict[str, str]) -> None:
        await a_rule(client, writing)
        for url in ("ftp://example.com", "nothing", ""):
            config = {"type": "webhook", "url": url}
            answer = await send(client, "POST", "/v1/alerts/1/channels", writing, {"config": config})
            assert answer.status == 400
            assert "url" in answer.json["error"].lower()

    async def test_a_rule_has_room_for_twenty(self, client: Client, writing: dict[str, str]) -> None:
        await a_rule(client, writing)
        for _ in range(20):
            await a_channel(client, writing, MAIL)
        answer = await send(client, "POST", "/v1/alerts/1/channels", writing, {"config": MAIL})
        assert (answer.status, answer.json) == (
            409,
            {"error": "the alert rule has 20 channels already: delete one first"},
        )

    async def test_a_rule_that_is_not_there_has_none(self, client: Client, writing: dict[str, str]) -> None:
        for method, path, body in (
            ("GET", "channels", None),
            ("POST", "channels", {"config": MAIL}),
            ("PUT", "channels/1", {"config": MAIL}),
            ("DELETE", "channels/1", None),
            ("POST", "test", None),
            ("GET", "deliveries", None),
        ):
            answer = await send(client, method, f"/v1/alerts/9/{path}", writing, body)
            assert (answer.status, answer.json) == (404, {"error": "alert rule 9 not found"})

    async def test_the_id_of_a_channel_is_a_number(self, client: Client, writing: dict[str, str]) -> None:
        await a_rule(client, writing)
        for method, body in (("DELETE", None), ("PUT", {"config": MAIL})):
            answer = await send(client, method, "/v1/alerts/1/channels/x", writing, body)
            assert (answer.status, answer.json) == (400, {"error": "channel_id must be a whole number"})


class TestTests:
    @pytest.fixture
    def sending(self, client: Client) -> Client:
        """A client whose server sends tests."""
        services = client.services
        built = build_sending(
            services.config, DirectSettings(), readers=services.readers, writer=services.writer, clock=services.clock
        )
        services = attrs.evolve(services, send_alert_test=built.trials.send_test)
        return Client(create_app(services), services, client.token)

    async def test_one_says_what_each_channel_has_answered(self, sending: Client, writing: dict[str, str]) -> None:
        await a_rule(sending, writing)
        async with receiving(answering(204)) as good, receiving(answering(500)) as bad:
            for receiver in (good, bad):
                await a_channel(sending, writing, {"type": "webhook", "url": receiver.url})
            answer = await send(sending, "POST", "/v1/alerts/1/test", writing)
            assert answer.json["sent"] is False
            first, second = answer.json["results"]
            assert first == {"channel_id": 1, "channel_type": "webhook", "ok": True, "status": 204, "error": None}
            assert (second["channel_id"], second["ok"], second["status"]) == (2, False, 500)
            assert second["error"]
            assert len(good.requests) == 1
            await send(sending, "DELETE", "/v1/alerts/1/channels/2", writing)
            answer = await send(sending, "POST", "/v1/alerts/1/test", writing)
            assert (answer.json["sent"], len(answer.json["results"])) == (True, 1)

    async def test_one_that_goes_nowhere_was_not_sent(self, sending: Client, writing: dict[str, str]) -> None:
        await a_rule(sending, writing)
        answer = await send(sending, "POST", "/v1/alerts/1/test", writing)
        assert (answer.status, answer.json) == (200, {"sent": False, "results": []})

    async def test_a_rule_is_tested_a_few_times_and_then_has_to_wait(
        self, sending: Client, connection: Connection, writing: dict[str, str]
    ) -> None:
        for _ in range(2):
            await a_rule(sending, writing)
        for _ in range(TESTS_AT_ONCE):
            assert (await send(sending, "POST", "/v1/alerts/1/test", writing)).status == 200
        refused = await send(sending, "POST", "/v1/alerts/1/test", writing)
        assert (refused.status, refused.json) == (
            429,
            {"error": "too many tests of this alert rule, try again later"},
        )
        assert refused.headers["retry-after"] == "10"
        noted = connection.execute("SELECT count(*) FROM audit_entries WHERE action = 'alert_rule.tested'").fetchone()
        assert noted == (TESTS_AT_ONCE,)
        assert (await send(sending, "POST", "/v1/alerts/2/test", writing)).status == 200
