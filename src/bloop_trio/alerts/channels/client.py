"""Posting to receivers that somebody else has named. The one module that imports httpx, when the first alert is sent.

A host is looked up when it is connected to, every address that it has is judged, and the connection goes to the very
address that was judged: a name that changes its mind in between leads nowhere. Host, SNI and the check of the certificate
stay those of the URL. Redirects are not followed, proxies of the environment not asked, and cookies not kept.
"""

from __future__ import annotations

import logging
import os
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from http.cookiejar import CookieJar, DefaultCookiePolicy
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import certifi
import httpcore
import httpx
import trio

from bloop_trio import __version__
from bloop_trio.alerts.channels.addresses import Address, is_public
from bloop_trio.alerts.channels.outcome import Outcome, failed, judge_answer
from bloop_trio.alerts.channels.texts import cut, one_line
from bloop_trio.clock import now_ms

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from bloop_trio.alerts.channels.message import OutgoingRequest

logging.getLogger("httpx").setLevel(logging.WARNING)
"""Below that it writes whole URLs, which are secrets."""

Resolve: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]

TIMEOUT_SECS: Final = 10.0
"""For the whole of an attempt."""
ADDRESS_SECS: Final = 3.0
"""For each address of a host but the last: one that is dead must not use up the time of the others."""
MAX_ADDRESSES: Final = 8
"""That are tried; all of them are judged."""
MAX_ANSWER_BYTES: Final = 65_536
"""Read of an answer at most; what follows is taken for its end."""
EXCERPT_SECS: Final = 2.0
"""For the body of a refusal; that of a confirmation is not read."""
_EXCERPT_CHARS: Final = 200
_MAX_LOOK_UPS: Final = 64
"""At the same time: one for each channel that is served."""
_look_ups: Final = trio.CapacityLimiter(_MAX_LOOK_UPS)


class _RefusedAddressError(Exception):
    """The host of a URL has an address that alerts may not be sent to."""


async def look_up(host: str, port: int) -> Sequence[str]:
    """Return the addresses of a host, as the system knows them; raises OSError if there are none."""
    # A look-up that is given up ends by the system's own time-out, and holds its place until then: ours, no one else's.
    ask = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    found = await trio.to_thread.run_sync(ask, limiter=_look_ups, abandon_on_cancel=True)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


class _JudgingBackend(httpcore.AsyncNetworkBackend):
    """Connects to addresses that were judged, and to no others."""

    def __init__(self, resolve: Resolve, allows: Callable[[Address], bool]) -> None:
        self._resolve = resolve
        self._allows = allows
        self._plain = httpcore.TrioBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Return a stream to one of the host's addresses."""
        try:
            addresses = [ip_address(text) for text in await self._resolve(host, port)]
        except (OSError, UnicodeError, ValueError):
            raise httpcore.ConnectError("host not found") from None
        if not all(map(self._allows, addresses)):
            raise _RefusedAddressError
        if not addresses:
            raise httpcore.ConnectError("host not found")
        *others, last = addresses[:MAX_ADDRESSES]
        connect = self._plain.connect_tcp
        for address in others:
            with suppress(httpcore.ConnectError, httpcore.ConnectTimeout):
                return _BoundedStream(await connect(str(address), port, ADDRESS_SECS, local_address, socket_options))
        return _BoundedStream(await connect(str(last), port, timeout, local_address, socket_options))

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None
    ) -> httpcore.AsyncNetworkStream:
        """Never asked for: no URL leads to one."""
        raise _RefusedAddressError

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await trio.sleep(seconds)


class _BoundedStream(httpcore.AsyncNetworkStream):
    """A connection that ends once it has brought more than any answer needs."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream
        self._left = MAX_ANSWER_BYTES

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Return what has come, nothing at the end."""
        if self._left <= 0:
            return b""
        part = await self._stream.read(min(max_bytes, self._left), timeout)
        self._left -= len(part)
        return part

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send all of it."""
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        """Close the connection."""
        await self._stream.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        """Return the same with TLS."""
        return _BoundedStream(await self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        """Return what is known of the connection."""
        return self._stream.get_extra_info(info)


class _Body(httpx.AsyncByteStream):
    """The body of an answer, as it comes from the connection."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._stream:
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()


