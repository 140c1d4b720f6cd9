from __future__ import annotations

import http.server
import re
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bloop_trio.db.connection import open_connection
from bloop_trio.db.lock import instance_lock
from bloop_trio.db.migrate import load_migrations, migrate
from bloop_trio.issues.writing.writer import BatchWriter
from tests.conftest import NOW_MS, accepted

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Said

STRONG = {"BLOOP__AUTH__HMAC_SECRET": "s" * 32}
PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "diagnose.md"


@pytest.fixture
def doctor(bloop: Callable[..., Said]) -> Callable[..., Said]:
    """Calls ``bloop doctor --json`` with a configuration that nothing is wrong with."""
    bloop("project", "list")

    def call(*arguments: str, **environ: str) -> Said:
        return bloop("doctor", "--json", *arguments, **STRONG | environ)

    return call


def store(*fingerprints: str) -> None:
    with closing(open_connection(Path("bloop.db"))) as conn:
        BatchWriter(conn, sample_reservoir_size=5).write(conn, [accepted(fingerprint=f) for f in fingerprints])


def change(sql: str) -> None:
    with closing(sqlite3.connect("bloop.db")) as conn:
        conn.executescript(sql)


def finding(said: Said, topic: str) -> dict[str, Any]:
    return next(found for found in said.document["findings"] if found["topic"] == topic)


def files() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Path().iterdir()}


@pytest.mark.parametrize("arguments", [[], ["--quick"]])
def test_a_healthy_installation_is_ok_and_left_as_it_is(doctor: Callable[..., Said], arguments: list[str]) -> None:
    store("a", "b", "a")
    before = files()
    said = doctor(*arguments)
    assert (said.code, said.document["level"]) == (0, "ok"), said.out
    assert {found["level"] for found in said.document["findings"]} == {"ok"}
    sizes = said.document["sizes"]
    assert (sizes["issues"], sizes["events"], sizes["event_days"]) == (2, 3, 1)
    assert sizes["database_bytes"] == Path("bloop.db").stat().st_size
    assert ("issues" in sizes["tables"]) == (not arguments)
    assert files() == before


def test_the_text_shows_level_topic_and_advice(bloop: Callable[..., Said]) -> None:
    bloop("project", "list")
    said = bloop("doctor")
    assert said.code == 0  # a warning is no failure
    assert re.search(r"^warn  configuration  auth\.hmac_secret is the published default", said.out, re.MULTILINE)
    assert re.search(r"^ +→ Correct it", said.out, re.MULTILINE)
    assert re.search(r"^ok    integrity +the database is whole$", said.out, re.MULTILINE)


def test_before_the_first_start_there_is_nothing_to_complain_of(bloop: Callable[..., Said]) -> None:
    said = bloop("doctor", "--json", **STRONG)
    assert (said.code, said.document["sizes"]) == (0, {})
    assert files() == {}


def test_a_folder_that_is_not_there_fails(bloop: Callable[..., Said]) -> None:
    said = bloop("doctor", "--json", BLOOP__DATABASE__PATH="nowhere/bloop.db")
    assert (said.code, finding(said, "database")["level"]) == (1, "fail")


def test_a_folder_in_place_of_the_database_fails_and_nobody_is_told_to_close_it(
    bloop: Callable[..., Said], folder: Path
) -> None:
    folder.chmod(0o777)
    said = bloop("doctor", "--json", BLOOP__DATABASE__PATH=str(folder))
    assert (said.code, finding(said, "database")["text"]) == (1, f"the database {folder} is a folder")
    assert "permissions" not in {found["topic"] for found in said.document["findings"]}


def test_what_may_not_even_be_looked_at_is_a_finding_too(bloop: Callable[..., Said]) -> None:
    said = bloop("doctor", "--json", BLOOP__DATABASE__PATH="x" * 300)
    found = finding(said, "database")
    assert (said.code, found["level"]) == (1, "fail")
    assert found["text"].endswith("cannot be read: File name too long")


