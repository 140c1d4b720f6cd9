"""Projects whose errors stand out, move, and come together: written into the database as the server writes them."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

import attrs

from bloop_trio.auth.hashing import secret_hash
from bloop_trio.auth.session_values import new_session_value
from bloop_trio.clock import MS_PER_HOUR, MS_PER_SEC
from bloop_trio.db.connection import open_connection, transaction
from bloop_trio.db.migrate import migrate
from bloop_trio.issues.writing.writer import BatchWriter
from bloop_trio.projects.project import DEFAULT_SLUG
from tests.browser.issue_events import HOSTILE
from tests.conftest import accepted, insert_project

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bloop_trio.db.connection import Connection

SHOP: Final = "shop"
"""Slug of the project with nearly all of the errors; it has the number 2."""
DEPOT: Final = "depot"
"""Slug of the other one, with the number 3."""
TABS: Final = ("spikes", "movers", "correlations", "releases", "environments")
"""Of the page of insights, in their order; each has a path of its own."""
LONG: Final = "a-name-without-end-" * 9
_HOUR_SECS: Final = 3600
_TOGETHER: Final = (3, 5, 8, 13, 9, 6, 4, 12, 20, 7)


@attrs.frozen
class _Story:
    """An error, and its events by how many hours ago."""

    error_type: str
    hours: Mapping[int, int]
    message: str = "the index did not answer"
    release: str = "2.0.0"
    environment: str = "production"
    project_no: int = 2


STORIES: Final = (
    _Story("CartError", {**dict.fromkeys(range(2, 22), 1), 1: 100}, "the cart is empty", "2.1.0"),
    _Story("PriceError", {**dict.fromkeys(range(20, 29), 6), 6: 20}, "no price for 4711"),
    _Story("StockError", {**dict.fromkeys(range(20, 29), 6), 12: 12}, "no stock for 4711"),
    _Story("SearchTimeout", dict(enumerate(_TOGETHER, 2))),
    _Story("SuggestTimeout", dict(enumerate((count * 2 + 1 for count in _TOGETHER), 2))),
    _Story("LoginError", dict.fromkeys(range(80, 130), 4), "no such user", "1.9.0", "staging"),
    _Story(HOSTILE, {**dict.fromkeys(range(2, 30), 1), 3: 40}, HOSTILE * 3, HOSTILE, HOSTILE),
    _Story(LONG, {**dict.fromkeys(range(2, 30), 1), 2: 30}, LONG, LONG, LONG),
    _Story("ForkliftError", {**dict.fromkeys(range(2, 40), 1), 4: 60}, "out of fuel", "7", project_no=3),
)


def furnish(path: Path, now_ms: int) -> str:
    """Fill a new database, and return the value of the cookie that signs ada in."""
    with closing(open_connection(path)) as conn:
        migrate(conn, path, now_ms // MS_PER_SEC)
        cookie = new_session_value()
        with transaction(conn):
            _add_ada(conn, cookie, now_ms // MS_PER_SEC)
            for slug in (DEFAULT_SLUG, SHOP, DEPOT):
                insert_project(conn, slug)
        BatchWriter(conn, sample_reservoir_size=5).write(conn, _events(now_ms))
    return cookie


def _add_ada(conn: Connection, cookie: str, now: int) -> None:
    ada = "10000000-0000-4000-8000-000000000001"
    conn.execute(
        "INSERT INTO users (id, username, username_key, is_admin, created_secs) VALUES (?, 'ada', 'ada', 1, ?)",
        (ada, now),
    )
    conn.execute(
        "INSERT INTO sessions (id, token_hash, user_id, created_secs, expires_secs, last_used_secs, address, user_agent)"
        " VALUES ('20000000-0000-4000-8000-000000000001', ?, ?, ?, ?, ?, '192.0.2.1', 'a browser')",
        (secret_hash(cookie), ada, now, now + 24 * _HOUR_SECS, now),
    )


def _events(now_ms: int) -> list[Any]:
    batch = []
    for story in STORIES:
        for ago, count in story.hours.items():
            at_ms = now_ms - ago * MS_PER_HOUR
            event = {
                "timestamp": at_ms,
                "source": "api",
                "error_type": story.error_type,
                "message": story.message,
                "release": story.release,
                "environment": story.environment,
                "route_or_procedure": "/basket",
            }
            batch += [accepted(project_no=story.project_no, received_ms=at_ms, **event) for _ in range(count)]
    return sorted(batch, key=lambda event: event.received_ms)
