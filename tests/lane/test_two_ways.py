"""The same bytes by the express lane and by the ordinary road: same answers, same events accepted."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import attrs
import pytest
import trio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bloop_trio.app import create_app
from bloop_trio.lane.listener import Lane
from tests.conftest import an_ingest
from tests.lane.corpus import BATCH, CASES, POST
from tests.lane.harness import Reply, Running, a_get, a_post, accepted, running_lane, wire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from bloop_trio.db.connection import Connection
    from tests.client import Client
    from tests.conftest import Ingest

HOP_BY_HOP = {b"connection", b"date", b"content-length", b"transfer-encoding"}


class OrdinaryRoad(Lane):
    """A listener without a lane: every connection goes to the app from its first byte."""

    async def _converse(self, connection: Any, stream: Any) -> None:
        await self._fallback.serve(stream, b"", connection)


@asynccontextmanager
async def both(client: Client, connection: Connection) -> AsyncIterator[tuple[Way, Way]]:
    """Run both ways over intakes of their own, so that what each accepts can be compared."""
    ways = [an_ingest(connection, capacity=100_000) for _ in range(2)]
    fast, slow = ways
    async with (
        running_lane(fast.intake, app_over(client, fast)) as lane,
        running_lane(slow.intake, app_over(client, slow), kind=OrdinaryRoad) as road,
    ):
        yield Way(lane, fast), Way(road, slow)


def app_over(client: Client, ingest: Ingest) -> Any:
    """Return the real app over this intake."""
    return create_app(attrs.evolve(client.services, intake=ingest.intake))


class Way:
    """One of the two, and what came of it."""

    def __init__(self, running: Running, ingest: Ingest) -> None:
        self.running = running
        self.ingest = ingest

    async def ask(self, parts: Sequence[bytes]) -> list[Reply]:
        """Send everything, end, and return all answers."""
        async with wire(self.running) as connection:
            try:
                await connection.send(*parts)
                await connection.end()
            except trio.BrokenResourceError:
                pass  # closed on us after a refusal, which is there to be read
            return await connection.replies()


def assert_equal(lane: list[Reply], road: list[Reply]) -> bool:
    """Hold the answers against each other; returns whether they are equal to the last.

    The last ones may differ in two ways. Where a client ends within a message, or sends more after a message that
    closes, Hypercorn's parser breaks off: with a 400 that says no more, or with nothing if the app was about to answer; the lane
    answers with words, closes, and does not look at what follows. And the lane closes after a body over its cap,
    where Hypercorn reads on if the client has sent it all.
    """
    for index in range(max(len(lane), len(road))):
        fast = lane[index] if index < len(lane) else None
        slow = road[index] if index < len(road) else None
        if breaks_off(fast) or breaks_off(slow):
            assert all(breaks_off(reply) or closes(reply) for reply in (fast, slow))
            assert index >= max(len(lane), len(road)) - 1
            return False
        assert fast is not None
        assert slow is not None
        assert (fast.status, fast.body) == (slow.status, slow.body)
        assert end_to_end(fast) == end_to_end(slow)
        if closes(fast) and len(road) > len(lane):
            return False
    return True


BREAKING_OFF = b'{"error":"bad request"}'


def closes(reply: Reply | None) -> bool:
    return reply is not None and reply.headers.get(b"connection") == b"close"


def breaks_off(reply: Reply | None) -> bool:
    return reply is None or (reply.status == 400 and reply.body == BREAKING_OFF and closes(reply))


def end_to_end(reply: Reply) -> dict[bytes, bytes]:
    return {name: value for name, value in reply.headers.items() if name not in HOP_BY_HOP}


@pytest.mark.parametrize("name", CASES)
async def test_each_case_of_the_corpus(name: str, client: Client, connection: Connection) -> None:
    sent, statuses = CASES[name]
    parts = (sent,) if isinstance(sent, bytes) else sent
    async with both(client, connection) as (lane, road):
        by_lane, by_road = await lane.ask(parts), await road.ask(parts)
        assert tuple(reply.status for reply in by_lane) == statuses
        assert [reply.status for reply in by_road] == [reply.status for reply in by_lane]
        assert_equal(by_lane, by_road)
        assert accepted(lane.ingest) == accepted(road.ingest)
        assert lane.running.stats.connection_errors_total == road.running.stats.connection_errors_total == 0


PIECES = st.sampled_from(
    [
        POST,
        BATCH,
        a_get("/nowhere"),
        a_post(b"{"),
        a_post(signed_as=b"x"),
        a_post(extra=("Connection: keep-alive",)),
        *(case if isinstance(case, bytes) else b"".join(case) for case, _ in CASES.values()),
    ]
)
SPICE = st.sampled_from(
    [
        *(b"\r\n", b"\n", b"\r", b"\0", b" ", b"\t", b":", b",", b"\r\n ", b"\x80", b"0", b"1", b"/", b"POST ", b"x"),
        *(b"Transfer-Encoding: chunked\r\n", b"Content-Length: 3\r\n", b"Connection: close\r\n"),
        *(b"Expect: 100-continue\r\n", b"Host: b\r\n"),
    ]
)


@st.composite
def conversations(draw: st.DrawFn) -> list[bytes]:
    """Well-formed and malformed messages in a row, mutated here and there, cut anywhere."""
    said = bytearray(b"".join(draw(st.lists(PIECES, min_size=1, max_size=4))))
    for _ in range(draw(st.integers(0, 3))):
        # Mutations belong near the heads: in a body nearly all of them do no more than break the signature.
        at = draw(st.integers(0, min(len(said), 700)))
        if draw(st.booleans()):
            said[at:at] = draw(SPICE)
        else:
            del said[at : at + draw(st.integers(1, 4))]
    cuts = sorted(draw(st.lists(st.integers(0, len(said)), max_size=3)))
    return [bytes(said[a:b]) for a, b in zip([0, *cuts], [*cuts, len(said)], strict=True) if b > a]


@settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(parts=conversations())
async def test_whatever_is_sent(parts: list[bytes], client: Client, connection: Connection) -> None:
    await compare(parts, client, connection)


@pytest.mark.torture
@settings(
    max_examples=20_000,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(parts=conversations())
async def test_whatever_is_sent_for_hours(parts: list[bytes], client: Client, connection: Connection) -> None:
    await compare(parts, client, connection)


async def compare(parts: list[bytes], client: Client, connection: Connection) -> None:
    async with both(client, connection) as (lane, road):
        by_lane, by_road = await lane.ask(parts), await road.ask(parts)
        if assert_equal(by_lane, by_road):
            assert accepted(lane.ingest) == accepted(road.ingest)
