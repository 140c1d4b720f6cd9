"""Messages to be sent, with defaults for everything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bloop_trio.alerts.content import Content
from bloop_trio.alerts.delivery.digest import digest_of, message_about
from tests.conftest import NOW_MS

if TYPE_CHECKING:
    from bloop_trio.alerts.channels.message import Message

PUBLIC_URL = "https://bloop.example.com"


def a_content(**changes: Any) -> Content:
    """Return what an alert about a new issue says."""
    known: dict[str, Any] = {
        "kind": "new_issue",
        "rule_id": 7,
        "rule_name": "New in production",
        "project_id": "0b2f",
        "project_name": "Shop",
        "project_slug": "shop",
        "fingerprint": "a1b2c3",
        "error_type": "TypeError",
        "message": "Cannot read property id of undefined",
        "source": "api",
        "environment": "prod",
        "release": "1.2.3",
        "route": "/api/users",
        "status": "unresolved",
        "total_count": 3,
        "users_affected": 2,
        "first_seen_ms": NOW_MS - 60_000,
        "last_seen_ms": NOW_MS,
        "top_frames": ("at load (app.js:1:2)", "at main (app.js:3:4)"),
        "fired_ms": NOW_MS,
    }
    return Content(**known | changes)


def a_message(*, public_url: str | None = None, delivery_id: int | None = 41, **changes: Any) -> Message:
    """Return the message of such an alert, a second after it fired."""
    return message_about(a_content(**changes), public_url=public_url, delivery_id=delivery_id, now_ms=NOW_MS + 1_000)


def a_digest(*rule_names: str, public_url: str | None = None, **changes: Any) -> Message:
    """Return the digest of alerts of these rules."""
    contents = [a_content(rule_name=name, **changes) for name in rule_names]
    return digest_of(rule_names, contents[:20], public_url=public_url, delivery_id=41, now_ms=NOW_MS)
