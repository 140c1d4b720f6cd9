"""``python -m benchmarks.credentials``: what it costs to know who sends a request, when that is remembered.

Each row is the best of several rounds in one process, with nothing else on its event loop; the first ones are the
baselines, since what a turn of the loop or a hash costs differs between machines.
"""

from __future__ import annotations

import hashlib
import tempfile
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Final

import trio

from bloop_trio.auth.bearer import BearerTokens
from bloop_trio.auth.callers import Callers
from bloop_trio.auth.hashing import secret_hash
from bloop_trio.auth.scopes import allows
from bloop_trio.auth.session_values import new_session_value
from bloop_trio.auth.sessions import Sessions
from bloop_trio.auth.store import create_token
from bloop_trio.clock import now_secs
from bloop_trio.db.connection import open_connection, transaction
from bloop_trio.db.migrate import migrate
from bloop_trio.db.readers import open_readers
from bloop_trio.http.access import ADMIN, ANYONE, reader_with
from bloop_trio.http.guard import Credentials, Guard
from bloop_trio.projects.store import ensure_default_project

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bloop_trio.db.connection import Connection

ORIGIN: Final = "http://localhost:5332"
BUDGET_US: Final = 20
"""What a check may cost."""
_TIMES: Final = 5_000
_ROUNDS: Final = 9


def main() -> None:
    """Print the table."""
    print("| check | µs | x a turn of the event loop |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        trio.run(_measure, Path(folder) / "bloop.db")
    print(f"\nbudget of a token or a session: {BUDGET_US} µs")


async def _measure(path: Path) -> None:
    conn = open_connection(path)
    try:
        token, session = _prepare(conn, path)
    finally:
        conn.close()
    async with open_readers(path, 1) as readers:
        callers = Callers(BearerTokens(readers, now_secs), Sessions(readers, now_secs), readers)
        guard = Guard(
            resolve_token=callers.resolve_token,
            resolve_session=callers.resolve_session,
            find_creator=callers.find_creator,
            find_no=callers.find_no,
            allows=allows,
            origin=ORIGIN,
        )
        reading = reader_with("errors:read")
        by_token = Credentials(authorization=f"Bearer {token}", address="203.0.113.9")
        by_session = Credentials(session=session, address="203.0.113.9")
        changing = Credentials(
            session=session,
            address="203.0.113.9",
            method="POST",
            origin=ORIGIN,
            sec_fetch_site="same-origin",
            has_body=True,
            content_type="application/json",
        )
        cases: dict[str, Callable[[], Awaitable[object]]] = {
            "baseline: a turn of the event loop": trio.lowlevel.checkpoint,
            "baseline: SHA-256 of a token": lambda: _hash(token),
            "baseline: a route for anyone": lambda: guard.admit(ANYONE, by_token),
            "a token": lambda: guard.admit(reading, by_token),
            "a session": lambda: guard.admit(reading, by_session),
            "an administrator's session that changes something": lambda: guard.admit(ADMIN, changing),
        }
        turn_us = 0.0
        for name, act in cases.items():
            cost_us = await _best_us(act)
            turn_us = turn_us or cost_us
            print(f"| {name} | {cost_us:.1f} | {cost_us / turn_us:.1f} |", flush=True)


def _prepare(conn: Connection, path: Path) -> tuple[str, str]:
    """Return a token and the value of a session."""
    secs, user_id, value = now_secs(), str(uuid.uuid4()), new_session_value()
    migrate(conn, path, secs)
    project = ensure_default_project(conn, secs)
    with transaction(conn):
        conn.execute("INSERT INTO users VALUES (?, 'ada', 'ada', 1, ?)", (user_id, secs))
        conn.execute(
            "INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?, '203.0.113.9', '')",
            (str(uuid.uuid4()), secret_hash(value), user_id, secs, secs + 86_400, secs),
        )
    issued = create_token(conn, name="ci", project_no=project.no, scopes=["errors:read"], now_secs=secs)
    return issued.plaintext, value


async def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


async def _best_us(act: Callable[[], Awaitable[object]]) -> float:
    best = float("inf")
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        for _ in range(_TIMES):
            await act()
        best = min(best, time.perf_counter() - began)
        await trio.lowlevel.checkpoint()
    return best / _TIMES * 1e6


if __name__ == "__main__":
    main()
