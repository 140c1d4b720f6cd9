"""Which project becomes which, and with which key; and which tokens go on working."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from bloop_trio.auth.store import list_tokens
from bloop_trio.db.generations import read_generations
from bloop_trio.issues.writing.writer import BatchWriter
from bloop_trio.projects.store import find_project, list_projects
from tests.conftest import NOW_MS, PROJECT_KEY, accepted, insert_project
from tests.importing.importing import import_into, outcomes
from tests.importing.rust_server import DEFAULT_KEY, SHOP_ID, SHOP_KEY

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from tests.importing.rust_server import RustServer

HASH = "11" * 32


def keys(connection: Connection) -> dict[str, str]:
    return {project.slug: project.api_key for project in list_projects(connection)}


class TestProjects:
    def test_a_new_one_keeps_id_slug_name_and_key(self, rust: RustServer, connection: Connection) -> None:
        rust.project(SHOP_ID, "shop", SHOP_KEY)
        before = read_generations(connection)["projects"]
        report = import_into(connection, rust.path)
        shop = find_project(connection, SHOP_ID)
        assert shop is not None
        assert (shop.id, shop.slug, shop.name, shop.api_key) == (SHOP_ID, "shop", "Shop", SHOP_KEY)
        assert outcomes(report, "projects") == (1, 1, {})
        assert read_generations(connection)["projects"] > before

    def test_the_default_one_gets_the_key_as_long_as_it_has_no_events(
        self, rust: RustServer, connection: Connection
    ) -> None:
        report = import_into(connection, rust.path)
        assert keys(connection) == {"default": DEFAULT_KEY}
        assert report.remarks == ("project default: was there without events and has the imported key now",)

    def test_one_with_events_keeps_its_key_and_the_report_says_so(
        self, rust: RustServer, connection: Connection
    ) -> None:
        BatchWriter(connection, sample_reservoir_size=5).write(connection, [accepted()])
        report = import_into(connection, rust.path)
        assert keys(connection) == {"default": PROJECT_KEY}
        assert report.remarks == (
            "project default: was there and keeps its own key; clients with the other key have to change",
        )

    def test_one_of_the_same_slug_is_the_same(self, rust: RustServer, connection: Connection) -> None:
        insert_project(connection, "shop")
        rust.project(SHOP_ID, "shop", SHOP_KEY)
        rust.receive(project_id=SHOP_ID)
        import_into(connection, rust.path)
        assert keys(connection) == {"default": DEFAULT_KEY, "shop": SHOP_KEY}
        assert connection.execute("SELECT project_no FROM issues").fetchall() == [(2,)]

    def test_what_cannot_be_used_is_replaced(self, rust: RustServer, connection: Connection) -> None:
        insert_project(connection, "mine", api_key=SHOP_KEY)
        rust.project("a", "Ünder Score", SHOP_KEY)
        rust.project("b", "x" * 200, "key-b")
        rust.project("", "nameless", "key-c")
        report = import_into(connection, rust.path)
        assert outcomes(report, "projects") == (2, 1, {"it has no id": 1})
        stored = keys(connection)
        assert stored.keys() == {"default", "mine", "nder-score", "x" * 88}
        assert stored["nder-score"].startswith("bloop_")
        assert stored["nder-score"] != SHOP_KEY
        assert len(report.remarks) == 4


class TestTokens:
    def test_they_are_copied_whole(self, rust: RustServer, connection: Connection) -> None:
        times: dict[str, Any] = {"expires_at": NOW_MS // 1000, "last_used_at": 3, "revoked_at": 4}
        rust.token(HASH, **times)
        import_into(connection, rust.path)
        (token,) = list_tokens(connection)
        assert (token.id, token.name, token.token_hash, token.token_prefix) == (
            "token-1111",
            "ci",
            HASH,
            "bloop_tk_AAAAAAA",
        )
        assert token.scopes == ("errors:read", "errors:write")
        assert (token.expires_secs, token.last_used_secs, token.revoked_secs) == (NOW_MS // 1000, 3, 4)
        assert (token.created_secs, token.created_by) == (NOW_MS // 1000 - 5000, None)

    @pytest.mark.parametrize(
        ("columns", "reason"),
        [
            ({"project_id": "gone"}, "its project is not there"),
            ({"scopes": "no list"}, "it has no scope that is known"),
            ({"scopes": json.dumps(["all"])}, "it has no scope that is known"),
            ({"expires_at": "never"}, "its time is not a time"),
            ({"revoked_at": -1}, "its time is not a time"),
        ],
        ids=str,
    )
    def test_one_that_cannot_be_read_does_not_open_anything(
        self, rust: RustServer, connection: Connection, columns: dict[str, str], reason: str
    ) -> None:
        rust.token(HASH, **columns)
        assert outcomes(import_into(connection, rust.path), "bearer_tokens") == (0, 0, {reason: 1})
        assert list_tokens(connection) == []

    def test_one_that_is_no_hash_is_skipped(self, rust: RustServer, connection: Connection) -> None:
        rust.token("short")
        report = import_into(connection, rust.path)
        assert outcomes(report, "bearer_tokens") == (0, 0, {"its hash is not a token's": 1})
