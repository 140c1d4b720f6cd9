"""Who is told of what at the company of the demonstration, and what became of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from bloop_trio.alerts.content import Content, encode
from bloop_trio.clock import MS_PER_HOUR, MS_PER_SEC
from bloop_trio.db.connection import transaction
from tests.browser.demo_errors import release_at

if TYPE_CHECKING:
    from bloop_trio.alerts.content import AlertKind
    from bloop_trio.db.connection import Connection

_DAY: Final = 86_400
_STOREFRONT: Final = 2

RULES: Final[list[tuple[str, int | None, bool, dict[str, Any], str | None]]] = [
    ("New in production", None, True, {"type": "new_issue", "regressions": True}, "production"),
    (
        "Checkout is failing",
        _STOREFRONT,
        True,
        {"type": "threshold", "route": "POST /checkout", "threshold": 5000, "window_secs": 900},
        "production",
    ),
    (
        "Something is going on",
        _STOREFRONT,
        False,
        {
            "type": "spike",
            "multiplier": 4.0,
            "baseline_window_secs": 7200,
            "compare_window_secs": 600,
            "min_count": 60,
        },
        None,
    ),
]
"""Name, number of the project, whether it is on, what it watches for, and in which environment."""
CHANNELS: Final[list[tuple[int, dict[str, Any]]]] = [
    (1, {"type": "slack", "webhook_url": "https://hooks.example.com/services/T0/B0/x"}),
    (1, {"type": "email", "to": "on-call@example.com"}),
    (2, {"type": "webhook", "url": "https://pager.example.com/bloop", "secret": "hush", "headers": {"X-Team": "shop"}}),
]
"""Number of the rule, and where its alerts go."""
ALERTS: Final[list[tuple[str, AlertKind, float, list[tuple[str, str, int, str | None]]]]] = [
    ("OutOfMemoryError", "new_issue", 44.5, [("slack", "sent", 1, None), ("email", "sent", 1, None)]),
    ("DecodingError", "new_issue", 35, [("slack", "sent", 3, None), ("email", "sent", 1, None)]),
    ("TypeError", "new_issue", 18.9, [("slack", "failed", 1, "answered 404: no_service"), ("email", "sent", 1, None)]),
    ("IntegrityError", "regression", 18.5, [("slack", "sent", 1, None), ("email", "sent", 1, None)]),
    ("KeyError", "new_issue", 5.2, [("slack", "sent", 1, None), ("email", "sent", 1, None)]),
]
"""What was new or back, how many hours ago, and what became of it in each channel."""


def add_alerts(conn: Connection, now_ms: int) -> None:
    """Store rules, channels and alerts. What is stored already is no news to the rules."""
    now = now_ms // MS_PER_SEC
    with transaction(conn):
        conn.execute(
            "UPDATE alert_marks SET value = (SELECT value FROM sequences WHERE sequences.name = alert_marks.name)"
        )
        for number, (name, project_no, is_enabled, config, environment) in enumerate(RULES, 1):
            conn.execute(
                "INSERT INTO alert_rules (id, project_no, name, rule_type, config, environment_filter, is_enabled,"
                " created_secs, updated_secs) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    number,
                    project_no,
                    name,
                    config["type"],
                    json.dumps(config),
                    environment,
                    is_enabled,
                    now - 60 * _DAY,
                    now - number * 9 * _DAY,
                ),
            )
        for number, (rule_id, config) in enumerate(CHANNELS, 1):
            conn.execute(
                "INSERT INTO alert_channels (id, rule_id, channel_type, config, created_secs) VALUES (?, ?, ?, ?, ?)",
                (number, rule_id, config["type"], json.dumps(config), now - 60 * _DAY),
            )
        conn.execute("UPDATE sequences SET value = ? WHERE name = 'alert_rule_id'", (len(RULES),))
        conn.execute("UPDATE sequences SET value = ? WHERE name = 'alert_channel_id'", (len(CHANNELS),))
        _add_log(conn, now_ms)


def _add_log(conn: Connection, now_ms: int) -> None:
    for number, (error_type, kind, hours, deliveries) in enumerate(ALERTS, 1):
        fingerprint, message = conn.execute(
            "SELECT fingerprint, message FROM issues WHERE error_type = ?", (error_type,)
        ).fetchone()
        fired_ms = now_ms - int(hours * MS_PER_HOUR)
        content = Content(
            kind=kind,
            rule_id=1,
            rule_name=RULES[0][0],
            project_name="Storefront",
            project_slug="storefront",
            fingerprint=fingerprint,
            error_type=error_type,
            message=message,
            environment="production",
            release=release_at(now_ms, fired_ms),
            fired_ms=fired_ms,
        )
        conn.execute(
            "INSERT INTO alerts (id, rule_id, rule_name, project_no, subject, kind, fired_ms, content)"
            " VALUES (?, 1, ?, ?, ?, ?, ?, ?)",
            (number, RULES[0][0], _STOREFRONT, fingerprint, kind, fired_ms, encode(content)),
        )
        for channel_id, (channel, state, attempts, error) in enumerate(deliveries, 1):
            conn.execute(
                "INSERT INTO alert_deliveries (alert_id, channel_id, channel_type, state, attempts, next_ms, created_ms,"
                " finished_ms, http_status, error) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    number,
                    channel_id,
                    channel,
                    state,
                    attempts,
                    fired_ms,
                    fired_ms,
                    fired_ms + MS_PER_SEC,
                    404 if error else 200,
                    error,
                ),
            )
