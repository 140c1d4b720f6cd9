"""Alert rules and channels that go on with the other server's, and rules that what is imported does not set off."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from bloop_trio.alerts.channels import parse_channel
from bloop_trio.alerts.rules.channel_store import list_channels
from bloop_trio.alerts.rules.rule import NewIssue, Rule, Threshold
from bloop_trio.alerts.rules.store import list_rules
from bloop_trio.issues.writing.writer import BatchWriter
from tests.conftest import NOW_MS, accepted
from tests.importing.importing import import_into, outcomes
from tests.importing.rust_server import SHOP_ID, SHOP_KEY

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from tests.importing.rust_server import RustServer

NOW = NOW_MS // 1000
MAKES_NO_SENSE = "there is no such kind of rule, or it contradicts itself"


def a_config(**fields: Any) -> str:
    return json.dumps(fields)


def marks(conn: Connection) -> list[tuple[int, int]]:
    """Return the mark and the last number of each sequence that rules are judged by."""
    return conn.execute(
        "SELECT m.value, s.value FROM alert_marks AS m JOIN sequences AS s ON s.name = m.name ORDER BY m.name"
    ).fetchall()


class TestRules:
    def test_one_is_what_it_was(self, rust: RustServer, connection: Connection) -> None:
        rust.project(SHOP_ID, "shop", SHOP_KEY)
        filters = {"description": "why", "environment_filter": "prod", "source_filter": "API"}
        rust.alert_rule(SHOP_ID, enabled=0, **filters)
        rust.alert_rule(None, rule_type="new_issue", config=a_config(type="new_issue", environment=None))
        assert outcomes(import_into(connection, rust.path), "alert_rules") == (2, 0, {})
        of_shop, of_all = (owned.rule for owned in list_rules(connection))
        assert of_shop == Rule(
            id=1,
            project_no=2,
            name="Checkout",
            config=Threshold(threshold=10, window_secs=300),
            is_enabled=False,
            description="why",
            environment_filter="prod",
            source_filter="api",
            created_secs=NOW - 3000,
            updated_secs=NOW - 2000,
        )
        assert attrs.evolve(of_all, id=0) == Rule(
            id=0,
            project_no=None,
            name="Checkout",
            config=NewIssue(),
            is_enabled=True,
            created_secs=NOW - 3000,
            updated_secs=NOW - 2000,
        )

    @pytest.mark.parametrize(
        ("columns", "reason"),
        [
            ({"project_id": "gone"}, "its project is not there"),
            ({"rule_type": "llm_latency", "config": a_config(type="llm_latency")}, MAKES_NO_SENSE),
            ({"config": a_config(type="threshold", threshold=1, window_secs=0)}, MAKES_NO_SENSE),
            ({"config": a_config(type="spike", multiplier=0)}, MAKES_NO_SENSE),
            ({"config": "["}, MAKES_NO_SENSE),
            ({"config": "[" * 5000}, MAKES_NO_SENSE),
            ({"config": b"\xff"}, MAKES_NO_SENSE),
        ],
        ids=str,
    )
    def test_one_that_cannot_be_used_is_skipped_with_its_channels(
        self, rust: RustServer, connection: Connection, columns: dict[str, Any], reason: str
    ) -> None:
        rust.alert_channel(rust.alert_rule(**columns))
        report = import_into(connection, rust.path)
        assert outcomes(report, "alert_rules") == (0, 0, {reason: 1})
        assert outcomes(report, "alert_channels") == (0, 0, {"its rule is not there": 1})
        assert list_rules(connection) == []

    def test_a_name_that_cannot_be_shown_is_another(self, rust: RustServer, connection: Connection) -> None:
        for name in ("", "\n\0", "x" * 300):
            rust.alert_rule(name=name)
        import_into(connection, rust.path)
        assert [owned.rule.name for owned in list_rules(connection)] == ["imported", "imported", "x" * 200]


class TestChannels:
    def test_each_goes_to_its_rule(self, rust: RustServer, connection: Connection) -> None:
        connection.execute("UPDATE sequences SET value = 40 WHERE name = 'alert_rule_id'")
        rules = [rust.alert_rule() for _ in range(3)]
        for rule_id in (rules[2], rules[0], rules[2]):
            url = f"https://hooks.slack.com/services/{rule_id}"
            rust.alert_channel(rule_id, config=a_config(type="slack", webhook_url=url))
        report = import_into(connection, rust.path, slice_rows=1)
        assert outcomes(report, "alert_channels") == (3, 0, {})
        found = {owned.rule.id: list_channels(connection, owned.rule.id) for owned in list_rules(connection)}
        assert {rule_id: len(channels) for rule_id, channels in found.items()} == {41: 1, 42: 0, 43: 2}
        for ours, channels in found.items():
            for channel in channels:
                url = f"https://hooks.slack.com/services/{ours - 40}"
                assert channel.config == parse_channel({"type": "slack", "webhook_url": url})
                assert channel.created_secs == NOW - 1000

    @pytest.mark.parametrize(
        "columns",
        [
            {"channel_type": "pigeon", "config": a_config(type="pigeon")},
            {"config": a_config(type="slack")},
            {"config": a_config(type="email", to="nobody")},
            {"config": "no JSON"},
        ],
        ids=str,
    )
    def test_one_that_leads_nowhere_is_skipped(
        self, rust: RustServer, connection: Connection, columns: dict[str, Any]
    ) -> None:
        rust.alert_channel(rust.alert_rule(), **columns)
        report = import_into(connection, rust.path)
        assert outcomes(report, "alert_channels") == (0, 0, {"it leads nowhere": 1})
        assert len(list_rules(connection)) == 1


class TestMarks:
    def test_what_is_imported_is_nothing_new(self, busy: RustServer, connection: Connection) -> None:
        import_into(connection, busy.path)
        judged = marks(connection)
        assert all(mark == last > 0 for mark, last in judged)
        BatchWriter(connection, sample_reservoir_size=5).write(connection, [accepted(fingerprint="really new")])
        assert marks(connection)[0][0] < marks(connection)[0][1]

    def test_nor_is_what_was_imported_before_a_kill(self, busy: RustServer, connection: Connection) -> None:
        def die(table: str, done: int, total: int) -> None:
            if table == "status_changes":
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            import_into(connection, busy.path, slice_rows=1, progress=die)
        assert all(mark == last > 0 for mark, last in marks(connection))
