"""The outbox in the database: what waits, what is due, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from bloop_trio.alerts.delivery.attempt import MAX_AGE_MS
from bloop_trio.clock import MS_PER_HOUR
from bloop_trio.db.connection import transaction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bloop_trio.alerts.delivery.attempt import State
    from bloop_trio.db.connection import Connection

EXPIRE_ROWS: Final = 1_000
"""Deliveries that are given up for their age in one transaction."""
_FARTHEST_MS: Final = 2 * MS_PER_HOUR
"""No attempt is put off for longer: what is due later was written before the clock was put back."""
_IS_DUE: Final = "next_ms <= :now_ms OR next_ms > :farthest_ms OR next_ms = created_ms"
"""What was never tried is due whatever the clock says."""


@attrs.frozen
class ChannelKey:
    """Where deliveries go: a channel, or what the environment names for rules without one."""

    channel_type: str
    channel_id: int | None


@attrs.frozen(kw_only=True)
class Waiting:
    """What waits for one channel."""

    key: ChannelKey
    count: int
    due: int
    next_ms: int
    """When the next of those that are not due is."""
    oldest_ms: int


@attrs.frozen(kw_only=True)
class Due:
    """A delivery that is due."""

    id: int
    alert_id: int
    attempts: int
    rule_name: str
    is_wanted: bool
    """Its project has not been deleted; what belonged to one that has is cleared away little by little."""


@attrs.frozen(kw_only=True)
class Settled:
    """What became of a delivery: it is done with, or is to be tried again."""

    id: int
    alert_id: int
    state: State
    attempts: int
    next_ms: int
    """When it is tried again, if it is pending; else when it was settled."""
    http_status: int | None = None
    error: str | None = None
    digest_size: int | None = None


def read_waiting(conn: Connection, now_ms: int) -> list[Waiting]:
    """Return what waits for each channel; reads nothing but an index."""
    rows = conn.execute(
        f"SELECT channel_type, channel_id, COUNT(*), TOTAL({_IS_DUE}),"
        " COALESCE(MIN(CASE WHEN next_ms > :now_ms THEN next_ms END), :now_ms), MIN(created_ms)"
        " FROM alert_deliveries WHERE state = 'pending' GROUP BY channel_type, channel_id",
        _times(now_ms),
    )
    return [
        Waiting(key=ChannelKey(channel_type, channel_id), count=count, due=int(due), next_ms=next_ms, oldest_ms=oldest)
        for channel_type, channel_id, count, due, next_ms, oldest in rows
    ]


def read_due(conn: Connection, key: ChannelKey, now_ms: int, limit: int) -> list[Due]:
    """Return the deliveries to a channel that are due, oldest first."""
    rows = conn.execute(
        "SELECT d.id, d.alert_id, d.attempts, a.rule_name, p.deleted_secs IS NULL FROM ("
        " SELECT id, alert_id, attempts, next_ms, created_ms FROM alert_deliveries WHERE state = 'pending'"
        " AND channel_type = :channel_type AND channel_id IS :channel_id"
        f" AND ({_IS_DUE}) ORDER BY next_ms, created_ms, id LIMIT :limit"
        ") AS d JOIN alerts AS a ON a.id = d.alert_id JOIN projects AS p ON p.no = a.project_no"
        " ORDER BY d.next_ms, d.created_ms, d.id",
        {**_times(now_ms), **attrs.asdict(key), "limit": limit},
    )
    return [
        Due(id=id_, alert_id=alert_id, attempts=attempts, rule_name=rule_name, is_wanted=bool(is_wanted))
        for id_, alert_id, attempts, rule_name, is_wanted in rows
    ]


def read_contents(conn: Connection, alert_ids: Sequence[int]) -> dict[int, str]:
    """Return what each of these alerts says, as it was stored."""
    marks = ", ".join("?" * len(alert_ids))
    return dict(conn.execute(f"SELECT id, content FROM alerts WHERE id IN ({marks})", alert_ids))


def read_channel(conn: Connection, channel_id: int) -> str | None:
    """Return the configuration of a channel as it was stored, None if there is no such channel any more."""
    row = conn.execute("SELECT config FROM alert_channels WHERE id = ?", (channel_id,)).fetchone()
    return None if row is None else str(row[0])


def read_channels_of(conn: Connection, rule_id: int) -> list[tuple[int, str, str]]:
    """Return (id, type, configuration) of each channel of a rule."""
    return conn.execute(
        "SELECT id, channel_type, config FROM alert_channels WHERE rule_id = ? ORDER BY id", (rule_id,)
    ).fetchall()


def count_messages(conn: Connection, key: ChannelKey, since_ms: int) -> int:
    """Return how many messages a channel has got since; those of a digest count as one."""
    (count,) = conn.execute(
        "SELECT COUNT(DISTINCT CASE WHEN digest_size IS NULL THEN id ELSE -finished_ms END) FROM alert_deliveries"
        " WHERE state = 'sent' AND channel_type = :channel_type AND channel_id IS :channel_id"
        " AND created_ms > :first_ms AND finished_ms > :since_ms",
        {**attrs.asdict(key), "since_ms": since_ms, "first_ms": since_ms - MAX_AGE_MS},
    ).fetchone()
    return int(count)


def settle(conn: Connection, settled: Sequence[Settled], now_ms: int, cooldown_ms: int) -> None:
    """Write down what became of deliveries, in one transaction.

    With the first success of an alert, its rule begins to be quiet about its subject. What has been cancelled in the
    meantime stays so, unless it was sent all the same.
    """
    with transaction(conn):
        if cooldown_ms:
            until_ms = now_ms + cooldown_ms
            conn.executemany(
                "INSERT INTO alert_cooldowns (rule_id, project_no, subject, until_ms)"
                " SELECT rule_id, project_no, subject, ? FROM alerts AS a WHERE id = ? AND NOT EXISTS"
                " (SELECT 1 FROM alert_deliveries AS d WHERE d.alert_id = a.id AND d.state = 'sent')"
                " ON CONFLICT (rule_id, project_no, subject) DO UPDATE SET until_ms = excluded.until_ms",
                [(until_ms, one.alert_id) for one in settled if one.state == "sent"],
            )
        conn.executemany(
            "UPDATE alert_deliveries SET state = :state, attempts = :attempts, next_ms = :next_ms,"
            " finished_ms = CASE :state WHEN 'pending' THEN NULL ELSE :next_ms END, http_status = :http_status,"
            " error = :error, digest_size = :digest_size WHERE id = :id AND (state = 'pending' OR :state = 'sent')",
            [attrs.asdict(one) for one in settled],
        )


def expire(conn: Connection, key: ChannelKey, now_ms: int) -> int:
    """Give up what has waited for a channel for too long, some of it at a time; returns how many deliveries that were."""
    with transaction(conn):
        return conn.execute(
            "UPDATE alert_deliveries SET state = 'failed', finished_ms = :now_ms,"
            " error = 'could not be delivered within 24 hours' || COALESCE(': ' || error, '') WHERE id IN ("
            " SELECT id FROM alert_deliveries WHERE state = 'pending' AND channel_type = :channel_type"
            " AND channel_id IS :channel_id AND created_ms < :before_ms LIMIT :limit)",
            {**attrs.asdict(key), "now_ms": now_ms, "before_ms": now_ms - MAX_AGE_MS, "limit": EXPIRE_ROWS},
        ).rowcount


def _times(now_ms: int) -> dict[str, int]:
    return {"now_ms": now_ms, "farthest_ms": now_ms + _FARTHEST_MS}
