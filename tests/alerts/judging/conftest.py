"""An engine upon a store, for the tests of what it fires."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.alerts.rigging import Rig, build_rig

if TYPE_CHECKING:
    from bloop_trio.db.readers import Readers
    from bloop_trio.db.writer import Writer


@pytest.fixture
async def rig(readers: Readers, writer: Writer) -> Rig:
    """An engine upon a store with the project `default`."""
    return await build_rig(readers, writer)
