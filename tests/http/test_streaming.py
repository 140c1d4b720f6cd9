from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import trio
import trio.testing
from quart_trio import QuartTrio

from bloop_trio.exceptions import UnavailableError
from bloop_trio.http.streaming import CUT, NextPart, Streams, stream_answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from quart import Response

KIND = "feed"


def an_app(streams: Streams, next_part: NextPart, finish: Callable[[], None] | None = None) -> Any:
    """An app with one streamed answer, of which there may be two at a time."""
    app = QuartTrio("test")

    @app.get("/")
    async def parts() -> Response:
        if not streams.take(KIND, 2, finish):
            raise UnavailableError("too many")
        return stream_answer(next_part, {"content-type": "text/plain"})

    return streams.around(app.asgi_app)


class Exchange:
    """One request as a server passes it on, and what the app has sent."""

    def __init__(self, app: Any, *, method: str = "GET", http_version: str = "1.1") -> None:
        self._app = app
        self._asked = False
        self._left = trio.Event()
        self.may_send = trio.Event()
        self.may_send.set()
        self.sent: list[bytes] = []
        self.is_whole = False
        self.cuts = 0
        self._scope = {
            "type": "http",
            "method": method,
            "path": "/",
            "raw_path": b"/",
            "query_string": b"",
            "headers": [(b"host", b"localhost")],
            "scheme": "http",
            "http_version": http_version,
            "root_path": "",
            "client": ("127.0.0.1", 1),
            CUT: self._cut,
        }

    async def run(self) -> None:
        await self._app(self._scope, self._receive, self._send)

    def leave(self) -> None:
        self._left.set()

    def _cut(self) -> None:
        self.cuts += 1

    async def _receive(self) -> dict[str, Any]:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: dict[str, Any]) -> None:
        await self.may_send.wait()
        if message["type"] == "http.response.body":
            self.sent.append(message["body"])
            self.is_whole = not message["more_body"]


def counting_to(last: int) -> NextPart:
    numbers = iter(range(1, last + 1))

    async def next_part() -> bytes | None:
        await trio.lowlevel.checkpoint()
        number = next(numbers, None)
        return None if number is None else b"%d" % number

    return next_part


async def never() -> bytes:
    await trio.sleep_forever()
    raise AssertionError


async def test_parts_are_sent_one_by_one_until_there_are_none() -> None:
    streams = Streams()
    exchange = Exchange(an_app(streams, counting_to(3)))
    await exchange.run()
    assert exchange.sent == [b"1", b"2", b"3", b""]
    assert exchange.is_whole
    assert streams.count(KIND) == 0


async def test_no_part_is_made_before_the_one_before_it_is_sent(nursery: trio.Nursery) -> None:
    made: list[int] = []

    async def next_part() -> bytes:
        made.append(len(made))
        return b"x"

    exchange = Exchange(an_app(Streams(), next_part))
    exchange.may_send = trio.Event()
    nursery.start_soon(exchange.run)
    await trio.testing.wait_all_tasks_blocked()
    assert len(made) <= 1
    exchange.leave()


async def test_a_head_makes_no_part() -> None:
    exchange = Exchange(an_app(Streams(), never), method="HEAD")
    await exchange.run()
    assert exchange.sent == [b""]
    assert exchange.is_whole


async def test_a_client_that_leaves_ends_the_answer(nursery: trio.Nursery) -> None:
    streams = Streams()
    exchange = Exchange(an_app(streams, never))
    nursery.start_soon(exchange.run)
    await trio.testing.wait_all_tasks_blocked()
    assert streams.count(KIND) == 1
    exchange.leave()
    await trio.testing.wait_all_tasks_blocked()
    assert streams.count(KIND) == 0


async def test_there_are_no_more_than_allowed(nursery: trio.Nursery) -> None:
    streams = Streams()
    app = an_app(streams, never)
    exchanges = [Exchange(app) for _ in range(2)]
    for exchange in exchanges:
        nursery.start_soon(exchange.run)
    await trio.testing.wait_all_tasks_blocked()
    refused = Exchange(app)
    await refused.run()
    assert refused.is_whole
    assert streams.count(KIND) == 2
    for exchange in exchanges:
        exchange.leave()


