"""What is refused, and in which words."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest
from playwright.sync_api import expect

from tests.browser.visiting import open_site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Route

    from tests.browser.visiting import Site, Visitor


def test_whoever_is_not_verified_gets_no_passkey_and_may_try_again(visitor: Visitor, site: Site) -> None:
    page = visitor.page
    let_verify(visitor, verified=False)
    page.goto("/")
    page.get_by_label("Username").fill("ada")
    page.get_by_role("button", name="Create account and passkey").click()
    expect(page.get_by_role("alert")).to_have_text("No passkey was used: the request was cancelled, or took too long.")
    assert site.server.rows("SELECT count(*) FROM users") == [(0,)]
    let_verify(visitor, verified=True)
    page.get_by_role("button", name="Create account and passkey").click()
    page.wait_for_url("**/issues?project=default")

    visitor.sign_out()
    let_verify(visitor, verified=False)
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("No passkey was used")
    let_verify(visitor, verified=True)
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/issues?project=default")


def test_somebody_else_was_first(visit: Callable[..., Visitor]) -> None:
    slow, fast = visit(), visit()
    slow.page.goto("/")
    slow.page.get_by_label("Username").fill("mallory")
    fast.set_up("ada")
    slow.page.get_by_role("button", name="Create account and passkey").click()
    expect(slow.page.get_by_role("alert")).not_to_be_empty()
    slow.page.reload()
    expect(slow.page.get_by_role("heading", name="Sign in to bloop")).to_be_visible()


def test_the_page_at_an_address_leads_to_the_name_at_which_passkeys_work(
    at_office: Callable[..., Visitor], office: Site
) -> None:
    visitor = at_office()
    address = f"http://127.0.0.1:{office.server.port}"
    visitor.page.goto(f"{address}/settings/tokens?project=default")
    assert unquote(visitor.page.url) == f"{office.origin}/auth/login?next=/settings/tokens?project=default"
    expect(visitor.page.get_by_role("button", name="Sign in with a passkey")).to_be_visible()
    # All that went to the address are the two requests that were sent on.
    assert all(complaint.startswith(f"request to another host: {address}/") for complaint in visitor.complaints)
    assert len(visitor.complaints) == 2
    visitor.complaints.clear()


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Site]:
    """A server that nobody has set up yet, and not everybody may."""
    with open_site(tmp_path, AUTH__SETUP_TOKEN="correct horse battery staple") as opened:
        yield opened


def test_a_setup_token_is_asked_for_and_has_to_be_right(guarded: Site, arrive: Callable[..., Visitor]) -> None:
    page = arrive(guarded).page
    page.goto("/")
    create = page.get_by_role("button", name="Create account and passkey")
    page.get_by_label("Username").fill("ada")
    expect(create).to_be_disabled()
    page.get_by_label("Setup token").fill("wrong")
    create.click()
    expect(page.get_by_role("alert")).to_contain_text("setup token")
    assert guarded.server.rows("SELECT count(*) FROM users") == [(0,)]
    page.get_by_label("Setup token").fill("correct horse battery staple")
    create.click()
    page.wait_for_url("**/issues?project=default")
    expect(page.get_by_role("button", name="Signed in as ada")).to_be_visible()


def test_a_challenge_is_worth_nothing_in_a_browser_without_its_cookie(hire: Callable[[str], Visitor]) -> None:
    gil = hire("gil")
    page = gil.page
    gil.sign_out()

    def lose_the_cookie(route: Route) -> None:
        answer = route.fetch()
        gil.context.clear_cookies()
        kept = {name: value for name, value in answer.headers.items() if name != "set-cookie"}
        route.fulfill(response=answer, headers=kept)

    page.route("**/auth/login/start", lose_the_cookie)
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert")).to_have_text("Challenge expired or invalid.")
    page.unroute("**/auth/login/start")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/issues?project=*")


def test_a_name_that_somebody_has_is_refused_and_the_invite_is_still_good(
    ada: Visitor, at_office: Callable[..., Visitor]
) -> None:
    _, invite = ada.call("POST", "/v1/admin/invites")
    visitor = at_office()
    visitor.page.goto(invite["url"])
    visitor.page.get_by_label("Username").fill("ADA")
    visitor.page.get_by_role("button", name="Create account and passkey").click()
    expect(visitor.page.get_by_role("alert")).to_contain_text("taken")
    visitor.join(invite["url"], "hal")


def let_verify(visitor: Visitor, *, verified: bool) -> None:
    visitor.cdp.send("WebAuthn.setUserVerified", {"authenticatorId": visitor.authenticator, "isUserVerified": verified})
