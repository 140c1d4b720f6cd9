"""Raw requests of every kind, each with the statuses that it must get on either road.

A case is what a client sends before it ends its half of the connection: bytes, or a tuple of segments.
"""

from __future__ import annotations

from typing import Final

from tests.conftest import an_event, as_json, signature
from tests.lane.harness import a_get, a_post

EVENT: Final = as_json(an_event())
SIGNED: Final = f"X-Signature: {signature(EVENT)}"
N: Final = len(EVENT)
KEY: Final = "X-Project-Key: bloop_" + "0" * 64
CHUNKED: Final = b"%x\r\n%b\r\n0\r\n\r\n" % (N, EVENT)


def raw(
    *lines: str, body: bytes = EVENT, first: str = "POST /v1/ingest HTTP/1.1", host: bool = True, end: str = "\r\n"
) -> bytes:
    """Return a request of exactly these lines, after those that nearly every case has."""
    usual = [first, *(["Host: localhost"] if host else []), "Content-Type: application/json", SIGNED, KEY]
    return end.join((*usual, *lines)).encode("latin-1") + end.encode() * 2 + body


CL: Final = f"Content-Length: {N}"
POST: Final = a_post()
BATCH: Final = a_post(as_json({"events": [an_event()] * 3}), "/v1/ingest/batch")

