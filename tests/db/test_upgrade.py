"""From the first schema to today's: everything can be read afterwards, and a kill at any moment costs nothing."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections import Counter
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bloop_trio.auth.store import list_tokens
from bloop_trio.db.connection import open_beside, open_connection
from bloop_trio.db.copying import PARTIAL_SUFFIX
from bloop_trio.db.inspect import inspect_database
from bloop_trio.db.migrate import load_migrations, migrate
from bloop_trio.db.schema import SchemaDifference, compare_schemas, expected_schema, read_schema
from bloop_trio.db.verify import verify_backup
from bloop_trio.issues.queries.consistency import create_days_like, look_at_consistency
from bloop_trio.projects.store import list_projects
from tests.conftest import NOW_MS, accepted

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.writing.writer import BatchWriter
    from tests.client import Client

ROOT = Path(__file__).parents[2]
NEWEST = load_migrations()[-1].version
SEED = Path(__file__).with_name("schema_0001.sql").read_text(encoding="utf-8")
SEED_EVENTS = 9

MANY = """
  WITH RECURSIVE n (n) AS (VALUES (1001) UNION ALL SELECT n + 1 FROM n WHERE n < 3000)
  INSERT INTO issues SELECT n, 1, 'many-' || n, 'unresolved', n, n, 2, NULL, 'T', hex(randomblob(200)), 'api', 'r', NULL FROM n;
  INSERT INTO issue_fingerprints SELECT id, project_no, fingerprint, id FROM issues WHERE id > 1000;
  INSERT INTO issue_counts SELECT id, '1', 'prod', 1, 2, first_seen_ms, last_seen_ms FROM issues WHERE id > 1000;
