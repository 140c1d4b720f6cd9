"""A query that takes too long ends in a sentence, and nothing of it stays behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import pytest

from bloop_trio.app import create_app
from bloop_trio.db.readers import open_readers
from tests.client import Client
from tests.conftest import accepted

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.writing.writer import BatchWriter

ENDLESS = (
    "CREATE VIEW facet_counts AS WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n)"
    " SELECT 1 AS project_no, 'route' AS facet, 'v' AS value, i AS total_count, 0 AS last_seen_ms FROM n"
)


@pytest.fixture
async def hurried(client: Client, database: Path) -> AsyncIterator[Client]:
    """The app with a single reader, whose queries may take a fifth of a second."""
    async with open_readers(database, 1, time_limit_ms=200) as readers:
        services = attrs.evolve(client.services, readers=readers)
        yield Client(create_app(services), services, client.token)


async def test_it_is_503_and_the_reader_serves_the_next_one(
    hurried: Client, connection: Connection, batches: BatchWriter
) -> None:
    batches.write(connection, [accepted(fingerprint="cart")])
    connection.execute("DROP TABLE facet_counts")
    connection.execute(ENDLESS)
    for _ in range(2):
        endless = await hurried.get("/v1/facets")
        assert (endless.status, endless.json) == (503, {"error": "the query took longer than 200 ms"})
        short = await hurried.get("/v1/errors/cart/occurrences")
        assert (short.status, len(short.json)) == (200, 1)
