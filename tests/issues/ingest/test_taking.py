"""What an event may weigh, by whichever reader it came, and what its row keeps of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bloop_trio.db.connection import StoreError
from bloop_trio.exceptions import QueryTimeoutError
from bloop_trio.issues.ingest.intake import Route
from tests.conftest import an_event, as_json
from tests.issues.rig import Rig, a_rig

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

TOO_LARGE = "event exceeds 32768 bytes"


@pytest.fixture
async def rig(database: Path) -> AsyncIterator[Rig]:
    async with a_rig(database, flushing=False) as made:
        yield made


@pytest.mark.parametrize("field", ["fingerprint", "screen", "source"])
async def test_a_batch_that_only_the_tolerant_decoder_reads_is_held_to_the_same_weight(rig: Rig, field: str) -> None:
    body = as_json({"events": [an_event(**{field: "x" * 40_000}), an_event()]})
    status, verdict = await rig.send(body.replace(b'{"events"', b'{"odd": NaN, "events"'), route=Route.BATCH)
    assert status == 200
    assert verdict == {"accepted": 1, "dropped": 0, "errors": [{"index": 0, "error": TOO_LARGE}]}


@pytest.mark.parametrize("error", [QueryTimeoutError("too slow"), StoreError("disk I/O error")])
async def test_when_keys_cannot_be_looked_up_an_unknown_one_is_refused_and_counted(
    database: Path, error: Exception
) -> None:
    async def fail() -> bool:
        raise error

    async with a_rig(database, flushing=False, refresh_keys=fail) as rig:
        assert await rig.send(an_event(), key="bloop_nobody") == (401, {"error": "invalid project key"})
        assert rig.counts("").received == 1
