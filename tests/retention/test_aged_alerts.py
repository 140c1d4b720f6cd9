"""What was alerted can be read for so many days, and no cooldown outlives its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bloop_trio.clock import MS_PER_DAY
from bloop_trio.config.sections import RetentionConfig
from bloop_trio.retention.aged_alerts import remove_aged_alerts
from bloop_trio.retention.pacing import PacedWriter
from bloop_trio.retention.purges import Purges
from tests.conftest import NOW_MS

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from bloop_trio.db.writer import Writer

DAYS = 30
HORIZON_MS = NOW_MS - DAYS * MS_PER_DAY


def an_alert(conn: Connection, fired_ms: int, *states: str) -> int:
    (alert_id,) = conn.execute(
        "INSERT INTO alerts (rule_id, rule_name, project_no, subject, kind, fired_ms, content)"
        " VALUES (1, 'r', 1, 'cart', 'new_issue', ?, '{}') RETURNING id",
        (fired_ms,),
    ).fetchone()
    for state in states:
        conn.execute(
            "INSERT INTO alert_deliveries (alert_id, channel_type, state, attempts, next_ms, created_ms)"
            " VALUES (?, 'email', ?, 0, 0, ?)",
            (alert_id, state, fired_ms),
        )
    return int(alert_id)


async def test_what_is_older_goes_unless_it_is_on_its_way(connection: Connection, writer: Writer) -> None:
    for _ in range(450):
        an_alert(connection, HORIZON_MS - 1, "sent", "failed")
    an_alert(connection, HORIZON_MS - 1)
    under_way = an_alert(connection, HORIZON_MS - 1, "pending", "sent")
    young = an_alert(connection, HORIZON_MS, "sent")
    assert await remove_aged_alerts(PacedWriter(writer=writer), days=DAYS, now_ms=NOW_MS) == 451
    assert connection.execute("SELECT id FROM alerts ORDER BY id").fetchall() == [(under_way,), (young,)]
    left = connection.execute("SELECT alert_id, state FROM alert_deliveries ORDER BY id").fetchall()
    assert left == [(under_way, "pending"), (young, "sent")]


async def test_a_cooldown_goes_when_it_is_over(connection: Connection, writer: Writer) -> None:
    for subject, until_ms in (("over", NOW_MS), ("not yet", NOW_MS + 1)):
        connection.execute("INSERT INTO alert_cooldowns VALUES (1, 1, ?, ?)", (subject, until_ms))
    assert await remove_aged_alerts(PacedWriter(writer=writer), days=DAYS, now_ms=NOW_MS) == 0
    assert connection.execute("SELECT subject FROM alert_cooldowns").fetchall() == [("not yet",)]


async def test_each_purge_of_a_server_removes_them(connection: Connection, writer: Writer) -> None:
    an_alert(connection, HORIZON_MS - 1, "sent")
    await Purges(writer=writer, config=RetentionConfig(), alert_days=DAYS, clock=lambda: NOW_MS).run()
    assert connection.execute("SELECT count(*) FROM alerts").fetchone() == (0,)
