"""What the tests of questions share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.analytics.asking import Projection

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def projection() -> Iterator[Projection]:
    """An empty projection in memory."""
    made = Projection()
    yield made
    made.conn.close()
