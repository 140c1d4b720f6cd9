"""An outbox upon a real store, whose clock can jump, and what is put into it."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import attrs
import trio

from bloop_trio.alerts.content import encode
from bloop_trio.alerts.delivery.sending import Sending, build_sending
from bloop_trio.clock import MS_PER_SEC
from bloop_trio.config import Config, DirectSettings
from bloop_trio.config.sections import AlertingConfig, ServerConfig, SmtpConfig
from tests.alerts.channels.messages import a_content
from tests.conftest import NOW_MS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from trio.testing import MockClock

    from bloop_trio.db.connection import Connection
    from bloop_trio.db.readers import Readers
    from bloop_trio.db.writer import Writer

SLACK = "slack"
"""The type of channel that tests use where it does not matter which."""


def insert_channel(conn: Connection, channel_id: int, **config: Any) -> int:
    """Insert a channel of rule 7, which there is then."""
    conn.execute(
        "INSERT INTO alert_rules (id, name, rule_type, config, is_enabled, created_secs, updated_secs)"
        " VALUES (7, 'New in production', 'new_issue', '{\"type\":\"new_issue\"}', 1, 0, 0) ON CONFLICT DO NOTHING"
    )
    conn.execute(
        "INSERT INTO alert_channels (id, rule_id, channel_type, config, created_secs) VALUES (?, 7, ?, ?, 0)",
        (channel_id, config["type"], json.dumps(config)),
    )
    return channel_id


def insert_slack(conn: Connection, url: str, channel_id: int = 1) -> tuple[int, str]:
    """Insert a channel of `SLACK` that posts to `url`; returns it as `insert_alert` takes it."""
    return insert_channel(conn, channel_id, type=SLACK, webhook_url=url), SLACK


def insert_alert(
    conn: Connection, *channels: tuple[int | None, str], at_ms: int = NOW_MS, subject: str = "a1b2c3", **changes: Any
) -> list[int]:
    """Insert an alert of rule 7 with a delivery to each (id, type); returns the ids of the deliveries."""
    content = a_content(fingerprint=subject, fired_ms=at_ms, **changes)
    (alert_id,) = conn.execute(
        "INSERT INTO alerts (rule_id, rule_name, project_no, subject, kind, fired_ms, content)"
        " VALUES (7, ?, 1, ?, 'new_issue', ?, ?) RETURNING id",
        (content.rule_name, subject, at_ms, encode(content)),
    ).fetchone()
    return [
        conn.execute(
            "INSERT INTO alert_deliveries (alert_id, channel_id, channel_type, state, attempts, next_ms, created_ms)"
            " VALUES (?, ?, ?, 'pending', 0, ?, ?) RETURNING id",
            (alert_id, channel_id, channel_type, at_ms, at_ms),
        ).fetchone()[0]
        for channel_id, channel_type in channels
    ]


@attrs.define(eq=False)
class Rig:
    """An outbox that runs."""

    sending: Sending
    connection: Connection
    clock: MockClock
    now_ms: Callable[[], int]

    def deliveries(self) -> list[dict[str, Any]]:
        """Return all deliveries, in the order in which they were made."""
        cursor = self.connection.execute("SELECT * FROM alert_deliveries ORDER BY id")
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]

    def states(self) -> list[str]:
        """Return what became of each delivery."""
        return [one["state"] for one in self.deliveries()]

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until something has become of what was put in."""
        with trio.fail_after(60):
            while not condition():  # noqa: ASYNC110 - nobody announces what is written
                await trio.sleep(0.01)

    async def at_rest(self) -> None:
        """Wait until no channel is served, and what the last turn of each has said is known."""
        await self.until(lambda: not any(line.is_served for line in self.sending.outbox._lines.values()))

    async def overflow(self) -> None:
        """Wait until it was seen that more is due than a channel may get."""
        await self.until(lambda: any(line.is_overflowing for line in self.sending.outbox._lines.values()))

    async def all_settled(self) -> list[dict[str, Any]]:
        """Wait until nothing is pending, and return what became of it."""
        self.sending.outbox.nudge()
        await self.until(lambda: "pending" not in self.states())
        return self.deliveries()


@asynccontextmanager
async def a_rig(  # what a server makes of its configuration
    connection: Connection,
    readers: Readers,
    writer: Writer,
    clock: MockClock,
    *,
    alerting: AlertingConfig | None = None,
    smtp: SmtpConfig | None = None,
    direct: DirectSettings | None = None,
) -> AsyncIterator[Rig]:
    """Run an outbox. Its clocks go as fast as real ones, and jump when a test says so."""
    clock.rate = 1
    started = trio.current_time()

    def now_ms() -> int:
        return NOW_MS + int((trio.current_time() - started) * MS_PER_SEC)

    config = Config(
        alerting=alerting or AlertingConfig(allow_private_webhooks=True),
        smtp=smtp or SmtpConfig(),
        server=ServerConfig(public_url="https://bloop.example.com"),
    )
    sending = build_sending(config, direct or DirectSettings(), readers=readers, writer=writer, clock=now_ms)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_keep_sending, sending)
        yield Rig(sending, connection, clock, now_ms)
        nursery.cancel_scope.cancel()


async def _keep_sending(sending: Sending) -> None:
    await sending.outbox.run()
