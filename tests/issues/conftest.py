"""What the tests of the intake share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bloop_trio.db.connection import open_connection
from tests.conftest import insert_project
from tests.issues.rig import Rig, a_rig

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


OTHER_KEY = "bloop_" + "1" * 64


@pytest.fixture
def two_projects(database: Path) -> Path:
    """`database` with a second project of the key `OTHER_KEY`."""
    conn = open_connection(database)
    try:
        insert_project(conn, "other", api_key=OTHER_KEY)
    finally:
        conn.close()
    return database


@pytest.fixture
async def rig(two_projects: Path) -> AsyncIterator[Rig]:
    """Two projects; what is accepted stays in the buffer until the test flushes it."""
    async with a_rig(two_projects, flushing=False) as made:
        yield made
