"""The key ring follows the database, whoever changes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import pytest
import trio

from bloop_trio.auth.store import create_token, list_tokens, revoke_token
from bloop_trio.projects.keys import KeyRing
from bloop_trio.projects.store import create_project, rotate_key
from bloop_trio.projects.watch import KeyWatch
from tests.conftest import NOW_MS, PROJECT_KEY

if TYPE_CHECKING:
    from trio.testing import MockClock

    from bloop_trio.db.connection import Connection
    from bloop_trio.db.readers import Readers

NOW_SECS = NOW_MS // 1000


@attrs.define
class Watched:
    """A key ring under watch, and how often the tokens were said to have changed."""

    ring: KeyRing
    watch: KeyWatch
    token_changes: int = 0


@pytest.fixture
def watched(readers: Readers) -> Watched:
    """A watch that has not looked yet."""

    def note() -> None:
        made.token_changes += 1

    ring = KeyRing()
    made = Watched(ring, KeyWatch(readers, ring, {"tokens": note}))
    return made


async def test_the_first_look_loads_the_ring(watched: Watched, autojump_clock: MockClock) -> None:
    assert await watched.watch.look() is True
    assert watched.ring.default.project.api_key == PROJECT_KEY


async def test_as_long_as_nothing_changes_nothing_is_loaded(watched: Watched, autojump_clock: MockClock) -> None:
    await watched.watch.look()
    keyed = watched.ring.default
    assert [await watched.watch.look() for _ in range(3)] == [False] * 3
    assert watched.ring.default is keyed


async def test_a_new_project_is_found(watched: Watched, autojump_clock: MockClock, connection: Connection) -> None:
    await watched.watch.look()
    made = create_project(connection, name="Shop", slug="shop", now_secs=NOW_SECS)
    assert watched.ring.find(made.api_key.encode()) is None
    assert await watched.watch.look() is True
    found = watched.ring.find(made.api_key.encode())
    assert found is not None
    assert found.project.slug == "shop"


async def test_a_rotated_key_goes_and_the_new_one_comes(
    watched: Watched, autojump_clock: MockClock, connection: Connection
) -> None:
    await watched.watch.look()
    rotated = rotate_key(connection, "default", now_secs=NOW_SECS)
    assert rotated is not None
    assert watched.ring.find(PROJECT_KEY.encode()) is not None
    await watched.watch.look()
    assert watched.ring.find(PROJECT_KEY.encode()) is None
    assert watched.ring.find(rotated.api_key.encode()) is watched.ring.default


async def test_a_key_that_was_rotated_with_grace_goes_at_its_end(
    readers: Readers, autojump_clock: MockClock, connection: Connection
) -> None:
    ring, clock = KeyRing(), [NOW_SECS]
    watch = KeyWatch(readers, ring, {}, lambda: clock[0])
    rotate_key(connection, "default", now_secs=NOW_SECS, grace_hours=2)
    await watch.look()
    clock[0] += 7_199
    await watch.look()
    assert ring.find(PROJECT_KEY.encode()) is not None
    clock[0] += 1
    assert await watch.look() is False
    assert ring.find(PROJECT_KEY.encode()) is None


async def test_changed_tokens_are_passed_on_and_do_not_touch_the_ring(
    watched: Watched, autojump_clock: MockClock, connection: Connection
) -> None:
    await watched.watch.look()
    before = watched.token_changes
    create_token(connection, name="t", project_no=1, scopes=("errors:read",), now_secs=NOW_SECS)
    assert await watched.watch.look() is False
    assert watched.token_changes == before + 1
    (token,) = list_tokens(connection)
    revoke_token(connection, token.id, NOW_SECS)
    await watched.watch.look()
    await watched.watch.look()
    assert watched.token_changes == before + 2


async def test_all_who_ask_at_the_same_time_are_served_by_few_looks(
    watched: Watched, autojump_clock: MockClock, connection: Connection
) -> None:
    await watched.watch.look()
    create_project(connection, name="Shop", slug="shop", now_secs=NOW_SECS)
    answers: list[bool] = []

    async def ask() -> None:
        answers.append(await watched.watch.look())

    started = trio.current_time()
    async with trio.open_nursery() as nursery:
        for _ in range(200):
            nursery.start_soon(ask)
    assert answers == [True] * 200
    assert trio.current_time() - started < 0.5  # on the clock of the test: 200 looks would have taken 20 s


async def test_guessing_keys_one_after_the_other_is_slowed_down(watched: Watched, autojump_clock: MockClock) -> None:
    await watched.watch.look()
    started = trio.current_time()
    for _ in range(10):
        await watched.watch.look()
    assert trio.current_time() - started >= 0.9
