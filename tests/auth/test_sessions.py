"""Sessions: who is signed in with a cookie, remembered and forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bloop_trio.auth.session_values import new_session_value
from bloop_trio.auth.sessions import Sessions
from tests.conftest import NOW_MS, insert_session, insert_user

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.db.connection import Connection
    from bloop_trio.db.readers import Readers

NOW_SECS = NOW_MS // 1000


def at(clock: list[int]) -> Callable[[], int]:
    return lambda: clock[0]


async def test_a_cookie_names_its_user_and_session(readers: Readers, connection: Connection) -> None:
    ada = insert_user(connection, "ada", is_admin=True)
    session_id, value = insert_session(connection, ada)
    user = await Sessions(readers, at([NOW_SECS])).resolve(value)
    assert user is not None
    assert (user.user_id, user.username, user.is_admin, user.session_id) == (ada, "ada", True, session_id)


async def test_other_values_name_nobody(readers: Readers, connection: Connection) -> None:
    insert_session(connection, insert_user(connection, "ada"))
    sessions = Sessions(readers, at([NOW_SECS]))
    for value in (new_session_value(), "", "A" * 42, "A" * 44, "ä" * 43, "A" * 42 + "\n", "'" * 43):
        assert await sessions.resolve(value) is None


async def test_a_session_ends_at_its_time_also_when_it_is_remembered(readers: Readers, connection: Connection) -> None:
    _, value = insert_session(connection, insert_user(connection, "ada"))
    clock = [NOW_SECS + 86_399]
    sessions = Sessions(readers, at(clock))
    assert await sessions.resolve(value) is not None
    clock[0] += 1
    assert await sessions.resolve(value) is None


async def test_a_change_is_seen_once_the_sessions_are_cleared(readers: Readers, connection: Connection) -> None:
    session_id, value = insert_session(connection, insert_user(connection, "ada"))
    sessions = Sessions(readers, at([NOW_SECS]))
    assert await sessions.resolve(value) is not None
    connection.execute("DELETE FROM sessions WHERE id = ?", (session_id,))
    assert await sessions.resolve(value) is not None
    sessions.clear()
    assert await sessions.resolve(value) is None


async def test_uses_are_noted_once_a_minute(readers: Readers, connection: Connection) -> None:
    session_id, value = insert_session(connection, insert_user(connection, "ada"))
    clock = [NOW_SECS + 59]
    sessions = Sessions(readers, at(clock))
    await sessions.resolve(value)
    assert sessions.take_touched() == {}
    clock[0] += 1
    await sessions.resolve(value)
    await sessions.resolve(value)
    assert sessions.take_touched() == {session_id: NOW_SECS + 60}
    assert sessions.take_touched() == {}
