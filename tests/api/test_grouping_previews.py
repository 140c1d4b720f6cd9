"""A change of grouping that is tried out over HTTP: what becomes of errors, and how many events tell so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bloop_trio.issues.grouping.grouping import Grouper, Grouping, rule_fingerprint
from bloop_trio.issues.grouping.rules import parse_rules
from bloop_trio.issues.regrouping import preview as grouping_preview
from tests.api.grouping import PREVIEW, an_input
from tests.conftest import NOW_MS, accepted, as_json, insert_project

if TYPE_CHECKING:
    import pytest

    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.writing.writer import BatchWriter
    from tests.client import Client


async def try_out(
    client: Client, owner: dict[str, str], version: int, *rules: tuple[dict[str, Any], str], events: int = 1000
) -> Any:
    given = an_input(version, *rules, events=events)
    found = await client.request("POST", PREVIEW, body=as_json(given), headers=owner)
    assert found.status == 200, found.body
    return found.json


async def test_a_preview_tells_which_errors_would_become_one(
    client: Client, connection: Connection, batches: BatchWriter, owner: dict[str, str]
) -> None:
    events = [accepted(message=f"No mailbox {name}@example.com") for name in "abb"]
    batches.write(connection, [*events, accepted(message="Something else")])
    found = await try_out(client, owner, 2)
    assert (found["events"], found["errors_before"], found["errors_after"]) == (4, 3, 2)
    (change,) = found["changes"]
    assert (change["kind"], change["events"]) == ("joined", 3)
    assert [(part["fingerprint"], part["is_new"]) for part in change["after"]] == [(events[0].fingerprint, False)]
    found = await try_out(client, owner, 1, ({"message": "no mailbox*"}, "mailbox"), ({"message": "no*"}, "no"))
    assert (found["errors_before"], found["errors_after"], found["regrouped"]) == (3, 2, 3)
    assert (found["rule_events"], found["is_complete"], found["oldest_at"]) == ([3, 0], True, NOW_MS)
    (change,) = found["changes"]
    assert (change["kind"], change["events"]) == ("joined", 3)
    assert [(part["events"], part["message"]) for part in change["before"]] == [
        (2, "No mailbox b@example.com"),
        (1, "No mailbox a@example.com"),
    ]
    (after,) = change["after"]
    assert (after["fingerprint"], after["is_new"], after["rule"]) == (rule_fingerprint("mailbox"), True, 0)


async def test_a_preview_tells_which_errors_would_be_split_or_begin_anew(
    client: Client, connection: Connection, batches: BatchWriter, owner: dict[str, str]
) -> None:
    batches.write(
        connection,
        [
            *(accepted(message="No order 17", release=release) for release in ("1", "2", "2")),
            accepted(message="No cart", error_type="Cart"),
        ],
    )
    rules = [({"release": "2"}, "{{default}} in 2"), ({"type": "Cart"}, "carts")]
    found = await try_out(client, owner, 1, *rules)
    split, moved = found["changes"]
    assert (split["kind"], [part["events"] for part in split["after"]]) == ("split", [2, 1])
    assert [part["is_new"] for part in split["after"]] == [True, False]
    assert (moved["kind"], moved["before"][0]["message"]) == ("moved", "No cart")


async def test_a_preview_does_what_the_events_themselves_would(
    client: Client, connection: Connection, batches: BatchWriter, owner: dict[str, str]
) -> None:
    stored = [
        accepted(
            message=f"{what} {n}", stack=f"Error: {what} {n}\n at {what} (a.js:{n}:1)", route_or_procedure=f"/x/{n % 2}"
        )
        for n in range(12)
        for what in ("load", "save")
    ]
    batches.write(connection, stored)
    found = await try_out(client, owner, 2, ({"message": "save*"}, "{{route}}"))
    grouping = Grouping(version=2, rules=parse_rules([({"message": "save*"}, "{{route}}")]), has_used_2=True)
    grouper = Grouper()
    for event in stored:
        grouped = grouper.group(grouping, event.event)
        event.fingerprint, event.older_fingerprint = grouped.fingerprint, grouped.older
    before = connection.execute("SELECT count(*) FROM issues").fetchone()
    batches.write(connection, stored)
    after = connection.execute("SELECT count(*) FROM issues").fetchone()
    new = {part["fingerprint"] for change in found["changes"] for part in change["after"] if part["is_new"]}
    assert after[0] - before[0] == len(new) == 1


async def test_a_preview_looks_at_the_newest_events_of_its_project_alone(
    client: Client, connection: Connection, batches: BatchWriter, owner: dict[str, str]
) -> None:
    other = insert_project(connection, "other")
    for n in range(300):
        batches.write(connection, [accepted(received_ms=NOW_MS + n), accepted(project_no=other.no)])
    found = await try_out(client, owner, 1, ({"message": "*"}, "all"), events=250)
    assert (found["events"], found["oldest_at"], found["is_complete"]) == (250, NOW_MS + 50, True)
    found = await try_out(client, owner, 1, ({"message": "*"}, "all"), events=5000)
    assert (found["events"], found["is_complete"]) == (300, True)


async def test_a_preview_goes_back_over_days_and_writes_nothing(
    client: Client, connection: Connection, batches: BatchWriter, owner: dict[str, str]
) -> None:
    for days_ago in (3, 2, 0):
        batches.write(connection, [accepted(received_ms=NOW_MS - days_ago * 86_400_000)])
    (before,) = connection.execute("SELECT total_changes()").fetchone()
    found = await try_out(client, owner, 2)
    assert (found["events"], found["oldest_at"]) == (3, NOW_MS - 3 * 86_400_000)
    assert connection.execute("SELECT total_changes()").fetchone() == (before,)


async def test_an_empty_project_has_an_empty_preview(client: Client, owner: dict[str, str]) -> None:
    found = await try_out(client, owner, 2)
    assert (found["events"], found["changes"], found["oldest_at"]) == (0, [], None)


async def test_a_preview_that_takes_too_long_tells_what_it_has_seen(
    client: Client,
    connection: Connection,
    batches: BatchWriter,
    owner: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(grouping_preview, "TIME_LIMIT_SECS", -1)
    monkeypatch.setattr(grouping_preview, "STEP_EVENTS", 10)
    batches.write(connection, [accepted() for _ in range(30)])
    found = await try_out(client, owner, 2)
    assert (found["events"], found["is_complete"]) == (10, False)


async def test_a_preview_looks_at_events_one_by_one_if_each_takes_long(
    client: Client,
    connection: Connection,
    batches: BatchWriter,
    owner: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(grouping_preview, "STEP_SECS", 0)
    batches.write(connection, [accepted(fingerprint=str(number)) for number in range(5)])
    found = await try_out(client, owner, 2)
    assert (found["events"], found["errors_before"], found["is_complete"]) == (5, 5, True)
    monkeypatch.setattr(grouping_preview, "TIME_LIMIT_SECS", -1)
    found = await try_out(client, owner, 2)
    assert (found["events"], found["is_complete"]) == (1, False)


async def test_a_preview_finds_a_few_events_among_many_of_other_projects(
    client: Client,
    connection: Connection,
    batches: BatchWriter,
    owner: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(grouping_preview, "STEP_IDS", 7)
    other = insert_project(connection, "other")
    for turn in range(4):
        batches.write(connection, [accepted(project_no=1 if turn % 2 else other.no) for _ in range(20)])
    found = await try_out(client, owner, 2, ({"message": "*"}, "all"))
    assert (found["events"], found["is_complete"], found["rule_events"]) == (40, True, [40])
