"""Projects over HTTP: who may see and change what, and that changes are effective at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bloop_trio.db.connection import transaction
from bloop_trio.exceptions import NotFoundError
from bloop_trio.issues.stored.payload import PayloadReader
from bloop_trio.issues.writing.search_index import index_slice
from bloop_trio.projects.project import DEFAULT_SLUG
from tests.api.conftest import JSON
from tests.conftest import NOW_MS, PROJECT_KEY, accepted, as_json, insert_project
from tests.issues.rig import a_request

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.writing.writer import BatchWriter
    from tests.client import Answer, Client
    from tests.conftest import Ingest

    Headers = dict[str, str]
    SignIn = Callable[..., Headers]

NO_PROJECT = (404, {"error": "project not found"})

MISFITS = [
    ({}, "name is required"),
    ({"name": "Shop"}, "slug is required"),
    ({"slug": "shop"}, "name is required"),
    ({"name": None, "slug": "shop"}, "name must be a string"),
    ({"name": 7, "slug": "shop"}, "name must be a string"),
    ({"name": "", "slug": "shop"}, "name is required"),
    ({"name": " \t\n", "slug": "shop"}, "name is required"),
    ({"name": "a" * 201, "slug": "shop"}, "name must be at most 200 characters"),
    ({"name": "a\0b", "slug": "shop"}, "name must not have control characters"),
    ({"name": "a\u202eb", "slug": "shop"}, "name must not have control characters"),
    ({"name": "\u200b", "slug": "shop"}, "name must have characters that can be seen"),
    ({"name": "Shop", "slug": None}, "slug must be a string"),
    ({"name": "Shop", "slug": ["shop"]}, "slug must be a string"),
    ({"name": "Shop", "slug": ""}, "slug is required"),
    ({"name": "Shop", "slug": "Shop"}, "slug must be lowercase alphanumeric with hyphens"),
    ({"name": "Shop", "slug": "a/b"}, "slug must be lowercase alphanumeric with hyphens"),
    ({"name": "Shop", "slug": "caf\u00e9"}, "slug must be lowercase alphanumeric with hyphens"),
    ({"name": "Shop", "slug": "a" * 101}, "slug must be at most 100 characters"),
    ({"name": "Shop", "slug": "default"}, "a project with that slug already exists"),
    ({"name": "Shop", "slug": "shop", "api_key": "mine"}, "there is no field api_key"),
    ([], "the body must be an object"),
]


async def send(client: Client, who: Headers, method: str, path: str, body: Any = None) -> Answer:
    sent = body if isinstance(body, bytes) else b"" if body is None else as_json(body)
    return await client.request(method, path, body=sent, headers=who | (JSON if body is not None else {}))


async def made(client: Client, who: Headers, slug: str = "shop") -> dict[str, Any]:
    answer = await send(client, who, "POST", "/v1/projects", {"name": slug.title(), "slug": slug})
    assert answer.status == 200, answer.body
    project: dict[str, Any] = answer.json
    return project


def acts(conn: Connection) -> list[tuple[Any, ...]]:
    return conn.execute("SELECT action, actor_name, target_name, details FROM audit_entries ORDER BY id").fetchall()


class TestCreate:
    async def test_any_user_creates_one_and_owns_it(self, client: Client, sign_in: SignIn) -> None:
        project = await made(client, sign_in("bob", is_admin=False))
        assert list(project) == ["id", "name", "slug", "api_key", "created_at", "created_by"]
        assert (project["name"], project["slug"], project["created_at"]) == ("Shop", "shop", NOW_MS // 1000)
        assert project["created_by"] == "10000000-0000-4000-8000-000000000001"
        assert len(project["api_key"]) == 70

    async def test_its_key_works_at_once(self, client: Client, sign_in: SignIn, ingest: Ingest) -> None:
        project = await made(client, sign_in())
        assert ingest.keys.find(project["api_key"].encode()) is not None

    @pytest.mark.parametrize(("body", "message"), MISFITS)
    async def test_what_does_not_fit_is_refused_in_a_sentence(
        self, client: Client, sign_in: SignIn, connection: Connection, body: Any, message: str
    ) -> None:
        answer = await send(client, sign_in(), "POST", "/v1/projects", body)
        assert (answer.status, answer.json) == (400, {"error": message})
        assert connection.execute("SELECT count(*) FROM projects").fetchone() == (1,)
        assert acts(connection) == []

    @pytest.mark.parametrize("body", [b"{", b'{"name":"\\ud800","slug":"a"}', b"\xff", b"[" * 20_000])
    async def test_what_is_no_json_is_refused(self, client: Client, sign_in: SignIn, body: bytes) -> None:
        assert (await send(client, sign_in(), "POST", "/v1/projects", body)).status in {400, 413}

    async def test_a_slug_that_is_an_id_is_taken(self, client: Client, sign_in: SignIn, connection: Connection) -> None:
        other = insert_project(connection, "other")
        answer = await send(client, sign_in(), "POST", "/v1/projects", {"name": "Shop", "slug": other.id})
        assert answer.json == {"error": "a project with that slug already exists"}

    async def test_a_name_that_is_markup_comes_back_as_it_was(self, client: Client, sign_in: SignIn) -> None:
        who, name = sign_in(), "<script>alert(1)</script> \U0001f600"
        await send(client, who, "POST", "/v1/projects", {"name": f"  {name} ", "slug": "shop"})
        assert (await send(client, who, "GET", "/v1/projects/shop")).json["name"] == name


class TestRead:
    async def test_all_are_listed_the_oldest_first(
        self, client: Client, sign_in: SignIn, connection: Connection
    ) -> None:
        connection.execute("UPDATE projects SET created_secs = 5")
        await made(client, sign_in(), "b")
        await made(client, sign_in(), "a")
        listed = (await send(client, sign_in(), "GET", "/v1/projects")).json
        assert [project["slug"] for project in listed] == ["default", "b", "a"]

    async def test_the_key_is_for_administrators_and_the_creator(self, client: Client, sign_in: SignIn) -> None:
        bob, eve, ada = sign_in("bob", is_admin=False), sign_in("eve", is_admin=False), sign_in("ada")
        key = (await made(client, bob))["api_key"]
        for who, keys in ((ada, [PROJECT_KEY, key]), (bob, [None, key]), (eve, [None, None])):
            listed = (await send(client, who, "GET", "/v1/projects")).json
            assert [project.get("api_key") for project in listed] == keys
            one = (await send(client, who, "GET", "/v1/projects/shop")).json
            assert one == listed[1]
            assert ("api_key" in one) == (keys[1] is not None)

    async def test_one_is_found_by_slug_and_by_id(self, client: Client, sign_in: SignIn) -> None:
        project = await made(client, sign_in())
        for address in (project["id"], "shop"):
            assert (await send(client, sign_in(), "GET", f"/v1/projects/{address}")).json == project

    @pytest.mark.parametrize("address", ["nowhere", "Shop", "%00", "a%2Fb", "'--", "%F0%9F%98%80", "!2", "a" * 500])
    async def test_one_that_is_not_there_is_not_found(self, client: Client, sign_in: SignIn, address: str) -> None:
        for method, path in (("GET", ""), ("PUT", ""), ("DELETE", ""), ("POST", "/rotate-key")):
            body = {"name": "x"} if method == "PUT" else None
            answer = await send(client, sign_in(), method, f"/v1/projects/{address}{path}", body)
            assert (answer.status, answer.json) == NO_PROJECT


class TestOwners:
    @pytest.mark.parametrize(
        ("method", "path", "body"),
        [("PUT", "", {"name": "Mine"}), ("DELETE", "", None), ("POST", "/rotate-key", None)],
    )
    async def test_another_user_changes_nothing_and_the_creator_and_administrators_may(
        self,
        client: Client,
        sign_in: SignIn,
        connection: Connection,
        method: str,
        path: str,
        body: dict[str, str] | None,
    ) -> None:
        bob, eve = sign_in("bob", is_admin=False), sign_in("eve", is_admin=False)
        for owner in (bob, sign_in("ada")):
            project = await made(client, bob)
            before = connection.execute("SELECT * FROM projects").fetchall()
            for who in (eve, {}):
                answer = await send(client, who, method, f"/v1/projects/shop{path}", body)
                refusals = [(401, "authentication required"), (403, "you do not have access to this project")]
                assert (answer.status, answer.json["error"]) == refusals[who is eve]
            assert connection.execute("SELECT * FROM projects").fetchall() == before
            assert (await send(client, owner, method, f"/v1/projects/{project['id']}{path}", body)).status == 200
            connection.execute("DELETE FROM projects WHERE no > 1")

    async def test_the_default_project_is_for_administrators(self, client: Client, sign_in: SignIn) -> None:
        bob = sign_in("bob", is_admin=False)
        assert (await send(client, bob, "PUT", "/v1/projects/default", {"name": "Mine"})).status == 403
        renamed = await send(client, sign_in(), "PUT", "/v1/projects/default", {"name": "Main"})
        assert (renamed.status, renamed.json["name"]) == (200, "Main")


class TestRename:
    async def test_the_name_changes_and_the_slug_does_not(
        self, client: Client, sign_in: SignIn, connection: Connection
    ) -> None:
        project = await made(client, sign_in())
        answer = await send(client, sign_in(), "PUT", "/v1/projects/shop", {"name": " Store "})
        assert answer.json == project | {"name": "Store"}
        assert acts(connection)[-1] == ("project.renamed", "ada", "Shop", '{"name":"Store"}')

    @pytest.mark.parametrize("body", [{}, {"name": None}, {"name": "Shop"}])
    async def test_without_another_name_nothing_changes(
        self, client: Client, sign_in: SignIn, connection: Connection, body: dict[str, Any]
    ) -> None:
        project = await made(client, sign_in())
        before = acts(connection)
        answer = await send(client, sign_in(), "PUT", "/v1/projects/shop", body)
        assert (answer.status, answer.json) == (200, project)
        assert acts(connection) == before

    @pytest.mark.parametrize(
        ("body", "message"),
        [
            ({"name": ""}, "name is required"),
            ({"name": "a" * 201}, "name must be at most 200 characters"),
            ({"name": "a\nb"}, "name must not have control characters"),
            ({"name": False}, "name must be a string"),
            ({"name": "Store", "slug": "store"}, "there is no field slug"),
        ],
    )
    async def test_what_does_not_fit_is_refused_in_a_sentence(
        self, client: Client, sign_in: SignIn, body: dict[str, Any], message: str
    ) -> None:
        project = await made(client, sign_in())
        answer = await send(client, sign_in(), "PUT", "/v1/projects/shop", body)
        assert (answer.status, answer.json) == (400, {"error": message})
        assert (await send(client, sign_in(), "GET", "/v1/projects/shop")).json == project


class TestRotate:
    async def test_the_old_key_stops_at_once_and_the_new_one_works(
        self, client: Client, sign_in: SignIn, ingest: Ingest, connection: Connection
    ) -> None:
        old = await made(client, sign_in())
        new = (await send(client, sign_in(), "POST", "/v1/projects/shop/rotate-key")).json
        assert new == old | {"api_key": new["api_key"]}
        assert new["api_key"] != old["api_key"]
        answers = [await sent_with(ingest, key["api_key"]) for key in (old, new)]
        assert answers == [401, 200]
        assert acts(connection)[-1] == ("project.key_rotated", "ada", "Shop", '{"grace_hours":0}')

    async def test_with_grace_both_keys_work(self, client: Client, sign_in: SignIn, ingest: Ingest) -> None:
        old = await made(client, sign_in())
        answer = await send(client, sign_in(), "POST", "/v1/projects/shop/rotate-key", {"grace_hours": 168})
        assert [await sent_with(ingest, key["api_key"]) for key in (old, answer.json)] == [200, 200]

    @pytest.mark.parametrize("body", [{}, {"grace_hours": 0}])
    async def test_no_grace_is_the_default(
        self, client: Client, sign_in: SignIn, ingest: Ingest, body: dict[str, int]
    ) -> None:
        old = await made(client, sign_in())
        assert (await send(client, sign_in(), "POST", "/v1/projects/shop/rotate-key", body)).status == 200
        assert ingest.keys.find(old["api_key"].encode()) is None

    @pytest.mark.parametrize("hours", [-1, 169, 2**70, None, "2", True, 1.5, [1]])
    async def test_any_other_grace_is_refused_and_the_key_stays(
        self, client: Client, sign_in: SignIn, hours: Any
    ) -> None:
        old = await made(client, sign_in())
        answer = await send(client, sign_in(), "POST", "/v1/projects/shop/rotate-key", {"grace_hours": hours})
        assert (answer.status, answer.json) == (400, {"error": "grace_hours must be a whole number from 0 to 168"})
        assert (await send(client, sign_in(), "GET", "/v1/projects/shop")).json == old

    async def test_an_unknown_field_is_refused(self, client: Client, sign_in: SignIn) -> None:
        answer = await send(client, sign_in(), "POST", "/v1/projects/default/rotate-key", {"grace": 1})
        assert (answer.status, answer.json) == (400, {"error": "there is no field grace"})


async def sent_with(ingest: Ingest, key: str) -> int:
    return (await ingest.intake.answer(a_request(as_json(EVENT), key=key))).status


EVENT = {
    "timestamp": NOW_MS, "source": "api", "environment": "prod", "release": "1", "error_type": "E", "message": "m",
}  # fmt: skip


class TestDelete:
    async def test_it_is_gone_at_once_with_keys_and_tokens(
        self, client: Client, sign_in: SignIn, ingest: Ingest, make_token: Callable[..., str], connection: Connection
    ) -> None:
        project = await made(client, sign_in())
        token = make_token("errors:read", project_no=2)
        assert (await client.get("/v1/errors", token=token)).status == 200
        answer = await send(client, sign_in(), "DELETE", "/v1/projects/shop")
        assert (answer.status, answer.json) == (200, {"deleted": True})
        assert [p["slug"] for p in (await send(client, sign_in(), "GET", "/v1/projects")).json] == [DEFAULT_SLUG]
        for address in ("shop", project["id"]):
            assert (await send(client, sign_in(), "GET", f"/v1/projects/{address}")).status == 404
            assert (await send(client, sign_in(), "DELETE", f"/v1/projects/{address}")).status == 404
        assert await sent_with(ingest, project["api_key"]) == 401
        assert (await client.get("/v1/errors", token=token)).status == 401
        assert acts(connection)[-1] == ("project.deleted", "ada", "Shop", '{"slug":"shop"}')

    async def test_its_slug_is_free_for_another_one_that_has_nothing_of_it(
        self, client: Client, sign_in: SignIn, connection: Connection, batches: BatchWriter
    ) -> None:
        old = await made(client, sign_in())
        batches.write(connection, [accepted(project_no=2, fingerprint="cart")])
        await send(client, sign_in(), "DELETE", "/v1/projects/shop")
        new = await made(client, sign_in())
        assert (new["slug"], new["id"] != old["id"]) == ("shop", True)
        assert (await send(client, sign_in(), "GET", "/v1/errors?project_id=shop")).json == []
        assert connection.execute("SELECT no FROM projects WHERE slug = 'shop'").fetchone() == (3,)

    async def test_lists_over_all_projects_have_nothing_of_it(
        self, client: Client, sign_in: SignIn, connection: Connection, batches: BatchWriter
    ) -> None:
        await made(client, sign_in())
        events = [accepted(project_no=no, fingerprint=f"cart{no}", message="zebra") for no in (1, 2)]
        batches.write(connection, events)
        index_slice(connection, PayloadReader())
        await send(client, sign_in(), "DELETE", "/v1/projects/shop")
        for path in ("/v1/errors", "/v1/errors?q=zebra", "/v1/errors?group=fingerprint"):
            body = (await send(client, sign_in(), "GET", path)).body
            assert (b"cart1" in body, b"cart2" in body) == (True, False), path
        assert (await send(client, sign_in(), "GET", "/v1/errors/cart2")).status == 404
        assert (await send(client, sign_in(), "GET", "/v1/stats")).json["total_errors"] == 1

    async def test_the_default_project_stays(self, client: Client, sign_in: SignIn) -> None:
        answer = await send(client, sign_in(), "DELETE", "/v1/projects/default")
        assert (answer.status, answer.json) == (400, {"error": "cannot delete the default project"})

    async def test_its_live_feed_ends_and_others_go_on(
        self, client: Client, sign_in: SignIn, make_token: Callable[..., str]
    ) -> None:
        await made(client, sign_in())
        feed = client.services.feed
        theirs, ours = feed.join(2), feed.join(1)
        async with client.listen(
            "/v1/stream", {"authorization": f"Bearer {make_token('errors:read', project_no=2)}"}
        ) as messages:
            while not theirs.open:
                await messages.receive()
            await send(client, sign_in(), "DELETE", "/v1/projects/shop")
            assert [message async for message in until_the_end(messages)][-1]["more_body"] is False
        assert theirs.open == set()
        assert feed.join(1) is ours
        with pytest.raises(NotFoundError):
            feed.join(2)

    async def test_the_clearing_away_is_asked_for(self, client: Client, sign_in: SignIn) -> None:
        await made(client, sign_in())
        await send(client, sign_in(), "DELETE", "/v1/projects/shop")
        await client.services.removal_nudge.wait(most_secs=60)  # or the test takes a minute


async def until_the_end(messages: Any) -> Any:
    async for message in messages:
        yield message
        if message["type"] == "http.response.body" and not message.get("more_body"):
            return


async def test_a_change_that_the_store_refuses_leaves_nothing_half_done(
    client: Client, sign_in: SignIn, connection: Connection
) -> None:
    who = sign_in()
    with transaction(connection):  # somebody else writes for longer than the server waits
        answer = await send(client, who, "POST", "/v1/projects", {"name": "Shop", "slug": "shop"})
    assert (answer.status, answer.json) == (503, {"error": "the store refused the change, try again"})
    assert acts(connection) == []
    assert (await send(client, who, "GET", "/v1/projects/shop")).status == 404


CHANGES = [
    ("POST", "/v1/projects", {"name": "New", "slug": "new"}),
    ("PUT", "/v1/projects/shop", {"name": "New"}),
    ("POST", "/v1/projects/shop/rotate-key", {"grace_hours": 1}),
    ("DELETE", "/v1/projects/shop", None),
    ("POST", "/v1/tokens", {"name": "CI", "project_id": "shop", "scopes": ["errors:read"]}),
]


@pytest.mark.parametrize(("method", "target", "body"), CHANGES)
async def test_whoever_is_removed_or_demoted_before_the_transaction_changes_nothing(
    client: Client, sign_in: SignIn, connection: Connection, method: str, target: str, body: Any
) -> None:
    await made(client, sign_in("ada"))
    token_id = (await send(client, sign_in("ada"), "POST", "/v1/tokens", CHANGES[-1][2])).json["id"]
    root = sign_in("root", is_admin=True)
    before = acts(connection)
    # What the server remembers of sessions is as old as it is at the door.
    for change, refusal in (("UPDATE users SET is_admin = 0", 403), ("DELETE FROM sessions", 401)):
        assert (await send(client, root, "GET", "/v1/admin/users")).status == 200
        connection.execute(change)
        for one in ((method, target, body), ("DELETE", f"/v1/tokens/{token_id}", None)):
            if refusal == 403 and one[1] == "/v1/projects":
                continue  # which is for everybody
            assert (await send(client, root, *one)).status == refusal
    assert acts(connection) == before
