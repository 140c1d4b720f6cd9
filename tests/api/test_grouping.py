"""Grouping over HTTP: changed by owners, and explained for each error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import trio

from bloop_trio.issues.grouping.grouping import Grouper, Grouping, rule_fingerprint
from bloop_trio.issues.queries.consistency import look_at_consistency
from tests.api.conftest import JSON, bearer
from tests.api.grouping import GROUPING, PREVIEW, an_input
from tests.conftest import NOW_MS, accepted, an_event, as_json, signed

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.events.batch import AcceptedEvent
    from bloop_trio.issues.writing.writer import BatchWriter
    from tests.client import Answer, Client
    from tests.conftest import Ingest


async def put(client: Client, owner: dict[str, str], version: int, *rules: tuple[dict[str, Any], str]) -> Answer:
    return await client.request("PUT", GROUPING, body=as_json(an_input(version, *rules)), headers=owner)


async def sent(client: Client, ingest: Ingest, **changes: Any) -> AcceptedEvent:
    """Send an event, and return what was made of it."""
    body = as_json(an_event(**changes))
    assert (await client.request("POST", "/v1/ingest", body=body, headers=signed(body))).status == 200
    (found,) = await ingest.pipeline.take()
    return found


async def test_a_project_groups_as_usual_until_somebody_changes_it(client: Client, owner: dict[str, str]) -> None:
    assert (await client.get(GROUPING, token=None, headers=owner)).json == {
        "version": 1,
        "rules": [],
        "updated_at": None,
    }


async def test_what_is_set_is_told_again(client: Client, owner: dict[str, str], autojump_clock: object) -> None:
    changed = await put(client, owner, 2, ({"type": "Timeout*", "top_frame": "*net*"}, "{{type}} in net"))
    assert changed.status == 200
    assert changed.json["version"] == 2
    assert changed.json["updated_at"] == NOW_MS // 1000
    (rule,) = changed.json["rules"]
    assert rule["fingerprint"] == "{{type}} in net"
    assert {field: text for field, text in rule["match"].items() if text} == {"type": "Timeout*", "top_frame": "*net*"}
    assert (await client.get(GROUPING, token=None, headers=owner)).json == changed.json


async def test_a_change_holds_for_the_very_next_event(
    client: Client, ingest: Ingest, owner: dict[str, str], autojump_clock: object
) -> None:
    before = await sent(client, ingest, message="for a@example.com")
    assert before.older_fingerprint is None
    await put(client, owner, 2)
    after = await sent(client, ingest, message="for a@example.com")
    assert after.older_fingerprint == before.fingerprint != after.fingerprint
    await put(client, owner, 2, ({"message": "for *"}, "all"))
    assert (await sent(client, ingest, message="for a@example.com")).fingerprint == rule_fingerprint("all")
    await put(client, owner, 1)
    back = await sent(client, ingest, message="for a@example.com")
    assert (back.fingerprint, back.older_fingerprint) == (before.fingerprint, after.fingerprint)


async def test_a_fingerprint_of_the_client_stays_as_it_is(
    client: Client, ingest: Ingest, owner: dict[str, str], autojump_clock: object
) -> None:
    await put(client, owner, 2, ({"message": "*"}, "all"))
    found = await sent(client, ingest, fingerprint="mine")
    assert (found.fingerprint, found.older_fingerprint) == ("mine", None)


async def test_while_it_changes_an_event_is_grouped_by_the_one_or_the_other(
    client: Client, ingest: Ingest, owner: dict[str, str]
) -> None:
    ways: list[tuple[int, tuple[Any, ...]]] = [
        (1, (({"type": "*"}, "one {{normalised_message}}"),)),
        (2, (({"type": "*"}, "two {{message}} {{frame}}"), ({"message": "*"}, "three"))),
    ]
    allowed = {rule_fingerprint("one for <n>"), rule_fingerprint("two for 17 ")}
    await put(client, owner, ways[0][0], *ways[0][1])

    body = as_json({"events": [an_event(message="for 17")] * 3})
    changed = trio.Event()

    async def send_three() -> None:
        await client.request("POST", "/v1/ingest/batch", body=body, headers=signed(body))

    async def keep_changing() -> None:
        for turn in range(8):
            version, rules = ways[turn % 2]
            assert (await put(client, owner, version, *rules)).status == 200
        changed.set()

    async def keep_sending() -> None:
        for _ in range(28):
            await send_three()
            if changed.is_set():
                return

    await send_three()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(keep_changing)
        nursery.start_soon(keep_sending)
    await send_three()
    found = await ingest.pipeline.take()
    assert {accepted.fingerprint for accepted in found} == allowed
    for first, *others in (found[start : start + 3] for start in range(0, len(found), 3)):
        assert {accepted.fingerprint for accepted in others} == {first.fingerprint}


async def test_a_change_is_noted_in_the_audit_log(
    client: Client, connection: Connection, owner: dict[str, str], autojump_clock: object
) -> None:
    await put(client, owner, 2, ({"message": "*"}, "all"))
    found = connection.execute("SELECT actor_name, action, project_id, details FROM audit_entries").fetchall()
    assert found == [("ada", "project.grouping_changed", "default", '{"version":2,"rules":1}')]


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"version": 3, "rules": []}, "version must be a whole number from 1 to 2"),
        ({"version": 2}, "rules is required"),
        ({"version": 2, "rules": [{"match": {}, "fingerprint": "x"}]}, "rules[0].match needs at least one pattern"),
        (
            {
                "version": 2,
                "rules": [
                    {"match": {"type": "x"}, "fingerprint": "x"},
                    {"match": {"colour": "x"}, "fingerprint": "x"},
                ],
            },
            "there is no field rules[1].match.colour",
        ),
        (
            {"version": 2, "rules": [{"match": {"type": 1}, "fingerprint": "x"}]},
            "rules[0].match.type must be a string",
        ),
        (
            {"version": 2, "rules": [{"match": {"type": "x"}, "fingerprint": "{{user}}"}]},
            "rules[0].fingerprint: {{user}} is none of",
        ),
        ({"version": 2, "rules": [{"match": {"type": "x"}, "fingerprint": "x"}] * 101}, "rules must be a list"),
    ],
)
@pytest.mark.parametrize("target", [("PUT", GROUPING), ("POST", PREVIEW)])
async def test_what_makes_no_sense_is_named_and_changes_nothing(
    client: Client, connection: Connection, owner: dict[str, str], body: Any, problem: str, target: tuple[str, str]
) -> None:
    method, path = target
    refused = await client.request(method, path, body=as_json(body), headers=owner)
    assert refused.status == 400
    assert refused.json["error"].startswith(problem)
    assert not connection.execute("SELECT 1 FROM project_grouping").fetchall()


async def test_why_events_belong_to_an_error_is_told(
    client: Client, connection: Connection, batches: BatchWriter
) -> None:
    event = accepted(message="No order 17", stack="at pay (pay.js:1:2)")
    batches.write(connection, [event])
    found = (await client.get(f"/v1/errors/{event.fingerprint}/grouping")).json
    assert found["fingerprint"] == event.fingerprint
    assert found["is_current"] is True
    assert found["fingerprints"] == [
        {"fingerprint": event.fingerprint, "origin": "version_1", "rule": None, "is_merged": False}
    ]
    newest = found["newest"]
    assert (newest["by"], newest["version"]) == ("version", 1)
    assert newest["hashed_text"] == "api:TypeError:/api/users:no order <n>:at pay (pay.js)"
    assert newest["parts"]["replaced"] == [{"kind": "number", "found": "17", "placeholder": "<n>"}]


async def test_each_fingerprint_of_an_error_is_told_with_its_origin(
    client: Client, connection: Connection, batches: BatchWriter, owner: dict[str, str], autojump_clock: object
) -> None:
    old = accepted(message="No order 17")
    batches.write(connection, [old])
    await put(client, owner, 2, ({"type": "Cart"}, "carts"))
    grouped = Grouper().group(Grouping(version=2), old.event)
    new = accepted(message="No order 17")
    new.fingerprint, new.older_fingerprint = grouped.fingerprint, grouped.older
    ruled = accepted(error_type="Cart")
    ruled.fingerprint = rule_fingerprint("carts")
    batches.write(connection, [new, ruled, accepted(fingerprint="mine"), accepted(error_type="Cart")])
    found = (await client.get(f"/v1/errors/{new.fingerprint}/grouping")).json
    assert found["fingerprint"] == old.fingerprint
    assert [(known["fingerprint"], known["origin"]) for known in found["fingerprints"]] == [
        (old.fingerprint, "version_1"),
        (new.fingerprint, "version_2"),
    ]
    assert (found["newest"]["fingerprint"], found["newest"]["older_fingerprint"]) == (new.fingerprint, old.fingerprint)
    found = (await client.get(f"/v1/errors/{ruled.fingerprint}/grouping")).json
    assert [(known["origin"], known["rule"]) for known in found["fingerprints"]] == [("rule", 0)]
    found = (await client.get("/v1/errors/mine/grouping")).json
    assert [known["origin"] for known in found["fingerprints"]] == ["own"]
    of_before = (await client.get(f"/v1/errors/{accepted(error_type='Cart').fingerprint}/grouping")).json
    assert (of_before["is_current"], of_before["fingerprints"][0]["origin"]) == (False, "version_1")


async def test_an_error_that_is_not_there_is_not_explained(client: Client) -> None:
    assert (await client.get("/v1/errors/nothing/grouping")).status == 404


async def test_merging_and_unmerging_leave_what_was_linked_where_it_belongs(
    client: Client, connection: Connection, batches: BatchWriter, make_token: Callable[..., str]
) -> None:
    headers = bearer(make_token("errors:read", "errors:write")) | JSON
    batches.write(connection, [accepted(fingerprint="a"), accepted(fingerprint="b")])
    link(batches, connection, "b2", "b")
    assert await merged(client, headers, "a", "b") == 200
    batches.forget()
    link(batches, connection, "b3", "b2")
    link(batches, connection, "a2", "a")
    assert fingerprints(connection) == {"a": {"a", "a2", "b", "b2", "b3"}}
    unmerged = await client.request(
        "POST", "/v1/errors/a/unmerge", body=as_json({"fingerprints": ["b"]}), headers=headers
    )
    assert unmerged.status == 200, unmerged.body
    batches.forget()
    assert fingerprints(connection) == {"a": {"a", "a2"}, "b": {"b", "b2", "b3"}}
    batches.write(connection, [accepted(fingerprint=name) for name in ("a2", "b2", "b3")])
    counts = dict(connection.execute("SELECT fingerprint, total_count FROM issues").fetchall())
    assert counts == {"a": 3, "b": 5}
    listed = connection.execute("SELECT issue_id, sum(total_count) FROM issue_counts GROUP BY 1 ORDER BY 2").fetchall()
    assert [count for _, count in listed] == [3, 5]
    assert look_at_consistency(connection).miscounted == 0


async def merged(client: Client, headers: dict[str, str], parent: str, *children: str) -> int:
    body = as_json({"fingerprints": children})
    return (await client.request("POST", f"/v1/errors/{parent}/merge", body=body, headers=headers)).status


def link(batches: BatchWriter, connection: Connection, fingerprint: str, older: str) -> None:
    event = accepted(fingerprint=fingerprint)
    event.older_fingerprint = older
    batches.write(connection, [event])


def fingerprints(conn: Connection) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for address, fingerprint in conn.execute(
        "SELECT i.fingerprint, f.fingerprint FROM issue_fingerprints AS f JOIN issues AS i ON i.id = f.issue_id"
    ):
        found.setdefault(address, set()).add(fingerprint)
    return found