@pytest.mark.parametrize(("http_version", "cuts"), [("1.1", 0), ("2", 1)])
async def test_what_fails_half_way_is_raised_and_never_whole(http_version: str, cuts: int) -> None:
    streams = Streams()

    async def next_part() -> bytes:
        if exchange.sent:
            raise ValueError("broken")
        return b"1"

    exchange = Exchange(an_app(streams, next_part), http_version=http_version)
    with pytest.raises(ExceptionGroup, match="nursery") as raised:
        await exchange.run()
    assert raised.group_contains(ValueError, match="broken")
    assert exchange.sent == [b"1"]
    assert not exchange.is_whole
    # Over HTTP/1.1 the connection ends anyway.
    assert exchange.cuts == cuts
    assert streams.count(KIND) == 0


async def test_a_stop_ends_an_answer_that_waits_for_its_next_part() -> None:
    streams = Streams()
    exchange = Exchange(an_app(streams, never))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(exchange.run)
        await trio.testing.wait_all_tasks_blocked()
        streams.end_all()
    assert not exchange.is_whole
    assert exchange.cuts == 0


@pytest.mark.parametrize(("http_version", "cuts"), [("1.1", 1), ("2", 0)])
async def test_a_stop_cuts_off_a_client_that_does_not_read(http_version: str, cuts: int) -> None:
    streams = Streams()
    exchange = Exchange(an_app(streams, counting_to(3)), http_version=http_version)
    exchange.may_send = trio.Event()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(exchange.run)
        await trio.testing.wait_all_tasks_blocked()
        streams.end_all()
    assert exchange.cuts == cuts


async def test_after_a_stop_none_begins() -> None:
    streams = Streams()
    streams.end_all()
    exchange = Exchange(an_app(streams, never))
    await exchange.run()
    assert exchange.is_whole


async def test_an_answer_that_can_be_finished_is(nursery: trio.Nursery) -> None:
    streams, end = Streams(), trio.Event()

    async def next_part() -> bytes | None:
        await end.wait()
        return None

    exchange = Exchange(an_app(streams, next_part, end.set))
    nursery.start_soon(exchange.run)
    await trio.testing.wait_all_tasks_blocked()
    streams.end_all()
    await trio.testing.wait_all_tasks_blocked()
    assert exchange.is_whole


async def test_a_stop_lets_a_part_that_is_being_sent_go_out_before_the_end(nursery: trio.Nursery) -> None:
    streams, ending = Streams(), trio.Event()

    async def next_part() -> bytes | None:
        await trio.lowlevel.checkpoint()
        return None if ending.is_set() else b"x"

    exchange = Exchange(an_app(streams, next_part, ending.set))
    exchange.may_send = trio.Event()
    nursery.start_soon(exchange.run)
    await trio.testing.wait_all_tasks_blocked()
    streams.end_all()
    exchange.may_send.set()
    await trio.testing.wait_all_tasks_blocked()
    assert exchange.is_whole
    assert exchange.cuts == 0


@pytest.mark.parametrize(("http_version", "cuts"), [("1.1", 1), ("2", 0)])
async def test_one_that_cannot_be_finished_for_want_of_a_reader_is_cut_a_moment_later(
    autojump_clock: trio.testing.MockClock, http_version: str, cuts: int
) -> None:
    streams, ending = Streams(), trio.Event()
    exchange = Exchange(an_app(streams, counting_to(3), ending.set), http_version=http_version)
    exchange.may_send = trio.Event()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(exchange.run)
        await trio.sleep(1)
        streams.end_all()
        assert exchange.cuts == 0
        await streams.cut_late()
    assert exchange.cuts == cuts
    assert not exchange.is_whole
    assert streams.count(KIND) == 0


async def test_other_requests_are_passed_through() -> None:
    seen: list[str] = []

    async def app(scope: Any, _receive: Any, _send: Any) -> None:
        seen.append(scope["type"])

    await Streams().around(app)({"type": "lifespan"}, never, never)
    assert seen == ["lifespan"]
