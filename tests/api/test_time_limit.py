"""A query that takes too long ends in a sentence, and nothing of it stays behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import pytest

from bloop_trio.app import create_app
from bloop_trio.db.readers import open_readers
from tests.conftest import Client, accepted

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.writer import BatchWriter

MANY = 100_000


@pytest.fixture
async def hurried(client: Client, database: Path) -> AsyncIterator[Client]:
    """The app with a single reader that has no time at all: only what is done at once is done."""
    async with open_readers(database, 1, time_limit_ms=0) as readers:
        services = attrs.evolve(client.services, readers=readers)
        yield Client(create_app(services), services, client.token)


@pytest.fixture
def crowded(connection: Connection, batches: BatchWriter) -> None:
    """An issue with so many events that counting them takes a while."""
    batches.write(connection, [accepted(fingerprint="cart")])
    (table,) = connection.execute("SELECT name FROM sqlite_master WHERE name GLOB 'events_????????'").fetchone()
    connection.execute(
        f"WITH RECURSIVE n (i) AS (VALUES (2) UNION ALL SELECT i + 1 FROM n WHERE i < {MANY})"
        f" INSERT INTO {table} SELECT i, received_ms, timestamp_ms, fingerprint_id, project_no, release, environment,"
        f" source, payload FROM n CROSS JOIN {table} AS first WHERE first.id = 1"
    )


@pytest.mark.usefixtures("crowded")
async def test_it_is_503_and_the_reader_serves_the_next_one(hurried: Client) -> None:
    slow = await hurried.get(f"/v1/errors/cart/occurrences?offset={MANY - 1}")
    assert (slow.status, slow.json) == (503, {"error": "the query took longer than 0 ms"})
    quick = await hurried.get("/v1/errors/cart/occurrences?limit=1")
    assert (quick.status, len(quick.json)) == (200, 1)