class _Transport(httpx.AsyncBaseTransport):
    """Carries what httpx asks for over connections of our own; each request has one to itself."""

    def __init__(self, backend: httpcore.AsyncNetworkBackend, tls: ssl.SSLContext) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls, max_connections=None, max_keepalive_connections=0, network_backend=backend
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        answer = await self._pool.handle_async_request(
            httpcore.Request(
                request.method,
                httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                content=request.stream,
            )
        )
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer.stream))

    async def aclose(self) -> None:
        await self._pool.aclose()


class Client:
    """Posts messages, each to where it is allowed to go."""

    def __init__(
        self,
        *,
        allow_private: bool,
        resolve: Resolve = look_up,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._allow_private = allow_private
        backend = _JudgingBackend(resolve, _allows_all if allow_private else is_public)
        self._client = httpx.AsyncClient(
            transport=_Transport(backend, tls or _create_tls_context()),
            headers={"user-agent": f"bloop/{__version__}", "accept": "*/*", "accept-encoding": "identity"},
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            follow_redirects=False,
            trust_env=False,
            timeout=TIMEOUT_SECS,
        )

    async def post(self, request: OutgoingRequest) -> Outcome:
        """Send a request and return what became of it; takes `TIMEOUT_SECS` at most, and raises nothing."""
        with trio.move_on_after(TIMEOUT_SECS):
            try:
                return await self._post(request)
            except _FAILURES as error:
                return _explain(error)
        return failed(f"no answer within {TIMEOUT_SECS:.0f} s")

    async def aclose(self) -> None:
        """Close what is open."""
        await self._client.aclose()

    async def _post(self, request: OutgoingRequest) -> Outcome:
        async with self._client.stream("POST", request.url, content=request.body, headers=request.headers) as answer:
            is_refusal = not 200 <= answer.status_code < 300
            # From inside the own network, answers are nobody's business but the receiver's.
            excerpt = await _excerpt(answer) if is_refusal and not self._allow_private else ""
            return judge_answer(answer.status_code, answer.headers.get("retry-after"), excerpt, now_ms())


_FAILURES: Final = (
    httpx.InvalidURL,
    UnicodeError,
    _RefusedAddressError,
    httpcore.NetworkError,
    httpcore.TimeoutException,
    httpcore.ProtocolError,
    httpcore.UnsupportedProtocol,
    httpx.HTTPError,
)


def _explain(error: Exception) -> Outcome:
    match error:
        case _RefusedAddressError():
            outcome = failed("its host has an address that is not public", is_final=True)
        case httpx.InvalidURL() | httpx.UnsupportedProtocol() | httpcore.UnsupportedProtocol() | UnicodeError():
            outcome = failed("the URL cannot be used", is_final=True)
        case httpcore.ConnectError():
            outcome = failed(f"cannot connect: {_reason(error)}")
        case httpcore.ProtocolError():
            # What follows a colon is quoted from it: a banner or a line of a server in the own network.
            outcome = failed(f"the answer is not HTTP: {_reason(error).partition(':')[0]}")
        case _:
            outcome = failed(f"the connection broke before there was an answer: {_reason(error)}")
    return outcome


def _allows_all(_: Address) -> bool:
    return True


def _create_tls_context() -> ssl.SSLContext:
    """Trust what the system trusts, or what browsers do where the system has no opinion."""
    paths = ssl.get_default_verify_paths()
    if paths.cafile is None and paths.capath is None:
        return ssl.create_default_context(cafile=certifi.where())
    return ssl.create_default_context()


async def _excerpt(answer: httpx.Response) -> str:
    """The start of a body as text on one line, whatever it is."""
    raw = bytearray()
    # The loop is never left early: httpx's generators would be left half-way with it.
    with trio.move_on_after(EXCERPT_SECS), suppress(httpcore.NetworkError, httpcore.ProtocolError):
        async for part in answer.aiter_raw():
            raw += part
    return cut(one_line(raw[: 4 * _EXCERPT_CHARS].decode("utf-8", "replace")), _EXCERPT_CHARS)


def _reason(error: BaseException) -> str:
    """What the system said, without our own addresses or ports."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"the certificate is not valid ({cause.verify_message})"
        if isinstance(cause, OSError) and cause.errno is not None and cause.errno > 0:
            return os.strerror(cause.errno)
    return cut(one_line(str(error)), _EXCERPT_CHARS) or type(error).__name__


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield what an exception was made of, the first cause first."""
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from _causes(one)
    before = error.__cause__ or error.__context__  # httpcore takes the cause away from what it passes on
    if before is not None:
        yield from _causes(before)
    yield error
