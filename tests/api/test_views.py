"""Saved views over HTTP: whose they are, who sees them, and what they may hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import pytest

from bloop_trio.views import store
from bloop_trio.views.shapes import MAX_QUERY_CHARS, SavedView
from tests.conftest import NOW_MS, as_json, insert_project

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.db.connection import Connection
    from tests.client import Answer, Client

VIEWS = "/v1/views"


@attrs.define
class Person:
    """Somebody who is signed in."""

    client: Client
    headers: dict[str, str]

    async def send(self, method: str, target: str, body: Any = None) -> Answer:
        sent = self.headers | ({"content-type": "application/json"} if body is not None else {})
        return await self.client.request(
            method,
            target,
            headers=sent,
            body=b"" if body is None else body if isinstance(body, bytes) else as_json(body),
        )

    async def save(self, name: str = "Mine", query: str = "is:unresolved", **more: Any) -> Any:
        answer = await self.send("POST", VIEWS, {"name": name, "query": query} | more)
        assert answer.status == 200, answer.body
        return answer.json

    async def names(self, query: str = "") -> list[str]:
        answer = await self.send("GET", f"{VIEWS}{query}")
        assert answer.status == 200
        return [view["name"] for view in answer.json]


@pytest.fixture
def person(client: Client, sign_in: Callable[..., dict[str, str]]) -> Callable[..., Person]:
    """Returns somebody of a name, who is no administrator unless it is said."""

    def made(name: str, *, is_admin: bool = False) -> Person:
        return Person(client, sign_in(name, is_admin=is_admin))

    return made


@pytest.fixture
def ada(person: Callable[..., Person]) -> Person:
    return person("ada")


@pytest.fixture
def bert(person: Callable[..., Person]) -> Person:
    return person("bert")


class TestSaving:
    async def test_a_view_is_answered_as_it_is_listed(self, ada: Person, connection: Connection) -> None:
        view = await ada.save("  Crashes ", " is:unresolved q:\u202f😀 ", sort="total_count", project_id="default")
        (ada_id,) = connection.execute("SELECT id FROM users").fetchone()
        assert list(view) == [field.name for field in attrs.fields(SavedView)]
        assert view == {
            "id": view["id"],
            "name": "Crashes",
            "query": "is:unresolved q:\u202f😀",
            "sort": "total_count",
            "project_id": "default",
            "is_shared": False,
            "created_by": ada_id,
            "created_by_name": "ada",
            "created_at": NOW_MS // 1000,
            "is_own": True,
        }
        answer = await ada.send("GET", VIEWS)
        assert answer.json == [view]
        again = await ada.send("GET", VIEWS)
        assert again.headers["etag"] == answer.headers["etag"]

    async def test_only_name_and_query_are_needed(self, ada: Person) -> None:
        view = await ada.save(query="")
        assert (view["query"], view["sort"], view["project_id"], view["is_shared"]) == ("", "last_seen", None, False)

    @pytest.mark.parametrize(
        ("body", "message"),
        [
            ({"query": ""}, "name is required"),
            ({"name": "n"}, "query is required"),
            ({"name": "", "query": ""}, "name must be a string of 1 to 200 characters"),
            ({"name": "  ", "query": ""}, "name is required"),
            ({"name": "n" * 201, "query": ""}, "name must be a string of 1 to 200 characters"),
            ({"name": "a\u202eb", "query": ""}, "name must not have control characters"),
            ({"name": "n", "query": "a\nb"}, "query must not have control characters"),
            ({"name": "n", "query": "\x00"}, "query must not have control characters"),
            ({"name": "n", "query": "\u200b"}, "query must have characters that can be seen"),
            ({"name": "n", "query": "q" * (MAX_QUERY_CHARS + 1)}, "query must be a string of at most 2000 characters"),
            ({"name": "n", "query": "", "sort": "name"}, "sort must be last_seen, total_count or first_seen"),
            ({"name": "n", "query": "", "is_shared": 1}, "is_shared must be true or false"),
            ({"name": "n", "query": "", "created_by": "eve"}, "there is no field created_by"),
            ([], "the body must be an object"),
        ],
    )
    async def test_what_makes_no_sense_is_refused(self, ada: Person, body: Any, message: str) -> None:
        answer = await ada.send("POST", VIEWS, body)
        assert (answer.status, answer.json) == (400, {"error": message})
        assert await ada.names() == []

    async def test_a_project_that_is_not_there_has_none(self, ada: Person) -> None:
        answer = await ada.send("POST", VIEWS, {"name": "n", "query": "", "project_id": "nothing"})
        assert (answer.status, answer.json) == (404, {"error": "project not found"})
        await ada.save()
        assert await ada.names("?project_id=nothing") == []

    async def test_a_name_is_free_once_for_each_owner_and_project(self, ada: Person, bert: Person) -> None:
        await ada.save()
        answer = await ada.send("POST", VIEWS, {"name": " Mine", "query": ""})
        assert (answer.status, answer.json) == (409, {"error": "there is a view of that name already"})
        await ada.save(project_id="default")
        answer = await ada.send("POST", VIEWS, {"name": "Mine", "query": "", "project_id": "default"})
        assert answer.status == 409
        await bert.save()
        await ada.save("mine")

    async def test_a_user_can_have_so_many_of_a_project(
        self, ada: Person, bert: Person, connection: Connection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        insert_project(connection, "other")
        monkeypatch.setattr(store, "MAX_VIEWS", 2)
        for name in "ab":
            await ada.save(name, project_id="default")
        answer = await ada.send("POST", VIEWS, {"name": "c", "query": "", "project_id": "default"})
        assert (answer.status, answer.json) == (
            409,
            {"error": "a user can have 2 views of a project: delete some first"},
        )
        await ada.save("c")
        await ada.save("c", project_id="other")
        await bert.save("c", project_id="default")

    async def test_no_token_opens_them(self, client: Client, make_token: Callable[..., str]) -> None:
        headers = {"authorization": f"Bearer {make_token('errors:read', 'errors:write')}"}
        for method, target in (("GET", VIEWS), ("POST", VIEWS), ("PUT", f"{VIEWS}/x"), ("DELETE", f"{VIEWS}/x")):
            answer = await client.request(method, target, headers=headers)
            assert (answer.status, answer.json) == (401, {"error": "authentication required"})


class TestSharing:
    async def test_a_view_is_its_owners_alone_until_it_is_shared(self, ada: Person, bert: Person) -> None:
        view = await ada.save()
        assert await bert.names() == []
        changed = (await ada.send("PUT", f"{VIEWS}/{view['id']}", {"is_shared": True})).json
        assert changed == view | {"is_shared": True}
        (seen,) = (await bert.send("GET", VIEWS)).json
        assert seen == changed | {"is_own": False}

    async def test_ones_own_come_first_and_each_part_by_name(self, ada: Person, bert: Person) -> None:
        for name in ("b", "d"):
            await ada.save(name, is_shared=True)
        for name in ("c", "a", "B"):
            await bert.save(name, is_shared=True)
        assert await bert.names() == ["B", "a", "c", "b", "d"]
        assert await ada.names() == ["b", "d", "B", "a", "c"]

    async def test_those_of_a_project_come_with_those_for_all_projects(
        self, ada: Person, connection: Connection
    ) -> None:
        other = insert_project(connection, "other")
        await ada.save("all")
        await ada.save("of default", project_id="default")
        view = await ada.save("of other", project_id="other")
        assert view["project_id"] == other.id
        assert await ada.names("?project_id=other") == ["all", "of other"]
        assert await ada.names("?project_id=default") == ["all", "of default"]
        assert await ada.names() == ["all", "of default", "of other"]
        connection.execute("UPDATE projects SET deleted_secs = 1 WHERE slug = 'other'")
        assert await ada.names() == ["all", "of default"]
        assert (await ada.send("PUT", f"{VIEWS}/{view['id']}", {"name": "n"})).status == 404

    async def test_others_may_not_change_one_that_is_shared_and_do_not_find_one_that_is_not(
        self, ada: Person, bert: Person
    ) -> None:
        shared, private = await ada.save("shared", is_shared=True), await ada.save("private")
        for method, body in (("PUT", {"name": "x"}), ("DELETE", None)):
            answer = await bert.send(method, f"{VIEWS}/{shared['id']}", body)
            message = "only whoever saved it or an administrator may change a view"
            assert (answer.status, answer.json) == (403, {"error": message})
            answer = await bert.send(method, f"{VIEWS}/{private['id']}", body)
            assert (answer.status, answer.json) == (404, {"error": f"view {private['id']} not found"})
        assert await ada.names() == ["private", "shared"]

    async def test_an_administrator_may_and_it_stays_its_owners(
        self, ada: Person, person: Callable[..., Person], connection: Connection
    ) -> None:
        root = person("root", is_admin=True)
        view = await ada.save("shared", is_shared=True)
        private = await ada.save("private")
        changed = (await root.send("PUT", f"{VIEWS}/{view['id']}", {"name": "better"})).json
        assert (changed["created_by_name"], changed["is_own"]) == ("ada", False)
        assert (await root.send("PUT", f"{VIEWS}/{private['id']}", {"name": "x"})).status == 404
        connection.execute("UPDATE users SET is_admin = 0 WHERE username = 'root'")
        assert (await root.send("DELETE", f"{VIEWS}/{view['id']}")).status == 403, "the role of now counts"
        connection.execute("UPDATE users SET is_admin = 1 WHERE username = 'root'")
        assert (await root.send("DELETE", f"{VIEWS}/{view['id']}")).json == {"deleted": view["id"]}
        assert await ada.names() == ["private"]


class TestChanging:
    async def test_what_is_left_out_stays(self, ada: Person) -> None:
        view = await ada.save(sort="first_seen")
        target = f"{VIEWS}/{view['id']}"
        assert (await ada.send("PUT", target, {})).json == view
        assert (await ada.send("PUT", target, {"query": ""})).json == view | {"query": ""}
        answer = await ada.send("PUT", target, {"name": " New ", "sort": "last_seen", "is_shared": False})
        assert answer.json == view | {"query": "", "name": "New", "sort": "last_seen"}
        assert (await ada.send("GET", VIEWS)).json == [answer.json]

    async def test_a_name_that_its_owner_has_elsewhere_is_refused(self, ada: Person) -> None:
        view, _ = await ada.save("a"), await ada.save("b")
        answer = await ada.send("PUT", f"{VIEWS}/{view['id']}", {"name": "b"})
        assert (answer.status, answer.json) == (409, {"error": "there is a view of that name already"})
        assert (await ada.send("PUT", f"{VIEWS}/{view['id']}", {"name": "a"})).status == 200

    @pytest.mark.parametrize("view_id", ["x", "%00", "..", "'; DROP TABLE saved_views --", "😀"])
    async def test_one_that_is_not_there_is_not_found(self, ada: Person, view_id: str) -> None:
        for method, body in (("PUT", {"name": "x"}), ("DELETE", None)):
            assert (await ada.send(method, f"{VIEWS}/{view_id}", body)).status == 404


class TestRemovedUsers:
    @pytest.mark.parametrize("how", ["removed", "reset"])
    async def test_what_they_share_stays_without_an_owner_and_the_rest_goes(
        self, ada: Person, person: Callable[..., Person], connection: Connection, how: str
    ) -> None:
        await ada.save("private")
        shared = await ada.save("shared", is_shared=True)
        root = person("root", is_admin=True)
        (ada_id,) = connection.execute("SELECT id FROM users WHERE username = 'ada'").fetchone()
        if how == "removed":
            assert (await root.send("DELETE", f"/v1/admin/users/{ada_id}")).status == 200
        else:
            assert (await root.send("POST", "/v1/admin/reset", {"confirm": True})).status == 200
            root = person("root", is_admin=True)
        assert connection.execute("SELECT name FROM saved_views").fetchall() == [("shared",)]
        (left,) = (await root.send("GET", VIEWS)).json
        assert left == shared | {"created_by": None, "created_by_name": None, "is_own": False}
        answer = await root.send("PUT", f"{VIEWS}/{shared['id']}", {"is_shared": False})
        assert (answer.status, answer.json) == (400, {"error": "a view that nobody owns has to stay shared"})
        assert (await root.send("PUT", f"{VIEWS}/{shared['id']}", {"name": "kept"})).json["name"] == "kept"
        assert (await root.send("DELETE", f"{VIEWS}/{shared['id']}")).status == 200
