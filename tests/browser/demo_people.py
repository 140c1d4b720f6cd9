"""Who works at the company of the demonstration, and from where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bloop_trio.auth.hashing import secret_hash
from bloop_trio.auth.session_values import new_session_value

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection

_HOUR: Final = 3600
_DAY: Final = 86_400

PEOPLE: Final = [
    ("ada", True, 212 * _DAY),
    ("tomas", True, 190 * _DAY),
    ("ines", False, 75 * _DAY),
    ("ruben", False, 9 * _DAY),
]
"""Name, whether an administrator, and how long ago they joined."""
ADDRESSES: Final = ("203.0.113.24", "198.51.100.7", "192.0.2.61", "198.51.100.93")
"""From where each of them works."""


def user_id(name: str) -> str:
    """Return the id of somebody in `PEOPLE`."""
    number = [known for known, _, _ in PEOPLE].index(name)
    return f"10000000-0000-4000-8000-{number + 1:012d}"


def insert(conn: Connection, table: str, **values: Any) -> None:
    """Insert a row."""
    names, marks = ", ".join(values), ", ".join("?" * len(values))
    conn.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(values.values()))


def add_people(conn: Connection, now: int) -> str:
    """Store the users, and ada's passkeys and sessions; returns the value of the cookie that signs her in."""
    for name, is_admin, ago in PEOPLE:
        insert(
            conn,
            "users",
            id=user_id(name),
            username=name,
            username_key=name,
            is_admin=is_admin,
            created_secs=now - ago,
        )
    for number, (name, is_synced, added, used) in enumerate(
        [
            ("Work laptop", True, 212 * _DAY, 40 * 60),
            ("Phone", True, 203 * _DAY, 2 * _DAY),
            ("Key in the safe", False, 96 * _DAY, None),
        ]
    ):
        insert(
            conn,
            "passkeys",
            id=f"30000000-0000-4000-8000-{number:012d}",
            user_id=user_id("ada"),
            credential_id=bytes([number]) * 16,
            public_key=b"",
            sign_count=0,
            transports="[]",
            is_synced=is_synced,
            name=name,
            created_secs=now - added,
            last_used_secs=None if used is None else now - used,
        )
    return _add_sessions(conn, now)


def _add_sessions(conn: Connection, now: int) -> str:
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
        insert(
            conn,
            "sessions",
            id=f"20000000-0000-4000-8000-{number:012d}",
            token_hash=secret_hash(cookie),
            user_id=user_id("ada"),
            created_secs=now - begun,
            expires_secs=now - begun + 7 * _DAY,
            last_used_secs=now - used,
            address=address,
            user_agent=agent,
        )
    return value


def add_invites(conn: Connection, now: int) -> None:
    """Store invites: one that is used, one that has expired, one that was revoked, one that is open."""
    for number, (prefix, is_admin, made, used, revoked) in enumerate(
        [
            ("qN4vT0xL", False, 10 * _DAY, 9 * _DAY, None),
            ("hB8_sKe2", True, 8 * _DAY, None, None),
            ("Zt71mWyA", False, 3 * _DAY, None, 2 * _DAY),
            ("fR0cUp6d", False, 5 * _HOUR, None, None),
        ]
    ):
        insert(
            conn,
            "invites",
            id=f"50000000-0000-4000-8000-{number:012d}",
            token_hash=f"{number:064d}",
            token_prefix=prefix,
            is_admin=is_admin,
            created_by=user_id(PEOPLE[(number + 1) % 2][0]),
            created_secs=now - made,
            expires_secs=now - made + 7 * _DAY,
            used_by=None if used is None else user_id("ruben"),
            used_secs=None if used is None else now - used,
            revoked_secs=None if revoked is None else now - revoked,
        )
