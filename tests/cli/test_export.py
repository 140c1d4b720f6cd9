from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bloop_trio.clock import now_ms
from bloop_trio.db.connection import open_connection, transaction
from bloop_trio.db.lock import instance_lock
from bloop_trio.issues.writing.writer import BatchWriter
from tests.conftest import accepted

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Said

DATABASE = Path("bloop.db")


@pytest.fixture(autouse=True)
def some_events(folder: Path, bloop: Callable[..., Said]) -> None:
    assert bloop("project", "create", "Shop", "--slug", "shop").code == 0
    with closing(open_connection(DATABASE)) as conn:
        BatchWriter(conn, sample_reservoir_size=5).write(
            conn,
            [
                accepted(fingerprint=name, message=f"=m{n}", received_ms=now_ms(), project_no=no)
                for n in range(3)
                for no, name in ((1, "cart"), (1, "pay"), (2, "ship"))
            ],
        )


def test_a_project_goes_to_standard_output_line_by_line(bloop: Callable[..., Said]) -> None:
    said = bloop("export")
    assert (said.code, said.err) == (0, "")
    lines = [json.loads(line) for line in said.out.splitlines()]
    assert (lines[0]["type"], lines[0]["slug"]) == ("project", "default")
    assert (lines[-1]["type"], lines[-1]["issues"], lines[-1]["occurrences"]) == ("end", 2, 6)


@pytest.mark.parametrize("name", ["slug", "id"])
def test_another_project_is_named(bloop: Callable[..., Said], name: str) -> None:
    (shop,) = [p for p in bloop("project", "list", "--json").document if p["slug"] == "shop"]
    lines = [json.loads(line) for line in bloop("export", "--project", shop[name]).out.splitlines()]
    assert {line["fingerprint"] for line in lines if "fingerprint" in line} == {"ship"}


def test_the_occurrences_of_an_error_are_those_of_the_server(bloop: Callable[..., Said]) -> None:
    lines = [json.loads(line) for line in bloop("export", "--fingerprint", "cart").out.splitlines()]
    assert [line["message"] for line in lines] == ["=m2", "=m1", "=m0"]
    assert "type" not in lines[0]


def test_a_table_of_them_is_safe_in_a_spreadsheet(bloop: Callable[..., Said]) -> None:
    said = bloop("export", "--fingerprint", "cart", "--format", "csv")
    assert [row["message"] for row in csv.DictReader(said.out.splitlines())] == ["'=m2", "'=m1", "'=m0"]


def test_a_file_appears_whole_and_for_its_owner_alone(bloop: Callable[..., Said]) -> None:
    target = Path("export.jsonl")
    target.write_text("older")
    said = bloop("export", "--output", str(target), "--json")
    assert said.document == {"path": str(target.absolute()), "size_bytes": target.stat().st_size}
    assert target.stat().st_mode & 0o777 == 0o600
    assert json.loads(target.read_text().splitlines()[-1])["type"] == "end"
    assert "Exported " in bloop("export", "--output", str(target)).out
    assert [path.name for path in Path().glob("export*")] == ["export.jsonl"]


def test_it_works_beside_a_server_that_is_writing(bloop: Callable[..., Said]) -> None:
    with instance_lock(DATABASE), closing(open_connection(DATABASE)) as server, transaction(server):
        server.execute("UPDATE issues SET total_count = 99")
        said = bloop("export")
    assert said.code == 0
    assert '"total_count":99' not in said.out


def test_it_leaves_nothing_beside_the_database(bloop: Callable[..., Said]) -> None:
    before, content = sorted(Path().iterdir()), DATABASE.read_bytes()
    assert bloop("export").code == 0
    assert (sorted(Path().iterdir()), DATABASE.read_bytes()) == (before, content)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--project", "nope"], 1, "project not found: nope (`bloop project list` shows what there is)"),
        (["--fingerprint", "nope"], 1, "no errors with fingerprint nope in the project default"),
        (["--fingerprint", "ship"], 1, "no errors with fingerprint ship in the project default"),
        (["--format", "csv"], 2, "--format csv needs --fingerprint: a whole project does not fit into one table"),
        (["--format", "xml"], 2, "argument --format: invalid choice: 'xml'"),
        (["--output", "bloop.db"], 1, "bloop.db is the database itself or belongs to it: give another path"),
        (["--output", "bloop.db-wal"], 1, "bloop.db-wal is the database itself or belongs to it: give another path"),
        (["--output", "."], 1, ". is not a file: give another path"),
        (["--output", "/dev/null"], 1, "/dev/null is not a file: give another path"),
        (["--output", "nowhere/x"], 1, "cannot write nowhere/x: No such file or directory; nothing was left there"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(
    bloop: Callable[..., Said], arguments: list[str], code: int, message: str
) -> None:
    before = DATABASE.read_bytes()
    said = bloop("export", *arguments)
    assert (said.code, said.out) == (code, "")
    assert said.err.startswith(f"bloop: {message}")
    assert said.err.count("\n") == 1
    assert DATABASE.read_bytes() == before


def test_without_a_database_there_is_nothing_to_export(bloop: Callable[..., Said]) -> None:
    said = bloop("export", BLOOP__DATABASE__PATH="other.db")
    assert (said.code, said.err) == (1, "bloop: there is no database other.db\n")
    assert not Path("other.db").exists()


def test_an_export_that_fails_leaves_no_file(bloop: Callable[..., Said]) -> None:
    target = Path("export.jsonl")
    target.write_text("older")
    with closing(open_connection(DATABASE)) as conn:
        conn.execute("ALTER TABLE issue_fingerprints RENAME COLUMN fingerprint TO gone")
    said = bloop("export", "--output", str(target))
    assert said.code == 1
    assert "no such column" in said.err
    assert target.read_text() == "older"
    assert [path.name for path in Path().glob("export*")] == ["export.jsonl"]


def run_with_output_to(descriptor: int) -> subprocess.CompletedProcess[bytes]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("BLOOP")}
    command = [sys.executable, "-m", "bloop_trio", "export"]
    return subprocess.run(command, stdout=descriptor, stderr=subprocess.PIPE, env=environ, timeout=60, check=False)


def test_a_reader_that_has_seen_enough_is_no_error_worth_a_word() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = run_with_output_to(writing)
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_said_in_a_line() -> None:
    with Path("/dev/full").open("wb") as full:
        done = run_with_output_to(full.fileno())
    assert (done.returncode, done.stderr) == (1, b"bloop: cannot write the export: No space left on device\n")
