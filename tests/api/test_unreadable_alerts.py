"""Rules and channels whose stored config says nothing: they are shown, can be mended and deleted, and harm no others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.api.conftest import bearer
from tests.api.test_alert_channels import MAIL, a_channel
from tests.api.test_alerts import a_rule, send

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.db.connection import Connection
    from tests.client import Client

CONFIGS = ["", "{}", "[]", "nonsense", '{"type": "of a later version"}', '{"type": "threshold"}', "[" * 10_000]
RULE = "/v1/alerts/1"
CHANNEL = f"{RULE}/channels/1"


@pytest.fixture
def writing(make_token: Callable[..., str]) -> dict[str, str]:
    return bearer(make_token("alerts:read", "alerts:write"))


@pytest.fixture(params=CONFIGS, ids=lambda text: text[:20] or "empty")
async def spoilt(
    request: pytest.FixtureRequest, client: Client, connection: Connection, writing: dict[str, str]
) -> dict[str, str]:
    """Have two rules with two channels each, of which the first is unreadable; returns the headers of a token."""
    for rule_id in (1, 2):
        await a_rule(client, writing)
        for _ in range(2):
            await a_channel(client, writing, MAIL, rule_id)
    connection.execute("UPDATE alert_rules SET config = ? WHERE id = 1", (request.param,))
    connection.execute("UPDATE alert_channels SET config = ? WHERE id = 1", (request.param,))
    return writing


class TestARule:
    async def test_it_is_shown_with_its_problem_beside_the_others(self, client: Client, spoilt: dict[str, str]) -> None:
        first, second = (await send(client, "GET", "/v1/alerts", spoilt)).json
        assert (first["rule_type"], first["config"]) == ("new_issue", {"type": "new_issue"})
        assert isinstance(first["problem"], str)
        assert second["problem"] is None
        assert (await send(client, "GET", RULE, spoilt)).json == first

    async def test_another_change_leaves_what_is_stored(
        self, client: Client, connection: Connection, spoilt: dict[str, str]
    ) -> None:
        (before,) = connection.execute("SELECT config FROM alert_rules WHERE id = 1").fetchone()
        changed = await send(client, "PUT", RULE, spoilt, {"name": "renamed"})
        assert (changed.status, changed.json["name"]) == (200, "renamed")
        assert connection.execute("SELECT config FROM alert_rules WHERE id = 1").fetchone() == (before,)

    async def test_a_new_config_mends_it(self, client: Client, spoilt: dict[str, str]) -> None:
        changed = await send(client, "PUT", RULE, spoilt, {"config": {"type": "regression"}})
        assert (changed.json["rule_type"], changed.json["problem"]) == ("regression", None)
        assert (await send(client, "POST", f"{RULE}/dry-run", spoilt)).status == 200

    async def test_it_can_be_deleted(self, client: Client, spoilt: dict[str, str]) -> None:
        assert (await send(client, "DELETE", RULE, spoilt)).json == {"deleted": 1}
        assert [rule["id"] for rule in (await send(client, "GET", "/v1/alerts", spoilt)).json] == [2]

    async def test_nobody_can_tell_what_it_would_have_fired(self, client: Client, spoilt: dict[str, str]) -> None:
        answer = await send(client, "POST", f"{RULE}/dry-run", spoilt)
        assert answer.status == 409
        assert answer.json["error"].startswith("the config of the alert rule cannot be read: ")


class TestAChannel:
    async def test_it_is_shown_with_its_problem_beside_the_others(self, client: Client, spoilt: dict[str, str]) -> None:
        first, second = (await send(client, "GET", f"{RULE}/channels", spoilt)).json
        assert (first["channel_type"], first["config"]) == ("email", {"type": "email"})
        assert isinstance(first["problem"], str)
        assert (second["config"], second["problem"]) == (MAIL, None)

    async def test_a_new_config_mends_it(self, client: Client, spoilt: dict[str, str]) -> None:
        changed = await send(client, "PUT", CHANNEL, spoilt, {"config": MAIL})
        assert (changed.json["config"], changed.json["problem"]) == (MAIL, None)

    async def test_it_can_be_deleted(self, client: Client, spoilt: dict[str, str]) -> None:
        assert (await send(client, "DELETE", CHANNEL, spoilt)).json == {"deleted": 1}
        assert [channel["id"] for channel in (await send(client, "GET", f"{RULE}/channels", spoilt)).json] == [2]