"""
"""Enough for a step of the schema to take a while."""


def first_version(path: Path, *more: str) -> Path:
    """Make a database as the first version left it."""
    with closing(open_connection(path)) as conn:
        migrate(conn, path, NOW_MS // 1000, load_migrations()[:1])
        conn.executescript("\n".join(["BEGIN; PRAGMA defer_foreign_keys = ON;", SEED, *more, "COMMIT;"]))
    return path


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """What all other fixtures work with: a database of the first schema, upgraded to today's."""
    path = first_version(tmp_path / "bloop.db")
    with closing(open_connection(path)) as conn:
        assert migrate(conn, path, NOW_MS // 1000).applied == tuple(m.name for m in load_migrations()[1:])
    return path


def assert_whole(database: Path) -> int:
    """Hold a database against the schema that it says it has; returns its version."""
    version = inspect_database(database).schema
    with closing(open_beside(database)) as conn:
        assert conn.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert conn.execute("PRAGMA foreign_key_check").fetchall() == []
        expected = expected_schema(version, partial(create_days_like, conn))
        assert compare_schemas(expected, read_schema(conn)) == SchemaDifference(missing=(), extra=(), altered=())
    return version


class TestReading:
    """Through the API, so that every query of today meets what the first version wrote."""

    def test_the_schema_is_that_of_a_new_database_and_the_counts_agree(
        self, database: Path, connection: Connection
    ) -> None:
        assert assert_whole(database) == NEWEST
        found = look_at_consistency(connection)
        assert (found.issues, found.events, found.dead_letters) == (4, SEED_EVENTS, 1)
        assert (found.checked, found.miscounted, found.totals_agree) == (4, 0, True)

    def test_projects_and_tokens_are_there(self, connection: Connection) -> None:
        assert [(p.slug, p.api_key[:6]) for p in list_projects(connection)] == [
            ("default", "bloop_"),
            ("shop", "bloop_"),
        ]
        assert [(t.name, t.scopes) for t in list_tokens(connection, 1)] == [("ci", ("errors:read",))]

    async def test_the_list_has_a_row_for_each_release_and_environment(self, client: Client) -> None:
        rows = (await client.get("/v1/errors?sort=total_count")).json
        counts: Counter[tuple[str, ...]] = Counter()
        for row in rows:
            counts[row["fingerprint"], row["release"], row["environment"]] += row["total_count"]
        assert counts == {
            ("alpha", "1.0.0", "prod"): 2,
            ("alpha", "1.1.0", "prod"): 1,
            ("alpha", "1.1.0", "staging"): 1,
            ("beta", "1.0.0", "prod"): 2,
            ("gamma", "1.0.0", "prod"): 2,
        }

    @pytest.mark.parametrize(
        ("filters", "found"),
        [
            ("status=ignored", {"beta"}),
            ("source=ios", {"gamma"}),
            ("route=/api/users", {"alpha", "beta"}),
            ("environment=staging", {"alpha"}),
            ("release=1.1.0", {"alpha"}),
        ],
    )
    async def test_every_filter_finds_what_was_there_before(
        self, client: Client, filters: str, found: set[str]
    ) -> None:
        rows = (await client.get(f"/v1/errors?{filters}")).json
        assert {row["fingerprint"] for row in rows} == found

    async def test_an_issue_is_found_by_each_of_its_fingerprints(self, client: Client) -> None:
        by_first, by_second = [(await client.get(f"/v1/errors/{name}")).json for name in ("beta", "delta")]
        assert by_first == by_second
        assert {sample["message"] for sample in by_first["samples"]} == {
            'it\u2019s; "quoted"',
            "Cannot read property id of undefined",
        }

    async def test_occurrences_of_every_day_are_readable(self, client: Client) -> None:
        occurrences = (await client.get("/v1/errors/alpha/occurrences")).json
        assert [o["release"] for o in occurrences] == ["1.1.0", "1.1.0", "1.0.0", "1.0.0"]

    async def test_history_and_numbers_are_kept(self, client: Client) -> None:
        history = (await client.get("/v1/errors/gamma/history")).json
        assert {(change["old_status"], change["new_status"]) for change in history} == {
            ("unresolved", "resolved"),
            ("resolved", "unresolved"),
        }
        stats = (await client.get("/v1/stats")).json
        assert (stats["total_errors"], stats["unresolved_errors"]) == (3, 2)
        assert [route["route"] for route in stats["top_routes"]] == ["/api/users"]
        assert sum(hour["count"] for hour in (await client.get("/v1/trends?hours=48")).json) == 8
        assert {r["fingerprint"] for r in (await client.get("/v1/releases/1.1.0/errors")).json} == {"alpha"}

    def test_new_events_are_counted_on(self, connection: Connection, batches: BatchWriter) -> None:
        repeated = accepted(fingerprint="beta", received_ms=NOW_MS + 10)
        repeated.id_hash = 4711  # as an event of the first version's that day
        batches.write(
            connection,
            [
                accepted(fingerprint="alpha", received_ms=NOW_MS + 10),
                repeated,
                accepted(fingerprint="new", received_ms=NOW_MS + 10),
            ],
        )
        totals = dict(connection.execute("SELECT fingerprint, total_count FROM issues WHERE project_no = 1"))
        assert totals == {"alpha": 5, "beta": 2, "gamma": 2, "new": 1}
        found = look_at_consistency(connection)
        assert (found.miscounted, found.totals_agree) == (0, True)


def upgrade_in_a_process(path: Path, kind: str, number: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.db.killed_upgrade", str(path), kind, str(number)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return first_version(tmp_path_factory.mktemp("original") / "bloop.db", MANY)


@pytest.fixture(scope="module")
def lengths(original: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    """How much there is to count in an upgrade that nobody kills."""
    path = tmp_path_factory.mktemp("unharmed") / "bloop.db"
    shutil.copy(original, path)
    done = upgrade_in_a_process(path, "none", 0)
    assert done.returncode == 0, done.stderr
    statements, steps = map(int, done.stdout.split())
    return {"statement": statements, "step": steps}


def moments(parts: int) -> list[tuple[str, float]]:
    return [(kind, part / parts) for kind in ("statement", "step") for part in range(parts)]


class TestKilled:
    """Each next start finds the old schema or a newer one, whole, and a copy from before if anything was changed."""

    @pytest.mark.parametrize(("kind", "part"), moments(8))
    def test_in_the_middle(
        self, original: Path, lengths: dict[str, int], tmp_path: Path, kind: str, part: float
    ) -> None:
        self.kill_and_go_on(original, tmp_path, kind, 1 + int(lengths[kind] * part))

    @pytest.mark.torture
    @pytest.mark.parametrize(("kind", "part"), moments(100))
    def test_anywhere(self, original: Path, lengths: dict[str, int], tmp_path: Path, kind: str, part: float) -> None:
        self.kill_and_go_on(original, tmp_path, kind, 1 + int(lengths[kind] * part))

    @pytest.mark.parametrize(
        ("function", "number"), [("tell", 1), ("count_rows", 1), ("difference", 1), ("fsync", 1), ("fsync", 2)]
    )
    def test_while_the_copy_is_made(self, original: Path, tmp_path: Path, function: str, number: int) -> None:
        version = self.kill_and_go_on(original, tmp_path, function, number)
        assert version == 1

    def kill_and_go_on(self, original: Path, folder: Path, kind: str, number: int) -> int:
        database = folder / "bloop.db"
        shutil.copy(original, database)
        before = verify_backup(original)
        killed = upgrade_in_a_process(database, kind, number)
        assert killed.returncode == -signal.SIGKILL, killed.stderr

        version = assert_whole(database)
        backups = list(folder.glob("*.backup"))
        for backup in backups:
            assert verify_backup(backup) == before
        if version > 1:
            assert len(backups) == 1

        with closing(open_connection(database)) as conn:
            migrate(conn, database, NOW_MS // 1000 + 2)
            found = look_at_consistency(conn)
            assert (found.issues, found.events) == (2004, SEED_EVENTS)
            assert (found.miscounted, found.totals_agree) == (0, True)
        assert assert_whole(database) == NEWEST
        assert list(folder.glob(f"*{PARTIAL_SUFFIX}*")) == []
        return version
