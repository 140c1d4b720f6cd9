"""Reading what has been alerted, and what became of each delivery."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any, Final

import attrs
import msgspec

from bloop_trio.alerts.content import decode, sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bloop_trio.db.connection import Connection


class DeliveryState(enum.StrEnum):
    """How far a delivery is."""

    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"
    CANCELLED = "cancelled"


@attrs.frozen(kw_only=True, slots=False)
class AlertDelivery:
    """An alert on its way to a channel, or what became of it."""

    id: int
    """Rises with each delivery."""
    alert_id: int
    """The alert, as the log of alerts has it."""
    rule_id: int
    """The rule that fired, which may be gone."""
    rule_name: str
    """What it was called then."""
    project_id: str
    """Id of the project that it is about."""
    kind: str
    """What was found, such as `new_issue`."""
    fingerprint: str | None
    """The error that it is about; null if it is about more than one."""
    channel_id: int | None
    """The channel, which may be gone; null for what the server's environment names."""
    channel_type: str
    """What kind of place it is."""
    state: DeliveryState
    """How far it is."""
    attempts: int
    """How often it was tried."""
    fired_at: int
    """When the rule fired, in epoch milliseconds."""
    next_at: int | None
    """When it is tried next, in epoch milliseconds; null if it is over."""
    finished_at: int | None
    """When it was over, in epoch milliseconds; null while it is on its way."""
    status: int | None
    """The HTTP status of the last answer; null if there was none."""
    error: str | None
    """What was wrong with the last attempt; null if nothing was."""
    digest_size: int | None
    """How many alerts went out together in its message; null if it went out alone."""


@attrs.frozen(kw_only=True, slots=False)
class FiredAlert:
    """A rule that has found something."""

    id: int
    """Rises with each alert."""
    rule_id: int
    """The rule, which may be gone."""
    rule_name: str
    """What it was called then."""
    project_id: str
    """Id of the project that it is about."""
    kind: str
    """What was found, such as `new_issue`."""
    fingerprint: str | None
    """The error that it is about; null if it is about more than one."""
    message: str
    """What it says, in a sentence."""
    fired_at: int
    """When it fired, in epoch milliseconds."""
    deliveries: dict[str, int]
    """How many of its deliveries are in which state."""


@attrs.frozen(kw_only=True)
class LogFilters:
    """Which rows are asked for: those that match all that is given."""

    project_nos: Sequence[int] | None = None
    """None: those of all projects."""
    rule_id: int | None = None
    state: str | None = None


_DELIVERIES: Final = (
    "SELECT d.id, d.alert_id, a.rule_id, a.rule_name, p.id, a.kind, a.content, d.channel_id, d.channel_type, d.state,"
    " d.attempts, d.created_ms, d.next_ms, d.finished_ms, d.http_status, d.error, d.digest_size"
    " FROM alert_deliveries AS d JOIN alerts AS a ON a.id = d.alert_id JOIN projects AS p ON p.no = a.project_no"
    " WHERE p.deleted_secs IS NULL"
)
_ALERTS: Final = (
    "SELECT a.id, a.rule_id, a.rule_name, p.id, a.kind, a.fired_ms, a.content,"
    " (SELECT json_group_object(state, count) FROM"
    " (SELECT d.state, count(*) AS count FROM alert_deliveries AS d WHERE d.alert_id = a.id GROUP BY d.state))"
    " FROM alerts AS a JOIN projects AS p ON p.no = a.project_no WHERE p.deleted_secs IS NULL"
)


def list_deliveries(
    conn: Connection, filters: LogFilters, *, before_id: int | None, limit: int
) -> tuple[list[AlertDelivery], bool]:
    """Return up to `limit` deliveries, the newest first, and whether there are more behind them."""
    rows, more = _page(conn, _DELIVERIES, "d.id", filters, before_id, limit)
    return [_delivery(row) for row in rows], more


def list_alerts(
    conn: Connection, filters: LogFilters, *, before_id: int | None, limit: int
) -> tuple[list[FiredAlert], bool]:
    """Return up to `limit` alerts, the newest first, and whether there are more behind them."""
    rows, more = _page(conn, _ALERTS, "a.id", filters, before_id, limit)
    return [_alert(row) for row in rows], more


def _page(
    conn: Connection, select: str, key: str, filters: LogFilters, before_id: int | None, limit: int
) -> tuple[list[tuple[Any, ...]], bool]:
    conditions: list[str] = []
    values: list[Any] = []
    if filters.project_nos is not None:
        conditions.append(f" AND a.project_no IN ({', '.join('?' * len(filters.project_nos))})")
        values += filters.project_nos
    if filters.rule_id is not None:
        conditions.append(" AND a.rule_id = ?")
        values.append(filters.rule_id)
    if filters.state is not None:
        conditions.append(" AND d.state = ?")
        values.append(filters.state)
    if before_id is not None:
        conditions.append(f" AND {key} < ?")
        values.append(before_id)
    rows = conn.execute(f"{select}{''.join(conditions)} ORDER BY {key} DESC LIMIT ?", [*values, limit + 1]).fetchall()
    return rows[:limit], len(rows) > limit


def _delivery(row: tuple[Any, ...]) -> AlertDelivery:
    (
        delivery_id, alert_id, rule_id, rule_name, project_id, kind, content, channel_id, channel_type, state,
        attempts, created_ms, next_ms, finished_ms, http_status, error, digest_size,
    ) = row  # fmt: skip
    return AlertDelivery(
        id=delivery_id,
        alert_id=alert_id,
        rule_id=rule_id,
        rule_name=rule_name,
        project_id=project_id,
        kind=kind,
        fingerprint=decode(content).fingerprint,
        channel_id=channel_id,
        channel_type=channel_type,
        state=DeliveryState(state),
        attempts=attempts,
        fired_at=created_ms,
        next_at=next_ms if state == DeliveryState.PENDING else None,
        finished_at=finished_ms,
        status=http_status,
        error=error,
        digest_size=digest_size,
    )


def _alert(row: tuple[Any, ...]) -> FiredAlert:
    alert_id, rule_id, rule_name, project_id, kind, fired_ms, content, deliveries = row
    said = decode(content)
    return FiredAlert(
        id=alert_id,
        rule_id=rule_id,
        rule_name=rule_name,
        project_id=project_id,
        kind=kind,
        fingerprint=said.fingerprint,
        message=sentence(said),
        fired_at=fired_ms,
        deliveries=msgspec.json.decode(deliveries, type=dict[str, int]),
    )
