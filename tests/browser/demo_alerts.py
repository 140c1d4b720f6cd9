"""Who is told of what at the company of the demonstration, and what its build has uploaded."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from bloop_trio.alerts.content import Content, encode
from bloop_trio.clock import MS_PER_DAY, MS_PER_HOUR, MS_PER_SEC
from bloop_trio.db.connection import transaction

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection

_DAY: Final = 86_400
_STOREFRONT: Final = 2
_WAREHOUSE: Final = 3

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
ALERTS: Final = [
    ("TimeoutError", 52, [("slack", "sent", 1, None), ("email", "sent", 1, None)]),
    ("DecodingError", 31, [("slack", "sent", 3, None), ("email", "sent", 1, None)]),
    ("OutOfMemoryError", 19, [("slack", "failed", 1, "answered 404: no_service"), ("email", "sent", 1, None)]),
]
"""What was new, how many hours ago, and what became of it in each channel."""


def add_alerts(conn: Connection, now_ms: int) -> None:
    """Store rules, channels, alerts and maps. What is stored already is no news to the rules."""
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
        _add_maps(conn, now)


def _add_log(conn: Connection, now_ms: int) -> None:
    for number, (error_type, hours, deliveries) in enumerate(ALERTS, 1):
        fingerprint, message = conn.execute(
            "SELECT fingerprint, message FROM issues WHERE error_type = ?", (error_type,)
        ).fetchone()
        fired_ms = now_ms - hours * MS_PER_HOUR
        content = Content(
            kind="new_issue",
            rule_id=1,
            rule_name=RULES[0][0],
            project_name="Storefront",
            project_slug="storefront",
            fingerprint=fingerprint,
            error_type=error_type,
            message=message,
            environment="production",
            release="4.12.0",
            fired_ms=fired_ms,
        )
        conn.execute(
            "INSERT INTO alerts (id, rule_id, rule_name, project_no, subject, kind, fired_ms, content)"
            " VALUES (?, 1, ?, ?, ?, 'new_issue', ?, ?)",
            (number, RULES[0][0], _STOREFRONT, fingerprint, fired_ms, encode(content)),
        )
        for channel_id, (kind, state, attempts, error) in enumerate(deliveries, 1):
            conn.execute(
                "INSERT INTO alert_deliveries (alert_id, channel_id, channel_type, state, attempts, next_ms, created_ms,"
                " finished_ms, http_status, error) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    number,
                    channel_id,
                    kind,
                    state,
                    attempts,
                    fired_ms,
                    fired_ms,
                    fired_ms + MS_PER_SEC,
                    404 if error else 200,
                    error,
                ),
            )


def _add_maps(conn: Connection, now: int) -> None:
    for number, (release, file, size, days) in enumerate(
        [
            ("2.7.1", "assets/scanner.js.map", 1_840_112, 2),
            ("2.7.1", "assets/vendor.js.map", 6_201_377, 2),
            ("2.7.0", "assets/scanner.js.map", 1_836_008, 16),
            ("2.7.0", "assets/vendor.js.map", 6_201_377, 16),
        ]
    ):
        conn.execute(
            "INSERT INTO source_maps (id, project_no, release, file, debug_id, size_bytes, stored_bytes, uploaded_secs,"
            " uploaded_by, content) VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?, x'')",
            (
                f"60000000-0000-4000-8000-{number:012d}",
                _WAREHOUSE,
                release,
                file,
                f"7d1f9ac0-3f5b-4a0e-9c11-{number:012d}",
                size,
                now - days * MS_PER_DAY // MS_PER_SEC,
                "token:40000000-0000-4000-8000-000000000000",
            ),
        )
