"""Both equations of the accounting hold whatever comes."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import attrs
import trio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bloop_trio.http.ratelimit import TokenBuckets
from bloop_trio.issues.ingest.intake import Route
from tests.conftest import an_event
from tests.issues.rig import Rig, a_rig

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


KINDS = (
    "good",
    "bad",
    "repeated",
    "limited",
    "no signature",
    "wrong signature",
    "wrong key",
    "wrong type",
    "no json",
    "too large",
)


class TestAccounting:
    """received = accepted + dropped + rejected, accepted = stored + duplicate + dead-lettered + lost + in buffer."""

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        st.lists(
            st.tuples(st.sampled_from(KINDS), st.sampled_from([None, 0, 1, 3, 20, 101]), st.booleans()), max_size=25
        ),
        st.booleans(),
    )
    def test_both_equations_hold_after_every_request(
        self,
        tmp_path_factory: pytest.TempPathFactory,
        database: Path,
        sent: list[tuple[str, int | None, bool]],
        durable: bool,
    ) -> None:
        copy = tmp_path_factory.mktemp("db") / "bloop.db"
        shutil.copy(database, copy)

        async def send_all() -> None:
            buckets = TokenBuckets(per_second=1e-6, burst_size=1)
            buckets.reserve("limited", 0.0, 0.0)
            async with a_rig(copy, durable=durable, capacity=30, flushing=durable, buckets=buckets) as rig:
                expected = 0
                for kind, size, flush in sent:
                    status, answer = await send_a(rig, kind, size)
                    expected += size if size is not None and kind in {"good", "bad", "repeated", "limited"} else 1
                    if size is not None and status == 200:
                        assert answer["accepted"] + answer["dropped"] + len(answer["errors"]) == size
                    if flush and not durable:
                        await rig.flush()
                    totals = [attrs.asdict(p) for p in rig.accounting.snapshot().projects]
                    assert sum(p["received"] for p in totals) == expected
                    rig.counts("")
                if durable:
                    await rig.until(lambda: not any(p.in_buffer for p in rig.accounting.snapshot().projects))
                else:
                    await rig.flush()
                assert rig.stored() == sum(p.stored for p in rig.accounting.snapshot().projects)

        trio.run(send_all)


async def send_a(rig: Rig, kind: str, size: int | None) -> tuple[int, Any]:
    """Send one request of a kind: a single event, or a batch of `size`."""
    event = an_event()
    changes: dict[str, Any] = {}
    match kind:
        case "bad":
            event["environment"] = ""
        case "repeated":
            event["event_id"] = "again"
        case "limited":
            changes["client"] = "limited"
        case "no signature":
            changes["signature"] = None
        case "wrong signature":
            changes["signature"] = b"00"
        case "wrong key":
            changes["project_key"] = b"nobody"
        case "wrong type":
            changes["content_type"] = b"text/plain"
        case "too large":
            changes["too_large"] = True
    value: Any = event if size is None else [event] * size
    if kind == "no json":
        changes["route"] = Route.SINGLE if size is None else Route.BATCH
        value = b'{"events":['
    return await rig.send(value, **changes)
