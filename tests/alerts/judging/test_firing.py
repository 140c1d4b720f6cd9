"""What is deleted or turned off between its judging and its firing says nothing, and least of all somewhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import pytest

from bloop_trio.alerts.content import Content
from bloop_trio.alerts.judging.firing import Fallbacks, Firing, fire
from bloop_trio.alerts.rules.rule import NewIssue, Rule
from bloop_trio.alerts.rules.store import change_rule, create_rule, delete_rule
from tests.conftest import NOW_MS

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection

EVERYWHERE = Fallbacks(("slack", "webhook"))


def a_firing(conn: Connection) -> Firing:
    rule = Rule(id=0, project_no=1, name="r", config=NewIssue(), is_enabled=True)
    stored = create_rule(conn, rule, created_by=None).rule
    content = Content(kind="new_issue", rule_id=stored.id, rule_name="r", fingerprint="cart", fired_ms=NOW_MS)
    return Firing(rule=stored, project_no=1, subject="cart", kind="new_issue", content=content)


def fired(conn: Connection, firing: Firing) -> int:
    return len(fire(conn, [firing], fallbacks=EVERYWHERE, cooldown_secs=900, now_ms=NOW_MS))


def test_a_rule_without_channels_goes_where_the_environment_says(connection: Connection) -> None:
    assert fired(connection, a_firing(connection)) == 1
    found = connection.execute("SELECT channel_id, channel_type FROM alert_deliveries ORDER BY id").fetchall()
    assert found == [(None, "slack"), (None, "webhook")]


@pytest.mark.parametrize("is_deleted", [True, False])
def test_one_that_is_not_judged_any_more_goes_nowhere(connection: Connection, is_deleted: bool) -> None:
    firing = a_firing(connection)
    if is_deleted:
        delete_rule(connection, firing.rule.id, now_ms=NOW_MS)
    else:
        change_rule(connection, firing.rule.id, lambda rule: attrs.evolve(rule, is_enabled=False), now_ms=NOW_MS)
    assert fired(connection, firing) == 0
    for table in ("alerts", "alert_deliveries", "alert_cooldowns"):
        assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
