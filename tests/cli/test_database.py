from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import trio
import trio.testing

from bloop_trio.cli.database import open_database
from bloop_trio.config import load_config
from bloop_trio.db.connection import open_connection, transaction
from bloop_trio.db.lock import instance_lock
from bloop_trio.db.migrate import migrate
from bloop_trio.exceptions import BloopError, CommandError, DatabaseRefusedError
from bloop_trio.projects.store import create_project, list_projects

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Said

PATH = Path("bloop.db")


@pytest.fixture(autouse=True)
def in_empty_folder(folder: Path) -> None:
    pass


def slugs() -> list[str]:
    with open_database(load_config(None, {})) as conn:
        return [project.slug for project in list_projects(conn)]


def add_project(patience_secs: float) -> None:
    with open_database(load_config(None, {}), patience_secs) as conn:
        create_project(conn, name="Shop", slug="shop", now_secs=0)


def test_a_command_works_beside_a_server(bloop: Callable[..., Said]) -> None:
    assert slugs() == ["default"]
    server = open_connection(PATH)
    try:
        with instance_lock(PATH):
            assert bloop("project", "create", "Shop", "--slug", "shop").code == 0
        assert server.execute("SELECT count(*) FROM projects").fetchone() == (2,)
    finally:
        server.close()


async def test_a_command_waits_for_a_busy_database() -> None:
    slugs()
    server = open_connection(PATH)
    try:
        async with trio.open_nursery() as nursery:
            with transaction(server):
                server.execute("UPDATE projects SET name = 'busy'")
                nursery.start_soon(trio.to_thread.run_sync, add_project, 30.0)
                await trio.testing.wait_all_tasks_blocked()
    finally:
        server.close()
    assert slugs() == ["shop", "default"]


def test_a_database_that_stays_busy_is_an_error_in_one_line() -> None:
    slugs()
    server = open_connection(PATH)
    try:
        with (
            transaction(server),
            pytest.raises(BloopError, match=r"^[^\n]*bloop\.db[^\n]*: database is locked$"),
        ):
            add_project(0.01)
    finally:
        server.close()


def test_the_schema_is_not_touched_while_a_server_holds_the_database() -> None:
    with (
        instance_lock(PATH),
        pytest.raises(CommandError, match=r"^the database bloop\.db has an older schema and a server holds it"),
    ):
        add_project(0.01)


async def test_a_command_waits_for_a_server_that_is_about_to_create_the_schema() -> None:
    async with trio.open_nursery() as nursery:
        with instance_lock(PATH):
            nursery.start_soon(trio.to_thread.run_sync, add_project, 30.0)
            await trio.testing.wait_all_tasks_blocked()
            server = open_connection(PATH)
            migrate(server, PATH, 0)
            server.close()
    assert "shop" in slugs()


def test_a_foreign_database_is_refused_and_left_untouched() -> None:
    conn = sqlite3.connect(PATH)
    conn.execute("CREATE TABLE theirs (a)")
    conn.close()
    before = PATH.read_bytes()
    with pytest.raises(DatabaseRefusedError, match="database of another program"):
        add_project(1)
    assert PATH.read_bytes() == before
    assert [path.name for path in Path().iterdir()] == ["bloop.db"]
