"""Rules and channels in the database: what each change does to what hangs on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import pytest

from bloop_trio.alerts.channels import parse_channel
from bloop_trio.alerts.rules.channel_store import (
    MAX_CHANNELS,
    add_channel,
    change_channel,
    get_channel,
    list_channels,
    remove_channel,
)
from bloop_trio.alerts.rules.rule import NewIssue, Rule, Threshold
from bloop_trio.alerts.rules.store import (
    MAX_RULES,
    OwnedRule,
    change_rule,
    create_rule,
    delete_rule,
    get_rule,
    insert_rule,
    list_enabled,
    list_rules,
)
from bloop_trio.db.connection import transaction
from bloop_trio.db.generations import read_generations
from bloop_trio.exceptions import BadRequestError, ConflictError, NotFoundError
from bloop_trio.projects.tombstones import delete_project
from tests.conftest import NOW_MS, insert_project

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection

RULE = Rule(
    id=0,
    project_no=1,
    name="Checkout",
    config=Threshold(threshold=10, window_secs=60, route="/pay"),
    is_enabled=True,
    description="a\nb",
    environment_filter="prod",
    source_filter="api",
    release_filter="1.0.0",
    route_filter="/pay",
    created_secs=5,
    updated_secs=6,
)
MAIL = parse_channel({"type": "email", "to": "ada@example.com"})


def a_rule(conn: Connection, rule: Rule = RULE) -> OwnedRule:
    return create_rule(conn, rule, created_by=None)


def generation(conn: Connection) -> int:
    return read_generations(conn)["alert_rules"]


def a_delivery(conn: Connection, rule_id: int, channel_id: int | None = None, state: str = "pending") -> int:
    (alert_id,) = conn.execute(
        "INSERT INTO alerts (rule_id, rule_name, project_no, subject, kind, fired_ms, content)"
        " VALUES (?, 'r', 1, 'cart', 'new_issue', 1, '{}') RETURNING id",
        (rule_id,),
    ).fetchone()
    (delivery_id,) = conn.execute(
        "INSERT INTO alert_deliveries (alert_id, channel_id, channel_type, state, attempts, next_ms, created_ms)"
        " VALUES (?, ?, 'email', ?, 0, 1, 1) RETURNING id",
        (alert_id, channel_id, state),
    ).fetchone()
    return int(delivery_id)


def states(conn: Connection) -> list[tuple[str, int | None]]:
    return conn.execute("SELECT state, finished_ms FROM alert_deliveries ORDER BY id").fetchall()


class TestRules:
    def test_a_rule_is_found_as_it_was_made(self, connection: Connection) -> None:
        owned = a_rule(connection)
        assert attrs.evolve(owned.rule, id=0) == RULE
        assert owned == OwnedRule(rule=owned.rule, project_id="default", project_owner=None)
        assert get_rule(connection, owned.rule.id) == owned
        assert list_rules(connection) == [owned]
        assert list_enabled(connection) == [owned.rule]

    def test_rules_of_a_project_are_its_own_and_those_for_all(self, connection: Connection) -> None:
        other = insert_project(connection, "other")
        rules = [a_rule(connection, attrs.evolve(RULE, project_no=number)) for number in (1, other.no, None)]
        assert list_rules(connection, 1) == [rules[0], rules[2]]
        assert rules[2].project_id is None
        assert [owned.rule.project_no for owned in list_rules(connection)] == [1, other.no, None]

    def test_one_that_is_turned_off_is_not_judged(self, connection: Connection) -> None:
        owned = a_rule(connection)
        change_rule(connection, owned.rule.id, lambda rule: attrs.evolve(rule, is_enabled=False), now_ms=NOW_MS)
        assert list_enabled(connection) == []
        assert len(list_rules(connection)) == 1

    def test_rules_of_a_deleted_project_are_gone(self, connection: Connection) -> None:
        other = insert_project(connection, "other")
        owned = a_rule(connection, attrs.evolve(RULE, project_no=other.no))
        delete_project(connection, "other", now_secs=1)
        assert list_enabled(connection) == []
        assert list_rules(connection) == []
        with pytest.raises(NotFoundError, match=f"^alert rule {owned.rule.id} not found$"):
            get_rule(connection, owned.rule.id)

    def test_a_number_is_never_given_twice(self, connection: Connection) -> None:
        first = a_rule(connection).rule.id
        delete_rule(connection, first, now_ms=NOW_MS)
        assert a_rule(connection).rule.id == first + 1

    def test_every_change_is_seen_by_who_watches_the_generation(self, connection: Connection) -> None:
        seen = [generation(connection)]
        owned = a_rule(connection)
        seen.append(generation(connection))
        change_rule(connection, owned.rule.id, lambda rule: attrs.evolve(rule, name="x"), now_ms=NOW_MS)
        seen.append(generation(connection))
        channel = add_channel(connection, owned, MAIL, now_secs=1)
        seen.append(generation(connection))
        change_channel(connection, owned, channel.id, lambda _: MAIL)
        seen.append(generation(connection))
        remove_channel(connection, owned, channel.id, now_ms=NOW_MS)
        seen.append(generation(connection))
        delete_rule(connection, owned.rule.id, now_ms=NOW_MS)
        seen.append(generation(connection))
        assert seen == sorted(set(seen))

    def test_a_change_that_changes_nothing_writes_nothing(self, connection: Connection) -> None:
        owned = a_rule(connection)
        before = generation(connection)
        assert change_rule(connection, owned.rule.id, lambda rule: rule, now_ms=NOW_MS) == owned
        assert generation(connection) == before

    def test_a_change_says_when_it_was(self, connection: Connection) -> None:
        owned = a_rule(connection)
        changed = change_rule(
            connection, owned.rule.id, lambda rule: attrs.evolve(rule, config=NewIssue()), now_ms=NOW_MS
        )
        assert (changed.rule.created_secs, changed.rule.updated_secs) == (5, NOW_MS // 1000)
        assert get_rule(connection, owned.rule.id) == changed

    def test_a_change_that_makes_no_sense_is_none(self, connection: Connection) -> None:
        owned = a_rule(connection)
        with pytest.raises(BadRequestError, match=r"^route and route_filter name different routes$"):
            change_rule(
                connection, owned.rule.id, lambda rule: attrs.evolve(rule, route_filter="/other"), now_ms=NOW_MS
            )
        assert get_rule(connection, owned.rule.id) == owned

    def test_there_is_room_for_so_many_of_each_project(self, connection: Connection) -> None:
        insert_project(connection, "other")
        with transaction(connection):
            for _ in range(MAX_RULES):
                insert_rule(connection, RULE, created_by=None)
        with pytest.raises(ConflictError, match=r"^there are 200 alert rules already: delete one first$"):
            a_rule(connection)
        for number in (2, None):
            a_rule(connection, attrs.evolve(RULE, project_no=number))

    def test_what_a_deleted_rule_had_to_send_is_cancelled_and_its_log_stays(self, connection: Connection) -> None:
        owned, other = a_rule(connection), a_rule(connection)
        add_channel(connection, owned, MAIL, now_secs=1)
        connection.execute(
            "INSERT INTO alert_cooldowns VALUES (?, 1, 'cart', 9), (?, 1, 'cart', 9)", (owned.rule.id, other.rule.id)
        )
        for rule_id, state in ((owned.rule.id, "pending"), (owned.rule.id, "failed"), (other.rule.id, "pending")):
            a_delivery(connection, rule_id, state=state)
        delete_rule(connection, owned.rule.id, now_ms=NOW_MS)
        assert states(connection) == [("cancelled", NOW_MS), ("failed", None), ("pending", None)]
        assert connection.execute("SELECT rule_id FROM alert_cooldowns").fetchall() == [(other.rule.id,)]
        assert list_channels(connection, owned.rule.id) == []

    def test_what_a_rule_that_is_turned_off_had_to_send_is_cancelled(self, connection: Connection) -> None:
        owned = a_rule(connection)
        a_delivery(connection, owned.rule.id)
        change_rule(connection, owned.rule.id, lambda rule: attrs.evolve(rule, is_enabled=False), now_ms=NOW_MS)
        assert states(connection) == [("cancelled", NOW_MS)]

    def test_one_that_is_not_there_can_neither_be_changed_nor_deleted(self, connection: Connection) -> None:
        with pytest.raises(NotFoundError, match=r"^alert rule 5 not found$"):
            change_rule(connection, 5, lambda rule: rule, now_ms=NOW_MS)
        with pytest.raises(NotFoundError, match=r"^alert rule 5 not found$"):
            delete_rule(connection, 5, now_ms=NOW_MS)


class TestChannels:
    def test_a_channel_is_found_as_it_was_added(self, connection: Connection) -> None:
        owned = a_rule(connection)
        config = parse_channel({"type": "webhook", "url": "https://example.com/x?token=abc", "secret": "s3cret"})
        channel = add_channel(connection, owned, config, now_secs=7)
        assert (channel.config, channel.created_secs, channel.rule_id) == (config, 7, owned.rule.id)
        assert list_channels(connection, owned.rule.id) == [channel]
        assert get_channel(connection, owned.rule.id, channel.id) == channel

    def test_a_channel_of_another_rule_is_none(self, connection: Connection) -> None:
        owned, other = a_rule(connection), a_rule(connection)
        channel = add_channel(connection, owned, MAIL, now_secs=7)
        with pytest.raises(NotFoundError, match=f"^alert channel {channel.id} not found$"):
            get_channel(connection, other.rule.id, channel.id)
        with pytest.raises(NotFoundError):
            remove_channel(connection, other, channel.id, now_ms=NOW_MS)

    def test_a_rule_has_room_for_so_many(self, connection: Connection) -> None:
        owned, other = a_rule(connection), a_rule(connection)
        for _ in range(MAX_CHANNELS):
            add_channel(connection, owned, MAIL, now_secs=7)
        with pytest.raises(ConflictError, match=r"^the alert rule has 20 channels already: delete one first$"):
            add_channel(connection, owned, MAIL, now_secs=7)
        add_channel(connection, other, MAIL, now_secs=7)

    def test_what_a_removed_channel_was_to_be_sent_is_cancelled(self, connection: Connection) -> None:
        owned = a_rule(connection)
        first, second = (add_channel(connection, owned, MAIL, now_secs=7) for _ in range(2))
        for channel, state in ((first, "pending"), (first, "sent"), (second, "pending")):
            a_delivery(connection, owned.rule.id, channel.id, state)
        remove_channel(connection, owned, first.id, now_ms=NOW_MS)
        assert states(connection) == [("cancelled", NOW_MS), ("sent", None), ("pending", None)]
        assert list_channels(connection, owned.rule.id) == [second]
        assert add_channel(connection, owned, MAIL, now_secs=7).id > second.id
