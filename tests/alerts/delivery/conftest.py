"""What the tests of the delivery of alerts share: an outbox that runs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.alerts.sending import Rig, a_rig

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from trio.testing import MockClock

    from bloop_trio.db.connection import Connection
    from bloop_trio.db.readers import Readers
    from bloop_trio.db.writer import Writer


@pytest.fixture
def rig(
    connection: Connection, readers: Readers, writer: Writer, mock_clock: MockClock
) -> Callable[..., AbstractAsyncContextManager[Rig]]:
    """Opens an outbox that runs upon `database`."""
    return partial(a_rig, connection, readers, writer, mock_clock)
