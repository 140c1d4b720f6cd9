"""What every answer says to browsers, whatever was asked and whatever came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import pytest

from bloop_trio.app import create_app
from tests.api.access_table import ROWS
from tests.client import Client

if TYPE_CHECKING:
    from bloop_trio.http.vitals import Vitals
    from tests.api.conftest import House

ALWAYS = {"x-content-type-options": "nosniff", "referrer-policy": "no-referrer"}
FOR_BROWSERS = {
    "permissions-policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
ONLY_HTTPS = {"strict-transport-security": "max-age=31536000"}

KEPT = {
    # What may be kept, and how long; everything else is no-store
    "GET /openapi.json": "no-cache",
    "GET /docs": "no-cache",
    "GET /": "no-cache",
    "GET /insights": "no-cache",
    "GET /insights/{rest}": "no-cache",
    "GET /issues": "no-cache",
    "GET /issues/{rest}": "no-cache",
    "GET /settings": "no-cache",
    "GET /settings/{rest}": "no-cache",
    "GET /welcome": "no-cache",
    "GET /auth/login": "no-cache",
    "GET /assets/{name}": "public, max-age=31536000, immutable",
    "GET /favicon.svg": "public, max-age=86400",
    "GET /robots.txt": "public, max-age=86400",
}


def check(headers: dict[str, str], *, is_open: bool = False, is_https: bool = False) -> None:
    """Hold an answer's headers against what every answer has to say."""
    wanted = ALWAYS if is_open else ALWAYS | FOR_BROWSERS | (ONLY_HTTPS if is_https else {})
    assert {name: headers.get(name) for name in wanted} == wanted
    assert ("strict-transport-security" in headers) is (is_https and not is_open)
    policy = headers["content-security-policy"].split("; ")
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in headers["content-security-policy"]
    assert "*" not in headers["content-security-policy"]


def over_https(house: House) -> Client:
    config = house.client.services.config
    auth = attrs.evolve(config.auth, rp_id="bloop.example.com", rp_origin="https://bloop.example.com")
    services = attrs.evolve(house.client.services, config=attrs.evolve(config, auth=auth))
    return Client(create_app(services), services, house.client.token)


@pytest.mark.parametrize("credential", ["nothing", "a token", "an administrator on another site", "an administrator"])
async def test_every_route_says_it_to_everybody(house: House, credential: str) -> None:
    for route, row in ROWS.items():
        answer = await house.ask(route, row, house.headers(credential, row.scope or "errors:read"))
        check(answer.headers, is_open=row.level == "sender")
        kept = KEPT.get(route, "no-store") if answer.status == 200 else "no-store"
        assert answer.headers["cache-control"] == kept, route


async def test_where_pages_are_opened_by_https_browsers_are_told_to_stay(house: House) -> None:
    house.client = over_https(house)
    for route, row in ROWS.items():
        answer = await house.ask(route, row, house.headers("an administrator", "errors:read"))
        check(answer.headers, is_open=row.level == "sender", is_https=True)


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/v1/nowhere", 404),
        ("GET", "/assets/nowhere.js", 404),
        ("GET", "/assets/..%2Fapp.py", 404),
        ("POST", "/v1/errors", 405),
        ("PATCH", "/", 405),
        ("OPTIONS", "/v1/errors", 200),
        ("HEAD", "/v1/errors", 401),
        ("GET", "/v1/errors?limit=x", 400),
    ],
)
async def test_so_does_what_is_no_route_or_cannot_be_understood(
    house: House, method: str, target: str, status: int
) -> None:
    headers = house.headers("a token", "errors:read") if "limit" in target else {}
    answer = await house.client.request(method, target, headers=headers)
    assert answer.status == status
    check(answer.headers)


@pytest.mark.parametrize("target", ["/v1/errors", "/nowhere", "/v1/ingest"])
async def test_so_do_preflights(house: House, target: str) -> None:
    asked = {"origin": "https://evil.example", "access-control-request-method": "POST"}
    answer = await house.client.request("OPTIONS", target, headers=asked)
    assert answer.status == 200
    check(answer.headers, is_open=target == "/v1/ingest")


async def test_so_does_what_has_not_changed(house: House) -> None:
    headers = house.headers("a token", "errors:read")
    first = await house.client.request("GET", "/v1/stats", headers=headers)
    answer = await house.client.request("GET", "/v1/stats", headers=headers | {"if-none-match": first.headers["etag"]})
    assert answer.status == 304
    check(answer.headers)


async def test_so_does_a_bug(house: House) -> None:
    def fail() -> Vitals:
        raise ZeroDivisionError

    services = attrs.evolve(house.client.services, vitals=fail)
    client = Client(create_app(services), services, house.client.token)
    answer = await client.request("GET", "/health")
    assert answer.status == 500
    check(answer.headers)
