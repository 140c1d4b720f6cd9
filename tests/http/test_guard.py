from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import pytest

from bloop_trio.auth.scopes import allows
from bloop_trio.exceptions import AuthenticationError, ForbiddenError, NotFoundError, UnsupportedMediaTypeError
from bloop_trio.http.access import (
    ADMIN,
    ANYONE,
    FILE,
    OPERATOR,
    OWNER_BY_ROUTE,
    OWNER_OF_PATH,
    PAGE,
    SENDER,
    USER,
    Access,
    Who,
    owner_with,
    reader_with,
)
from bloop_trio.http.caller import Caller, SignedIn
from bloop_trio.http.guard import Credentials, Guard, bearer_token

if TYPE_CHECKING:
    from collections.abc import Collection

ORIGIN = "http://localhost:5332"
ADA = SignedIn(user_id="a", username="ada", is_admin=False, session_id="s1")
ROOT = SignedIn(user_id="r", username="root", is_admin=True, session_id="s2")
SESSIONS = {"ada": ADA, "root": ROOT}
CREATORS = {"adas": "a", "shells": None}
CALLER = Caller(project_no=7, project_id="seven", scopes=frozenset({"errors:read"}), actor="token:t", name="t")


async def resolve(token: str) -> Caller:
    if token != "good":
        raise AuthenticationError("invalid or expired token")
    return CALLER


async def resolve_session(value: str) -> SignedIn | None:
    return SESSIONS.get(value)


async def find_creator(project: str) -> str | None:
    if project not in CREATORS:
        raise NotFoundError("project not found")
    return CREATORS[project]


async def find_no(project: str) -> int:
    return {"shop": 7, "other": 8}[project]


