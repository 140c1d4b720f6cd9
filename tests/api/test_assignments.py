"""Assigning many errors at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import pytest

from bloop_trio.issues.triage.assigning_routes import MAX_ASSIGNED
from tests.conftest import NOW_MS, accepted, as_json, insert_project, insert_user
from tests.issues.histories import fill_up
from tests.issues.mergers import put_together

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.writing.writer import BatchWriter
    from tests.client import Answer, Client

NAMES = ("cart", "login", "pay")


@attrs.define
class Office:
    """Two users, three errors, and somebody who assigns them."""

    client: Client
    conn: Connection
    token: str
    ada: dict[str, str]
    bert: dict[str, str]

    async def assign(self, *fingerprints: str, query: str = "", headers: Any = None, **whom: Any) -> Answer:
        return await self.post({"fingerprints": list(fingerprints)} | whom, query=query, headers=headers)

    async def post(self, body: Any, *, query: str = "", headers: Any = None) -> Answer:
        sent = (headers or {"authorization": f"Bearer {self.token}"}) | {"content-type": "application/json"}
        return await self.client.request("POST", f"/v1/assignments{query}", headers=sent, body=as_json(body))

    def assigned(self) -> dict[str, str | None]:
        return dict(
            self.conn.execute(
                "SELECT i.fingerprint, u.username FROM issues AS i LEFT JOIN issue_assignments AS a ON a.issue_id = i.id"
                " LEFT JOIN users AS u ON u.id = a.user_id WHERE i.project_no = 1"
            )
        )


@pytest.fixture
def office(client: Client, connection: Connection, batches: BatchWriter, make_token: Callable[..., str]) -> Office:
    for name in NAMES:  # one by one, so that they are numbered in this order
        batches.write(connection, [accepted(fingerprint=name)])
    ada, bert = ({"user_id": insert_user(connection, name), "username": name} for name in ("ada", "bert"))
    return Office(client, connection, make_token("errors:write", "errors:read"), ada, bert)


class TestAnswer:
    async def test_it_says_who_had_each_before_so_that_it_can_be_taken_back(self, office: Office) -> None:
        await office.assign("login", username="bert")
        answer = await office.assign("cart", "login", "nothing", "cart", user_id=office.ada["user_id"])
        assert (answer.status, answer.json) == (
            200,
            {
                "assignee": office.ada,
                "matched": 2,
                "changed": [
                    {"fingerprint": "cart", "before": None},
                    {"fingerprint": "login", "before": office.bert},
                ],
                "unknown": ["nothing"],
            },
        )
        assert office.assigned() == {"cart": "ada", "login": "ada", "pay": None}
        for change in answer.json["changed"]:
            before = change["before"] and change["before"]["user_id"]
            await office.assign(change["fingerprint"], user_id=before)
        assert office.assigned() == {"cart": None, "login": "bert", "pay": None}

    async def test_what_is_so_already_is_no_change_and_nothing_is_noted_of_it(self, office: Office) -> None:
        await office.assign(*NAMES, username="ada")
        answer = await office.assign(*NAMES, username="ADA")
        assert (answer.json["matched"], answer.json["changed"]) == (3, [])
        assert (await office.assign("cart", user_id=None)).json["assignee"] is None
        assert office.assigned() == {"cart": None, "login": "ada", "pay": "ada"}
        kinds = office.conn.execute("SELECT kind, count(*) FROM issue_activity GROUP BY kind").fetchall()
        assert kinds == [("assigned", 4)]

    async def test_a_merged_error_counts_once_by_whatever_name(self, office: Office, batches: BatchWriter) -> None:
        put_together(office.conn, batches, "cart", "pay")
        answer = await office.assign("pay", "cart", username="ada")
        assert (answer.json["matched"], answer.json["changed"]) == (1, [{"fingerprint": "cart", "before": None}])


class TestWhatIsTold:
    async def test_each_has_it_in_its_activity_and_the_audit_log_has_it_once(
        self, office: Office, sign_in: Callable[..., dict[str, str]]
    ) -> None:
        root = sign_in("root")
        await office.assign(*NAMES, username="ada", query="?project_id=default", headers=root)
        for name in NAMES:
            (entry,) = (await office.client.get(f"/v1/errors/{name}/activity")).json
            assert (entry["kind"], entry["actor_name"], entry["at"]) == ("assigned", "root", NOW_MS)
            assert entry["content"] == office.ada
        (audited,) = (await office.client.request("GET", "/v1/admin/audit", headers=root)).json
        assert (audited["action"], audited["actor_name"]) == ("error.assigned", "root")
        details = audited["details"]
        assert (details["changed"], details["username"], sorted(details["fingerprints"])) == (3, "ada", sorted(NAMES))

    async def test_the_live_feed_tells_of_each(self, office: Office) -> None:
        channel = office.client.services.feed.join(1)
        await office.assign(*NAMES, username="ada")
        office.client.services.feed.tick()
        told = channel.ring.read(channel.ring.first_no, 1 << 20)[0]
        assert told.count(b"event: activity") == 3
        assert told.count(b'"kind":"assigned"') == 3


class TestRefusals:
    @pytest.mark.parametrize(
        ("body", "message"),
        [
            ({"fingerprints": ["cart"]}, "give either user_id or username"),
            ({"fingerprints": ["cart"], "user_id": None, "username": None}, "give either user_id or username"),
            ({"user_id": None}, "fingerprints is required"),
            ({"fingerprints": [], "user_id": None}, "fingerprints must be a list of 1 to 200 entries"),
            ({"fingerprints": "cart", "user_id": None}, "fingerprints must be a list of 1 to 200 entries"),
            ({"fingerprints": [""], "user_id": None}, "fingerprints[0] must be a string of 1 to 4096 characters"),
            ({"fingerprints": ["cart"], "username": ""}, "username must be a string of 1 to 500 characters"),
            ({"fingerprints": ["cart"], "user": "ada"}, "there is no field user"),
        ],
    )
    async def test_what_makes_no_sense_is_refused(self, office: Office, body: Any, message: str) -> None:
        answer = await office.post(body)
        assert (answer.status, answer.json) == (400, {"error": message})

    async def test_so_many_and_no_more_at_once(self, office: Office) -> None:
        many = [f"f{n}" for n in range(MAX_ASSIGNED)]
        answer = await office.assign(*many, username="ada")
        assert (answer.status, answer.json["unknown"]) == (200, many)
        assert (await office.assign("cart", *many, username="ada")).status == 400
        assert office.assigned() == dict.fromkeys(NAMES)

    async def test_nobody_of_an_unknown_name_is_assigned_anything(self, office: Office) -> None:
        await office.assign("cart", username="ada")
        for whom in ({"username": "eve"}, {"user_id": "eve"}):
            answer = await office.assign(*NAMES, **whom)
            assert (answer.status, answer.json) == (404, {"error": "user not found"})
        assert office.assigned() == {"cart": "ada", "login": None, "pay": None}

    async def test_somebody_who_is_signed_in_has_to_name_the_project(
        self, office: Office, sign_in: Callable[..., dict[str, str]]
    ) -> None:
        insert_project(office.conn, "other")
        bert = sign_in("bert", is_admin=False)
        answer = await office.assign("cart", username="ada", headers=bert)
        assert (answer.status, answer.json) == (400, {"error": "project_id is required"})
        assert (await office.assign("cart", username="ada", query="?project_id=no", headers=bert)).status == 404
        elsewhere = await office.assign("cart", username="ada", query="?project_id=other", headers=bert)
        assert elsewhere.json["unknown"] == ["cart"]
        assert (await office.assign("cart", username="ada", query="?project_id=default", headers=bert)).status == 200

    async def test_a_store_that_refuses_has_changed_nothing_and_nothing_is_told(
        self, office: Office, batches: BatchWriter
    ) -> None:
        names = [f"f{n}" for n in range(MAX_ASSIGNED)]
        batches.write(office.conn, [accepted(fingerprint=name) for name in names])
        channel = office.client.services.feed.join(1)
        await office.client.services.writer.run(fill_up)
        answer = await office.assign(*names, username="ada")
        assert (answer.status, answer.json) == (503, {"error": "the store refused the change, try again"})
        assert set(office.assigned().values()) == {None}
        assert office.conn.execute("SELECT count(*) FROM issue_activity").fetchone() == (0,)
        office.client.services.feed.tick()
        assert b"assigned" not in channel.ring.read(channel.ring.first_no, 1 << 20)[0]
