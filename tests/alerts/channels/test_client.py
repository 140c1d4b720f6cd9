"""Posting to receivers: real ones on this machine, and names that change their minds."""

from __future__ import annotations

import io
import socket
import ssl
import threading
from typing import TYPE_CHECKING

import pytest
import trio
import trustme

from bloop_trio.alerts.channels.client import TIMEOUT_SECS, Client, look_up
from bloop_trio.alerts.channels.message import OutgoingRequest
from bloop_trio.alerts.channels.outcome import Outcome
from bloop_trio.logs import configure_logging
from tests.alerts.receivers import answering, closing, hanging, receiving, saying

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from trio.testing import MockClock

    from tests.alerts.receivers import Answer


class Names:
    """A resolver that gives each name its answers in turn, and remembers what it was asked."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.asked: list[str] = []
        self._answers = list(answers)

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        await trio.lowlevel.checkpoint()
        return self._answers[min(len(self.asked), len(self._answers)) - 1]


async def post(client: Client, url: str) -> Outcome:
    try:
        return await client.post(OutgoingRequest(url=url, body=b'{"a":1}'))
    finally:
        await client.aclose()


def permissive() -> Client:
    return Client(allow_private=True)


class TestWhatIsSent:
    async def test_a_message_arrives_as_it_is_with_the_host_of_its_url(self) -> None:
        async with receiving() as receiver:
            outcome = await post(permissive(), receiver.url)
            (got,) = receiver.requests
        assert outcome == Outcome(ok=True, status=200)
        assert (got.target, got.body) == ("/hook", b'{"a":1}')
        assert got.headers["host"] == f"127.0.0.1:{receiver.port}"
        assert got.headers["content-type"] == "application/json"
        assert "accept-encoding" not in got.headers or got.headers["accept-encoding"] == "identity"

    async def test_proxies_of_the_environment_are_not_asked(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async with receiving() as proxy, receiving() as receiver:
            for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
                monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
            assert (await post(permissive(), receiver.url)).ok
            assert (proxy.connections, receiver.connections) == (0, 1)

    @pytest.mark.usefixtures("logging_left_as_found")
    async def test_no_log_shows_where_it_goes(self) -> None:
        lines = io.StringIO()
        configure_logging("debug", lines)
        async with receiving() as receiver:
            assert (await post(permissive(), f"{receiver.url}/s3cret")).ok
        assert "httpcore" in lines.getvalue()
        assert "s3cret" not in lines.getvalue()

    async def test_cookies_are_not_kept(self) -> None:
        client = permissive()
        async with receiving(answering(200, "set-cookie: who=us; Path=/")) as receiver:
            request = OutgoingRequest(url=receiver.url, body=b"{}")
            assert (await client.post(request)).ok
            assert (await client.post(request)).ok
            assert ["cookie" in got.headers for got in receiver.requests] == [False, False]
        await client.aclose()


class TestAddresses:
    async def test_one_that_is_not_public_is_refused_without_a_connection(self) -> None:
        async with receiving() as receiver:
            names = Names(["127.0.0.1"])
            outcome = await post(Client(allow_private=False, resolve=names), f"http://hook.example:{receiver.port}/")
            assert outcome.error == "its host has an address that is not public"
            assert outcome.is_final
            assert receiver.connections == 0

    @pytest.mark.parametrize("private", ["10.0.0.1", "::1", "fd00::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"])
    async def test_one_of_several_is_enough_to_refuse_them_all(self, private: str) -> None:
        names = Names(["93.184.215.14", private])
        outcome = await post(Client(allow_private=False, resolve=names), "http://hook.example/")
        assert (outcome.ok, outcome.is_final) == (False, True)

    @pytest.mark.parametrize(
        "host", ["127.0.0.1", "127.0.0.2", "0.0.0.0", "[::1]", "2130706433", "0x7f.1", "localhost", "[::ffff:7f00:1]"]
    )
    async def test_every_way_to_write_this_host_is_refused_by_its_address(self, host: str) -> None:
        async with receiving() as receiver:
            outcome = await post(Client(allow_private=False), f"http://{host}:{receiver.port}/")
            assert outcome == Outcome(ok=False, error="its host has an address that is not public", is_final=True)
            assert receiver.connections == 0

    async def test_a_name_that_changes_its_mind_leads_to_the_address_that_was_judged(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The first answer is public, all later ones are this host: whoever looks twice ends up here."""
        connected: list[str] = []

        async def note_and_refuse(host: str, port: int, **_: object) -> trio.SocketStream:
            connected.append(host)
            await trio.lowlevel.checkpoint()
            raise OSError(111, "Connection refused")

        names = Names(["93.184.215.14"], ["127.0.0.1"])
        monkeypatch.setattr(trio, "open_tcp_stream", note_and_refuse)
        async with receiving() as receiver:
            client = Client(allow_private=False, resolve=names)
            outcome = await post(client, f"http://rebinding.example:{receiver.port}/")
            assert outcome.error is not None
            assert outcome.error.startswith("cannot connect")
            assert receiver.connections == 0
        assert connected == ["93.184.215.14"]
        assert names.asked == ["rebinding.example"]

    async def test_private_ones_are_fine_where_that_is_set(self) -> None:
        async with receiving() as receiver:
            names = Names(["127.0.0.1"])
            outcome = await post(Client(allow_private=True, resolve=names), f"http://hook.lan:{receiver.port}/")
            assert outcome.ok
            assert receiver.requests[0].headers["host"] == f"hook.lan:{receiver.port}"

    async def test_a_dead_address_does_not_keep_from_the_next(self) -> None:
        async with receiving() as receiver:
            names = Names(["127.0.0.2", "127.0.0.1"])  # the receiver listens on one of them
            assert (await post(Client(allow_private=True, resolve=names), f"http://two.lan:{receiver.port}/")).ok

    async def test_names_that_nobody_answers_for_keep_no_threads_from_others(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        released = threading.Event()
        asked: list[object] = []

        def wait(*place: object, **_: object) -> list[object]:
            asked.append(place)
            released.wait(20)
            return []

        monkeypatch.setattr(socket, "getaddrinfo", wait)
        others = trio.to_thread.current_default_thread_limiter()
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(look_up, "slow.example", 443)
                with trio.fail_after(10):
                    while not asked:  # noqa: ASYNC110 - a thread says so
                        await trio.sleep(0.01)
                assert others.borrowed_tokens == 0
                nursery.cancel_scope.cancel()
            assert others.borrowed_tokens == 0
        finally:
            released.set()

    async def test_a_name_that_does_not_exist_may_come_into_being(self) -> None:
        outcome = await post(permissive(), "http://nothing.invalid/")
        assert outcome == Outcome(ok=False, error="cannot connect: host not found")


class TestAnswers:
    @pytest.mark.parametrize("status", [200, 201, 204])
    async def test_what_the_receiver_confirms_is_sent(self, status: int) -> None:
        async with receiving(answering(status)) as receiver:
            assert await post(permissive(), receiver.url) == Outcome(ok=True, status=status)

    @pytest.mark.parametrize(
        ("status", "is_final"), [(400, True), (404, True), (410, True), (408, False), (429, False)]
    )
    async def test_a_refusal_is_final_unless_it_speaks_of_the_moment(self, status: int, *, is_final: bool) -> None:
        async with receiving(answering(status)) as receiver:
            outcome = await post(permissive(), receiver.url)
        assert (outcome.status, outcome.is_final) == (status, is_final)

    async def test_trouble_of_the_receiver_passes(self) -> None:
        async with receiving(answering(500, body=b"<h1>sorry</h1>")) as receiver:
            outcome = await post(permissive(), receiver.url)
        assert outcome == Outcome(ok=False, status=500, error="answered 500")

    async def test_what_it_says_is_told_where_it_is_a_public_one(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("bloop_trio.alerts.channels.client.is_public", lambda _: True)
        async with receiving(answering(404, body=b"no_service\n" + b"x" * 9_000)) as receiver:
            outcome = await post(Client(allow_private=False), receiver.url)
        assert outcome.error is not None
        assert outcome.error.startswith("answered 404: no_service xxx")
        assert len(outcome.error) < 300

    async def test_a_redirect_is_not_followed_and_final(self) -> None:
        async with receiving() as inside, receiving(answering(302, f"location: {inside.url}")) as receiver:
            outcome = await post(permissive(), receiver.url)
            assert outcome.error == "answered 302: redirects are not followed"
            assert outcome.is_final
            assert inside.connections == 0

    @pytest.mark.parametrize(
        ("header", "secs"),
        [
            ("30", 30),
            ("999999", 3_600),
            ("soon", None),
            ("-5", None),
            ("Mon, 01 Jan 99999999999999 00:00:00 GMT", None),
            ("Mon, 01 Jan 2024 00:00:00 +99999999999999999999", None),
        ],
    )
    async def test_what_it_asks_to_be_waited_is_told_within_bounds(self, header: str, secs: int | None) -> None:
        async with receiving(answering(503, f"retry-after: {header}")) as receiver:
            assert (await post(permissive(), receiver.url)).retry_after_secs == secs


class TestFaults:
    @pytest.mark.parametrize(
        ("answer", "error"),
        [
            (closing, "the answer is not HTTP: Server disconnected without sending a response."),
            (saying(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), "the answer is not HTTP: illegal status line"),
            (saying(b"HTTP/1.1 200 OK\r\nx-", then_for_ever=b"x" * 65_536), "the answer is not HTTP: "),
            (saying(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n"), "the answer is not HTTP: "),
        ],
        ids=["closes", "no HTTP", "a head without an end", "two lengths"],
    )
    async def test_an_answer_that_is_none_may_be_better_next_time(self, answer: Answer, error: str) -> None:
        async with receiving(answer) as receiver:
            outcome = await post(permissive(), receiver.url)
        assert outcome.error is not None
        assert outcome.error.startswith(error)
        assert "OpenSSH" not in outcome.error
        assert not outcome.is_final

    async def test_a_body_without_an_end_is_not_read(self) -> None:
        endless = b"HTTP/1.1 %d X\r\ntransfer-encoding: chunked\r\n\r\n"
        for status, ok in ((200, True), (500, False)):
            async with receiving(
                saying(endless % status, then_for_ever=b"1000\r\n" + b"x" * 4096 + b"\r\n")
            ) as receiver:
                assert (await post(permissive(), receiver.url)).ok is ok

    async def test_one_that_hangs_is_given_up(self, mock_clock: MockClock) -> None:
        mock_clock.rate = 1
        outcomes: list[Outcome] = []

        async def send(url: str) -> None:
            outcomes.append(await post(permissive(), url))

        async with receiving(hanging) as receiver, trio.open_nursery() as nursery:
            nursery.start_soon(send, receiver.url)
            await receiver.wait_for(1)
            mock_clock.jump(TIMEOUT_SECS)
        assert outcomes == [Outcome(ok=False, error="no answer within 10 s")]

    async def test_nobody_there_may_come_back(self) -> None:
        async with receiving() as receiver:
            url = receiver.url
        assert await post(permissive(), url) == Outcome(ok=False, error="cannot connect: Connection refused")

    @pytest.mark.parametrize("url", ["gopher://example.com/", "http://xn--/", "http://0177.0.0.1/"])
    async def test_a_url_that_is_none_fails_for_good(self, url: str) -> None:
        outcome = await post(permissive(), url)
        assert (outcome.ok, outcome.is_final) == (False, True)


class TestTls:
    @pytest.fixture
    def authority(self) -> trustme.CA:
        return trustme.CA()

    @pytest.fixture
    def served_as(self, authority: trustme.CA) -> Callable[[str], ssl.SSLContext]:
        def serve(name: str) -> ssl.SSLContext:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            authority.issue_cert(name).configure_cert(context)
            return context

        return serve

    def client(self, authority: trustme.CA) -> Client:
        trusted = ssl.create_default_context()
        authority.configure_trust(trusted)
        return Client(allow_private=True, resolve=Names(["127.0.0.1"]), tls=trusted)

    async def test_the_certificate_is_held_against_the_name_of_the_url(
        self, authority: trustme.CA, served_as: Callable[[str], ssl.SSLContext]
    ) -> None:
        async with receiving(tls=served_as("hook.example")) as receiver:
            outcome = await post(self.client(authority), f"https://hook.example:{receiver.port}/hook")
            assert outcome.ok, outcome.error
            assert receiver.requests[0].headers["host"] == f"hook.example:{receiver.port}"

    async def test_one_of_another_name_is_refused(
        self, authority: trustme.CA, served_as: Callable[[str], ssl.SSLContext]
    ) -> None:
        async with receiving(tls=served_as("other.example")) as receiver:
            outcome = await post(self.client(authority), f"https://hook.example:{receiver.port}/hook")
            assert outcome.error is not None
            assert "the certificate is not valid" in outcome.error
            assert receiver.requests == []

    async def test_one_that_nobody_trusts_is_refused(self, served_as: Callable[[str], ssl.SSLContext]) -> None:
        async with receiving(tls=served_as("hook.example")) as receiver:
            client = Client(allow_private=True, resolve=Names(["127.0.0.1"]))
            outcome = await post(client, f"https://hook.example:{receiver.port}/hook")
            assert outcome.error is not None
            assert "the certificate is not valid" in outcome.error
