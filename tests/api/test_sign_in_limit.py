"""How often one address may try to come in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import pytest

from bloop_trio.app import create_app
from bloop_trio.auth.limiting import sign_in_families
from bloop_trio.config import Config
from bloop_trio.config.sections import ServerConfig
from bloop_trio.http.ratelimit import TokenBuckets
from tests.client import Client

if TYPE_CHECKING:
    import trio.testing

START = "/auth/login/start"


@pytest.fixture
def config() -> Config:
    return Config(server=ServerConfig(trusted_proxies=("10.0.0.0/8",)))


@pytest.fixture
def buckets() -> TokenBuckets:
    return TokenBuckets(per_second=5, burst_size=3)


@pytest.fixture
def limited(client: Client, buckets: TokenBuckets) -> Client:
    services = attrs.evolve(client.services, sign_in_buckets=buckets)
    return Client(create_app(services), services, client.token)


async def statuses(client: Client, count: int, *, peer: str = "203.0.113.9", **headers: str) -> list[int]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return [(await client.request("POST", START, headers=named, peer=peer)).status for _ in range(count)]


async def test_after_a_burst_an_address_has_to_wait(
    limited: Client, buckets: TokenBuckets, mock_clock: trio.testing.MockClock
) -> None:
    assert await statuses(limited, 3) == [400, 400, 400]
    answer = await limited.request("POST", START, peer="203.0.113.9")
    assert (answer.status, answer.json) == (429, {"error": "too many requests, try again later"})
    assert answer.headers["retry-after"] == "1"
    assert await statuses(limited, 1, peer="203.0.113.10") == [400]
    mock_clock.jump(0.4)
    assert await statuses(limited, 3) == [400, 400, 429]
    refused, addresses = (family.samples[0].value for family in sign_in_families(buckets))
    assert (refused, addresses) == (2, 2)


async def test_all_posts_share_it_and_reading_the_status_does_not(limited: Client) -> None:
    paths = ("/auth/logout", "/auth/register/start", "/auth/login/finish", "/auth/invite/register/start")
    sent = {"content-type": "application/json"}
    found = [(await limited.request("POST", path, headers=sent, peer="203.0.113.9")).status for path in paths]
    assert found == [200, 400, 400, 429]
    assert (await limited.request("GET", "/auth/status", peer="203.0.113.9")).status == 200
    assert (await limited.request("GET", "/v1/me", peer="203.0.113.9")).status == 401


async def test_an_unreadable_body_costs_as_much_as_any(limited: Client) -> None:
    sent = {"content-type": "application/json"}
    for expected in (413, 413, 413, 429):
        body = b"x" * 70_000
        answer = await limited.request("POST", "/auth/login/finish", headers=sent, body=body, peer="203.0.113.9")
        assert answer.status == expected


async def test_this_host_is_not_limited(limited: Client) -> None:
    assert set(await statuses(limited, 10, peer="127.0.0.1")) == {400}


async def test_a_trusted_proxy_names_the_address_and_nobody_else_does(limited: Client) -> None:
    behind = [
        await statuses(limited, 4, peer="10.0.0.1", x_forwarded_for=address) for address in ("1.2.3.4", "5.6.7.8")
    ]
    assert behind == [[400, 400, 400, 429]] * 2
    forged = [await statuses(limited, 1, peer="203.0.113.9", x_forwarded_for=f"1.2.3.{n}") for n in range(4)]
    assert forged == [[400], [400], [400], [429]]
