from __future__ import annotations

from typing import TYPE_CHECKING

from bloop_trio.auth.hashing import secret_hash
from bloop_trio.auth.session_store import (
    Visitor,
    insert_session,
    list_sessions,
    remove_expired_sessions,
    touch_sessions,
)
from bloop_trio.db.generations import read_generations
from tests import conftest
from tests.conftest import NOW_MS, insert_user

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection

NOW_SECS = NOW_MS // 1000


def test_what_a_browser_calls_itself_is_cut_and_cleaned(connection: Connection) -> None:
    ada = insert_user(connection, "ada")
    agent = "Mozilla\x00\r\n\u202e " + "x" * 300
    start = insert_session(connection, ada, Visitor(address=None, user_agent=agent), now_secs=NOW_SECS, ttl_secs=60)
    (session,) = list_sessions(connection, ada, NOW_SECS)
    assert session.user_agent == ("Mozilla " + "x" * 300)[:200]
    assert (session.id, session.address, session.expires_secs) == (start.id, "unknown", NOW_SECS + 60)
    assert connection.execute("SELECT token_hash FROM sessions").fetchone() == (secret_hash(start.value),)


def test_a_new_session_replaces_the_one_of_the_same_browser_alone(connection: Connection) -> None:
    ada = insert_user(connection, "ada")
    other, _ = conftest.insert_session(connection, ada)
    _, mine = conftest.insert_session(connection, ada)
    start = insert_session(connection, ada, Visitor(address="::1", session=mine), now_secs=NOW_SECS + 1, ttl_secs=60)
    assert [session.id for session in list_sessions(connection, ada, NOW_SECS)] == [start.id, other]


def test_expired_ones_are_not_listed_and_then_removed(connection: Connection) -> None:
    ada = insert_user(connection, "ada")
    old, _ = conftest.insert_session(connection, ada, created_secs=NOW_SECS - 86_400)
    young, _ = conftest.insert_session(connection, ada)
    assert [session.id for session in list_sessions(connection, ada, NOW_SECS)] == [young]
    before = read_generations(connection)
    assert remove_expired_sessions(connection, NOW_SECS) == 1
    assert connection.execute("SELECT id FROM sessions").fetchall() == [(young,)]
    assert old != young
    assert read_generations(connection) == before


def test_uses_never_run_backwards(connection: Connection) -> None:
    session_id, _ = conftest.insert_session(connection, insert_user(connection, "ada"))
    for used_secs in (NOW_SECS + 90, NOW_SECS + 30):
        touch_sessions(connection, {session_id: used_secs, "gone": used_secs})
    assert connection.execute("SELECT last_used_secs FROM sessions").fetchall() == [(NOW_SECS + 90,)]
