"""The test of an alert rule: each of its channels is tried, and what really happened is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bloop_trio.config import DirectSettings
from tests.alerts.receivers import answering, receiving
from tests.alerts.sending import SLACK, insert_channel

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from bloop_trio.db.connection import Connection
    from tests.alerts.sending import Rig


class TestTrying:
    async def test_it_tells_what_really_happened_for_each_channel(
        self, connection: Connection, rig: Callable[..., AbstractAsyncContextManager[Rig]]
    ) -> None:
        async with receiving() as good, receiving(answering(404)) as bad, rig() as opened:
            insert_channel(connection, 1, type=SLACK, webhook_url=good.url)
            insert_channel(connection, 2, type="webhook", url=bad.url)
            insert_channel(connection, 3, type="email", to="ada@example.com")
            insert_channel(connection, 4, type="carrier pigeon")
            results = await opened.sending.trials.send_test(7)
            told = [(one.channel_id, one.channel_type, one.ok, one.status, one.error) for one in results]
            assert told == [
                (1, "slack", True, 200, None),
                (2, "webhook", False, 404, "answered 404"),
                (3, "email", False, None, "mail is off: see smtp.enabled"),
                (4, "carrier pigeon", False, None, told[3][4]),
            ]
            assert told[3][4] is not None
            assert good.requests[0].json["text"].startswith("*[bloop alert: test]*\nTest of alert rule 7 at 2026-01-01")
            assert opened.deliveries() == []

    async def test_a_rule_without_channels_tries_what_the_environment_names(
        self, rig: Callable[..., AbstractAsyncContextManager[Rig]]
    ) -> None:
        async with receiving() as webhook, rig(direct=DirectSettings(webhook_url=webhook.url)) as opened:
            (result,) = await opened.sending.trials.send_test(8)
            assert (result.channel_id, result.channel_type, result.ok) == (None, "webhook", True)

    async def test_with_neither_nothing_is_sent(self, rig: Callable[..., AbstractAsyncContextManager[Rig]]) -> None:
        async with rig() as opened:
            assert await opened.sending.trials.send_test(8) == []
