"""What the tests of the intake share, and those of changing statuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bloop_trio.db.connection import open_connection
from bloop_trio.issues.triage.triage import Triage
from tests.conftest import NOW_MS, insert_project
from tests.issues.histories import Told
from tests.issues.rig import Rig, a_rig

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bloop_trio.db.readers import Readers
    from bloop_trio.db.writer import Writer


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
def told() -> Told:
    """What `triage` has told, in order."""
    return Told()


@pytest.fixture
def triage(writer: Writer, readers: Readers, told: Told) -> Triage:
    """What changes statuses, with its clock standing at `NOW_MS`."""
    return Triage(writer=writer, readers=readers, clock=lambda: NOW_MS, on_changed=told)


@pytest.fixture
async def rig(two_projects: Path) -> AsyncIterator[Rig]:
    """Two projects; what is accepted stays in the buffer until the test flushes it."""
    async with a_rig(two_projects, flushing=False) as made:
        yield made
