from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bloop_trio.auth.hashing import secret_hash
from bloop_trio.auth.invites import LIFETIME_SECS
from bloop_trio.clock import now_secs
from bloop_trio.db.connection import open_connection
from tests.conftest import insert_session, insert_user

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Said


def rows(sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect("bloop.db")) as conn:
        return conn.execute(sql).fetchall()


class TestInvite:
    def test_the_link_leads_to_the_configured_origin(self, bloop: Callable[..., Said]) -> None:
        origin = {"BLOOP__AUTH__RP_ID": "bloop.example", "BLOOP__AUTH__RP_ORIGIN": "https://bloop.example"}
        link, end = bloop("admin", "invite", **origin).out.splitlines()
        start, _, token = link.partition("=")
        assert start == "https://bloop.example/auth/login?invite"
        assert len(token) == 43
        assert end.startswith("Good for one registration until 20")
        assert rows("SELECT token_hash, is_admin, created_by FROM invites") == [(secret_hash(token), 0, None)]

    def test_as_a_document(self, bloop: Callable[..., Said]) -> None:
        before = now_secs()
        document = bloop("admin", "invite", "--admin", "--json").document
        ((invite_id, prefix, is_admin),) = rows("SELECT id, token_prefix, is_admin FROM invites")
        assert (document["id"], document["token_prefix"], document["is_admin"]) == (invite_id, prefix, bool(is_admin))
        assert document["token"].startswith(prefix)
        assert document["url"] == f"http://localhost:5332/auth/login?invite={document['token']}"
        assert before + LIFETIME_SECS <= document["expires_at"] <= now_secs() + LIFETIME_SECS

    def test_it_stands_in_the_audit_log(self, bloop: Callable[..., Said]) -> None:
        bloop("admin", "invite")
        assert rows("SELECT actor, actor_name, action FROM audit_entries") == [(None, "shell", "invite.created")]


class TestReset:
    def test_without_a_yes_it_says_what_would_be_lost(self, bloop: Callable[..., Said]) -> None:
        bloop("project", "list")
        with closing(open_connection(Path("bloop.db"))) as conn:
            insert_user(conn, "ada", is_admin=True)
        said = bloop("admin", "reset")
        assert said.code == 1
        assert said.err == "bloop: this removes every user (1), with passkeys and tokens: if it is meant, say --yes\n"
        assert rows("SELECT count(*) FROM users") == [(1,)]

    def test_it_removes_everybody(self, bloop: Callable[..., Said]) -> None:
        bloop("admin", "invite")
        with closing(open_connection(Path("bloop.db"))) as conn:
            insert_session(conn, insert_user(conn, "ada", is_admin=True))
            conn.execute("UPDATE projects SET created_by = '10000000-0000-4000-8000-000000000001'")
        assert bloop("admin", "reset", "--yes", "--json").document == {"users_removed": 1}
        for table in ("users", "sessions", "invites"):
            assert rows(f"SELECT count(*) FROM {table}") == [(0,)]
        assert rows("SELECT created_by FROM projects") == [(None,)]
        assert rows("SELECT actor_name, action FROM audit_entries")[-1] == ("shell", "people.reset")
