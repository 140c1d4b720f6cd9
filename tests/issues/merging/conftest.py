"""What the tests of merging find in the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.issues.histories import store

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.writing.writer import BatchWriter


@pytest.fixture
def _three_issues(connection: Connection, batches: BatchWriter) -> None:
    """Three issues, with the numbers 1 to 3: `cart`, `pay` and `ship`."""
    store(connection, batches, "cart")
    store(connection, batches, "pay", source="ios", route_or_procedure="/pay", release="2")
    store(connection, batches, "ship", environment="test")
