from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest
import trio
import trio.testing

from bloop_trio.lane.stream import RawStream, ReadingEndedError, Replay, TlsTransport

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def pair() -> Iterator[tuple[RawStream, RawStream]]:
    ours, theirs = socket.socketpair()
    for each in (ours, theirs):
        each.setblocking(False)
    with ours, theirs:
        yield RawStream(ours, 5), RawStream(theirs, 5)


async def test_it_behaves_as_a_stream_of_trio_does() -> None:
    async def make_pair() -> tuple[RawStream, RawStream]:
        listening = socket.create_server(("127.0.0.1", 0))
        ours = socket.create_connection(listening.getsockname())
        theirs, _ = listening.accept()
        listening.close()
        for each in (ours, theirs):
            each.setblocking(False)
            each.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        return RawStream(ours, 5), RawStream(theirs, 5)

    ours, theirs = await make_pair()
    sent = bytes(range(256)) * 10_000
    received = bytearray()
    async with trio.open_nursery() as nursery:

        async def send() -> None:
            await ours.send_all(sent)
            await ours.send_eof()

        nursery.start_soon(send)
        while chunk := await theirs.receive_some():
            received += chunk
    assert received == sent
    assert await theirs.receive_some(1) == b""
    await theirs.send_all(b"still open this way")
    assert await ours.receive_some(5) == b"still"
    await ours.aclose()
    await theirs.aclose()


async def test_closing_wakes_a_reader_and_a_writer(pair: tuple[RawStream, RawStream]) -> None:
    ours, _ = pair

    async def read() -> None:
        with pytest.raises(trio.ClosedResourceError):
            await ours.receive_some()

    async def write() -> None:
        with pytest.raises(trio.ClosedResourceError):
            await ours.send_all(bytes(10_000_000))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(read)
        nursery.start_soon(write)
        await trio.testing.wait_all_tasks_blocked()
        ours.close()
        ours.close()


async def test_everything_after_a_close_says_closed(pair: tuple[RawStream, RawStream]) -> None:
    ours, _ = pair
    await ours.aclose()
    with pytest.raises(trio.ClosedResourceError):
        await ours.receive_some()
    with pytest.raises(trio.ClosedResourceError):
        await ours.send_all(b"x")
    with pytest.raises(trio.ClosedResourceError):
        await ours.wait_send_all_might_not_block()
    await ours.send_eof()
    ours.end_reading()


async def test_a_client_that_left_is_a_broken_stream(pair: tuple[RawStream, RawStream]) -> None:
    ours, theirs = pair
    theirs.close()
    with pytest.raises(trio.BrokenResourceError):
        await ours.send_all(b"x")
    assert await ours.receive_some() == b""


async def test_ending_the_reading_keeps_what_has_come_and_lets_answers_out() -> None:
    for kind in (RawStream, TlsTransport):
        ours, theirs = socket.socketpair()
        for each in (ours, theirs):
            each.setblocking(False)
        with ours, theirs:
            theirs.send(b"a request")
            stream = kind(ours, 5)
            stream.end_reading()
            assert await stream.receive_some() == b"a request"
            if kind is RawStream:
                assert await stream.receive_some() == b""
            else:
                with pytest.raises(ReadingEndedError):
                    await stream.receive_some()
            await stream.send_all(b"its answer")
            assert theirs.recv(100) == b"its answer"


async def test_a_replay_gives_what_was_read_before_and_then_reads_on(pair: tuple[RawStream, RawStream]) -> None:
    ours, theirs = pair
    await theirs.send_all(b" and the rest")
    replay = Replay(ours, b"the beginning")

    assert await replay.receive_some(4) == b"the "
    assert await replay.receive_some() == b"beginning"
    assert await replay.receive_some(100) == b" and the rest"
    assert replay.socket is ours.socket
    with pytest.raises(AttributeError):
        _ = replay.do_handshake
