"""Occurrences: pages of them, with filters and without, and what lies beside one."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from bloop_trio.clock import MS_PER_DAY, MS_PER_HOUR
from bloop_trio.issues.merging.merging import MAX_FINGERPRINTS
from bloop_trio.issues.queries import occurrence_walk
from bloop_trio.issues.queries.detail import NO_ID, Part
from bloop_trio.issues.queries.occurrence_walk import OccurrenceFilters
from bloop_trio.issues.queries.occurrences import OccurrencePage, get_occurrence, list_occurrences
from bloop_trio.issues.queries.scope import OneProject
from bloop_trio.issues.stored.payload import PayloadReader
from tests.conftest import NOW_MS, accepted
from tests.issues.mergers import put_together
from tests.issues.queries.test_detail import EXTRAS

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.queries.occurrence_shapes import Occurrence, OccurrenceDetail
    from bloop_trio.issues.writing.writer import BatchWriter

DEFAULT = OneProject(1, "default")


def page(
    conn: Connection,
    fingerprint: str = "cart",
    *,
    limit: int = 50,
    before_id: int = NO_ID,
    offset: int = 0,
    **filters: Any,
) -> OccurrencePage:
    return list_occurrences(
        conn,
        PayloadReader(),
        project=DEFAULT,
        fingerprint=fingerprint,
        part=Part(limit=limit, before_id=before_id, offset=offset),
        filters=OccurrenceFilters(**filters),
    )


def occurrences(conn: Connection, fingerprint: str = "cart", **asked: Any) -> list[Occurrence]:
    return page(conn, fingerprint, **asked).rows


def one(conn: Connection, occurrence_id: int, fingerprint: str = "cart", **filters: Any) -> OccurrenceDetail | None:
    return get_occurrence(
        conn,
        PayloadReader(),
        project=DEFAULT,
        fingerprint=fingerprint,
        occurrence_id=occurrence_id,
        filters=OccurrenceFilters(**filters),
    )


@pytest.fixture
def three_days(connection: Connection, batches: BatchWriter) -> Connection:
    """Two events a day on three days, m0 the oldest, and as many of another issue."""
    for day in range(3):
        for n in range(2):
            received_ms = NOW_MS + day * MS_PER_DAY + n
            message = f"m{2 * day + n}"
            batches.write(
                connection,
                [
                    accepted(fingerprint="cart", message=message, received_ms=received_ms),
                    accepted(fingerprint="noise", received_ms=received_ms),
                ],
            )
    return connection


@pytest.mark.parametrize(
    ("limit", "offset", "messages"),
    [
        (50, 0, ["m5", "m4", "m3", "m2", "m1", "m0"]),
        (1, 0, ["m5"]),
        (3, 0, ["m5", "m4", "m3"]),
        (2, 1, ["m4", "m3"]),
        (2, 2, ["m3", "m2"]),
        (50, 3, ["m2", "m1", "m0"]),
        (50, 5, ["m0"]),
        (50, 6, []),
        (50, 2**63 - 1, []),
    ],
)
def test_pages_go_back_from_day_to_day(three_days: Connection, limit: int, offset: int, messages: list[str]) -> None:
    assert [o.message for o in occurrences(three_days, "cart", limit=limit, offset=offset)] == messages


def test_an_occurrence_holds_all_that_was_sent(connection: Connection, batches: BatchWriter) -> None:
    sent = accepted(fingerprint="cart", timestamp=(NOW_MS - 60_000) // 1000, **EXTRAS)
    batches.write(connection, [sent])
    (found,) = occurrences(connection, "cart")
    assert {name: getattr(found, name) for name in EXTRAS} == EXTRAS
    assert (found.timestamp, found.received_at) == (NOW_MS - 60_000, NOW_MS)
    assert (found.release, found.environment, found.source) == ("1.0.0", "prod", "api")
    assert found.project_id == "default"


def test_an_unknown_fingerprint_has_none(three_days: Connection) -> None:
    assert occurrences(three_days, "nothing") == []
    other = OneProject(2, "other")
    found = list_occurrences(three_days, PayloadReader(), project=other, fingerprint="cart", part=Part(limit=5))
    assert found == OccurrencePage(rows=[], next_id=None, capped=False)


def test_a_page_looks_at_no_day_that_it_does_not_need_and_finds_the_others_by_index(three_days: Connection) -> None:
    statements: list[str] = []
    three_days.set_trace_callback(statements.append)
    occurrences(three_days, limit=2, offset=1)
    three_days.set_trace_callback(None)
    of_events = [s for s in statements if " events_" in s]
    assert {s.split(" events_")[1][:8] for s in of_events} == {"20260103", "20260102"}
    for statement in of_events:
        plan = [row[3] for row in three_days.execute(f"EXPLAIN QUERY PLAN {statement}")]
        by_key = ("_by_fingerprint", "INTEGER PRIMARY KEY", "CO-ROUTINE", "SCAN (sub")
        assert all(any(name in step for name in by_key) for step in plan), plan


class TestFilters:
    @pytest.fixture
    def mixed(self, connection: Connection, batches: BatchWriter) -> Connection:
        """An event of each kind, named after what is different about it."""
        differences: dict[str, dict[str, Any]] = {
            "plain": {},
            "release": {"release": "2.0.0"},
            "environment": {"environment": "staging"},
            "ios": {"source": "ios"},
            "worker": {"source": "worker"},
            "user": {"user_id_hash": "u1"},
            "escaped": {"user_id_hash": 'é"\\u0031\n', "metadata": {"user_id_hash": "u1"}},
            "late": {},
        }
        events = [
            accepted(fingerprint="cart", message=name, received_ms=NOW_MS + n, **different)
            for n, (name, different) in enumerate(differences.items())
        ]
        batches.write(connection, events)
        return connection

    @pytest.mark.parametrize(
        ("filters", "messages"),
        [
            ({"release": "2.0.0"}, ["release"]),
            ({"release": "2.0.0", "environment": "staging"}, []),
            ({"release": "2.0"}, []),
            ({"environment": "staging"}, ["environment"]),
            ({"source": "ios"}, ["ios"]),
            ({"source": "IOS"}, ["ios"]),
            ({"source": "worker"}, ["worker"]),
            ({"source": "api"}, ["late", "escaped", "user", "worker", "environment", "release", "plain"]),
            ({"user": "u1"}, ["user"]),
            ({"user": 'é"\\u0031\n'}, ["escaped"]),
            ({"user": "u1", "release": "2.0.0"}, []),
            ({"since_ms": NOW_MS + 6}, ["late", "escaped"]),
            ({"until_ms": NOW_MS + 1}, ["release", "plain"]),
            ({"since_ms": NOW_MS + 1, "until_ms": NOW_MS + 1}, ["release"]),
            ({"since_ms": NOW_MS + 2, "until_ms": NOW_MS + 1}, []),
            ({"since_ms": -(2**63 - 1), "until_ms": 2**63 - 1, "user": "u1"}, ["user"]),
        ],
    )
    def test_each_keeps_what_it_says(self, mixed: Connection, filters: dict[str, Any], messages: list[str]) -> None:
        assert [found.message for found in occurrences(mixed, **filters)] == messages

    def test_an_offset_leaves_out_the_first_that_pass(self, mixed: Connection) -> None:
        assert [found.message for found in occurrences(mixed, source="api", offset=5)] == ["release", "plain"]
        assert [found.message for found in occurrences(mixed, source="api", offset=1, limit=1)] == ["escaped"]
        assert occurrences(mixed, source="api", offset=2**63 - 1) == []

    def test_a_release_that_the_issue_never_had_costs_no_look_at_its_events(self, mixed: Connection) -> None:
        statements: list[str] = []
        mixed.set_trace_callback(statements.append)
        assert occurrences(mixed, release="9.9.9", user="u1") == []
        mixed.set_trace_callback(None)
        assert not [s for s in statements if " events_" in s]

    def test_events_of_merged_issues_come_in_one_order(self, connection: Connection, batches: BatchWriter) -> None:
        for n in range(6):
            name = f"f{n % 3}"
            batches.write(connection, [accepted(fingerprint=name, message=f"m{n}", received_ms=NOW_MS + n)])
        put_together(connection, batches, "f0", "f1", "f2")
        assert [found.message for found in occurrences(connection, "f1", environment="prod")] == [
            f"m{n}" for n in reversed(range(6))
        ]
        assert [found.message for found in occurrences(connection, "f0", limit=4)] == ["m5", "m4", "m3", "m2"]

    def test_the_most_that_can_be_merged_are_read_without_sorting(
        self, connection: Connection, batches: BatchWriter
    ) -> None:
        names = [f"f{n}" for n in range(MAX_FINGERPRINTS)]
        batches.write(connection, [accepted(fingerprint=name, message=name) for name in names])
        put_together(connection, batches, *names)
        statements: list[str] = []
        connection.set_trace_callback(statements.append)
        found = occurrences(connection, "f7", source="api", limit=3)
        connection.set_trace_callback(None)
        assert [occurrence.message for occurrence in found] == names[:-4:-1]
        for statement in statements:
            if " events_" in statement:
                plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")]
                assert not any("TEMP B-TREE" in step for step in plan)


class TestGivingUp:
    """A filter that matches rarely ends a page early, and the next page goes on where it ended."""

    @pytest.fixture
    def rare(self, connection: Connection, batches: BatchWriter, monkeypatch: pytest.MonkeyPatch) -> Connection:
        """Every tenth event of a hundred is of a rare user and from staging; at most seven are looked at."""
        monkeypatch.setattr(occurrence_walk, "MAX_LOOKED_AT", 7)
        monkeypatch.setattr(occurrence_walk, "MAX_OPENED", 5)
        monkeypatch.setattr(occurrence_walk, "_OPENED_AT_ONCE", 3)
        for day in range(2):
            batch = [
                accepted(
                    fingerprint="cart",
                    received_ms=NOW_MS + day * MS_PER_DAY + n,
                    message=f"m{day}-{n}",
                    environment="prod" if n % 10 else "staging",
                    user_id_hash="many" if n % 10 else "rare",
                )
                for n in range(50)
            ]
            batches.write(connection, batch)
        return connection

    @pytest.mark.parametrize("filters", [{"user": "rare"}, {"environment": "staging"}])
    def test_all_are_found_in_the_end_and_each_once(self, rare: Connection, filters: dict[str, Any]) -> None:
        found: list[str] = []
        before_id: int | None = NO_ID
        pages = capped = 0
        while before_id is not None:
            shown = page(rare, limit=2, before_id=before_id, **filters)
            found += [occurrence.message for occurrence in shown.rows]
            capped += shown.capped
            before_id, pages = shown.next_id, pages + 1
        assert found == [f"m{day}-{n}" for day in (1, 0) for n in (40, 30, 20, 10, 0)]
        assert 10 < capped <= pages <= 30

    def test_a_page_says_that_it_was_given_up(self, rare: Connection) -> None:
        first_id = rare.execute("SELECT min(id) FROM events_20260101").fetchone()[0]
        shown = page(rare, before_id=first_id + 10, environment="staging")
        assert (shown.rows, shown.capped, shown.next_id) == ([], True, first_id + 3)
        shown = page(rare, before_id=first_id + 3, environment="staging")
        assert ([found.id for found in shown.rows], shown.capped, shown.next_id) == ([first_id], False, None)

    def test_what_lies_beside_an_event_is_not_claimed_to_be_nothing(self, rare: Connection) -> None:
        first_id = rare.execute("SELECT min(id) FROM events_20260101").fetchone()[0]
        found = one(rare, first_id, environment="staging")
        assert found is not None
        assert (found.newer, found.search_capped) == (None, True)


class TestOne:
    def test_it_is_the_one_of_the_list_with_those_beside_it(self, three_days: Connection) -> None:
        listed = occurrences(three_days)
        ids = [found.id for found in listed]
        for index, expected in enumerate(listed):
            found = one(three_days, expected.id)
            assert found is not None
            assert {name: getattr(found, name) for name in vars(expected)} == vars(expected)
            assert found.newer == (ids[index - 1] if index else None)
            assert found.older == (ids[index + 1] if index + 1 < len(ids) else None)
            assert (found.newest, found.oldest, found.search_capped) == (ids[0], ids[-1], False)

    def test_it_is_found_whatever_the_filters_and_they_say_what_lies_beside_it(
        self, connection: Connection, batches: BatchWriter
    ) -> None:
        batches.write(connection, [accepted(fingerprint="cart", release=release) for release in "12121"])
        first, second, third, fourth, fifth = (found.id for found in reversed(occurrences(connection)))
        found = one(connection, third, release="2")
        assert found is not None
        assert (found.older, found.newer, found.oldest, found.newest) == (second, fourth, second, fourth)
        found = one(connection, third, release="1")
        assert found is not None
        assert (found.older, found.newer, found.oldest, found.newest) == (first, fifth, first, fifth)
        found = one(connection, third, release="9")
        assert found is not None
        assert (found.older, found.newer, found.oldest, found.newest) == (None, None, None, None)

    def test_one_of_another_issue_is_none(self, three_days: Connection) -> None:
        (noise, *_) = occurrences(three_days, "noise")
        assert one(three_days, noise.id, "cart") is None
        assert one(three_days, noise.id, "unknown") is None
        assert one(three_days, 0) is None
        assert one(three_days, 2**63 - 1) is None

    def test_one_that_has_aged_out_is_there_as_long_as_it_is_a_sample(self, three_days: Connection) -> None:
        gone, kept = occurrences(three_days)[-1], occurrences(three_days)[-2]
        three_days.execute("DROP TABLE events_20260101")
        assert one(three_days, gone.id) is None  # there are five samples of the six events
        found = one(three_days, kept.id)
        assert found is not None
        assert {name: getattr(found, name) for name in vars(kept)} == vars(kept)
        assert found.older is None
        assert found.newer == found.oldest == occurrences(three_days)[-1].id


SEEDS = range(6)


@pytest.mark.parametrize("seed", SEEDS)
def test_pages_and_neighbours_are_those_of_a_plain_look_at_everything(
    connection: Connection, batches: BatchWriter, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    chance = random.Random(seed)
    monkeypatch.setattr(occurrence_walk, "_OPENED_AT_ONCE", chance.choice([1, 4, 50]))
    for day in range(3):
        batch = [
            accepted(
                fingerprint=chance.choice(["f0", "f1", "noise"]),
                # Not quite in order, as requests come in.
                received_ms=NOW_MS + day * MS_PER_DAY + n * MS_PER_HOUR // 8 + chance.randrange(-5_000, 5_000),
                release=chance.choice("123"),
                environment=chance.choice(["prod", "staging"]),
                source=chance.choice(["api", "ios", "web"]),
                user_id_hash=chance.choice(["a", "b", None]),
            )
            for n in range(60)
        ]
        batches.write(connection, batch)
    if seed % 2:
        put_together(connection, batches, "f0", "f1")
    everything = occurrences(connection, "f0", limit=200)
    assert len(everything) > 20
    for _ in range(40):
        filters = _some_filters(chance)
        expected = [found for found in everything if _passes(found, filters)]
        if chance.random() < 0.5:
            monkeypatch.setattr(occurrence_walk, "MAX_LOOKED_AT", chance.randrange(1, 9))
            monkeypatch.setattr(occurrence_walk, "MAX_OPENED", chance.randrange(1, 9))
        assert _all_pages(connection, filters, chance.randrange(1, 9)) == expected, filters
        monkeypatch.undo()
        middle = chance.choice(everything).id
        found = one(connection, middle, "f0", **filters)
        assert found is not None
        ids = [occurrence.id for occurrence in expected]
        assert found.newest == max(ids, default=None)
        assert found.oldest == min(ids, default=None)
        assert found.newer == min((number for number in ids if number > middle), default=None)
        assert found.older == max((number for number in ids if number < middle), default=None)
        assert not found.search_capped


def _some_filters(chance: random.Random) -> dict[str, Any]:
    moment = NOW_MS + chance.randrange(3 * MS_PER_DAY)
    wanted: dict[str, Any] = {
        "release": chance.choice("1234"),
        "environment": chance.choice(["prod", "staging"]),
        "source": chance.choice(["api", "ios", "web"]),
        "user": chance.choice("ab"),
        "since_ms": moment,
        "until_ms": moment + chance.randrange(MS_PER_DAY),
    }
    return {name: wanted[name] for name in wanted if chance.random() < 0.3}


def _passes(found: Occurrence, filters: dict[str, Any]) -> bool:
    source = "api" if found.source == "web" and filters.get("source") == "api" else found.source
    return (
        filters.get("release", found.release) == found.release
        and filters.get("environment", found.environment) == found.environment
        and filters.get("source", source) == source
        and filters.get("user", found.user_id_hash) == found.user_id_hash
        and filters.get("since_ms", 0) <= found.received_at <= filters.get("until_ms", NO_ID)
    )


def _all_pages(conn: Connection, filters: dict[str, Any], limit: int) -> list[Occurrence]:
    found: list[Occurrence] = []
    before_id: int | None = NO_ID
    while before_id is not None:
        shown = page(conn, "f0", limit=limit, before_id=before_id, **filters)
        found += shown.rows
        before_id = shown.next_id
    return found
