"""Issues as their Markdown is made of them, each field as somebody may have it."""

from __future__ import annotations

from typing import Any

from bloop_trio.issues.queries.detail_shapes import StatusChange
from bloop_trio.issues.queries.overview_shapes import (
    Example,
    IssueOverview,
    Remark,
    Share,
    Shares,
)
from tests.conftest import NOW_MS

FINGERPRINT = "afae3f67f903eafd"
HOSTILE = "<script>alert(1)</script> [x](https://evil.example) `` ` ```\r\n# Heading\n\n- item\n```\n<!-- \u202egnp\x1b[2J\x00"


def an_example(**changes: Any) -> Example:
    sent: dict[str, Any] = {
        "event_id": 42,
        "received_ms": NOW_MS,
        "release": "1.2.0",
        "environment": "prod",
        "source": "api",
        "message": "Cannot read property id of undefined",
        "stack": "TypeError: Cannot read property id of undefined\n    at load (app.js:10:5)",
        "http_status": 500,
        "request_id": "req-1",
        "route_or_procedure": "/api/users",
        "screen": None,
        "app_version": "7.1",
        "build_number": None,
        "metadata": {"cart": [1, 2], "user": "ü"},
    }
    return Example(**sent | changes)


def a_change(**changes: Any) -> StatusChange:
    made: dict[str, Any] = {
        "id": 1,
        "project_id": "default",
        "fingerprint": FINGERPRINT,
        "old_status": "unresolved",
        "new_status": "resolved",
        "changed_by": "token:t1",
        "changed_by_name": None,
        "changed_at": NOW_MS,
        "reason": None,
    }
    return StatusChange(**made | changes)


def a_remark(**changes: Any) -> Remark:
    made: dict[str, Any] = {
        "author": "10000000-0000",
        "author_name": "ada",
        "at_ms": NOW_MS,
        "is_edited": False,
        "text": "Why?",
    }
    return Remark(**made | changes)


def an_issue(**changes: Any) -> IssueOverview:
    known: dict[str, Any] = {
        "project_id": "default",
        "fingerprint": FINGERPRINT,
        "status": "unresolved",
        "error_type": "TypeError",
        "message": "Cannot read property id of undefined",
        "source": "api",
        "route_or_procedure": "/api/users",
        "screen": None,
        "first_seen_ms": NOW_MS - 86_400_000,
        "last_seen_ms": NOW_MS,
        "regressed_ms": None,
        "total_count": 12345,
        "day_count": 5,
        "week_count": 20,
        "releases": Shares(top=(Share("1.2.0", 12000), Share("1.1.0", 345)), left_out=0),
        "environments": Shares(top=(Share("prod", 12345),), left_out=0),
        "changes": (),
        "older_changes": 0,
        "example": an_example(),
    }
    return IssueOverview(**known | changes)
