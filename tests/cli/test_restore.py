from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bloop_trio.db.lock import instance_lock
from bloop_trio.db.migrate import load_migrations

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Said


@pytest.fixture
def backup(bloop: Callable[..., Said]) -> str:
    """A backup from before the project `shop`."""
    bloop("project", "list")
    bloop("backup", "copy.db")
    bloop("project", "create", "Shop", "--slug", "shop")
    return "copy.db"


def slugs(bloop: Callable[..., Said], **environ: str) -> list[str]:
    return [project["slug"] for project in bloop("project", "list", "--json", **environ).document]


def test_the_database_is_as_it_was_and_the_former_one_is_kept(bloop: Callable[..., Said], backup: str) -> None:
    document = bloop("restore", backup, "--force", "--json").document
    assert slugs(bloop) == ["default"]
    assert slugs(bloop, BLOOP__DATABASE__PATH=document["replaced"]) == ["default", "shop"]
    assert document["path"] == str(Path("bloop.db").absolute())
    assert document["rows"]["projects"] == 1
    assert bloop("check", "--json").document["database"]["schema"] == load_migrations()[-1].version


def test_the_text_names_what_was_kept(bloop: Callable[..., Said], backup: str) -> None:
    lines = bloop("restore", backup, "--force").out.splitlines()
    assert lines[0] == "Restored bloop.db."
    assert lines[2].startswith("The database that was there is now bloop.db.replaced-")


def test_without_a_database_nothing_needs_to_be_forced(bloop: Callable[..., Said], backup: str) -> None:
    document = bloop("restore", backup, "--json", BLOOP__DATABASE__PATH="other.db").document
    assert document["replaced"] is None
    assert slugs(bloop, BLOOP__DATABASE__PATH="other.db") == ["default"]


def test_a_database_is_not_replaced_by_accident(bloop: Callable[..., Said], backup: str) -> None:
    said = bloop("restore", backup)
    assert (said.code, said.err) == (
        1,
        "bloop: there is a database bloop.db already: replace it with --force (it is kept under another name)\n",
    )
    assert slugs(bloop) == ["default", "shop"]


def test_a_running_server_is_not_robbed(bloop: Callable[..., Said], backup: str) -> None:
    with instance_lock(Path("bloop.db")):
        said = bloop("restore", backup, "--force")
    assert (said.code, said.err) == (1, "bloop: a server is running on bloop.db: stop it first\n")
    assert slugs(bloop) == ["default", "shop"]


def test_what_is_no_backup_is_refused_in_one_line(bloop: Callable[..., Said], backup: str) -> None:
    Path(backup).write_text("no database\n" * 1000, encoding="utf-8")
    said = bloop("restore", backup, "--force")
    assert (said.code, said.err) == (1, "bloop: copy.db: the file is no database at all\n")
    assert slugs(bloop) == ["default", "shop"]
