from __future__ import annotations

import json
import ssl
from functools import partial
from typing import TYPE_CHECKING

import attrs
import pytest
import trio
import trustme

from bloop_trio.http.signature import Signer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from tests.cli.conftest import Said


@attrs.define
class Recorder:
    """A server that keeps what it was sent and gives one answer."""

    port: int = 0
    answer: bytes = b'HTTP/1.1 200 OK\r\ncontent-length: 21\r\n\r\n{"status":"accepted"}'
    head: bytes = b""
    body: bytes = b""

    async def take(self, stream: trio.abc.Stream) -> None:
        async with stream:
            received = b""
            while b"\r\n\r\n" not in received:
                received += await stream.receive_some()
            self.head, _, self.body = received.partition(b"\r\n\r\n")
            headers = dict(line.lower().split(b": ") for line in self.head.split(b"\r\n")[1:])
            while len(self.body) < int(headers[b"content-length"]):
                self.body += await stream.receive_some()
            await stream.send_all(self.answer)

    def header(self, name: str) -> str:
        (value,) = [
            line.partition(b": ")[2].decode()
            for line in self.head.split(b"\r\n")
            if line.lower().startswith(name.encode() + b":")
        ]
        return value


@pytest.fixture
async def recorder() -> AsyncIterator[Recorder]:
    recorder = Recorder()
    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(partial(trio.serve_tcp, recorder.take, 0, host="127.0.0.1"))
        recorder.port = listeners[0].socket.getsockname()[1]
        yield recorder
        nursery.cancel_scope.cancel()


async def send(bloop: Callable[..., Said], *arguments: str, **environ: str) -> Said:
    return await trio.to_thread.run_sync(partial(bloop, "send-test-event", *arguments, **environ))


async def test_the_event_is_signed_with_the_projects_key(bloop: Callable[..., Said], recorder: Recorder) -> None:
    key = bloop("project", "create", "Shop", "--slug", "shop", "--json").document["api_key"]
    said = await send(bloop, "--project", "shop", BLOOP__SERVER__PORT=str(recorder.port))
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(f"http://127.0.0.1:{recorder.port} accepted the event. ")
    assert recorder.head.startswith(b"POST /v1/ingest HTTP/1.1\r\n")
    assert recorder.header("x-project-key") == key
    assert Signer(key.encode()).matches(recorder.body, bytes.fromhex(recorder.header("x-signature")))


async def test_the_event_has_every_field_that_an_event_needs(bloop: Callable[..., Said], recorder: Recorder) -> None:
    await send(bloop, "--key", "key", "--url", f"http://127.0.0.1:{recorder.port}/")
    event = json.loads(recorder.body)
    assert event.keys() >= {"timestamp", "source", "environment", "release", "error_type", "message"}
    assert event["error_type"] == "TestEvent"
    assert all(event.values())


async def test_as_a_document(bloop: Callable[..., Said], recorder: Recorder) -> None:
    url = f"http://127.0.0.1:{recorder.port}"
    said = await send(bloop, "--key", "key", "--url", url, "--json")
    assert said.document == {"url": url, "status": 200, "answer": {"status": "accepted"}}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (
            b'HTTP/1.1 401 Unauthorized\r\ncontent-length: 31\r\n\r\n{"error":"invalid project key"}',
            "answered 401: invalid project key",
        ),
        (b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 6\r\n\r\nno\r\nno", "answered 502: no\N{REPLACEMENT CHARACTER}"),
        (b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n", "answered 502:"),
    ],
)
async def test_any_other_answer_is_a_failure(
    bloop: Callable[..., Said], recorder: Recorder, answer: bytes, reason: str
) -> None:
    recorder.answer = answer
    said = await send(bloop, "--key", "key", "--url", f"http://127.0.0.1:{recorder.port}")
    assert said.code == 1
    assert said.err.startswith(f"bloop: the server at http://127.0.0.1:{recorder.port} {reason}")


