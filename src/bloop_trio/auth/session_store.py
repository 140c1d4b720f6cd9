"""Sessions in the database.

Every change bumps the generation ``sessions`` in its own transaction, by which running servers forget what they remember.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Final

import attrs

from bloop_trio.audit.entry import Action
from bloop_trio.auth.hashing import secret_hash
from bloop_trio.auth.session_values import GENERATION, new_session_value
from bloop_trio.db.connection import transaction
from bloop_trio.db.generations import bump
from bloop_trio.exceptions import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bloop_trio.audit.store import Note
    from bloop_trio.db.connection import Connection
    from bloop_trio.http.caller import SignedIn

MAX_USER_AGENT_CHARS: Final = 200
UNKNOWN_ADDRESS: Final = "unknown"


@attrs.frozen(kw_only=True)
class Session:
    """A signed-in browser, as stored."""

    id: str
    user_id: str
    created_secs: int
    expires_secs: int
    last_used_secs: int
    address: str
    user_agent: str


@attrs.frozen(kw_only=True)
class Visitor:
    """The browser that signs in."""

    address: str | None
    user_agent: str = ""
    session: str | None = attrs.field(default=None, repr=False)
    """The session that it has by now, which the new one replaces."""
    challenges: tuple[str, ...] = attrs.field(default=(), repr=False)
    """Its cookies of ceremonies."""


def insert_session(conn: Connection, user_id: str, visitor: Visitor, *, now_secs: int, ttl_secs: int) -> SessionStart:
    """Start a session; to be called inside a transaction. The one that the browser has had ends."""
    if visitor.session is not None:
        conn.execute("DELETE FROM sessions WHERE token_hash = ?", (secret_hash(visitor.session),))
    start = SessionStart(id=str(uuid.uuid4()), value=new_session_value())
    user_agent = "".join(filter(str.isprintable, visitor.user_agent))[:MAX_USER_AGENT_CHARS]
    conn.execute(
        "INSERT INTO sessions (id, token_hash, user_id, created_secs, expires_secs, last_used_secs, address, user_agent)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            start.id,
            secret_hash(start.value),
            user_id,
            now_secs,
            now_secs + ttl_secs,
            now_secs,
            visitor.address or UNKNOWN_ADDRESS,
            user_agent,
        ),
    )
    bump(conn, GENERATION)
    return start


@attrs.frozen(kw_only=True)
class SessionStart:
    """A session at the one moment at which the value of its cookie is known."""

    id: str
    value: str = attrs.field(repr=False)


def list_sessions(conn: Connection, user_id: str, now_secs: int) -> list[Session]:
    """Return a user's sessions that have not expired, the newest first."""
    names = [field.name for field in attrs.fields(Session)]
    rows = conn.execute(
        f"SELECT {', '.join(names)} FROM sessions WHERE user_id = ? AND expires_secs > ?"
        " ORDER BY created_secs DESC, rowid DESC",
        (user_id, now_secs),
    )
    return [Session(**dict(zip(names, row, strict=True))) for row in rows]


def end_session(conn: Connection, session_id: str, *, asking: SignedIn, note: Note) -> None:
    """End a session of whoever is signed in.

    Raises:
        NotFoundError: They have no such session.
    """
    with transaction(conn):
        ended = conn.execute("DELETE FROM sessions WHERE id = ? AND user_id = ?", (session_id, asking.user_id)).rowcount
        if not ended:
            raise NotFoundError("session not found")
        bump(conn, GENERATION)
        note(conn, Action.SESSION_ENDED, target=session_id)


def end_sessions(conn: Connection, *, keep_current: bool, asking: SignedIn, note: Note) -> int:
    """End all sessions of whoever is signed in, perhaps but for this one; returns how many."""
    with transaction(conn):
        spared = asking.session_id if keep_current else ""
        ended = conn.execute("DELETE FROM sessions WHERE user_id = ? AND id != ?", (asking.user_id, spared)).rowcount
        if ended:
            bump(conn, GENERATION)
            note(conn, Action.SESSION_ENDED, details={"sessions": ended})
        return ended


def remove_expired_sessions(conn: Connection, now_secs: int) -> int:
    """Remove the rows of sessions that are over; returns how many. They opened nothing, so no cache depends on it."""
    with transaction(conn):
        return conn.execute("DELETE FROM sessions WHERE expires_secs <= ?", (now_secs,)).rowcount


def touch_sessions(conn: Connection, marks: Mapping[str, int]) -> None:
    """Note when sessions (by id) were last used. No cache depends on it, so the generation stays."""
    with transaction(conn):
        conn.executemany(
            "UPDATE sessions SET last_used_secs = max(last_used_secs, ?) WHERE id = ?",
            [(used_secs, session_id) for session_id, used_secs in marks.items()],
        )
