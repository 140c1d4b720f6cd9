"""The releases that came lately, over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bloop_trio.clock import MS_PER_HOUR
from tests.conftest import NOW_MS, accepted, insert_project

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.writing.writer import BatchWriter
    from tests.client import Client

RELEASES = "/v1/releases"


@pytest.fixture(autouse=True)
def _stored(connection: Connection, batches: BatchWriter) -> None:
    """Releases of two projects, each so many hours old as its name says."""
    other = insert_project(connection, "other")
    for project_no, hours in ((1, 100), (1, 50), (other.no, 30), (1, 2), (other.no, 1)):
        for ago in (hours, hours / 2):
            received_ms = NOW_MS - int(ago * MS_PER_HOUR)
            batches.write(connection, [accepted(project_no=project_no, release=f"{hours}h", received_ms=received_ms)])


async def names(client: Client, query: str = "", **more: str) -> list[str]:
    answer = await client.get(f"{RELEASES}{query}", headers=more or None, token=None if more else "")
    assert answer.status == 200
    return [found["release"] for found in answer.json]


async def test_they_come_newest_first_with_the_time_of_their_first_event(client: Client) -> None:
    answer = await client.get(RELEASES)
    assert answer.json == [
        {"project_id": "default", "release": "2h", "first_seen": NOW_MS - 2 * MS_PER_HOUR},
        {"project_id": "default", "release": "50h", "first_seen": NOW_MS - 50 * MS_PER_HOUR},
    ]
    tag = {"if-none-match": answer.headers["etag"]}
    assert (await client.get(RELEASES, headers=tag)).status == 304


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?hours=1", []),
        ("?hours=2", ["2h"]),
        ("?hours=49", ["2h"]),
        ("?hours=50", ["2h", "50h"]),
        ("?hours=100000", ["2h", "50h", "100h"]),
        ("?hours=720&limit=1", ["2h"]),
        ("?hours=720&limit=0", ["2h"]),
        ("?project_id=other", ["2h", "50h"]),
    ],
)
async def test_the_window_holds_those_whose_first_event_lies_in_it(
    client: Client, query: str, found: list[str]
) -> None:
    assert await names(client, query) == found


async def test_somebody_who_is_signed_in_sees_those_of_all_projects(
    client: Client, sign_in: Callable[..., dict[str, str]]
) -> None:
    ada = sign_in("ada", is_admin=False)
    assert await names(client, "", **ada) == ["1h", "2h", "30h", "50h"]
    assert await names(client, "?limit=3", **ada) == ["1h", "2h", "30h"]
    assert await names(client, "?project_id=other", **ada) == ["1h", "30h"]
    assert await names(client, "?project_id=nothing", **ada) == []


async def test_what_makes_no_sense_is_refused(client: Client) -> None:
    answer = await client.get(f"{RELEASES}?hours=week")
    assert (answer.status, answer.json) == (400, {"error": "hours must be a whole number"})
