from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import pytest

from bloop_trio.auth.scopes import allows
from bloop_trio.exceptions import AuthenticationError, ForbiddenError
from bloop_trio.http.access import ANYONE, OPERATOR, SENDER, Access, Who, reader_with
from bloop_trio.http.caller import Caller, SignedIn
from bloop_trio.http.guard import Credentials, Guard, bearer_token

if TYPE_CHECKING:
    from collections.abc import Collection

CALLER = Caller(project_no=7, project_id="seven", scopes=frozenset({"errors:read"}), actor="token:t", name="t")


async def resolve(token: str) -> Caller:
    if token != "good":
        raise AuthenticationError("invalid or expired token")
    return CALLER


async def resolve_session(value: str) -> SignedIn | None:
    return None


async def find_creator(project: str) -> str | None:
    return None


def a_guard(metrics_token: str | None = None) -> Guard:
    return Guard(
        resolve_token=resolve,
        resolve_session=resolve_session,
        find_creator=find_creator,
        allows=allows,
        origin="http://localhost:5332",
        metrics_token=metrics_token,
    )


def showing(
    authorization: str | None = None, *, peer: str | None = "203.0.113.9", is_forwarded: bool = False
) -> Credentials:
    return Credentials(authorization=authorization, peer=peer, is_forwarded=is_forwarded)


async def test_routes_for_anyone_and_for_senders_ask_for_nothing() -> None:
    assert await a_guard().admit(ANYONE, showing()) is None
    assert await a_guard().admit(SENDER, showing("Bearer nonsense")) is None


class TestTokens:
    async def test_the_right_scope_lets_in(self) -> None:
        assert await a_guard().admit(reader_with("errors:read"), showing("Bearer good")) == CALLER
        assert await a_guard().admit(reader_with("analytics:read"), showing("bearer  good ")) == CALLER

    @pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer ", "Basic Z29vZDo=", "good"])
    async def test_without_a_token_authentication_is_required(self, authorization: str | None) -> None:
        with pytest.raises(AuthenticationError, match=r"^authentication required$"):
            await a_guard().admit(reader_with("errors:read"), showing(authorization))

    async def test_an_unknown_token_is_invalid(self) -> None:
        with pytest.raises(AuthenticationError, match=r"^invalid or expired token$"):
            await a_guard().admit(reader_with("errors:read"), showing("Bearer bad"))

    async def test_a_missing_scope_is_named(self) -> None:
        with pytest.raises(ForbiddenError, match=r"^token lacks required scope: errors:write$"):
            await a_guard().admit(reader_with("errors:write"), showing("Bearer good"))

    async def test_a_route_that_names_no_scope_is_closed(self) -> None:
        def everything(_granted: Collection[str], _needed: str) -> bool:
            return True

        guard = attrs.evolve(a_guard(), allows=everything)
        with pytest.raises(ForbiddenError):
            await guard.admit(Access(Who.READER), showing("Bearer good"))


class TestOperators:
    @pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
    async def test_this_host_is_let_in(self, peer: str) -> None:
        assert await a_guard().admit(OPERATOR, showing(peer=peer)) is None

    @pytest.mark.parametrize("peer", [None, "", "203.0.113.9", "2001:db8::1", "10.0.0.1", "localhost", "/run/x.sock"])
    async def test_others_are_not(self, peer: str | None) -> None:
        with pytest.raises(ForbiddenError, match="open to this host alone"):
            await a_guard("secret").admit(OPERATOR, showing(peer=peer))

    async def test_a_proxy_on_this_host_that_speaks_for_others_is_not(self) -> None:
        with pytest.raises(ForbiddenError):
            await a_guard().admit(OPERATOR, showing(peer="127.0.0.1", is_forwarded=True))

    async def test_the_metrics_token_opens_from_anywhere(self) -> None:
        assert await a_guard("sécret").admit(OPERATOR, showing("Bearer sécret", is_forwarded=True)) is None

    async def test_a_wrong_metrics_token_is_refused_even_on_this_host(self) -> None:
        with pytest.raises(ForbiddenError, match=r"^invalid metrics token$"):
            await a_guard("secret").admit(OPERATOR, showing("Bearer secre", peer="127.0.0.1"))

    async def test_no_token_opens_while_none_is_set(self) -> None:
        with pytest.raises(ForbiddenError):
            await a_guard(None).admit(OPERATOR, showing("Bearer None"))


def test_the_metrics_token_is_not_shown_in_a_repr() -> None:
    assert "secret" not in repr(a_guard("secret"))


def test_the_scheme_is_read_in_any_case_and_the_token_as_it_is() -> None:
    assert bearer_token("BEARER aB c") == "aB c"
    assert bearer_token("Bearer\taB") is None
