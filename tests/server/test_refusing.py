"""What the server does not start with: a database that is held, foreign, damaged or of the future."""

from __future__ import annotations

import resource
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from tests.server.process import DEADLINE_SECS, ServerProcess

if TYPE_CHECKING:
    from pathlib import Path


def refusal(server: ServerProcess, *, code: int = 1) -> str:
    """Start a server that is to refuse with this exit code; returns its last line."""
    process = server.launch()
    assert process.wait(DEADLINE_SECS) == code, server.log()
    assert "Traceback" not in server.log()
    return server.log().splitlines()[-1]


def test_a_second_server_on_one_database(tmp_path: Path) -> None:
    with ServerProcess(tmp_path) as first:
        second = ServerProcess(tmp_path)
        second.log_path = tmp_path / "second.log"
        assert "another bloop server" in refusal(second)
        assert first.get("/health")["status"] == "ok"


def test_a_second_server_that_knows_the_database_by_a_link_to_it(tmp_path: Path) -> None:
    with ServerProcess(tmp_path) as first:
        (tmp_path / "other").mkdir()
        second = ServerProcess(tmp_path / "other")
        second.database.symlink_to(first.database)
        assert "another bloop server" in refusal(second)
        assert second.run("check")["database"]["path"] == str(first.database)


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with ServerProcess(tmp_path) as first:
        (tmp_path / "other").mkdir()
        second = ServerProcess(tmp_path / "other")
        second.environment["BLOOP__SERVER__PORT"] = str(first.port)
        assert "cannot listen on 127.0.0.1" in refusal(second)  # which may pass, unlike what a setting says


def test_a_host_that_does_not_exist(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path)
    server.environment["BLOOP__SERVER__HOST"] = "999.1.1.1"
    assert "cannot listen on 999.1.1.1" in refusal(server, code=2)


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path)
    server.database.write_text("shopping list\n" * 500)
    before = server.database.read_bytes()
    assert "no database at all" in refusal(server)
    assert server.database.read_bytes() == before


def test_the_database_of_another_program_is_left_byte_for_byte(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path)
    with closing(sqlite3.connect(server.database)) as other:
        other.execute("CREATE TABLE theirs (x)")
        other.commit()
    before = server.database.read_bytes()
    assert "another program" in refusal(server)
    assert server.database.read_bytes() == before
    assert not server.database.with_name("bloop.db-wal").exists()


def test_a_damaged_database(tmp_path: Path) -> None:
    with ServerProcess(tmp_path) as server:
        assert server.stop() == 0
    raw = bytearray(server.database.read_bytes())
    raw[100:8192] = b"\xff" * (8192 - 100)
    server.database.write_bytes(raw)
    assert "bloop.db" in refusal(server)


def test_a_database_of_a_newer_version(tmp_path: Path) -> None:
    with ServerProcess(tmp_path) as server:
        assert server.stop() == 0
    with closing(sqlite3.connect(server.database)) as conn:
        conn.execute("INSERT INTO schema_migrations VALUES (999, '0999_future', 0)")
        conn.commit()
    assert "schema 999" in refusal(server)


def test_a_disk_without_room_for_a_database(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limits[1]))  # which the server inherits
    try:
        assert "cannot prepare the database" in refusal(server)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
