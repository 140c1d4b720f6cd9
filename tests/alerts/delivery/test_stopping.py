"""A stop of the outbox: what is due still goes out, and what was not answered does after the next start."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

from tests.alerts.receivers import answering, hanging, receiving
from tests.alerts.sending import insert_alert, insert_slack

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from bloop_trio.db.connection import Connection
    from tests.alerts.sending import Rig


class TestStopping:
    async def test_draining_sends_what_is_due(
        self, connection: Connection, rig: Callable[..., AbstractAsyncContextManager[Rig]]
    ) -> None:
        async with receiving() as receiver, rig() as opened:
            channel = insert_slack(connection, receiver.url)
            await opened.sending.outbox.drain()  # of nothing is no work
            for number in range(12):
                insert_alert(connection, channel, subject=str(number))
            await opened.sending.outbox.drain()
            assert opened.states() == ["sent"] * 12

    async def test_what_is_not_answered_stays_pending_and_goes_out_after_the_next_start(
        self, connection: Connection, rig: Callable[..., AbstractAsyncContextManager[Rig]]
    ) -> None:
        async with receiving(hanging) as receiver:
            channel = insert_slack(connection, receiver.url)
            insert_alert(connection, channel, subject="a")
            insert_alert(connection, channel, subject="b")
            async with rig() as opened:
                await receiver.wait_for(1)
            assert opened.states() == ["pending", "pending"]
            receiver.answer = answering(200)
            async with rig() as opened:
                await opened.all_settled()
            assert opened.states() == ["sent", "sent"]
            assert len(receiver.requests) == 3  # the one that was not answered came twice

    async def test_what_was_answered_is_written_down_also_when_the_stop_comes_at_that_moment(
        self, connection: Connection, rig: Callable[..., AbstractAsyncContextManager[Rig]]
    ) -> None:
        async with receiving() as receiver:
            channel = insert_slack(connection, receiver.url)
            insert_alert(connection, channel)
            async with rig() as opened:
                statistics = opened.sending.outbox.serving.statistics
                # Noted in the same step as the outcome, before that is committed.
                while not statistics.outcomes:
                    await trio.lowlevel.checkpoint()
            assert opened.states() == ["sent"]