CASES: Final[dict[str, tuple[bytes | tuple[bytes, ...], tuple[int, ...]]]] = {
    # What the lane is for.
    "an event": (POST, (200,)),
    "a batch": (BATCH, (200,)),
    "an empty batch": (a_post(b'{"events":[]}', "/v1/ingest/batch"), (200,)),
    "names in lower case": (POST.replace(b"Content-Length", b"content-length").replace(b"Host", b"host"), (200,)),
    "names in odd case": (POST.replace(b"Content-Length", b"cONTENT-lENGTH").replace(b"Host", b"hOsT"), (200,)),
    "blanks around values": (raw(f"Content-Length: \t {N} \t", "X-Other:"), (200,)),
    "other headers": (raw(CL, "User-Agent: a", "Origin: https://b", "X-Anything: \x80\xff", "Cookie: c=d"), (200,)),
    "keep-alive by name": (raw(CL, "Connection: Keep-Alive"), (200,)),
    "close": (raw(CL, "Connection: CLOSE"), (200,)),
    "the other name of the signature": (POST.replace(b"X-Signature", b"X-Bloop-Signature"), (200,)),
    "leading zeros in the length": (raw(f"Content-Length: 00{N}"), (200,)),
    "an idempotency key": (raw(CL, "Idempotency-Key: k1") * 2, (200, 200)),
    "forwarded addresses": (raw(CL, "X-Forwarded-For: 1.2.3.4, x", "X-Real-IP: ::1", "Forwarded: for=_a"), (200,)),
    # What the intake refuses.
    "no signature": (POST.replace(b"X-Signature", b"X-Nothing"), (401,)),
    "an empty signature": (a_post().replace(signature(EVENT).encode(), b""), (401,)),
    "a signature that is no hex": (POST.replace(signature(EVENT).encode(), b"zz"), (401,)),
    "a wrong signature": (a_post(signed_as=b"x"), (401,)),
    "an unknown key": (a_post(key="bloop_" + "1" * 64), (401,)),
    "no content type": (POST.replace(b"Content-Type", b"X-Type"), (400,)),
    "a wrong content type": (POST.replace(b"application/json", b"text/plain"), (400,)),
    "another json": (POST.replace(b"application/json", b"application/vnd.bloop+json; charset=utf-8"), (200,)),
    "no json": (a_post(b"{"), (400,)),
    "an empty body": (a_post(b""), (400,)),
    "json too deep": (a_post(b"[" * 20_000), (400,)),
    "an event that is not one": (a_post(b"[]"), (400,)),
    "a body over its cap": (a_post(b"x" * 32_769), (400,)),
    "a length over the cap and no body": (a_post(b"", length=99_999_999), (400,)),
    # Other routes, and other ways to write these.
    "another route": (a_get("/nowhere"), (404,)),
    "no token": (a_get("/v1/errors"), (401,)),
    "a wrong method": (a_get("/v1/ingest"), (405,)),
    "a method in lower case": (POST.replace(b"POST", b"post", 1), (200,)),
    "preflight": (
        b"OPTIONS /v1/ingest HTTP/1.1\r\nHost: a\r\nOrigin: https://b\r\nAccess-Control-Request-Method: POST\r\n\r\n",
        (200,),
    ),
    "a query": (POST.replace(b"/v1/ingest", b"/v1/ingest?a=b"), (200,)),
    "double slashes": (POST.replace(b"/v1/ingest", b"//v1//ingest"), (200,)),
    "a slash at the end": (POST.replace(b"/v1/ingest", b"/v1/ingest/"), (404,)),
    "an escaped path": (POST.replace(b"/v1/ingest", b"/v1/%69ngest"), (200,)),
    "http 1.0": (POST.replace(b"HTTP/1.1", b"HTTP/1.0"), (200,)),
    "http 1.0 with keep-alive": (raw(CL, "Connection: keep-alive", first="POST /v1/ingest HTTP/1.0"), (200,)),
    "http 0.9": (b"GET /nowhere\r\n", (400,)),
    "http 3.7": (POST.replace(b"HTTP/1.1", b"HTTP/3.7"), (200,)),
    "no version": (POST.replace(b" HTTP/1.1", b""), (400,)),
    # Hosts.
    "no host": (raw(CL, host=False), (400,)),
    "two hosts": (raw(CL, "Host: other"), (400,)),
    "an empty host": (raw(CL, "Host:", host=False), (200,)),
    # Lengths.
    "no length": (raw(body=b""), (401,)),
    "two equal lengths": (raw(CL, CL), (200,)),
    "two lengths in one": (raw(f"Content-Length: {N}, {N}"), (200,)),
    "two different lengths": (raw(CL, "Content-Length: 5"), (400,)),
    "a signed length": (raw(f"Content-Length: +{N}"), (400,)),
    "a negative length": (raw("Content-Length: -1"), (400,)),
    "a hexadecimal length": (raw(f"Content-Length: {N:#x}"), (400,)),
    "an empty length": (raw("Content-Length:"), (400,)),
    "a length with an underscore": (raw("Content-Length: 1_0"), (400,)),
    "a length in other digits": (raw("Content-Length: \xb2"), (400,)),
    "a length of ten digits": (a_post(b"", length=9_999_999_999), (400,)),
    # Framing.
    "chunked": (raw("Transfer-Encoding: chunked", body=CHUNKED), (200,)),
    "chunked with an extension": (
        raw("Transfer-Encoding: chunked", body=CHUNKED.replace(b"\r\n", b";a=b\r\n", 1)),
        (200,),
    ),
    "a chunk size that is none": (raw("Transfer-Encoding: chunked", body=b"0x5\r\nhello\r\n0\r\n\r\n"), (400,)),
    "an unknown coding": (raw("Transfer-Encoding: gzip, chunked", body=CHUNKED), (501,)),
    "identity": (raw("Transfer-Encoding: identity", body=CHUNKED), (501,)),
    "length and chunked": (raw(CL, "Transfer-Encoding: chunked", body=CHUNKED), (400,)),
    "chunked and length": (raw("transfer-encoding: chunked", "content-length: 5", body=CHUNKED), (400,)),
    "smuggling by both": (raw("Content-Length: 4", "Transfer-Encoding: chunked", body=b"0\r\n\r\n" + POST), (400,)),
    "smuggling by a blank": (raw("Content-Length: 4", "Transfer-Encoding : chunked", body=b"0\r\n\r\n" + POST), (400,)),
    "smuggling by another blank": (
        raw("Content-Length: 5", "Transfer-Encoding:\x0bchunked", body=b"0\r\n\r\n" + POST),
        (400,),
    ),
    "a compressed body": (raw(CL, "Content-Encoding: gzip"), (200,)),
    "a trailer": (raw(CL, "Trailer: X-Signature"), (200,)),
    "te": (raw(CL, "TE: trailers"), (200,)),
    # Malformed heads.
    "a folded header": (raw(CL, "X-Folded: a\r\n b"), (200,)),
    "a bare line feed": (raw(CL, "X-A: b\nX-C: d"), (200,)),
    "all line feeds": (raw(CL, end="\n"), (200,)),
    "a blank line that is a bare line feed": (raw(CL).replace(b"\r\n\r\n", b"\r\n\n"), (200,)),
    "a half blank line": (raw(CL).replace(b"\r\n\r\n", b"\n\r\n") + POST, (200, 200)),
    "chunked behind a half blank line": (
        raw(CL).replace(b"\r\n\r\n", b"\n\r\n") + raw("Transfer-Encoding: chunked", body=CHUNKED),
        (200, 200),
    ),
    "a bare carriage return": (raw(CL, "X-A: b\rc"), (400,)),
    "a nul": (raw(CL, "X-A: b\0c"), (400,)),
    "a control character": (raw(CL, "X-A: b\x01c"), (200,)),
    "a name with a blank": (raw(CL, "X A: b"), (400,)),
    "a blank before the colon": (raw(CL, "X-A : b"), (400,)),
    "no colon": (raw(CL, "X-A"), (400,)),
    "no name": (raw(CL, ": b"), (400,)),
    "a leading line end": (b"\r\n" + POST, (400,)),
    "two blanks in the first line": (POST.replace(b"POST ", b"POST  ", 1), (400,)),
    "tls on a plain port": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 40, (400,)),
    "two signatures": (raw(CL, "X-Signature: zz"), (200,)),
    "both names of the signature": (raw(CL, "X-Bloop-Signature: zz"), (200,)),
    # Endings, and more than one message.
    "nothing": (b"", ()),
    "half a request line": (POST[:12], (400,)),
    "half a head": (POST[:90], (400,)),
    "half a body": (POST[:-20], (400,)),
    "one after the other": (POST * 5, (200,) * 5),
    "across the hand-over": (POST + a_get("/nowhere") + POST + BATCH, (200, 404, 200, 200)),
    "chunked in the middle": (POST + raw("Transfer-Encoding: chunked", body=CHUNKED) + POST, (200, 200, 200)),
    "expectation in the middle": (POST + raw(CL, "Expect: 100-continue") + POST, (200, 200, 200)),
    "garbage after a request": (POST + b"\x00garbage\r\n\r\n" + POST, (200, 400)),
    "refusals in between": (POST + a_post(b"{") + a_post(signed_as=b"x") + POST, (200, 400, 401, 200)),
    "byte by byte": (tuple(bytes([byte]) for byte in POST), (200,)),
    "cut within the blank line": ((POST[: -N - 1], POST[-N - 1 :]), (200,)),
    "cut before the body": ((POST[:-N], POST[-N:]), (200,)),
    "cut within the second head": ((POST + POST[:30], POST[30:]), (200, 200)),
}
