from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bloop_trio.audit.queries import AuditFilters, list_entries
from bloop_trio.auth.hashing import secret_hash
from bloop_trio.auth.store import find_by_hash
from bloop_trio.db.connection import open_connection

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.auth.tokens import Token
    from tests.cli.conftest import Said

CREATE = ("token", "create", "--project", "default", "--name", "ci")


def stored(plaintext: str) -> Token:
    conn = open_connection(Path("bloop.db"), read_only=True)
    try:
        token = find_by_hash(conn, secret_hash(plaintext))
    finally:
        conn.close()
    assert token is not None
    return token


class TestCreate:
    def test_the_plaintext_is_printed_once(self, bloop: Callable[..., Said]) -> None:
        said = bloop(*CREATE, "--scope", "errors:read")
        plaintext = said.out.splitlines()[0]
        assert stored(plaintext).scopes == ("errors:read",)
        assert plaintext not in bloop("token", "list", "--json").out

    def test_as_a_document(self, bloop: Callable[..., Said]) -> None:
        document = bloop(
            *CREATE, "--scope", "errors:read", "--scope", "llm:write", "--expires-in-days", "30", "--json"
        ).document
        token = stored(document["token"])
        assert document == {
            "id": token.id,
            "name": "ci",
            "token": document["token"],
            "token_prefix": document["token"][:16],
            "project_id": "default",
            "scopes": ["errors:read", "llm:write"],
            "created_at": token.created_secs,
            "expires_at": token.created_secs + 30 * 86_400,
        }

    def test_without_a_lifetime_it_does_not_expire(self, bloop: Callable[..., Said]) -> None:
        assert bloop(*CREATE, "--scope", "errors:read", "--json").document["expires_at"] is None

    def test_an_unknown_project_fails(self, bloop: Callable[..., Said]) -> None:
        said = bloop("token", "create", "--project", "nowhere", "--name", "ci", "--scope", "errors:read")
        assert (said.code, said.err.split(" (")[0]) == (1, "bloop: project not found: nowhere")

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ([], "the following arguments are required: --scope"),
            (["--scope", "errors"], "argument --scope: invalid choice: 'errors' (choose from "),
            (
                ["--scope", "errors:read", "--expires-in-days", "0"],
                "argument --expires-in-days: expected 1 to 3650 days, got '0'",
            ),
            (
                ["--scope", "errors:read", "--expires-in-days", "soon"],
                "argument --expires-in-days: expected 1 to 3650 days, got 'soon'",
            ),
            (["--scope", "errors:read", "--name", " "], "argument --name: name must be 1-100 characters"),
        ],
    )
    def test_what_cannot_be_used_is_a_wrong_command_line(
        self, bloop: Callable[..., Said], arguments: list[str], message: str
    ) -> None:
        said = bloop(*CREATE, *arguments)
        assert said.code == 2
        assert said.err.startswith(f"bloop: {message}")


class TestList:
    def test_without_tokens_the_document_is_an_empty_list(self, bloop: Callable[..., Said]) -> None:
        assert bloop("token", "list", "--json").document == []

    def test_one_projects_tokens_or_all(self, bloop: Callable[..., Said]) -> None:
        bloop("project", "create", "Shop", "--slug", "shop")
        bloop(*CREATE, "--scope", "errors:read")
        bloop("token", "create", "--project", "shop", "--name", "shop-ci", "--scope", "errors:read")
        names = [token["name"] for token in bloop("token", "list", "--json").document]
        assert names == ["shop-ci", "ci"]
        (only,) = bloop("token", "list", "--project", "shop", "--json").document
        assert list(only) == [
            "id", "name", "token_prefix", "project_id", "scopes", "created_at", "expires_at", "last_used_at",
            "revoked_at",
        ]  # fmt: skip
        assert only["name"] == "shop-ci"

    def test_the_table_names_the_project(self, bloop: Callable[..., Said]) -> None:
        bloop(*CREATE, "--scope", "errors:read", "--scope", "errors:write")
        heading, line = bloop("token", "list").out.splitlines()
        assert heading.split()[:5] == ["ID", "NAME", "PROJECT", "TOKEN", "SCOPES"]
        assert " ci    default  bloop_tk_" in line
        assert "errors:read errors:write" in line

    def test_an_unknown_project_fails(self, bloop: Callable[..., Said]) -> None:
        assert bloop("token", "list", "--project", "nowhere").code == 1


class TestRevoke:
    def test_a_revoked_token_stays_in_the_list(self, bloop: Callable[..., Said]) -> None:
        created = bloop(*CREATE, "--scope", "errors:read", "--json").document
        assert bloop("token", "revoke", created["id"], "--json").document == {"revoked": created["id"]}
        (token,) = bloop("token", "list", "--json").document
        assert token["revoked_at"] == stored(created["token"]).revoked_secs is not None

    def test_it_cannot_be_revoked_twice(self, bloop: Callable[..., Said]) -> None:
        created = bloop(*CREATE, "--scope", "errors:read", "--json").document
        bloop("token", "revoke", created["id"])
        assert bloop("token", "revoke", created["id"]).code == 1


def test_the_audit_log_names_the_shell_and_no_secret(bloop: Callable[..., Said]) -> None:
    created = bloop(*CREATE, "--scope", "errors:read", "--expires-in-days", "1", "--json").document
    bloop("token", "revoke", created["id"])
    with closing(open_connection(Path("bloop.db"), read_only=True)) as conn:
        entries, _ = list_entries(conn, AuditFilters(), before_id=None, limit=9)
    assert [(entry.action, entry.actor_name, entry.target, entry.target_name) for entry in entries] == [
        ("token.revoked", "shell", created["id"], "ci"),
        ("token.created", "shell", created["id"], "ci"),
    ]
    assert entries[1].details == {"scopes": ["errors:read"], "expires_at": created["expires_at"]}
