"""A small company to look at: its people, its projects, and what went wrong there in the last days.

All of it is invented, and laid out from a given time backwards, so that pages look the same whenever they are opened.
"""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

from bloop_trio.auth.hashing import secret_hash
from bloop_trio.auth.session_values import new_session_value
from bloop_trio.db.connection import open_connection, transaction
from bloop_trio.db.migrate import migrate
from bloop_trio.projects.project import DEFAULT_SLUG
from tests.browser.demo_alerts import add_alerts
from tests.browser.demo_errors import add_errors
from tests.conftest import insert_project

if TYPE_CHECKING:
    from pathlib import Path

    from bloop_trio.db.connection import Connection

PROJECT: Final = "storefront"
"""The project that has all the errors."""
_HOUR: Final = 3600
_DAY: Final = 86_400
_ADDRESSES: Final = ("203.0.113.24", "198.51.100.7", "192.0.2.61", "198.51.100.93")
"""From where each of them works."""

PEOPLE: Final = [
    ("ada", True, 212 * _DAY),
    ("tomas", True, 190 * _DAY),
    ("ines", False, 75 * _DAY),
    ("ruben", False, 9 * _DAY),
]
"""Name, whether an administrator, and how long ago they joined."""
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
            cookie = _add_people(conn, now_ms // 1000)
            _add_projects(conn, now_ms // 1000)
            _add_tokens(conn, now_ms // 1000)
            _add_invites(conn, now_ms // 1000)
            _add_history(conn, now_ms)
        add_errors(conn, now_ms)
        add_alerts(conn, now_ms)
    return cookie


def _user(number: int) -> str:
    return f"10000000-0000-4000-8000-{number + 1:012d}"


def _insert(conn: Connection, table: str, **values: Any) -> None:
    names, marks = ", ".join(values), ", ".join("?" * len(values))
    conn.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(values.values()))


def _add_people(conn: Connection, now: int) -> str:
    for number, (name, is_admin, ago) in enumerate(PEOPLE):
        _insert(
            conn, "users", id=_user(number), username=name, username_key=name, is_admin=is_admin, created_secs=now - ago
        )
    for number, (name, is_synced, added, used) in enumerate(
        [
            ("Work laptop", True, 212 * _DAY, 40 * 60),
            ("Phone", True, 203 * _DAY, 2 * _DAY),
            ("Key in the safe", False, 96 * _DAY, None),
        ]
    ):
        _insert(
            conn,
            "passkeys",
            id=f"30000000-0000-4000-8000-{number:012d}",
            user_id=_user(0),
            credential_id=bytes([number]) * 16,
            public_key=b"",
            sign_count=0,
            transports="[]",
            is_synced=is_synced,
            name=name,
            created_secs=now - added,
            last_used_secs=None if used is None else now - used,
        )
    mac = "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_0) Version/19.0 Safari/605.1.15"
    phone = "Mozilla/5.0 (Linux; Android 16; Mobile; rv:150.0) Gecko/150.0 Firefox/150.0"
    tablet = "Mozilla/5.0 (iPad; CPU OS 19_0 like Mac OS X) Version/19.0 Safari/605.1.15"
    value = new_session_value()
    for number, (cookie, agent, address, begun, used) in enumerate(
        [
            (value, mac, "203.0.113.24", 40 * 60, 20),
            (new_session_value(), phone, "198.51.100.7", 2 * _DAY, 5 * _HOUR),
            (new_session_value(), tablet, "203.0.113.24", 6 * _DAY, 3 * _DAY),
        ]
    ):
        _insert(
            conn,
            "sessions",
            id=f"20000000-0000-4000-8000-{number:012d}",
            token_hash=secret_hash(cookie),
            user_id=_user(0),
            created_secs=now - begun,
            expires_secs=now - begun + 7 * _DAY,
            last_used_secs=now - used,
            address=address,
            user_agent=agent,
        )
    return value


def _add_projects(conn: Connection, now: int) -> None:
    insert_project(conn, DEFAULT_SLUG)
    for slug, name, owner, ago in PROJECTS:
        insert_project(conn, slug)
        conn.execute(
            "UPDATE projects SET name = ?, created_by = ?, created_secs = ? WHERE slug = ?",
            (name, _user(owner), now - ago, slug),
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
        _insert(
            conn,
            "bearer_tokens",
            id=f"40000000-0000-4000-8000-{number:012d}",
            name=name,
            token_hash=f"{number:064d}",
            token_prefix="bloop_tk_" + ["Xk3vQ9a", "b70RmZs", "Jw5_tYc", "n2LdE8u", "Qa-6hPf"][number],
            project_no=2,
            created_by=_user(min(number, 3)),
            scopes=json.dumps(scopes),
            created_secs=now - begun,
            expires_secs=None if lifetime is None else now - begun + lifetime,
            last_used_secs=None if used is None else now - used,
            revoked_secs=now - 61 * _DAY if name.startswith("Old") else None,
        )


def _add_invites(conn: Connection, now: int) -> None:
    for number, (prefix, is_admin, made, used, revoked) in enumerate(
        [
            ("qN4vT0xL", False, 10 * _DAY, 9 * _DAY, None),
            ("hB8_sKe2", True, 8 * _DAY, None, None),
            ("Zt71mWyA", False, 3 * _DAY, None, 2 * _DAY),
            ("fR0cUp6d", False, 5 * _HOUR, None, None),
        ]
    ):
        _insert(
            conn,
            "invites",
            id=f"50000000-0000-4000-8000-{number:012d}",
            token_hash=f"{number:064d}",
            token_prefix=prefix,
            is_admin=is_admin,
            created_by=_user((number + 1) % 2),
            created_secs=now - made,
            expires_secs=now - made + 7 * _DAY,
            used_by=None if used is None else _user(3),
            used_secs=None if used is None else now - used,
            revoked_secs=None if revoked is None else now - revoked,
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
        _insert(
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
        return _user(who), PEOPLE[who][0], _ADDRESSES[who]
    if who == "bot":
        return "token:40000000-0000-4000-8000-000000000002", "On-call bot", "192.0.2.10"
    return None, "shell", None
