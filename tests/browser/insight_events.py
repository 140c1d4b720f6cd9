"""A project whose errors stand out, move, and come together: written into the database as the server writes them."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

import attrs

from bloop_trio.clock import MS_PER_HOUR
from bloop_trio.db.connection import open_connection
from bloop_trio.issues.writing.writer import BatchWriter
from tests.browser import demo
from tests.browser.issue_events import HOSTILE
from tests.conftest import accepted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PROJECT: Final = demo.PROJECT
"""The project of the demonstration; it has the number 2."""
LONG: Final = "a-name-without-end-" * 9
_TOGETHER: Final = (3, 5, 8, 13, 9, 6, 4, 12, 20, 7)


@attrs.frozen
class _Story:
    """An error, and its events by how many hours ago."""

    error_type: str
    hours: Mapping[int, int]
    message: str = "in the shop"
    release: str = "5.0.0"
    environment: str = "production"


STORIES: Final = (
    _Story("CartError", {**dict.fromkeys(range(2, 22), 1), 1: 100}, "the cart is empty", release="5.1.0"),
    _Story("PriceError", {**dict.fromkeys(range(2, 14), 2), 14: 3, 1: 12}, "no price for 4711"),
    _Story("StockError", {**dict.fromkeys(range(40, 50), 1), 3: 6, 4: 5, 5: 5, 6: 5, 7: 5, 8: 4}),
    _Story("SearchTimeout", dict(enumerate(_TOGETHER, 2)), "the index did not answer"),
    _Story("SuggestTimeout", dict(enumerate((count * 2 + 1 for count in _TOGETHER), 2)), "the index did not answer"),
    _Story("LoginError", dict.fromkeys(range(80, 130), 4), "no such user", environment="staging", release="4.12.0"),
    _Story(HOSTILE, {**dict.fromkeys(range(2, 30), 1), 3: 40}, HOSTILE * 3, release=HOSTILE, environment=HOSTILE),
    _Story(LONG, {**dict.fromkeys(range(2, 30), 1), 2: 30}, LONG, release=LONG, environment=LONG),
)


def furnish(path: Path, now_ms: int) -> str:
    """Fill a new database, and return the value of the cookie that signs ada in."""
    cookie = demo.furnish(path, now_ms)
    batch = [
        accepted(project_no=2, received_ms=now_ms - ago * MS_PER_HOUR, **_event(story, now_ms - ago * MS_PER_HOUR))
        for story in STORIES
        for ago, count in story.hours.items()
        for _ in range(count)
    ]
    batch.sort(key=lambda event: event.received_ms)
    with closing(open_connection(path)) as conn:
        BatchWriter(conn, sample_reservoir_size=5).write(conn, batch)
    return cookie


def _event(story: _Story, at_ms: int) -> dict[str, Any]:
    return {
        "timestamp": at_ms,
        "source": "api",
        "error_type": story.error_type,
        "message": story.message,
        "release": story.release,
        "environment": story.environment,
        "route_or_procedure": "/basket",
    }
