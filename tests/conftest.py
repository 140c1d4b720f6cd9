"""What all tests share: factories with defaults for everything, and real parts ready to be used."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from bloop_trio.db.connection import Connection, open_connection, transaction
from bloop_trio.db.migrate import migrate
from bloop_trio.db.readers import Readers, open_readers
from bloop_trio.issues.batch import AcceptedEvent
from bloop_trio.issues.event import Event, EventLimits, cut, judge
from bloop_trio.issues.fingerprint import fingerprint, own_fingerprint
from bloop_trio.issues.writer import BatchWriter
from bloop_trio.projects.project import DEFAULT_SLUG, Project

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

NOW_MS = 1_767_268_800_000
"""1 January 2026, 12:00 UTC: where time stands in tests that bring their own clock."""

PROJECT_KEY = "bloop_" + "0" * 64
"""The default project's key."""


def an_event(**changes: Any) -> dict[str, Any]:
    """Return a complete, valid event as a client sends it; a change to None leaves the field out."""
    event = {
        "timestamp": NOW_MS,
        "source": "api",
        "environment": "prod",
        "release": "1.0.0",
        "error_type": "TypeError",
        "message": "Cannot read property id of undefined",
        "route_or_procedure": "/api/users",
    } | changes
    return {name: value for name, value in event.items() if value is not None}


def as_json(value: Any) -> bytes:
    """Return `value` as compact JSON."""
    return msgspec.json.encode(value)


def signature(body: bytes, key: str = PROJECT_KEY) -> str:
    """Return the signature of `body`, computed without any of our code."""
    return hmac.new(key.encode(), body, hashlib.sha256).hexdigest()


def signed(body: bytes, key: str = PROJECT_KEY, *, name_key: bool = True) -> dict[str, str]:
    """Return the headers that send `body` to the project with `key`."""
    headers = {"content-type": "application/json", "x-signature": signature(body, key)}
    return headers | {"x-project-key": key} if name_key else headers


def accepted(*, project_no: int = 1, received_ms: int = NOW_MS, **changes: Any) -> AcceptedEvent:
    """Return an event on its way to the store, as the intake makes it."""
    event = msgspec.convert(an_event(**changes), Event)
    problem = judge(event, EventLimits())
    assert problem is None, problem
    given = event.fingerprint
    found = (
        own_fingerprint(given)
        if given
        else fingerprint(
            source=event.source or "",
            error_type=event.error_type or "",
            route=event.route_or_procedure,
            message=event.message or "",
            stack=event.stack,
        )
    )
    cut(event, EventLimits())
    return AcceptedEvent(event, project_no, found, received_ms)


def insert_project(conn: Connection, slug: str, *, api_key: str | None = None) -> Project:
    """Insert a project beside what the product does, so that its tests do not depend on its own code."""
    (no,) = conn.execute("SELECT coalesce(max(no), 0) + 1 FROM projects").fetchone()
    project = Project(
        no=no,
        id=DEFAULT_SLUG if slug == DEFAULT_SLUG else f"00000000-0000-4000-8000-{no:012d}",
        name=slug.title(),
        slug=slug,
        api_key=api_key or f"bloop_{no:064d}",
        created_secs=NOW_MS // 1000,
        created_by=None,
    )
    conn.execute(
        "INSERT INTO projects (no, id, name, slug, api_key, created_secs) VALUES (?, ?, ?, ?, ?, ?)",
        (project.no, project.id, project.name, project.slug, project.api_key, project.created_secs),
    )
    return project


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """The path of a database of today's schema with the project `default` (number 1, key `PROJECT_KEY`)."""
    path = tmp_path / "bloop.db"
    conn = open_connection(path)
    try:
        migrate(conn, path, NOW_MS // 1000)
        with transaction(conn):
            insert_project(conn, DEFAULT_SLUG, api_key=PROJECT_KEY)
    finally:
        conn.close()
    return path


@pytest.fixture
def connection(database: Path) -> Iterator[Connection]:
    """A writing connection to `database`."""
    conn = open_connection(database)
    try:
        yield conn
    finally:
        conn.close()


@pytest.fixture
def batches(connection: Connection) -> BatchWriter:
    """What writes events into `database`: ``batches.write(connection, [accepted(...)])``."""
    return BatchWriter(connection, sample_reservoir_size=5)


@pytest.fixture
async def readers(database: Path) -> AsyncIterator[Readers]:
    """Two reading connections to `database`."""
    async with open_readers(database, 2) as opened:
        yield opened
