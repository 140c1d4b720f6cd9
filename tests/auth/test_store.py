from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bloop_trio.auth.hashing import secret_hash
from bloop_trio.auth.store import (
    IssuedToken,
    create_token,
    find_by_hash,
    list_tokens,
    revoke_token,
    touch_last_used,
)
from bloop_trio.db.generations import read_generations
from bloop_trio.exceptions import BadRequestError, NotFoundError
from tests.conftest import insert_project

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection

NOW_SECS = 1_767_268_800


def issue(conn: Connection, **changes: Any) -> IssuedToken:
    given: dict[str, Any] = {"name": "ci", "project_no": 1, "scopes": ["errors:read"], "now_secs": NOW_SECS} | changes
    return create_token(conn, **given)


def generation(conn: Connection) -> int:
    return read_generations(conn)["tokens"]


class TestCreate:
    def test_a_token_is_found_by_the_hash_of_its_plaintext(self, connection: Connection) -> None:
        issued = issue(connection, scopes=["errors:read", "llm:write"], expires_in_days=2, created_by="user-1")
        token = find_by_hash(connection, secret_hash(issued.plaintext))
        assert token == issued.token
        assert token.scopes == ("errors:read", "llm:write")
        assert token.token_prefix == issued.plaintext[:16]
        assert (token.created_secs, token.expires_secs) == (NOW_SECS, NOW_SECS + 2 * 86_400)
        assert (token.created_by, token.last_used_secs, token.revoked_secs) == ("user-1", None, None)

    def test_the_plaintext_is_not_stored(self, connection: Connection) -> None:
        issued = issue(connection)
        assert issued.plaintext not in "\n".join(connection.iterdump())
        assert issued.plaintext not in repr(issued)

    def test_servers_learn_of_it(self, connection: Connection) -> None:
        before = generation(connection)
        issue(connection)
        assert generation(connection) == before + 1

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"name": ""}, "name must be 1-100 characters"),
            ({"scopes": []}, "at least one scope is required"),
            ({"scopes": ["all"]}, "invalid scope: all"),
            ({"expires_in_days": 0}, "expires_in_days must be 1-3650"),
        ],
    )
    def test_what_cannot_be_used_is_refused(
        self, connection: Connection, changes: dict[str, Any], message: str
    ) -> None:
        with pytest.raises(BadRequestError, match=f"^{message}$"):
            issue(connection, **changes)
        assert list_tokens(connection) == []


class TestList:
    def test_the_newest_comes_first_and_revoked_ones_are_there(self, connection: Connection) -> None:
        old = issue(connection, name="old", now_secs=NOW_SECS - 1).token
        new = issue(connection, name="new").token
        newest = issue(connection, name="newest").token
        revoke_token(connection, old.id, NOW_SECS)
        assert [token.id for token in list_tokens(connection, 1)] == [newest.id, new.id, old.id]

    def test_a_projects_list_has_its_own_alone(self, connection: Connection) -> None:
        shop = insert_project(connection, "shop")
        issue(connection)
        token = issue(connection, project_no=shop.no).token
        assert list_tokens(connection, shop.no) == [token]
        assert len(list_tokens(connection)) == 2


class TestRevoke:
    def test_a_revoked_token_is_no_longer_valid(self, connection: Connection) -> None:
        issued = issue(connection)
        before = generation(connection)
        revoke_token(connection, issued.token.id, NOW_SECS)
        token = find_by_hash(connection, issued.token.token_hash)
        assert token is not None
        assert token.revoked_secs == NOW_SECS
        assert not token.is_valid(NOW_SECS)
        assert generation(connection) == before + 1

    def test_it_can_be_revoked_once(self, connection: Connection) -> None:
        token = issue(connection).token
        revoke_token(connection, token.id, NOW_SECS)
        before = generation(connection)
        with pytest.raises(NotFoundError, match=r"^token not found or already revoked$"):
            revoke_token(connection, token.id, NOW_SECS + 1)
        assert generation(connection) == before

    def test_an_unknown_one_cannot(self, connection: Connection) -> None:
        with pytest.raises(NotFoundError, match=r"^token not found or already revoked$"):
            revoke_token(connection, "nowhere", NOW_SECS)


class TestLastUse:
    def test_the_latest_use_stays(self, connection: Connection) -> None:
        first, second, unused = (issue(connection).token for _ in range(3))
        before = generation(connection)
        touch_last_used(connection, {first.id: 50, second.id: 70})
        touch_last_used(connection, {first.id: 60, second.id: 60, "nowhere": 60})
        used = {token.id: token.last_used_secs for token in list_tokens(connection)}
        assert used == {first.id: 60, second.id: 70, unused.id: None}
        assert generation(connection) == before
