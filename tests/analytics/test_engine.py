"""DuckDB behind bounds: questions beside the feeding, each of which can be stopped, and nothing else is harmed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest
import trio

from bloop_trio.analytics.engine import _PASSING, Engine, EngineError
from bloop_trio.analytics.files import is_installed
from bloop_trio.config.sections import AnalyticsConfig
from bloop_trio.exceptions import QueryTimeoutError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bloop_trio.analytics.engine import Cursor

ENDLESS = "SELECT count(*) FROM range(1000000) AS a, range(1000000) AS b WHERE (a.range * b.range) % 7 = $1"


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    """One that is open and may be asked."""
    engine = Engine(path=tmp_path / "e.duckdb", config=AnalyticsConfig(threads=1))
    await engine.open()
    engine.is_ready = True
    yield engine
    await engine.close()


async def until_running(engine: Engine, queries: int = 1) -> None:
    while len(engine._running) < queries:  # noqa: ASYNC110 - nobody announces what tests watch for
        await trio.sleep(0.001)


async def test_a_question_has_parameters_and_rows(engine: Engine) -> None:
    rows = await engine.query("SELECT $1::BIGINT + 1, $2::VARCHAR WHERE $1 > 0", [41, "é"])
    assert rows == [(42, "é")]
    assert engine.queries_total == 1


async def test_one_that_takes_too_long_is_ended_and_the_next_is_answered(engine: Engine) -> None:
    with pytest.raises(QueryTimeoutError, match=r"the query took longer than 50 ms"):
        await engine.query(ENDLESS, [1], timeout_secs=0.05)
    assert engine.timeouts_total == 1
    assert await engine.query("SELECT 1") == [(1,)]


async def test_one_whose_asker_has_gone_is_ended(engine: Engine) -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(engine.query, ENDLESS, [1])
        await until_running(engine)
        nursery.cancel_scope.cancel()
    assert engine._running == {}
    assert await engine.query("SELECT 1") == [(1,)]


async def test_the_file_is_fed_while_it_is_asked(engine: Engine) -> None:
    def feed(cursor: Cursor) -> None:
        cursor.execute("CREATE TABLE t AS SELECT 1 AS one")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(engine.query, ENDLESS, [1])
        await until_running(engine)
        await engine.feed(feed)
        assert await engine.query("SELECT one FROM t") == [(1,)]
        nursery.cancel_scope.cancel()


async def test_who_waits_for_others_too_long_is_told_so(engine: Engine) -> None:
    async with trio.open_nursery() as nursery:
        for _ in range(2):
            nursery.start_soon(engine.query, ENDLESS, [1])
        await until_running(engine, 2)
        with pytest.raises(QueryTimeoutError):
            await engine.query("SELECT 1", timeout_secs=0.05)
        nursery.cancel_scope.cancel()


async def test_closing_ends_what_runs(engine: Engine) -> None:
    told: list[str] = []

    async def ask() -> None:
        with pytest.raises(UnavailableError) as raised:
            await engine.query(ENDLESS, [1])
        told.append(raised.value.message)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(ask)
        await until_running(engine)
        await engine.close()
    assert told == ["insights cannot be calculated now: interrupted"]
    with pytest.raises(UnavailableError):
        await engine.query("SELECT 1")
    with pytest.raises(EngineError, match="the file is not open"):
        await engine.feed(lambda _: None)


async def test_a_server_that_stops_ends_what_runs_and_refuses_what_waits(engine: Engine) -> None:
    refused = 0

    async def ask() -> None:
        nonlocal refused
        with pytest.raises(UnavailableError):
            await engine.query(ENDLESS, [1], 600)
        refused += 1

    with trio.fail_after(30):
        async with trio.open_nursery() as nursery:
            for _ in range(5):
                nursery.start_soon(ask)
            await until_running(engine, 2)
            await engine.stop_answering()
    assert refused == 5
    assert await engine.feed(lambda cursor: cursor.execute("SELECT 1").fetchall()) == [(1,)]


async def test_numbers_that_are_too_large_cast_no_doubt_on_the_file(engine: Engine) -> None:
    with pytest.raises(UnavailableError, match="insights cannot be calculated now: Out of Range"):
        await engine.query("SELECT sum(n * n) FROM (SELECT CAST($1 AS BIGINT) AS n)", [2**40])
    assert engine.doubt is None


async def test_one_that_takes_too_much_memory_is_refused_and_casts_no_doubt_on_the_file(tmp_path: Path) -> None:
    config = AnalyticsConfig(threads=1, memory_limit_bytes=32 * 1024 * 1024, max_temp_bytes=0)
    engine = Engine(path=tmp_path / "e.duckdb", config=config)
    await engine.open()
    engine.is_ready = True
    with pytest.raises(UnavailableError, match=r"it takes more than analytics\.memory_limit_bytes"):
        await engine.query("SELECT list(a.range ORDER BY hash(a.range)) FROM range(20000000) AS a")
    assert engine.doubt is None
    assert await engine.query("SELECT 1") == [(1,)]
    await engine.close()


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('/etc/hostname')",
        "ATTACH '/tmp/other.duckdb'",
        "COPY (SELECT 1) TO '/tmp/copied.csv'",
        "SET memory_limit = '10GB'",
        "INSTALL sqlite",
    ],
)
async def test_nothing_outside_of_the_file_can_be_reached(engine: Engine, sql: str) -> None:
    with pytest.raises(Exception, match=r"[Pp]ermission|disabled|locked"):
        await engine.query(sql)


async def test_a_file_that_another_process_has_open_is_not_doubted(engine: Engine) -> None:
    script = "import sys, _duckdb\ntry: _duckdb.connect(sys.argv[1])\nexcept _duckdb.Error as error: print(error)"
    said = await trio.run_process([sys.executable, "-c", script, str(engine.path)], capture_stdout=True)
    assert any(sign in said.stdout.decode().lower() for sign in _PASSING)


def test_it_is_known_without_loading_it() -> None:
    assert is_installed()


def test_what_is_relied_on_is_there() -> None:
    import _duckdb  # noqa: PLC0415 - the name without the package around it is what is held here

    wanted: dict[Any, tuple[str, ...]] = {
        _duckdb: ("connect", "Error", "InterruptException", "OutOfMemoryException", "BinderException"),
        _duckdb.DuckDBPyConnection: ("appender", "cursor", "execute", "fetchall", "interrupt", "close"),
        _duckdb.Appender: ("append_rows",),
    }
    assert [name for owner, names in wanted.items() for name in names if not hasattr(owner, name)] == []