def a_guard(metrics_token: str | None = None) -> Guard:
    return Guard(
        resolve_token=resolve,
        resolve_session=resolve_session,
        find_creator=find_creator,
        find_no=find_no,
        allows=allows,
        origin=ORIGIN,
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


def as_user(session: str | None = "ada", **changes: Any) -> Credentials:
    """Return what a browser shows that has the cookie of a session and acts for one of our pages."""
    shown: dict[str, Any] = {
        "session": session,
        "address": "203.0.113.9",
        "method": "POST",
        "origin": ORIGIN,
        "sec_fetch_site": "same-origin",
    }
    return Credentials(**shown | changes)


FOR_USERS = [reader_with("errors:read"), USER, OWNER_BY_ROUTE, OWNER_OF_PATH, ADMIN]


class TestSessions:
    @pytest.mark.parametrize("access", FOR_USERS)
    @pytest.mark.parametrize("session", [None, "nonsense"])
    async def test_without_one_authentication_is_required(self, access: Access, session: str | None) -> None:
        # Also from another site: nothing is told of a route to whom it is not for.
        with pytest.raises(AuthenticationError, match=r"^authentication required$"):
            await a_guard().admit(access, as_user(session, sec_fetch_site="cross-site"), "adas")

    @pytest.mark.parametrize("access", [reader_with("errors:read"), USER, OWNER_BY_ROUTE])
    async def test_a_caller_is_named_by_user_and_has_no_scopes_and_no_project(self, access: Access) -> None:
        caller = await a_guard().admit(access, as_user())
        assert caller == Caller(actor="a", name="ada", address="203.0.113.9", user=ADA)

    @pytest.mark.parametrize("access", [USER, OWNER_BY_ROUTE, OWNER_OF_PATH, ADMIN])
    async def test_a_token_does_not_stand_for_a_user(self, access: Access) -> None:
        with pytest.raises(AuthenticationError, match=r"^authentication required$"):
            await a_guard().admit(access, showing("Bearer good"), "adas")

    @pytest.mark.parametrize("authorization", ["Bearer bad", "bearer bad"])
    async def test_where_a_token_is_shown_the_session_does_not_count(self, authorization: str) -> None:
        with pytest.raises(AuthenticationError, match=r"^invalid or expired token$"):
            await a_guard().admit(reader_with("errors:read"), as_user(authorization=authorization))

    @pytest.mark.parametrize("authorization", ["Basic Z29vZDo=", "Bearer", ""])
    async def test_what_is_no_token_does_not_hide_the_session(self, authorization: str) -> None:
        caller = await a_guard().admit(reader_with("errors:read"), as_user(authorization=authorization))
        assert caller is not None
        assert caller.user == ADA

    async def test_administrators_alone_do_what_is_theirs(self) -> None:
        with pytest.raises(ForbiddenError, match=r"^admin access required$"):
            await a_guard().admit(ADMIN, as_user("ada"))
        caller = await a_guard().admit(ADMIN, as_user("root"))
        assert caller is not None
        assert caller.user == ROOT


class TestOwners:
    @pytest.mark.parametrize(("session", "project"), [("ada", "adas"), ("root", "adas"), ("root", "shells")])
    async def test_creators_and_administrators_own_a_project(self, session: str, project: str) -> None:
        assert await a_guard().admit(OWNER_OF_PATH, as_user(session), project)

    async def test_others_do_not(self) -> None:
        with pytest.raises(ForbiddenError, match=r"^you do not have access to this project$"):
            await a_guard().admit(OWNER_OF_PATH, as_user("ada"), "shells")

    @pytest.mark.parametrize("session", ["ada", "root"])
    @pytest.mark.parametrize("project", ["nothing", "", None])
    async def test_an_unknown_project_is_not_found(self, session: str, project: str | None) -> None:
        with pytest.raises(NotFoundError, match=r"^project not found$"):
            await a_guard().admit(OWNER_OF_PATH, as_user(session), project)


class TestTokensOfAProject:
    KEEPER = owner_with("errors:read")

    async def test_a_token_of_the_project_lets_in(self) -> None:
        assert await a_guard().admit(self.KEEPER, showing("Bearer good"), "shop") == CALLER

    async def test_a_token_of_another_learns_no_more_than_that_there_is_none(self) -> None:
        with pytest.raises(NotFoundError, match=r"^project not found$"):
            await a_guard().admit(self.KEEPER, showing("Bearer good"), "other")

    async def test_it_needs_the_scope(self) -> None:
        with pytest.raises(ForbiddenError, match=r"^token lacks required scope: errors:write$"):
            await a_guard().admit(owner_with("errors:write"), showing("Bearer good"), "shop")

    async def test_without_a_scope_the_route_takes_no_tokens(self) -> None:
        with pytest.raises(AuthenticationError, match=r"^authentication required$"):
            await a_guard().admit(OWNER_OF_PATH, showing("Bearer good"), "shop")


class TestForms:
    FORM = "multipart/form-data; boundary=x"
    TAKES = owner_with("errors:read", "multipart/form-data")

    @pytest.mark.parametrize("content_type", [FORM, FORM.upper(), "application/json"])
    async def test_a_route_that_takes_forms_takes_them_from_its_own_pages(self, content_type: str) -> None:
        shown = as_user("ada", has_body=True, content_type=content_type)
        assert await a_guard().admit(self.TAKES, shown, "adas")

    @pytest.mark.parametrize(
        "elsewhere", [{"sec_fetch_site": "cross-site"}, {"sec_fetch_site": None, "origin": "null"}]
    )
    async def test_and_from_no_others(self, elsewhere: dict[str, Any]) -> None:
        shown = as_user("ada", has_body=True, content_type=self.FORM, **elsewhere)
        with pytest.raises(ForbiddenError, match="cross-site"):
            await a_guard().admit(self.TAKES, shown, "adas")

    async def test_other_routes_take_none(self) -> None:
        shown = as_user("ada", has_body=True, content_type=self.FORM)
        with pytest.raises(UnsupportedMediaTypeError):
            await a_guard().admit(OWNER_OF_PATH, shown, "adas")


class TestOtherSites:
    @pytest.mark.parametrize("access", [*FOR_USERS, ANYONE])
    @pytest.mark.parametrize(
        "sent", [{"sec_fetch_site": "cross-site"}, {"sec_fetch_site": None, "origin": "https://evil.example"}]
    )
    async def test_they_make_nobody_change_anything(self, access: Access, sent: dict[str, Any]) -> None:
        with pytest.raises(ForbiddenError, match=r"^cross-site request refused$"):
            await a_guard().admit(access, as_user("root", **sent), "adas")

    async def test_they_may_lead_to_pages_and_to_what_changes_nothing(self) -> None:
        for access in (*FOR_USERS, ANYONE, PAGE, FILE):
            await a_guard().admit(access, as_user("root", method="GET", sec_fetch_site="cross-site"), "adas")

    async def test_a_token_or_a_signature_is_shown_on_purpose(self) -> None:
        foreign: dict[str, Any] = {"origin": "https://evil.example", "sec_fetch_site": "cross-site", "has_body": True}
        assert await a_guard().admit(reader_with("errors:read"), as_user(authorization="Bearer good", **foreign))
        assert await a_guard().admit(SENDER, as_user(**foreign)) is None

    @pytest.mark.parametrize("access", [*FOR_USERS, ANYONE])
    @pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded"])
    async def test_forms_are_not_taken_for_json(self, access: Access, content_type: str | None) -> None:
        with pytest.raises(UnsupportedMediaTypeError):
            await a_guard().admit(access, as_user("root", has_body=True, content_type=content_type), "adas")

    @pytest.mark.parametrize("access", [*FOR_USERS, ANYONE])
    async def test_json_and_no_body_pass(self, access: Access) -> None:
        for sent in ({"has_body": True, "content_type": "application/json; charset=utf-8"}, {"has_body": False}):
            await a_guard().admit(access, as_user("root", **sent), "adas")


class TestPages:
    async def test_they_know_who_is_signed_in_and_let_everybody_in(self) -> None:
        guard = a_guard()
        caller = await guard.admit(PAGE, as_user(method="GET"))
        assert caller is not None
        assert caller.user == ADA
        assert await guard.admit(PAGE, as_user("nonsense", method="GET")) is None
        assert await guard.admit(FILE, as_user(method="GET")) is None


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

    @pytest.mark.parametrize("site", ["same-origin", "cross-site"])
    async def test_a_page_in_a_browser_on_this_host_is_not(self, site: str) -> None:
        shown = attrs.evolve(showing(peer="127.0.0.1"), sec_fetch_site=site)
        with pytest.raises(ForbiddenError):
            await a_guard().admit(OPERATOR, shown)

    async def test_somebody_who_types_the_address_on_this_host_is(self) -> None:
        shown = attrs.evolve(showing(peer="127.0.0.1"), sec_fetch_site="none")
        assert await a_guard().admit(OPERATOR, shown) is None

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
