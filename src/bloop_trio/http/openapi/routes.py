"""The documents over HTTP: `/openapi.json` for programs, `/docs` for people.

Both are made once, when first asked for. That takes a tenth of a second, and so is done in a thread.
"""

from __future__ import annotations

import hashlib
from functools import cache
from typing import TYPE_CHECKING, Final

import attrs
import trio
from quart import Blueprint, request

from bloop_trio.http.codec import JSON_HEADERS, Answer, encode
from bloop_trio.http.openapi.page import CONTENT_SECURITY_POLICY, render_page
from bloop_trio.http.operations import Operation, documented

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

_ETAG: Final = {"ETag": "Changes with the document, which is to say: with the version of the server and its limits."}


@attrs.frozen
class _Stored:
    """An answer that stays the same for as long as the server runs."""

    body: bytes
    etag: str
    headers: Mapping[str, str]

    @classmethod
    def of(cls, body: bytes, headers: Mapping[str, str]) -> _Stored:
        etag = hashlib.sha256(body).hexdigest()[:32]
        return cls(body, etag, {**headers, "etag": f'"{etag}"', "cache-control": "no-cache"})

    def answer(self) -> Answer:
        if request.if_none_match.contains_weak(self.etag):
            return b"", 304, {name: value for name, value in self.headers.items() if name != "content-type"}
        return self.body, 200, dict(self.headers)


def openapi_routes(document: Callable[[], dict[str, Any]]) -> Blueprint:
    """Return the routes; `document` makes the OpenAPI document and is called once, when all routes are known."""
    routes = Blueprint("openapi", __name__)

    # One after the other: whoever asks while they are being made waits, and does not make them too.
    turn = trio.CapacityLimiter(1)

    @cache
    def made() -> dict[str, Any]:
        return document()

    @cache
    def stored_json() -> _Stored:
        return _Stored.of(encode(made()), JSON_HEADERS)

    @cache
    def stored_page() -> _Stored:
        headers = {
            "content-type": "text/html; charset=utf-8",
            "content-security-policy": CONTENT_SECURITY_POLICY,
        }
        return _Stored.of(render_page(made()).encode(), headers)

    @routes.get("/openapi.json")
    @documented(
        Operation(
            summary="This API as OpenAPI 3.1",
            description="Made from the routes of the version that runs, with the limits that are set.",
            headers=_ETAG,
        )
    )
    async def openapi_json() -> Answer:
        return (await trio.to_thread.run_sync(stored_json, limiter=turn)).answer()

    @routes.get("/docs")
    @documented(
        Operation(
            summary="This API as a page to read",
            description="The same as `/openapi.json`, without scripts and without anything from another host.",
            content_types=("text/html; charset=utf-8",),
            headers=_ETAG,
        )
    )
    async def docs() -> Answer:
        return (await trio.to_thread.run_sync(stored_page, limiter=turn)).answer()

    return routes
