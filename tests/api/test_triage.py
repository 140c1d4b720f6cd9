"""Mutes that end, fixes in a release, and undoing, over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bloop_trio.issues.lifecycle.snoozes import end_due
from tests.api.conftest import BULK
from tests.conftest import NOW_MS, accepted, as_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.writing.writer import BatchWriter
    from tests.client import Answer, Client

AHEAD = "until must lie ahead, in epoch milliseconds, at most ten years"


@pytest.fixture
def post(client: Client, make_token: Callable[..., str]) -> Callable[..., Any]:
    """Sends a POST with `errors:write`."""
    token = make_token("errors:write")

    async def send(target: str, body: Any = None) -> Answer:
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        return await client.request("POST", target, headers=headers, body=b"" if body is None else as_json(body))

    return send


@pytest.fixture
def events(connection: Connection, batches: BatchWriter) -> Callable[..., None]:
    """Stores events of `cart`, later than any change."""

    def write(count: int = 1, **changes: Any) -> None:
        given: dict[str, Any] = {"fingerprint": "cart", "received_ms": NOW_MS + 1} | changes
        batches.write(connection, [accepted(**given) for _ in range(count)])

    write(received_ms=NOW_MS - 1)
    return write


async def history(client: Client, fingerprint: str = "cart") -> list[tuple[str, str | None]]:
    """Return the new statuses and their reasons, newest first."""
    rows = (await client.get(f"/v1/errors/{fingerprint}/history")).json
    return [(row["new_status"], row["reason"]) for row in rows]


class TestMuting:
    @pytest.mark.parametrize(
        ("asked", "reason"),
        [
            ({"until_count": 2}, "snooze ended: 2 events"),
            ({"until_users": 1}, "snooze ended: 1 user"),
            ({"until_next_release": True}, "snooze ended: release 2.0.0"),
            ({"until_users": 9, "until_count": 2, "for_secs": 60, "reason": "loud"}, "snooze ended: 2 events"),
        ],
    )
    async def test_it_ends_by_what_events_bring(
        self, client: Client, post: Callable[..., Any], events: Callable[..., None], asked: dict[str, Any], reason: str
    ) -> None:
        assert (await post("/v1/errors/cart/mute", asked)).json["status"] == "muted"
        events()
        assert (await history(client))[0] == ("muted", asked.get("reason"))
        events(release="2.0.0", user_id_hash="ada")
        assert (await history(client))[0] == ("unresolved", reason)

    @pytest.mark.parametrize("asked", [{"for_secs": 60}, {"until": NOW_MS + 60_000}])
    async def test_it_ends_at_a_time(
        self, connection: Connection, post: Callable[..., Any], events: Callable[..., None], asked: dict[str, Any]
    ) -> None:
        await post("/v1/errors/cart/mute", asked)
        events(100)
        assert end_due(connection, now_ms=NOW_MS + 59_999) == ()
        assert len(end_due(connection, now_ms=NOW_MS + 60_000)) == 1

    async def test_an_end_for_what_is_muted_already_replaces_the_one_before(
        self, client: Client, post: Callable[..., Any], events: Callable[..., None]
    ) -> None:
        await post("/v1/errors/cart/mute", {"until_count": 1})
        assert (await post("/v1/errors/cart/mute", {"until_count": 5})).json["updated"] == 0
        assert (await post("/v1/errors/cart/mute")).json["updated"] == 0
        events(4)
        assert len(await history(client)) == 1
        events(1)
        assert (await history(client))[0] == ("unresolved", "snooze ended: 5 events")

    async def test_many_are_muted_each_until_its_own_count(
        self, client: Client, post: Callable[..., Any], events: Callable[..., None]
    ) -> None:
        events(fingerprint="pay")
        await post(BULK, {"status": "muted", "filter": {}, "all": True, "until_count": 2})
        events(2)
        events(1, fingerprint="pay")
        assert ((await history(client))[0][0], (await history(client, "pay"))[0][0]) == ("unresolved", "muted")

    @pytest.mark.parametrize(
        ("asked", "message"),
        [
            ({"until": NOW_MS}, AHEAD),
            ({"until": NOW_MS // 1000 + 60}, AHEAD),
            ({"until": 10**40}, AHEAD),
            ({"until": NOW_MS + 1, "for_secs": 1}, "give either until or for_secs"),
            ({"for_secs": 0}, "for_secs must be a whole number from 1 to 315360000"),
            ({"for_secs": "1h"}, "for_secs must be a whole number from 1 to 315360000"),
            ({"until_count": 0}, "until_count must be a whole number from 1 to 1000000000"),
            ({"until_users": -1}, "until_users must be a whole number from 1 to 1000000000"),
            ({"until_next_release": 1}, "until_next_release must be true or false"),
            ({"in_release": "next"}, "there is no field in_release"),
        ],
    )
    async def test_an_end_that_makes_no_sense_is_refused_and_nothing_is_muted(
        self,
        client: Client,
        post: Callable[..., Any],
        events: Callable[..., None],
        asked: dict[str, Any],
        message: str,
    ) -> None:
        answer = await post("/v1/errors/cart/mute", asked)
        assert (answer.status, answer.json) == (400, {"error": message})
        assert await history(client) == []
        events()


class TestResolving:
    @pytest.mark.parametrize(
        ("in_release", "stays", "comes_back"),
        [("current", "0.9.0", "1.0.0"), ("next", "1.0.0", "1.0.1"), ("1.2", "1.1", "1.2.0"), (None, None, "0.9.0")],
    )
    async def test_it_comes_back_where_it_was_to_be_fixed(
        self,
        client: Client,
        post: Callable[..., Any],
        events: Callable[..., None],
        in_release: str | None,
        stays: str | None,
        comes_back: str,
    ) -> None:
        assert (await post("/v1/errors/cart/resolve", {"in_release": in_release})).status == 200
        if stays is not None:
            events(release=stays)
            assert len(await history(client)) == 1
        events(release=comes_back)
        assert (await history(client))[0] == ("unresolved", "regression")

    async def test_many_are_fixed_in_one_release(
        self, client: Client, post: Callable[..., Any], events: Callable[..., None]
    ) -> None:
        await post(BULK, {"status": "resolved", "fingerprints": ["cart"], "in_release": "next"})
        events(release="1.0.0")
        assert (await history(client))[0] == ("resolved", None)

    @pytest.mark.parametrize("asked", [{"in_release": ""}, {"in_release": 1}, {"in_release": "x" * 4097}])
    async def test_a_release_has_a_name(
        self, post: Callable[..., Any], events: Callable[..., None], asked: dict[str, Any]
    ) -> None:
        answer = await post("/v1/errors/cart/resolve", asked)
        assert answer.json == {"error": "in_release must be a string of 1 to 4096 characters"}
        events()

    @pytest.mark.parametrize("asked", [{"in_release": "next"}, {"until_next_release": True}])
    async def test_a_project_that_has_no_release_yet_says_so(
        self, connection: Connection, post: Callable[..., Any], events: Callable[..., None], asked: dict[str, Any]
    ) -> None:
        events()
        connection.execute("DELETE FROM releases")
        verb = "resolve" if "in_release" in asked else "mute"
        answer = await post(f"/v1/errors/cart/{verb}", asked)
        assert (answer.status, answer.json) == (400, {"error": "the project has no release yet"})


class TestUndo:
    async def test_a_change_of_many_is_undone_by_its_id_once(
        self, client: Client, post: Callable[..., Any], events: Callable[..., None]
    ) -> None:
        events(fingerprint="pay")
        events(fingerprint="login")
        change_id = (await post(BULK, {"status": "resolved", "filter": {}, "all": True})).json["change_id"]
        events(fingerprint="pay", received_ms=NOW_MS + 5)
        answer = await post(f"{BULK}/{change_id}/undo")
        assert (answer.status, answer.json) == (200, {"put_back": 2, "left_alone": 1, "updated": 2})
        assert (await history(client))[0] == ("unresolved", "undo")
        again = await post(f"{BULK}/{change_id}/undo")
        assert (again.status, again.json) == (409, {"error": "the change was undone already"})

    async def test_a_change_of_one_is_undone_by_its_id_or_by_its_place_in_the_history(
        self, client: Client, post: Callable[..., Any], events: Callable[..., None]
    ) -> None:
        events()
        change_id = (await post("/v1/errors/cart/ignore")).json["change_id"]
        assert (await client.get("/v1/errors/cart/history")).json[0]["id"] == int(change_id)
        answer = await post(f"{BULK}/{change_id}/undo")
        assert (answer.status, answer.json) == (200, {"put_back": 1, "left_alone": 0, "updated": 1})
        again = await post(f"{BULK}/{change_id}/undo")
        assert (again.status, again.json) == (409, {"error": "the status was changed again since"})

    @pytest.mark.parametrize("change_id", ["0", "none", "00000000-0000-4000-8000-000000000000", "%2e%2e"])
    async def test_what_is_not_there_is_not_found(self, post: Callable[..., Any], change_id: str) -> None:
        answer = await post(f"{BULK}/{change_id}/undo")
        assert answer.status == 404

    async def test_somebody_who_is_signed_in_need_not_name_the_project(
        self,
        client: Client,
        post: Callable[..., Any],
        events: Callable[..., None],
        sign_in: Callable[..., dict[str, str]],
    ) -> None:
        events()
        change_id = (await post("/v1/errors/cart/ignore")).json["change_id"]
        for target, status in (("?project_id=nothing", 404), ("", 200)):
            answer = await client.request("POST", f"{BULK}/{change_id}/undo{target}", headers=sign_in("ada"))
            assert answer.status == status
        assert (await client.get("/v1/errors/cart/history")).json[0]["changed_by_name"] == "ada"
