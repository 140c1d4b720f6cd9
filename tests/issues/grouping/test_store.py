"""How projects group their events is kept, and found again by a server that runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bloop_trio.db.generations import read_generations
from bloop_trio.exceptions import NotFoundError
from bloop_trio.issues.grouping.grouping import USUAL, Grouping, Groupings, Version
from bloop_trio.issues.grouping.rules import FIELDS, parse_rules
from bloop_trio.issues.grouping.store import GENERATION, ProjectGrouping, get_grouping, list_groupings, set_grouping
from bloop_trio.projects.keys import KeyRing
from bloop_trio.projects.store import get_project
from bloop_trio.projects.watch import Followed, KeyWatch
from tests.conftest import NOW_MS, insert_project

if TYPE_CHECKING:
    from trio.testing import MockClock

    from bloop_trio.db.connection import Connection
    from bloop_trio.db.readers import Readers

NOW_SECS = NOW_MS // 1000
RULES = parse_rules([({field: f"*{field}*" for field in FIELDS}, "{{type}} x"), ({"type": "A*b"}, "literal")])


def nothing(*_: Any, **__: Any) -> None:
    """Note nothing."""


def change(conn: Connection, version: Version, rules: Any = (), slug: str = "default") -> ProjectGrouping:
    return set_grouping(
        conn, lambda conn: get_project(conn, slug), version=version, rules=rules, now_secs=NOW_SECS, note=nothing
    )


def test_without_a_row_it_is_as_usual(connection: Connection) -> None:
    assert get_grouping(connection, 1) == ProjectGrouping()
    assert list_groupings(connection) == {}


def test_what_was_set_is_read_again_rule_by_rule(connection: Connection) -> None:
    assert change(connection, 2, RULES) == get_grouping(connection, 1)
    found = get_grouping(connection, 1)
    assert found.grouping == Grouping(version=2, rules=RULES, has_used_2=True)
    assert found.updated_secs == NOW_SECS
    assert list_groupings(connection) == {1: found.grouping}


def test_it_is_not_forgotten_that_version_2_was_used(connection: Connection) -> None:
    change(connection, 1, RULES)
    assert get_grouping(connection, 1).grouping.other_version is None
    change(connection, 2)
    assert get_grouping(connection, 1).grouping.other_version == 1
    change(connection, 1)
    assert get_grouping(connection, 1).grouping == Grouping(version=1, has_used_2=True)
    assert get_grouping(connection, 1).grouping.other_version == 2


def test_each_project_has_its_own(connection: Connection) -> None:
    shop = insert_project(connection, "shop")
    change(connection, 2, slug="shop")
    assert get_grouping(connection, 1).grouping == USUAL
    assert list(list_groupings(connection)) == [shop.no]


def test_every_change_is_seen_by_its_generation(connection: Connection) -> None:
    before = read_generations(connection)[GENERATION]
    change(connection, 2)
    assert read_generations(connection)[GENERATION] == before + 1
    with pytest.raises(NotFoundError):
        change(connection, 2, slug="nowhere")
    assert read_generations(connection)[GENERATION] == before + 1


@pytest.mark.parametrize("rules", ["no json", "{}", '[{"match":{"colour":"x"},"fingerprint":"x"}]', '[{"match":1}]'])
def test_rules_that_nobody_understands_are_left_out_and_the_rest_holds(connection: Connection, rules: str) -> None:
    change(connection, 2, RULES)
    connection.execute("UPDATE project_grouping SET rules = ?", (rules,))
    assert get_grouping(connection, 1).grouping == Grouping(version=2, has_used_2=True)


async def test_a_running_server_follows(connection: Connection, readers: Readers, autojump_clock: MockClock) -> None:
    change(connection, 2)
    groupings, reads = Groupings(), []

    def read(conn: Connection) -> dict[int, Grouping]:
        reads.append(conn)
        return list_groupings(conn)

    watch = KeyWatch(readers, KeyRing(), {}, lambda: NOW_SECS, [Followed(GENERATION, read, groupings.replace)])
    await watch.look()
    assert groupings.of(1) == Grouping(version=2, has_used_2=True)
    change(connection, 1, RULES)
    await watch.look()
    await watch.look()
    assert groupings.of(1) == Grouping(version=1, rules=RULES, has_used_2=True)
    assert len(reads) == 2