async def test_what_is_not_http_is_a_failure(bloop: Callable[..., Said], recorder: Recorder) -> None:
    recorder.answer = b"SSH-2.0-OpenSSH\r\n"
    said = await send(bloop, "--key", "key", "--url", f"http://127.0.0.1:{recorder.port}")
    assert said.code == 1
    assert said.err.startswith("bloop: no answer from http://127.0.0.1:")


async def test_without_a_server_it_says_how_to_start_one(bloop: Callable[..., Said], recorder: Recorder) -> None:
    with trio.socket.socket() as unheard:
        await unheard.bind(("127.0.0.1", 0))  # taken, but nobody listens
        url = f"http://127.0.0.1:{unheard.getsockname()[1]}"
        said = await send(bloop, "--key", "key", "--url", url)
    assert (said.code, said.err) == (1, f"bloop: no server answers at {url}: start one with `bloop serve`\n")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([], 1, "there is no database bloop.db: start the server first, or give a key with --key"),
        (["--key", "k", "--url", "localhost"], 2, "--url localhost: expected an http:// or https:// URL"),
        (["--key", "a\nb"], 2, "--key: Invalid header value"),
    ],
)
def test_what_cannot_be_sent(bloop: Callable[..., Said], arguments: list[str], code: int, message: str) -> None:
    said = bloop("send-test-event", *arguments)
    assert said.code == code
    assert said.err.startswith(f"bloop: {message}")


def test_an_unknown_project_fails(bloop: Callable[..., Said]) -> None:
    bloop("project", "list")
    said = bloop("send-test-event", "--project", "nowhere")
    assert (said.code, said.err.split(" (")[0]) == (1, "bloop: project not found: nowhere")


def test_a_port_that_is_chosen_at_start_has_to_be_given(bloop: Callable[..., Said]) -> None:
    assert bloop("send-test-event", "--key", "k", BLOOP__SERVER__PORT="0").code == 2


class TestTls:
    @pytest.fixture
    def certificate(self, tmp_path: Path) -> tuple[Path, Path]:
        """A certificate for another name than the loopback address, from an authority that nobody trusts."""
        issued = trustme.CA().issue_cert("bloop.example.com")
        cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
        issued.cert_chain_pems[0].write_to_path(cert)
        issued.private_key_pem.write_to_path(key)
        return cert, key

    @pytest.fixture
    async def tls_recorder(self, certificate: tuple[Path, Path]) -> AsyncIterator[Recorder]:
        recorder = Recorder()
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*certificate)

        async def take(stream: trio.abc.Stream) -> None:
            # A client that does not trust us ends the handshake.
            try:
                await recorder.take(stream)
            except trio.BrokenResourceError:
                await trio.lowlevel.checkpoint()

        async with trio.open_nursery() as nursery:
            listeners = await nursery.start(partial(trio.serve_ssl_over_tcp, take, 0, context, host="127.0.0.1"))
            recorder.port = listeners[0].transport_listener.socket.getsockname()[1]
            yield recorder
            nursery.cancel_scope.cancel()

    async def test_our_own_server_is_known_by_its_certificate(
        self, bloop: Callable[..., Said], tls_recorder: Recorder, certificate: tuple[Path, Path]
    ) -> None:
        said = await send(
            bloop,
            "--key",
            "key",
            BLOOP__SERVER__PORT=str(tls_recorder.port),
            BLOOP__SERVER__TLS_CERT=str(certificate[0]),
            BLOOP__SERVER__TLS_KEY=str(certificate[1]),
        )
        assert (said.code, said.err) == (0, "")
        assert said.out.startswith(f"https://127.0.0.1:{tls_recorder.port} accepted the event. ")

    async def test_any_other_server_needs_a_certificate_that_this_machine_trusts(
        self, bloop: Callable[..., Said], tls_recorder: Recorder
    ) -> None:
        said = await send(bloop, "--key", "key", "--url", f"https://127.0.0.1:{tls_recorder.port}")
        assert said.code == 1
        assert "certificate verify failed" in said.err
        assert tls_recorder.body == b""
