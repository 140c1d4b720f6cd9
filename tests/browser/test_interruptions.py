"""What comes in between: sessions that end elsewhere, other users, upgrades, and a server that does not answer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Route

    from tests.browser.visiting import Site, Visitor


def test_what_was_typed_is_still_there_when_the_session_has_ended(ada: Visitor, office: Site) -> None:
    page = ada.page
    page.set_viewport_size({"width": 390, "height": 400})  # small enough for the words to begin out of sight
    page.goto("/settings/projects?project=default")
    page.get_by_role("button", name="Create project").click()
    dialog = page.get_by_role("dialog", name="Create a project")
    dialog.get_by_label("Name").fill("Lighthouse")
    ada.context.clear_cookies()
    dialog.get_by_role("button", name="Create project").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Your session has ended.")
    expect(dialog.get_by_role("link", name="Sign in")).to_be_in_viewport(ratio=1)
    expect(dialog.get_by_role("link", name="Sign in")).to_have_attribute("target", "_blank")
    expect(dialog.get_by_label("Name")).to_have_value("Lighthouse")

    ada.context.add_cookies(office.cookies)
    dialog.get_by_role("button", name="Create project").click()
    expect(page.get_by_role("heading", name="Send errors to Lighthouse")).to_be_visible()


def test_a_tab_notices_that_somebody_else_has_signed_in(ada: Visitor, hire: Callable[[str], Visitor]) -> None:
    gus = hire("gus")
    ada.context.clear_cookies()
    ada.context.add_cookies(cast("Any", gus.context.cookies()))  # as another tab of the same browser would
    ada.page.evaluate("dispatchEvent(new Event('focus'))")
    expect(ada.page.get_by_text("You are signed in as gus now.")).to_be_visible()
    expect(ada.page.get_by_role("button", name="Signed in as gus")).to_be_visible()


def test_a_tab_that_one_comes_back_to_knows_new_projects_and_ended_sessions(ada: Visitor) -> None:
    ada.call("POST", "/v1/projects", {"name": "From elsewhere", "slug": "elsewhere"})
    ada.page.evaluate("dispatchEvent(new Event('focus'))")
    ada.page.get_by_role("button", name="Project: Default").click()
    expect(ada.page.get_by_role("menuitemradio", name="From elsewhere")).to_be_visible()
    ada.context.clear_cookies()
    ada.page.evaluate("dispatchEvent(new Event('focus'))")
    ada.page.wait_for_url("**/auth/login?next=*")


def test_a_page_that_is_gone_after_an_upgrade_is_loaded_anew_and_says_why(ada: Visitor) -> None:
    loaded: list[str] = []

    def old(route: Route) -> None:
        if loaded:
            route.continue_()
        else:
            route.fulfill(status=404, json={"error": "not found"})

    ada.page.on("request", lambda asked: loaded.append(asked.url) if asked.is_navigation_request() else None)
    ada.page.route(re.compile(r"/assets/settings-.*\.js"), old)
    ada.page.get_by_role("link", name="Settings").click()
    expect(ada.page.get_by_text("The server has been updated, so this page was loaded anew.")).to_be_visible()
    expect(ada.page.get_by_role("button", name="Create project")).to_be_visible()


def test_a_page_that_does_not_come_is_asked_for_no_more_than_twice(ada: Visitor) -> None:
    ada.page.route(re.compile(r"/assets/settings-.*\.js"), lambda route: route.fulfill(status=404, body=""))
    ada.page.get_by_role("link", name="Settings").click()
    expect(ada.page.get_by_role("alert")).to_contain_text("A part of the dashboard did not come")
    expect(ada.page.get_by_role("button", name="Try again")).to_be_visible()


def test_a_page_whose_script_is_gone_has_words(ada: Visitor) -> None:
    ada.page.route(re.compile(r"/assets/index-.*\.js"), lambda route: route.fulfill(status=404, body=""))
    ada.page.goto("/issues?project=default")
    expect(ada.page.get_by_text("The dashboard has not started.")).to_be_visible()


def test_without_a_script_the_page_says_what_it_needs(at_office: Callable[..., Visitor]) -> None:
    visitor = at_office(java_script_enabled=False)
    visitor.page.goto("/auth/login")
    expect(visitor.page.locator("noscript")).to_be_visible()
    expect(visitor.page.get_by_text("has not started")).to_be_hidden()


def test_old_data_is_said_to_be_old_while_no_server_answers(ada: Visitor) -> None:
    page = ada.page
    page.goto("/settings/audit?project=default")
    expect(page.get_by_role("list", name="Entries of the audit log")).to_be_visible()
    page.route("**/v1/admin/audit*", lambda route: route.fulfill(status=503, json={"error": "the store is full"}))
    page.get_by_role("button", name="Load anew").click()
    note = page.get_by_role("alert")
    expect(note).to_contain_text("What you see may be old. The store is full.")
    expect(page.get_by_role("list", name="Entries of the audit log")).to_be_visible()
    assert ada.faults_in_all_looks() == []
    page.unroute("**/v1/admin/audit*")
    note.get_by_role("button", name="Try again").click()
    expect(note).to_have_count(0)


def test_the_first_event_is_waited_for_also_when_the_server_is_away(ada: Visitor) -> None:
    ada.page.route("**/v1/stats*", lambda route: route.fulfill(status=502, body="Bad gateway"))
    ada.page.goto("/welcome?project=default")
    expect(ada.page.get_by_text("The server answered with status 502. Trying again…")).to_be_visible()
    ada.page.unroute("**/v1/stats*")
    expect(ada.page.get_by_text("this page sees it by itself")).to_be_visible()


def test_a_dialog_is_not_closed_while_it_is_sent_nor_by_a_slip_when_something_was_typed(ada: Visitor) -> None:
    page = ada.page
    held: list[Route] = []
    page.goto("/settings/projects?project=default")
    page.get_by_role("button", name="Create project").click()
    dialog = page.get_by_role("dialog", name="Create a project")
    dialog.get_by_label("Name").fill("Slow")
    page.mouse.click(5, 5)
    expect(dialog.get_by_label("Name")).to_have_value("Slow")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog")).to_have_count(1)

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/v1/projects", hold)
    dialog.get_by_label("Name").press("Enter")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_disabled()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(dialog).to_be_visible()
    held[0].fulfill(status=503, headers={"retry-after": "2"}, json={"error": "the store is full"})
    expect(dialog.get_by_role("alert")).to_have_text("The store is full. Try again in 2 seconds.")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_the_focus_goes_on_to_the_next_row_when_its_own_is_removed(ada: Visitor) -> None:
    page = ada.page
    ada.call("POST", "/v1/projects", {"name": "Focus", "slug": "focus"})
    for name in ("one", "two"):
        ada.call("POST", "/v1/tokens", {"name": name, "project_id": "focus", "scopes": ["errors:read"]})
    page.goto("/settings/tokens?project=focus")
    for removed, focused in [("two", page.get_by_role("button", name="Revoke one")), ("one", page.locator("h1"))]:
        page.get_by_role("button", name=f"Revoke {removed}").click()
        page.get_by_role("dialog").get_by_role("button", name="Revoke token").press("Enter")
        expect(page.get_by_text(f"{removed} is revoked.")).to_be_visible()
        expect(focused).to_be_focused()


def test_a_page_that_the_browser_has_kept_is_asked_for_anew(ada: Visitor, office: Site) -> None:
    page = ada.page
    ada.context.clear_cookies()
    page.goto("/auth/login")
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_visible()
    ada.context.add_cookies(office.cookies)
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    expect(page.get_by_role("heading", name="Errors", level=1)).to_be_visible()
