"""From a rule that is made over HTTP to the message that a receiver takes, in a server that runs."""

from __future__ import annotations

import http.client
import json
import signal
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any

import attrs
import trio

from tests.alerts.receivers import Receiver, answering, receiving
from tests.server.process import Sender, ServerProcess, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@attrs.frozen
class Api:
    """Calls the server with a token for alerts."""

    port: int
    token: str

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Return the answer, which is 200."""
        return await trio.to_thread.run_sync(self.call, method, path, body)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"authorization": f"Bearer {self.token}", "content-type": "application/json"}
        try:
            connection.request(method, path, body=None if body is None else json.dumps(body), headers=headers)
            answer = connection.getresponse()
            found = json.loads(answer.read())
        finally:
            connection.close()
        assert answer.status == 200, found
        return found


async def until(condition: Callable[[], bool], what: str) -> None:
    """Return when the condition holds, which may ask the server."""
    await trio.to_thread.run_sync(partial(wait_until, condition, what))


def open_api(server: ServerProcess) -> Api:
    scopes = ("--scope=alerts:read", "--scope=alerts:write")
    made = server.run("token", "create", "--project=default", "--name=alerts", *scopes)
    return Api(server.port, made["token"])


async def a_rule(api: Api, receiver: Receiver) -> int:
    rule = await api.ask("POST", "/v1/alerts", {"name": "Checkout", "rule_type": "new_issue"})
    config = {"type": "webhook", "url": receiver.url, "secret": "s3cret"}
    await api.ask("POST", f"/v1/alerts/{rule['id']}/channels", {"config": config})
    return int(rule["id"])


async def send(server: ServerProcess, fingerprint: str) -> None:
    sender = Sender(server.port, server.key())
    assert (await sender.single(fingerprint=fingerprint)).status == 200
    await sender.aclose()


async def test_a_new_error_is_told_and_the_log_says_so(tmp_path: Path) -> None:
    with ServerProcess(tmp_path, ALERTING__ALLOW_PRIVATE_WEBHOOKS="true") as server:
        api = open_api(server)
        async with receiving() as receiver:
            rule_id = await a_rule(api, receiver)
            await send(server, "cart")
            (told,) = await receiver.wait_for(1)
            assert (told.json["rule"], told.json["event"], told.json["fingerprint"]) == (
                "Checkout",
                "new_issue",
                "cart",
            )
            assert "x-bloop-signature" in told.headers

            def is_settled() -> bool:
                (delivery,) = api.call("GET", f"/v1/alerts/{rule_id}/deliveries")
                return bool(delivery["state"] == "sent" and delivery["status"] == 200)

            await until(is_settled, "the delivery is logged")
            (alert,) = await api.ask("GET", "/v1/alert-log")
            assert (alert["rule_id"], alert["fingerprint"], alert["deliveries"]) == (rule_id, "cart", {"sent": 1})


async def test_a_rule_that_is_turned_off_or_deleted_says_nothing_more(tmp_path: Path) -> None:
    with ServerProcess(tmp_path, ALERTING__ALLOW_PRIVATE_WEBHOOKS="true") as server:
        api = open_api(server)
        async with receiving() as receiver, receiving() as other:
            off, gone = [await a_rule(api, receiver) for _ in range(2)]
            await api.ask("PUT", f"/v1/alerts/{off}", {"enabled": False})
            await api.ask("DELETE", f"/v1/alerts/{gone}")
            await a_rule(api, other)
            await send(server, "cart")
            await other.wait_for(1)  # whatever else there was to say would have been said before
            assert receiver.requests == []
            assert [alert["rule_id"] for alert in await api.ask("GET", "/v1/alert-log")] == [gone + 1]


async def test_what_a_deleted_rule_had_still_to_send_is_cancelled(tmp_path: Path) -> None:
    with ServerProcess(tmp_path, ALERTING__ALLOW_PRIVATE_WEBHOOKS="true") as server:
        api = open_api(server)
        async with receiving(answering(503)) as receiver:
            rule_id = await a_rule(api, receiver)
            await send(server, "cart")
            await receiver.wait_for(1)

            def is_noted() -> bool:
                (delivery,) = api.call("GET", f"/v1/alerts/{rule_id}/deliveries")
                return bool(delivery["state"] == "pending" and delivery["attempts"] == 1)

            await until(is_noted, "the attempt is noted")
            await api.ask("DELETE", f"/v1/alerts/{rule_id}")
            (delivery,) = await api.ask("GET", "/v1/alert-deliveries")
            assert (delivery["state"], delivery["next_at"], delivery["rule_name"]) == ("cancelled", None, "Checkout")


async def test_a_killed_server_is_as_quiet_afterwards_and_rules_of_one_receiver_tell_it_each_by_itself(
    tmp_path: Path,
) -> None:
    with ServerProcess(tmp_path, ALERTING__ALLOW_PRIVATE_WEBHOOKS="true", INGEST__ACK="durable") as server:
        api = open_api(server)
        async with receiving() as receiver:
            for name in ("one", "two"):
                config = {"type": "threshold", "threshold": 0, "window_secs": 3_600}
                rule = await api.ask("POST", "/v1/alerts", {"name": name, "config": config})
                channel = {"config": {"type": "webhook", "url": receiver.url}}
                await api.ask("POST", f"/v1/alerts/{rule['id']}/channels", channel)
            for told, fingerprint in ((2, "cart"), (4, "search")):
                # The cart is over its threshold all the time; the second time, only the search is told of.
                await send(server, "cart")
                await send(server, fingerprint)
                await receiver.wait_for(told)
                await until(partial(have_been_sent, server, told), "all are settled")
                await trio.to_thread.run_sync(server.stop, signal.SIGKILL)
                await trio.to_thread.run_sync(server.start)
            assert await trio.to_thread.run_sync(server.stop) == 0
        got = Counter((request.json["rule"], request.json["fingerprint"]) for request in receiver.requests)
        assert got == Counter((rule, name) for rule in ("one", "two") for name in ("cart", "search"))


def have_been_sent(server: ServerProcess, count: int) -> bool:
    return server.rows("SELECT count(*) FROM alert_deliveries WHERE state = 'sent'") == [(count,)]


async def test_a_test_says_what_really_happened(tmp_path: Path) -> None:
    with ServerProcess(tmp_path) as server:  # which does not let webhooks into the own network
        api = open_api(server)
        rule = await api.ask("POST", "/v1/alerts", {"name": "Checkout", "rule_type": "new_issue"})
        assert await api.ask("POST", f"/v1/alerts/{rule['id']}/test") == {"sent": False, "results": []}
        config = {"type": "webhook", "url": "http://localhost.localdomain.invalid/in"}
        await api.ask("POST", f"/v1/alerts/{rule['id']}/channels", {"config": config})
        answer = await api.ask("POST", f"/v1/alerts/{rule['id']}/test")
        (result,) = answer["results"]
        assert (answer["sent"], result["ok"], result["status"]) == (False, False, None)
        assert result["error"]
