"""What the tests of retention share: a database with two projects."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conftest import insert_project

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection


@pytest.fixture
def shop(connection: Connection) -> Connection:
    """A connection to a database with a second project, `budgets.SHOP`."""
    insert_project(connection, "shop")
    return connection
