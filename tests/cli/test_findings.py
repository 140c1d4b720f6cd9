"""What facts mean: each is good, a warning or a failure, and whatever is not good comes with advice."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from bloop_trio.cli import findings
from bloop_trio.cli.findings import Finding, Level
from bloop_trio.cli.machine import Leftover, Machine, Running
from bloop_trio.db.schema import SchemaDifference
from bloop_trio.db.survey import Engine, Survey
from bloop_trio.issues.queries.consistency import Consistency
from tests.conftest import NOW_MS

MIB = 1 << 20

SURVEY = Survey(
    size_bytes=MIB,
    log_bytes=0,
    free_bytes=0,
    schema=1,
    pending=(),
    migrated_secs=NOW_MS // 1000,
    problems=(),
    dangling=0,
    difference=SchemaDifference(missing=(), extra=(), altered=()),
    table_bytes={},
)
CONSISTENCY = Consistency(
    issues=1,
    checked=1,
    miscounted=0,
    totals_agree=True,
    events=1,
    days=1,
    newest_event_ms=NOW_MS,
    dead_letters=0,
)
MACHINE = Machine(free_bytes=1024 * MIB, exposed=(), file_limit=20_000, copies=(), partial=())


def levels(found: list[Finding]) -> dict[str, Level]:
    """Return what is not good, by topic."""
    for finding in found:
        assert (finding.advice is None) == (finding.level is Level.OK), finding
    return {finding.topic: finding.level for finding in found if finding.level is not Level.OK}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {}),
        ({"problems": ("row 1 missing from index x",)}, {"integrity": Level.FAIL}),
        ({"dangling": 1}, {"references": Level.FAIL}),
        ({"difference": SchemaDifference(missing=("index a",), extra=(), altered=())}, {"schema": Level.FAIL}),
        ({"difference": SchemaDifference(missing=(), extra=("index a",), altered=())}, {"schema": Level.WARN}),
        ({"difference": SchemaDifference(missing=(), extra=(), altered=("table a",))}, {"schema": Level.WARN}),
        ({"pending": ("0002_next",)}, {"migrations": Level.WARN}),
        ({"log_bytes": findings.LARGE_LOG_BYTES}, {}),
        ({"log_bytes": findings.LARGE_LOG_BYTES + 1}, {"log": Level.WARN}),
    ],
)
def test_a_database(changes: dict[str, Any], expected: dict[str, Level]) -> None:
    assert levels(list(findings.judge_survey(attrs.evolve(SURVEY, **changes)))) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {}),
        ({"miscounted": 1}, {"counts": Level.FAIL}),
        ({"totals_agree": False}, {"counts": Level.FAIL}),
        ({"dead_letters": 1}, {"dead letters": Level.WARN}),
    ],
)
def test_counts(changes: dict[str, Any], expected: dict[str, Level]) -> None:
    assert levels(list(findings.judge_consistency(attrs.evolve(CONSISTENCY, **changes)))) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {}),
        ({"free_bytes": 500 * MIB}, {}),
        ({"free_bytes": 499 * MIB}, {"disk": Level.WARN}),
        ({"free_bytes": 255 * MIB}, {"disk": Level.FAIL}),
        ({"exposed": ("bloop.db",)}, {"permissions": Level.WARN}),
        ({"file_limit": 1064}, {}),
        ({"file_limit": 1063}, {"open files": Level.WARN}),
        ({"partial": (Leftover("x.bloop-partial", 1),)}, {"unfinished": Level.WARN}),
        ({"copies": (Leftover("x.backup", 1),) * 3}, {}),
        ({"copies": (Leftover("x.backup", 1),) * 4}, {"copies": Level.WARN}),
    ],
)
def test_a_machine(changes: dict[str, Any], expected: dict[str, Level]) -> None:
    found = findings.judge_machine(attrs.evolve(MACHINE, **changes), database_bytes=500 * MIB, max_connections=1000)
    assert levels(list(found)) == expected


@pytest.mark.parametrize(
    ("running", "expected"),
    [
        (Running(locked=False), Level.OK),
        (Running(locked=True, status=200, health="ok"), Level.OK),
        (Running(locked=True, status=200, health="degraded"), Level.WARN),
        (Running(locked=True, status=503, health="stopping"), Level.FAIL),
        (Running(locked=True, status=404), Level.FAIL),
        (Running(locked=True, trouble="Connection refused"), Level.FAIL),
    ],
)
def test_a_server(running: Running, expected: Level) -> None:
    assert findings.judge_server(running).level is expected


@pytest.mark.parametrize(
    ("now_ms", "newest_event_ms", "expected"),
    [
        (NOW_MS, NOW_MS, Level.OK),
        (NOW_MS, None, Level.OK),
        (NOW_MS, NOW_MS + 60_000, Level.OK),  # several machines never agree to the second
        (NOW_MS, NOW_MS + 60_001, Level.WARN),
        (NOW_MS - 3_600_000, None, Level.WARN),  # before the database was made
    ],
)
def test_a_clock(now_ms: int, newest_event_ms: int | None, expected: Level) -> None:
    assert findings.judge_clock(now_ms, NOW_MS // 1000, newest_event_ms).level is expected


def test_a_sqlite() -> None:
    assert findings.judge_engine(Engine(version="3.40.1", full_text_search=True)).level is Level.OK
    assert findings.judge_engine(Engine(version="3.40.1", full_text_search=False)).level is Level.FAIL
