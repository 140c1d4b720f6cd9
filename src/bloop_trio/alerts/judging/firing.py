"""The only way into the outbox: an alert, and a delivery for each place that it is to go to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
import msgspec

from bloop_trio.clock import MS_PER_SEC

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bloop_trio.alerts.content import Content
    from bloop_trio.alerts.rules.rule import Rule
    from bloop_trio.db.connection import Connection

REFIRE_SECS: Final = 60
"""Least time between two alerts of one rule for one subject when the first did not get through to anybody."""
MAX_AT_ONCE: Final = 500
"""Firings of one transaction, or a few more, some 50 ms' worth: events wait for it as for any other."""
WHOLE_PROJECT: Final = "*"
"""Subject of an alert that is about a project as a whole."""


@attrs.frozen(kw_only=True)
class Firing:
    """A rule that has found something."""

    rule: Rule
    project_no: int
    subject: str
    """What the cooldown counts for: the fingerprint of an issue, a route, or `WHOLE_PROJECT`."""
    kind: str
    """What was found; an issue that came back is a regression also for a rule of new issues."""
    content: Content


@attrs.frozen
class Fallbacks:
    """Where alerts go whose rule has no channel."""

    channel_types: tuple[str, ...] = ()
    """The types of the channels that are set, each of which has one address."""


def fire(
    conn: Connection, firings: Sequence[Firing], *, fallbacks: Fallbacks, cooldown_secs: int, now_ms: int
) -> list[Firing]:
    """Put into the outbox what neither cools down nor has a delivery on its way; returns those firings.

    To be called inside the transaction that notes what was judged, on the writer's connection. An alert that has nowhere
    to go is written all the same, and cools down at once: it can be read in the log. A rule that was deleted or turned
    off since it was judged fires nothing.
    """
    channels: dict[int, list[tuple[int | None, str]] | None] = {}
    fired = []
    for firing in firings:
        key = (firing.rule.id, firing.project_no, firing.subject)
        if firing.rule.id not in channels:
            channels[firing.rule.id] = _channels_of(conn, firing.rule.id, fallbacks)
        places = channels[firing.rule.id]
        if places is None or is_held_back(conn, *key, cooldown_secs=cooldown_secs, now_ms=now_ms):
            continue
        _insert(conn, firing, places, cooldown_secs * MS_PER_SEC, now_ms)
        fired.append(firing)
    return fired


def is_held_back(
    conn: Connection, rule_id: int, project_no: int, subject: str, *, cooldown_secs: int, now_ms: int
) -> bool:
    """Whether a rule is not to fire for a subject: it cools down, or the last alert about it is still on its way."""
    key = (rule_id, project_no, subject)
    cooldown_ms = cooldown_secs * MS_PER_SEC
    # An end further ahead than a cooldown is long was set before the clock was put back: it would silence the rule.
    cooling = conn.execute(
        "SELECT 1 FROM alert_cooldowns WHERE (rule_id, project_no, subject) = (?, ?, ?) AND until_ms > ?"
        " AND until_ms <= ?",
        (*key, now_ms, now_ms + cooldown_ms),
    ).fetchone()
    if cooling is not None:
        return True
    last = conn.execute(
        "SELECT a.fired_ms, EXISTS (SELECT 1 FROM alert_deliveries AS d WHERE d.alert_id = a.id AND d.state = 'pending')"
        " FROM alerts AS a WHERE (a.rule_id, a.project_no, a.subject) = (?, ?, ?) ORDER BY a.id DESC LIMIT 1",
        key,
    ).fetchone()
    if last is None:
        return False
    fired_ms, is_pending = last  # an alert follows another one only when that one is settled, so the last tells of all
    least_ms = min(cooldown_ms, REFIRE_SECS * MS_PER_SEC)
    return bool(is_pending) or now_ms - least_ms < fired_ms <= now_ms


def _channels_of(conn: Connection, rule_id: int, fallbacks: Fallbacks) -> list[tuple[int | None, str]] | None:
    """Return (id, type) of where alerts of a rule go; what stands for rules without channels has no id.

    None: the rule is not to be judged any more.
    """
    if conn.execute("SELECT 1 FROM alert_rules WHERE id = ? AND is_enabled", (rule_id,)).fetchone() is None:
        return None
    own: list[tuple[int | None, str]] = conn.execute(
        "SELECT id, channel_type FROM alert_channels WHERE rule_id = ? ORDER BY id", (rule_id,)
    ).fetchall()
    return own or [(None, name) for name in fallbacks.channel_types]


def _insert(
    conn: Connection, firing: Firing, channels: Sequence[tuple[int | None, str]], cooldown_ms: int, now_ms: int
) -> None:
    key = (firing.rule.id, firing.project_no, firing.subject)
    (alert_id,) = conn.execute(
        "INSERT INTO alerts (rule_id, project_no, subject, rule_name, kind, fired_ms, content)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id",
        (*key, firing.rule.name, firing.kind, now_ms, msgspec.json.encode(firing.content).decode()),
    ).fetchone()
    for channel_id, channel_type in channels:
        conn.execute(
            "INSERT INTO alert_deliveries (alert_id, channel_id, channel_type, state, attempts, next_ms, created_ms)"
            " VALUES (?, ?, ?, 'pending', 0, ?, ?)",
            (alert_id, channel_id, channel_type, now_ms, now_ms),
        )
    if not channels:
        conn.execute(
            "INSERT INTO alert_cooldowns (rule_id, project_no, subject, until_ms) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (rule_id, project_no, subject) DO UPDATE SET until_ms = excluded.until_ms",
            (*key, now_ms + cooldown_ms),
        )
