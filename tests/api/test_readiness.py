"""`/readyz`: 503 with a sentence exactly when events are lost or would be, and never a burden for the server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from bloop_trio.app import create_app
from bloop_trio.db.readers import open_readers
from bloop_trio.db.sizes import StoreSizes
from bloop_trio.http.probes import OTHER_FILE, Probes, check_database
from bloop_trio.http.readiness import FEW_FREE_BYTES, LOW_FREE_BYTES, Check, Readiness, State, judge_readiness
from tests.client import Client
from tests.conftest import NOW_MS, a_vitals

if TYPE_CHECKING:
    from pathlib import Path

    from bloop_trio.config import Config
    from bloop_trio.db.connection import Connection
    from bloop_trio.db.readers import Readers

ANSWERS = Check("database", State.OK, "the database answers")
ROOMY = StoreSizes(database_bytes=1, wal_bytes=1, free_bytes=2 * LOW_FREE_BYTES, disk_bytes=4 * LOW_FREE_BYTES)


@pytest.fixture
def config(config: Config, database: Path) -> Config:
    """The database of the configuration is the one that is served."""
    return attrs.evolve(config, database=attrs.evolve(config.database, path=database))


def judged(*, database: Check = ANSWERS, sizes: StoreSizes | str = ROOMY, **vitals: Any) -> Readiness:
    return judge_readiness(a_vitals(**vitals), database, sizes, now_ms=NOW_MS, flush_interval_secs=2.0)


def states(readiness: Readiness) -> dict[str, State]:
    return {check.name: check.state for check in readiness.checks}


def with_free(free_bytes: int) -> StoreSizes:
    return attrs.evolve(ROOMY, free_bytes=free_bytes)


def take_away(database: Path, *, another: bool) -> None:
    database.rename(database.with_name("aside.db"))
    if another:
        database.touch()


class TestRoute:
    async def test_a_server_that_keeps_what_it_is_sent_is_ready(self, client: Client) -> None:
        answer = await client.request("GET", "/readyz", peer="203.0.113.9")
        assert answer.status == 200
        assert (answer.json["ready"], answer.json["reasons"]) == (True, [])
        assert [check["name"] for check in answer.json["checks"]] == [
            "server",
            "database",
            "flushing",
            "buffer",
            "disk",
            "budget",
            "insights",
        ]
        assert answer.json["checks"][0] == {"name": "server", "state": "ok", "message": "the server takes requests"}
        assert answer.json["disk_free_bytes"] > 0
        assert (answer.json["oldest_buffered_secs"], answer.json["last_flush_ms"]) == (None, None)

    async def test_one_that_does_not_is_unavailable_and_says_why(self, client: Client) -> None:
        services = attrs.evolve(client.services, vitals=lambda: a_vitals(flush_error="database or disk is full"))
        failing = Client(create_app(services), services, "")
        answer = await failing.get("/readyz")
        assert answer.status == 503
        assert answer.json["ready"] is False
        assert answer.json["reasons"] == ["events cannot be stored: database or disk is full"]

    async def test_the_metrics_say_the_same(self, client: Client) -> None:
        lines = (await client.request("GET", "/metrics")).body.decode().splitlines()
        assert "bloop_ready 1" in lines
        assert 'bloop_ready_check{check="disk"} 1' in lines
        assert any(line.startswith("bloop_disk_free_bytes ") for line in lines)


class TestJudging:
    def test_nothing_is_wrong_with_a_server_at_rest(self) -> None:
        readiness = judged()
        assert readiness.ready
        assert set(states(readiness).values()) == {State.OK}

    @pytest.mark.parametrize(
        ("vitals", "check", "reason"),
        [
            ({"stopping": True}, "server", "the server is stopping"),
            ({"flush_error": "disk I/O error"}, "flushing", "events cannot be stored: disk I/O error"),
            (
                {"oldest_received_ms": NOW_MS - 32_001},
                "flushing",
                "the oldest buffered event has waited 32 s to be stored",
            ),
            ({"buffered": 98}, "buffer", "the buffer is full: there may be no room for further events"),
            ({"weight_usage": 1.0}, "buffer", "the buffer is full: there may be no room for further events"),
        ],
    )
    def test_what_loses_events_is_a_reason(self, vitals: dict[str, Any], check: str, reason: str) -> None:
        readiness = judged(**vitals)
        assert not readiness.ready
        assert readiness.reasons == [reason]
        assert [name for name, state in states(readiness).items() if state is State.FAILING] == [check]

    @pytest.mark.parametrize(
        "vitals", [{"oldest_received_ms": NOW_MS - 32_000}, {"buffered": 89}, {"last_flush_ms": NOW_MS - 10**9}]
    )
    def test_a_server_that_has_to_work_or_has_nothing_to_do_is_ready(self, vitals: dict[str, Any]) -> None:
        assert set(states(judged(**vitals)).values()) == {State.OK}

    def test_how_far_insights_are_being_made_is_told_and_no_warning(self) -> None:
        readiness = judged(insights_making="insights are not there yet: 42% of the counts are copied")
        message = "insights are not there yet: 42% of the counts are copied"
        assert readiness.checks[-1] == Check("insights", State.OK, message)

    def test_a_buffer_that_fills_up_is_a_warning(self) -> None:
        readiness = judged(buffered=90)
        assert readiness.ready
        assert states(readiness)["buffer"] is State.WARNING

    @pytest.mark.parametrize(
        ("free_bytes", "state"),
        [
            (0, State.FAILING),
            (FEW_FREE_BYTES - 1, State.FAILING),
            (FEW_FREE_BYTES, State.WARNING),
            (LOW_FREE_BYTES - 1, State.WARNING),
            (LOW_FREE_BYTES, State.OK),
        ],
    )
    def test_a_disk_warns_before_it_is_full(self, free_bytes: int, state: State) -> None:
        readiness = judged(sizes=with_free(free_bytes))
        assert states(readiness)["disk"] is state
        assert readiness.ready is (state is not State.FAILING)
        assert readiness.disk_free_bytes == free_bytes

    def test_a_disk_that_does_not_answer_is_a_reason(self) -> None:
        readiness = judged(sizes="the disk of the database has not answered for 2 s")
        assert readiness.reasons == ["the disk of the database has not answered for 2 s"]
        assert readiness.disk_free_bytes is None

    def test_all_reasons_are_told_at_once(self) -> None:
        broken = Check("database", State.FAILING, "the database cannot be read: disk I/O error")
        readiness = judged(database=broken, sizes=with_free(0), stopping=True, buffered=100)
        assert len(readiness.reasons) == 4

    def test_a_clock_that_was_set_back_makes_nothing_old(self) -> None:
        assert judged(oldest_received_ms=NOW_MS + 10_000).oldest_buffered_secs == 0


class TestDatabase:
    async def test_one_that_answers_is_fine(self, readers: Readers) -> None:
        assert await check_database(readers) == ANSWERS

    async def test_one_without_tables_is_a_reason_in_its_own_words(self, tmp_path: Path) -> None:
        empty = tmp_path / "empty.db"
        empty.touch()
        async with open_readers(empty, 1) as readers:
            check = await check_database(readers)
        assert check == Check("database", State.FAILING, "the database cannot be read: no such table: projects")

    async def test_readers_that_are_all_busy_lose_no_events(self, database: Path) -> None:
        def endless(conn: Connection) -> None:
            conn.execute("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n")

        async with open_readers(database, 1) as readers, trio.open_nursery() as nursery:
            nursery.start_soon(readers.run, endless)
            await wait_all_tasks_blocked()
            check = await check_database(readers)
            nursery.cancel_scope.cancel()
        assert check == Check("database", State.WARNING, "all readers of the database were busy for 2 s")

    @pytest.mark.parametrize("another", [False, True])
    async def test_a_file_that_was_taken_away_under_the_server_is_a_reason(
        self, readers: Readers, database: Path, *, another: bool
    ) -> None:
        probes = Probes(
            vitals=a_vitals, readers=readers, database=database, flush_interval_secs=2.0, now_ms=lambda: NOW_MS
        )
        take_away(database, another=another)
        assert await check_database(readers) == ANSWERS  # the open file goes on
        readiness = await probes.readiness()
        assert not readiness.ready
        assert readiness.reasons == [OTHER_FILE.message]


class TestBurden:
    async def test_many_probes_at_once_are_one_query(self, readers: Readers, database: Path) -> None:
        probes = Probes(
            vitals=a_vitals, readers=readers, database=database, flush_interval_secs=2.0, now_ms=lambda: NOW_MS
        )
        async with trio.open_nursery() as nursery:
            for _ in range(50):
                nursery.start_soon(probes.readiness)
        assert readers.statistics().queries_total == 1

    async def test_a_folder_that_is_gone_is_a_reason(self, readers: Readers, tmp_path: Path) -> None:
        probes = Probes(
            vitals=a_vitals,
            readers=readers,
            database=tmp_path / "gone" / "bloop.db",
            flush_interval_secs=2.0,
            now_ms=lambda: NOW_MS,
        )
        readiness = await probes.readiness()
        assert readiness.reasons == ["the disk of the database cannot be looked at: No such file or directory"]
        assert await probes.sizes() is None
