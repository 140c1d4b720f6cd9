from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
import trio
import trio.testing

from bloop_trio.auth.bearer import BearerTokens
from bloop_trio.auth.store import IssuedToken, create_token, find_by_hash, revoke_token
from bloop_trio.auth.tokens import new_token
from bloop_trio.exceptions import AuthenticationError

if TYPE_CHECKING:
    from trio.testing import MockClock

    from bloop_trio.db.connection import Connection
    from bloop_trio.db.readers import Readers

NOW_SECS = 1_767_268_800


class WallClock:
    """Epoch seconds that a test sets."""

    def __init__(self) -> None:
        self.secs = NOW_SECS

    def __call__(self) -> int:
        return self.secs


@pytest.fixture
def wall_clock() -> WallClock:
    return WallClock()


@pytest.fixture
def bearer(readers: Readers, wall_clock: WallClock) -> BearerTokens:
    return BearerTokens(readers, wall_clock)


@pytest.fixture
def issued(connection: Connection) -> IssuedToken:
    return create_token(
        connection, name="ci", project_no=1, scopes=["errors:read"], now_secs=NOW_SECS, expires_in_days=1
    )


async def is_refused(bearer: BearerTokens, plaintext: str) -> bool:
    refusal = ""
    try:
        await bearer.resolve(plaintext)
    except AuthenticationError as error:
        refusal = str(error)
    assert refusal in {"", "invalid or expired token"}
    await trio.lowlevel.checkpoint()
    return refusal != ""


async def test_a_plaintext_leads_to_its_token(bearer: BearerTokens, issued: IssuedToken) -> None:
    assert await bearer.resolve(issued.plaintext) == issued.token


@pytest.mark.parametrize("plaintext", ["", "x", "bloop_tk_short", "bloop_tk_" + "A" * 43, "é" * 52])
async def test_anything_else_is_refused(bearer: BearerTokens, issued: IssuedToken, plaintext: str) -> None:
    assert await is_refused(bearer, plaintext)


async def test_a_revoked_token_is_refused(bearer: BearerTokens, issued: IssuedToken, connection: Connection) -> None:
    revoke_token(connection, issued.token.id, NOW_SECS)
    assert await is_refused(bearer, issued.plaintext)


class TestCache:
    async def test_expiry_is_judged_on_each_use(
        self, bearer: BearerTokens, issued: IssuedToken, wall_clock: WallClock
    ) -> None:
        await bearer.resolve(issued.plaintext)
        wall_clock.secs += 86_399
        await bearer.resolve(issued.plaintext)
        wall_clock.secs += 1
        assert await is_refused(bearer, issued.plaintext)

    async def test_a_revocation_counts_from_the_clearing(
        self, bearer: BearerTokens, issued: IssuedToken, connection: Connection
    ) -> None:
        await bearer.resolve(issued.plaintext)
        revoke_token(connection, issued.token.id, NOW_SECS)
        assert not await is_refused(bearer, issued.plaintext)
        bearer.clear()
        assert await is_refused(bearer, issued.plaintext)

    async def test_a_token_is_read_anew_after_five_minutes(
        self, bearer: BearerTokens, issued: IssuedToken, connection: Connection, mock_clock: MockClock
    ) -> None:
        await bearer.resolve(issued.plaintext)
        revoke_token(connection, issued.token.id, NOW_SECS)
        mock_clock.jump(299)
        assert not await is_refused(bearer, issued.plaintext)
        mock_clock.jump(2)
        assert await is_refused(bearer, issued.plaintext)

    async def test_an_unknown_token_is_read_anew_after_ten_seconds(
        self, bearer: BearerTokens, issued: IssuedToken, connection: Connection, mock_clock: MockClock
    ) -> None:
        connection.execute("UPDATE bearer_tokens SET token_hash = token_hash || '?'")
        assert await is_refused(bearer, issued.plaintext)
        connection.execute("UPDATE bearer_tokens SET token_hash = rtrim(token_hash, '?')")
        mock_clock.jump(9)
        assert await is_refused(bearer, issued.plaintext)
        mock_clock.jump(2)
        assert not await is_refused(bearer, issued.plaintext)

    async def test_guessing_does_not_push_real_tokens_out(
        self, bearer: BearerTokens, issued: IssuedToken, connection: Connection
    ) -> None:
        await bearer.resolve(issued.plaintext)
        revoke_token(connection, issued.token.id, NOW_SECS)  # from here on only memory lets it in
        for _ in range(1001):
            assert await is_refused(bearer, new_token())
        assert not await is_refused(bearer, issued.plaintext)
        assert len(bearer._misses) <= 1000

    async def test_a_read_under_way_during_a_clearing_is_not_remembered(
        self, bearer: BearerTokens, issued: IssuedToken, connection: Connection, readers: Readers
    ) -> None:
        others_are_done = threading.Event()
        async with trio.open_nursery() as nursery:
            for _ in range(2):  # every connection is busy, so the read has to wait
                nursery.start_soon(readers.run, lambda _: others_are_done.wait())
            await trio.testing.wait_all_tasks_blocked()
            nursery.start_soon(bearer.resolve, issued.plaintext)
            await trio.testing.wait_all_tasks_blocked()
            bearer.clear()
            others_are_done.set()
        revoke_token(connection, issued.token.id, NOW_SECS)
        assert await is_refused(bearer, issued.plaintext)


class TestLastUse:
    async def test_a_use_is_handed_out_once(self, bearer: BearerTokens, issued: IssuedToken) -> None:
        await bearer.resolve(issued.plaintext)
        assert bearer.take_touched() == {issued.token.id: NOW_SECS}
        assert bearer.take_touched() == {}

    async def test_it_is_noted_at_most_once_a_minute(
        self, bearer: BearerTokens, issued: IssuedToken, wall_clock: WallClock
    ) -> None:
        for secs in (0, 1, 58):
            wall_clock.secs += secs
            await bearer.resolve(issued.plaintext)
        assert bearer.take_touched() == {issued.token.id: NOW_SECS}
        wall_clock.secs = NOW_SECS + 60
        await bearer.resolve(issued.plaintext)
        assert bearer.take_touched() == {issued.token.id: NOW_SECS + 60}

    async def test_a_recent_note_in_the_database_counts(
        self, bearer: BearerTokens, issued: IssuedToken, connection: Connection
    ) -> None:
        connection.execute("UPDATE bearer_tokens SET last_used_secs = ?", (NOW_SECS - 59,))
        await bearer.resolve(issued.plaintext)
        assert bearer.take_touched() == {}

    async def test_a_refused_token_was_not_used(
        self, bearer: BearerTokens, issued: IssuedToken, wall_clock: WallClock
    ) -> None:
        wall_clock.secs += 86_400
        assert await is_refused(bearer, issued.plaintext)
        assert bearer.take_touched() == {}


def test_the_reads_use_the_index(connection: Connection) -> None:
    plan = connection.execute("EXPLAIN QUERY PLAN SELECT 1 FROM bearer_tokens WHERE token_hash = ?", ("",)).fetchall()
    assert "SEARCH" in plan[0][3]
    assert find_by_hash(connection, "nowhere") is None
