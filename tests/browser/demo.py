"""A small company to look at: its people, its projects, and what went wrong there in the last days.

All of it is invented, and laid out from a given time backwards, so that pages look the same whenever they are opened.
"""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

from bloop_trio.db.connection import open_connection, transaction
from bloop_trio.db.migrate import migrate
from bloop_trio.projects.project import DEFAULT_SLUG
from tests.browser.demo_alerts import add_alerts
from tests.browser.demo_maps import add_maps
from tests.browser.demo_people import ADDRESSES, PEOPLE, add_invites, add_people, insert, user_id
from tests.browser.demo_settings import add_settings
from tests.browser.demo_triage import play
from tests.conftest import insert_project

if TYPE_CHECKING:
    from pathlib import Path

    from bloop_trio.db.connection import Connection

PROJECT: Final = "storefront"
"""The project that has all the errors."""
_HOUR: Final = 3600
_DAY: Final = 86_400
PROJECTS: Final = [
    ("storefront", "Storefront", 0, 211 * _DAY),
    ("warehouse", "Warehouse app", 1, 180 * _DAY),
    ("route-planner", "Route planner", 2, 33 * _DAY),
]
"""Slug, name, whose, and since when."""


def furnish(path: Path, now_ms: int) -> str:
    """Fill a new database, and return the value of the cookie that signs ada in."""
    with closing(open_connection(path)) as conn:
        migrate(conn, path, now_ms // 1000 - 212 * _DAY)
        with transaction(conn):
            cookie = add_people(conn, now_ms // 1000)
            _add_projects(conn, now_ms // 1000)
            _add_tokens(conn, now_ms // 1000)
            add_invites(conn, now_ms // 1000)
            _add_history(conn, now_ms)
            add_maps(conn, now_ms // 1000)
            add_settings(conn, now_ms // 1000)
        play(conn, now_ms)
        add_alerts(conn, now_ms)
    return cookie


def _add_projects(conn: Connection, now: int) -> None:
    insert_project(conn, DEFAULT_SLUG)
    for slug, name, owner, ago in PROJECTS:
        insert_project(conn, slug)
        conn.execute(
            "UPDATE projects SET name = ?, created_by = ?, created_secs = ? WHERE slug = ?",
            (name, user_id(PEOPLE[owner][0]), now - ago, slug),
        )
    conn.execute("UPDATE projects SET created_secs = ? WHERE slug = ?", (now - 212 * _DAY, DEFAULT_SLUG))


def _add_tokens(conn: Connection, now: int) -> None:
    for number, (name, scopes, begun, lifetime, used) in enumerate(
        [
            ("Deployment pipeline", ["sourcemaps:upload"], 120 * _DAY, 365 * _DAY, 3 * _HOUR),
            ("Wall display", ["errors:read", "analytics:read"], 61 * _DAY, None, 30),
            ("On-call bot", ["errors:read", "errors:write", "alerts:read"], 20 * _DAY, 90 * _DAY, 26 * 60),
            ("Ruben's notebook", ["errors:read"], 8 * _DAY, 30 * _DAY, None),
            ("Old dashboard", ["errors:read"], 200 * _DAY, None, 70 * _DAY),
        ]
    ):
        insert(
            conn,
            "bearer_tokens",
            id=f"40000000-0000-4000-8000-{number:012d}",
            name=name,
            token_hash=f"{number:064d}",
            token_prefix="bloop_tk_" + ["Xk3vQ9a", "b70RmZs", "Jw5_tYc", "n2LdE8u", "Qa-6hPf"][number],
            project_no=2,
            created_by=user_id(PEOPLE[min(number, 3)][0]),
            scopes=json.dumps(scopes),
            created_secs=now - begun,
            expires_secs=None if lifetime is None else now - begun + lifetime,
            last_used_secs=None if used is None else now - used,
            revoked_secs=now - 61 * _DAY if name.startswith("Old") else None,
        )


def _add_history(conn: Connection, now_ms: int) -> None:
    shop = "00000000-0000-4000-8000-000000000002"
    entries: list[tuple[int, int | str, str, str | None, dict[str, Any], str | None]] = [
        (9 * _DAY, 3, "user.registered", "ruben", {"is_admin": False}, None),
        (8 * _DAY, 3, "token.created", "Ruben's notebook", {"scopes": ["errors:read"]}, shop),
        (6 * _DAY, 1, "project.key_rotated", "Storefront", {"grace_hours": 24}, shop),
        (4 * _DAY, 2, "status.changed", "TemplateError", {"status": "resolved", "changed": 1}, shop),
        (3 * _DAY, 1, "invite.created", "Zt71mWyA", {"is_admin": False}, None),
        (2 * _DAY, 1, "invite.revoked", "Zt71mWyA", {}, None),
        (_DAY, "bot", "status.changed", None, {"status": "ignored", "changed": 12}, shop),
        (19 * _HOUR, "shell", "project.created", "Load test", {}, None),
        (5 * _HOUR, 0, "invite.created", "fR0cUp6d", {"is_admin": False}, None),
        (2 * _HOUR, 2, "passkey.added", "Phone", {}, None),
        (40 * 60, 0, "session.started", None, {}, None),
        (26 * 60, "bot", "status.changed", "NetworkError", {"status": "muted", "changed": 1}, shop),
    ]
    for ago, who, action, target, details, project in entries:
        actor, name, address = _actor(who)
        insert(
            conn,
            "audit_entries",
            at_ms=now_ms - ago * 1000,
            actor=actor,
            actor_name=name,
            address=address,
            action=action,
            target=None if target is None else "x",
            target_name=target,
            project_id=project,
            details=json.dumps(details),
        )


def _actor(who: int | str) -> tuple[str | None, str, str | None]:
    if isinstance(who, int):
        return user_id(PEOPLE[who][0]), PEOPLE[who][0], ADDRESSES[who]
    if who == "bot":
        return "token:40000000-0000-4000-8000-000000000002", "On-call bot", "192.0.2.10"
    return None, "shell", None
