from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bloop_trio.db.lock import instance_lock

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Said


def files() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Path().iterdir()}


def test_it_says_what_serve_would_do_and_writes_nothing(bloop: Callable[..., Said], folder: Path) -> None:
    document = bloop("check", "--json", BLOOP__AUTH__HMAC_SECRET="s" * 32).document
    assert document == {
        "config": None,
        "listen": "0.0.0.0:5332",
        "address": "http://127.0.0.1:5332",
        "dashboard": "http://localhost:5332",
        "tls": False,
        "database": {
            "path": str(folder / "bloop.db"),
            "exists": False,
            "size_bytes": 0,
            "schema": 0,
            "pending_migrations": [],
            "server_running": False,
        },
        "ack": "buffered",
        "keyless_ingest": "secret or project key",
        "rate_limit_per_second": 100,
        "raw_events_days": 7,
        "warnings": [],
    }
    assert files() == {}


def test_an_existing_database_is_left_as_it_is(bloop: Callable[..., Said]) -> None:
    bloop("project", "list")
    before = files()
    database = bloop("check", "--json").document["database"]
    assert (database["exists"], database["schema"] > 0, database["pending_migrations"]) == (True, True, [])
    assert database["size_bytes"] == Path("bloop.db").stat().st_size
    assert files() == before


def test_pending_migrations_are_named(bloop: Callable[..., Said]) -> None:
    Path("bloop.db").touch()
    assert bloop("check", "--json").document["database"]["pending_migrations"][0] == "0001_foundation"
    assert "0, to be upgraded by 0001_foundation" in bloop("check").out


def test_a_running_server_is_seen(bloop: Callable[..., Said]) -> None:
    with instance_lock(Path("bloop.db")):
        assert bloop("check", "--json").document["database"]["server_running"] is True
        assert "running on this database" in bloop("check").out
    assert bloop("check", "--json").document["database"]["server_running"] is False


def test_warnings_are_shown(bloop: Callable[..., Said]) -> None:
    Path("config.toml").write_text("[server]\nprot = 1\n", encoding="utf-8")
    said = bloop("check")
    assert said.code == 0
    assert "warning: unknown key server.prot in config.toml; did you mean server.port?" in said.out.splitlines()
    assert "warning: auth.hmac_secret is the published default" in said.out


@pytest.mark.parametrize(
    ("environ", "line"),
    [
        ({"BLOOP__RATE_LIMIT__PER_SECOND": "0"}, "rate limit                    off"),
        ({"BLOOP__INGEST__ACK": "durable"}, "acknowledgement               durable"),
        (
            {"BLOOP__AUTH__HMAC_SECRET": "", "BLOOP__AUTH__ALLOW_KEYLESS": "no"},
            "events without a project key  refused",
        ),
        ({"BLOOP__AUTH__HMAC_SECRET": ""}, "events without a project key  signed with project key"),
        (
            {"BLOOP__SERVER__HOST": "::", "BLOOP__SERVER__PORT": "80"},
            "address                       http://[::1]:80 (listening on [::]:80)",
        ),
    ],
)
def test_the_text_follows_the_configuration(bloop: Callable[..., Said], environ: dict[str, str], line: str) -> None:
    assert line in bloop("check", **environ).out.splitlines()


class TestRefusal:
    """Exit code 1 where `serve` would refuse the database."""

    def test_a_foreign_database(self, bloop: Callable[..., Said]) -> None:
        conn = sqlite3.connect("bloop.db")
        conn.execute("CREATE TABLE theirs (a)")
        conn.close()
        before = files()
        said = bloop("check")
        assert said.code == 1
        assert "database of another program" in said.err
        assert files() == before

    def test_one_that_is_no_database(self, bloop: Callable[..., Said]) -> None:
        Path("bloop.db").write_bytes(b"no database" * 1000)
        said = bloop("check", "--json")
        assert said.code == 1
        assert said.document["error"].startswith("bloop.db: the file is no database at all")

    def test_a_folder_that_is_not_there(self, bloop: Callable[..., Said]) -> None:
        said = bloop("check", BLOOP__DATABASE__PATH="absent/bloop.db")
        assert said.code == 1
        assert said.err.startswith("bloop: cannot create the database absent/bloop.db: there is no folder /")

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
    def test_a_folder_that_is_not_ours(self, bloop: Callable[..., Said], folder: Path) -> None:
        folder.chmod(0o500)
        try:
            said = bloop("check")
        finally:
            folder.chmod(0o700)
        assert (said.code, said.err.split(":")[1]) == (1, " cannot write to the database bloop.db")
