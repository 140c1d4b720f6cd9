from __future__ import annotations

import re
import stat
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bloop_trio.audit.queries import AuditFilters, list_entries
from bloop_trio.db.connection import open_connection
from bloop_trio.projects.store import list_projects, list_retired_keys

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Said

KEY = re.compile(r"bloop_[0-9a-f]{64}")


def stored() -> list[tuple[str, str]]:
    conn = open_connection(Path("bloop.db"), read_only=True)
    try:
        return [(project.slug, project.api_key) for project in list_projects(conn)]
    finally:
        conn.close()


class TestCreate:
    def test_the_key_is_printed(self, bloop: Callable[..., Said]) -> None:
        said = bloop("project", "create", "Web shop", "--slug", "shop")
        ((_, key),) = [entry for entry in stored() if entry[0] == "shop"]
        assert said.out == f"Created project shop.\nKey: {key}\n"

    def test_as_a_document(self, bloop: Callable[..., Said]) -> None:
        document = bloop("project", "create", "Web shop", "--slug", "shop", "--json").document
        assert list(document) == ["id", "name", "slug", "api_key", "created_at", "created_by"]
        assert (document["name"], document["slug"], document["created_by"]) == ("Web shop", "shop", None)
        assert KEY.fullmatch(document["api_key"])

    def test_the_database_is_created_for_its_owner_alone(self, bloop: Callable[..., Said]) -> None:
        bloop("project", "create", "Shop", "--slug", "shop", BLOOP__DATABASE__PATH="other.db")
        assert stat.S_IMODE(Path("other.db").stat().st_mode) == 0o600

    def test_a_taken_slug_fails(self, bloop: Callable[..., Said]) -> None:
        bloop("project", "create", "Shop", "--slug", "shop")
        said = bloop("project", "create", "Shop", "--slug", "shop")
        assert (said.code, said.err) == (1, "bloop: a project with that slug already exists: shop\n")

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["Shop", "--slug", "My Shop"], "argument --slug: slug must be lowercase alphanumeric with hyphens"),
            (["Shop", "--slug", ""], "argument --slug: slug is required"),
            (["", "--slug", "shop"], "argument NAME: name is required"),
            (["Shop"], "the following arguments are required: --slug"),
        ],
    )
    def test_what_cannot_be_used_is_a_wrong_command_line(
        self, bloop: Callable[..., Said], folder: Path, arguments: list[str], message: str
    ) -> None:
        said = bloop("project", "create", *arguments)
        assert (said.code, said.err) == (2, f"bloop: {message} (see `bloop project create --help`)\n")
        assert list(folder.iterdir()) == []


class TestList:
    def test_the_default_project_is_always_there(self, bloop: Callable[..., Said]) -> None:
        (project,) = bloop("project", "list", "--json").document
        assert (project["id"], project["slug"], project["name"]) == ("default", "default", "Default")
        assert KEY.fullmatch(project["api_key"])

    def test_its_first_key_comes_from_the_environment_if_set(self, bloop: Callable[..., Said]) -> None:
        bloop("project", "list", BLOOP_DEFAULT_API_KEY="given")
        assert stored() == [("default", "given")]

    def test_the_table_has_a_line_for_each(self, bloop: Callable[..., Said]) -> None:
        bloop("project", "create", "Web shop", "--slug", "shop")
        heading, default, shop = bloop("project", "list").out.splitlines()
        assert heading.split("  ")[0] == "SLUG"
        assert default.startswith("default  Default   ")
        assert shop.startswith("shop     Web shop  ")
        assert [shop.split()[-1], default.split()[-1]] == [dict(stored())["shop"], dict(stored())["default"]]


class TestRotateKey:
    @pytest.mark.parametrize("address", ["slug", "id"])
    def test_the_new_key_takes_the_place_of_the_old(self, bloop: Callable[..., Said], address: str) -> None:
        created = bloop("project", "create", "Shop", "--slug", "shop", "--json").document
        rotated = bloop("project", "rotate-key", created[address], "--json").document
        assert rotated == created | {"api_key": dict(stored())["shop"]}
        assert rotated["api_key"] != created["api_key"]

    def test_with_grace_the_old_key_is_kept_for_so_long(self, bloop: Callable[..., Said]) -> None:
        created = bloop("project", "create", "Shop", "--slug", "shop", "--json").document
        bloop("project", "rotate-key", "shop", "--grace-hours", "168")
        with closing(open_connection(Path("bloop.db"), read_only=True)) as conn:
            (retired,) = list_retired_keys(conn)
        assert retired.api_key == created["api_key"]
        assert retired.expires_secs - created["created_at"] >= 168 * 3600

    @pytest.mark.parametrize("hours", ["-1", "169", "1.5", "", "\u0663", "9" * 5000])
    def test_any_other_grace_is_a_wrong_command_line(self, bloop: Callable[..., Said], hours: str) -> None:
        said = bloop("project", "rotate-key", "default", f"--grace-hours={hours}")
        assert said.code == 2
        assert "argument --grace-hours: expected 0 to 168 hours" in said.err


def test_the_audit_log_names_the_shell(bloop: Callable[..., Said]) -> None:
    bloop("project", "create", "Shop", "--slug", "shop")
    bloop("project", "rotate-key", "shop", "--grace-hours", "2")
    with closing(open_connection(Path("bloop.db"), read_only=True)) as conn:
        entries, _ = list_entries(conn, AuditFilters(), before_id=None, limit=9)
    assert [(entry.action, entry.actor, entry.actor_name, entry.target_name) for entry in entries] == [
        ("project.key_rotated", None, "shell", "Shop"),
        ("project.created", None, "shell", "Shop"),
    ]
    assert entries[0].details == {"grace_hours": 2}