@pytest.mark.parametrize("content", [b"no database" * 1000, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_file_that_is_no_database_fails(bloop: Callable[..., Said], content: bytes) -> None:
    Path("bloop.db").write_bytes(content)
    said = bloop("doctor", "--json")
    assert (said.code, finding(said, "database")["level"]) == (1, "fail")


def test_a_damaged_page_fails(doctor: Callable[..., Said]) -> None:
    store(*map(str, range(500)))
    with closing(sqlite3.connect("bloop.db")) as conn:
        (root,) = conn.execute("SELECT rootpage FROM sqlite_master WHERE name = 'issues_by_source'").fetchone()
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with Path("bloop.db").open("r+b") as file:
        file.seek((root - 1) * 8192)
        file.write(b"\xff" * 8192)
    said = doctor()
    assert said.code == 1
    assert {"integrity", "database"} & {f["topic"] for f in said.document["findings"] if f["level"] == "fail"}


@pytest.mark.parametrize(
    ("sql", "topic", "level", "words"),
    [
        ("DROP INDEX issues_by_source", "schema", "fail", "index issues_by_source"),
        ("DROP INDEX events_20260101_by_fingerprint", "schema", "fail", "index events_20260101_by_fingerprint"),
        ("DROP TABLE dead_letters", "schema", "fail", "table dead_letters"),
        ("CREATE INDEX mine ON issues (message)", "schema", "warn", "index mine"),
        ("ALTER TABLE projects ADD COLUMN mine TEXT", "schema", "warn", "table projects"),
        ("DELETE FROM projects", "references", "fail", "belong to rows"),
        ("UPDATE issues SET total_count = total_count + 1", "counts", "fail", "2 of 2 issues"),
        ("DELETE FROM issue_totals", "counts", "fail", "of each status"),
        ("INSERT INTO dead_letters VALUES (1, 1, 1, 'f', 'e', x'')", "dead letters", "warn", "1 events"),
        ("UPDATE schema_migrations SET applied_secs = 99999999999", "clock", "warn", "behind"),
    ],
)
def test_what_others_did_to_the_database_is_found(
    doctor: Callable[..., Said], sql: str, topic: str, level: str, words: str
) -> None:
    store("a", "b")
    change(sql)
    said = doctor()
    found = finding(said, topic)
    assert found["level"] == level
    assert words in found["text"]
    assert said.code == (1 if level == "fail" else 0)


def test_a_day_without_event_ids_is_as_it_should_be(doctor: Callable[..., Said]) -> None:
    store("a")
    change("DROP TABLE event_ids_20260101")
    assert doctor().document["level"] == "ok"


def test_an_upgrade_that_is_to_come_is_announced(bloop: Callable[..., Said]) -> None:
    with closing(open_connection(Path("bloop.db"))) as conn:
        migrate(conn, Path("bloop.db"), NOW_MS // 1000, load_migrations()[:1])
    said = bloop("doctor", "--json", **STRONG)
    assert (said.code, said.document["level"]) == (0, "warn")
    assert "0002" in finding(said, "migrations")["text"]


def test_files_that_others_can_read_are_named(doctor: Callable[..., Said]) -> None:
    Path("bloop.db").chmod(0o644)
    assert "bloop.db" in finding(doctor(), "permissions")["text"]


def test_leftover_copies_are_listed(doctor: Callable[..., Said], bloop: Callable[..., Said]) -> None:
    Path("bloop.db.schema-0001.77.backup").touch()
    Path("bloop.db.schema-0001.78.backup.0123abcd.bloop-partial").touch()
    bloop("backup", "copy.db")
    bloop("restore", "copy.db", "--force")
    said = doctor()
    kept = finding(said, "copies")["text"]
    assert "bloop.db.schema-0001.77.backup (0 MiB)" in kept
    assert "bloop.db.replaced-" in kept
    assert "0123abcd.bloop-partial" in finding(said, "unfinished")["text"]


class TestServer:
    def test_one_that_does_not_answer_fails(self, doctor: Callable[..., Said]) -> None:
        with instance_lock(Path("bloop.db")):
            said = doctor(BLOOP__SERVER__HOST="127.0.0.1", BLOOP__SERVER__PORT="1")
        assert said.code == 1
        assert "does not answer" in finding(said, "server")["text"]

    def test_one_on_any_port_cannot_be_asked(self, doctor: Callable[..., Said]) -> None:
        with instance_lock(Path("bloop.db")):
            assert "server.port is 0" in finding(doctor(BLOOP__SERVER__PORT="0"), "server")["text"]

    @pytest.mark.parametrize(
        ("status", "body", "level"),
        [
            (200, b'{"status": "ok"}', "ok"),
            (200, b'{"status": "degraded"}', "warn"),
            (503, b'{"status": "stopping"}', "fail"),
            (200, b"[]", "fail"),
            (200, b"<html>", "fail"),
        ],
    )
    def test_its_own_word_counts(self, doctor: Callable[..., Said], status: int, body: bytes, level: str) -> None:
        class Answering(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(status)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None: ...

        with http.server.HTTPServer(("127.0.0.1", 0), Answering) as server, ThreadPoolExecutor(1) as thread:
            answered = thread.submit(server.handle_request)
            with instance_lock(Path("bloop.db")):
                said = doctor(BLOOP__SERVER__HOST="127.0.0.1", BLOOP__SERVER__PORT=str(server.server_port))
            answered.result()
        assert finding(said, "server")["level"] == level


def test_the_page_explains_every_topic() -> None:
    source = Path(__file__).parents[2] / "src" / "bloop_trio" / "cli"
    texts = "".join((source / name).read_text(encoding="utf-8") for name in ("findings.py", "doctor.py"))
    topics = set(re.findall(r'Finding\(\s*"([a-z ]+)"', texts))
    rows = re.findall(r"^\| `([a-z ]+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert set(rows) == topics
