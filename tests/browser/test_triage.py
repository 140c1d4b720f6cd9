"""What is done with an error: by keys and menus, undone, refused, and seen by whoever else looks at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.shop import Shop

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Locator, Route

    from tests.browser.visiting import Site, Visitor


@pytest.fixture
def shop(ada: Visitor, request: pytest.FixtureRequest) -> Shop:
    """A project of ada's, with nothing in it."""
    return Shop.open(ada, str(request.node.name).replace("_", "-")[5:45].strip("-"))


def status_of(visitor: Visitor) -> Locator:
    """Return the status that the page of an error shows."""
    return visitor.page.locator(".issue-status .badge").first


def test_an_error_is_resolved_by_key_and_undone_from_the_toast(ada: Visitor, shop: Shop) -> None:
    shop.fails("KeyError")
    page = ada.page
    page.goto(shop.path("KeyError"))
    expect(page.get_by_role("heading", name="KeyError", level=1)).to_be_visible()
    page.keyboard.press("r")
    expect(status_of(ada)).to_have_text("resolved")
    toast = page.get_by_role("status").filter(has_text="Resolved.")
    expect(toast).to_be_visible()
    acts = page.get_by_role("group", name="Status")
    expect(acts.get_by_role("button", name="Resolve", exact=True)).to_have_count(0)
    expect(acts.get_by_role("button", name="Unresolve")).to_be_visible()
    assert shop.status("KeyError") == "resolved"
    page.keyboard.press("r")  # is not possible any more
    toast.get_by_role("button", name="Undo").press("Enter")
    expect(page.get_by_role("heading", name="KeyError", level=1)).to_be_focused()
    expect(status_of(ada)).to_have_text("unresolved")
    expect(page.get_by_text("Undone.")).to_be_visible()
    assert shop.status("KeyError") == "unresolved"
    page.keyboard.press("i")
    expect(page.get_by_text("Ignored.")).to_be_visible()
    page.keyboard.press("z")
    expect(status_of(ada)).to_have_text("unresolved")


def test_an_error_is_muted_for_a_while_and_until_so_many_events(ada: Visitor, shop: Shop) -> None:
    shop.fails("TimeoutError")
    page = ada.page
    page.goto(shop.path("TimeoutError"))
    expect(status_of(ada)).to_have_text("unresolved")
    page.keyboard.press("m")
    expect(page.get_by_role("menuitem", name="For 1 hour")).to_be_focused()
    assert ada.faults_in_all_looks() == []
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Muted for 8 hours.")).to_be_visible()
    expect(page.locator(".issue-status")).to_contain_text("until ")

    page.keyboard.press("m")
    page.get_by_role("menuitem", name="Until a date, or more events…").click()
    dialog = page.get_by_role("dialog", name="Mute this error")
    dialog.get_by_label("More events").fill("2")
    dialog.get_by_label("Reason (optional)").fill("the gateway is being moved")
    assert ada.faults_in_all_looks() == []
    dialog.get_by_role("button", name="Mute").click()
    expect(dialog).to_have_count(0)
    expect(page.locator(".issue-status")).to_contain_text("until 2 more events")
    shop.fails("TimeoutError", times=2)
    expect(status_of(ada)).to_have_text("unresolved")  # told by the live feed


def test_a_fix_in_the_next_release_that_does_not_hold_comes_back_live(ada: Visitor, shop: Shop) -> None:
    shop.fails("ValueError", release="1.4.0")
    page = ada.page
    page.goto(shop.path("ValueError"))
    expect(status_of(ada)).to_have_text("unresolved")
    page.get_by_role("button", name="Resolve in a release").click()
    page.get_by_role("menuitem", name="In the next release").click()
    expect(page.locator(".issue-status")).to_contain_text("fixed in the release after 1.4.0")
    shop.fails("ValueError", release="1.4.0")
    expect(page.locator(".issue-figure").first).to_have_text("2")  # counted, and still resolved
    expect(status_of(ada)).to_have_text("resolved")
    shop.fails("ValueError", release="1.4.2")
    expect(status_of(ada)).to_have_text("unresolved")
    expect(page.locator(".issue-status")).to_contain_text("back in 1.4.2")
    assert ada.faults_in_all_looks() == []


def test_an_error_is_resolved_in_a_release_by_its_name(ada: Visitor, shop: Shop) -> None:
    shop.fails("OSError", release="2.0.0")
    page = ada.page
    page.goto(shop.path("OSError"))
    expect(status_of(ada)).to_have_text("unresolved")
    page.keyboard.press("Shift+R")
    dialog = page.get_by_role("dialog", name="Resolve this error")
    expect(dialog.get_by_label("Release")).to_have_attribute("placeholder", "2.0.0")
    dialog.get_by_role("button", name="Resolve").click()
    expect(dialog.get_by_label("Release")).to_be_focused()
    assert ada.faults_in_all_looks() == []
    page.keyboard.type("3.0.0")
    page.keyboard.press("Enter")
    expect(page.locator(".issue-status")).to_contain_text("fixed in 3.0.0")


def test_an_error_is_assigned_by_keys_and_in_two_tabs(ada: Visitor, hire: Callable[[str], Visitor], shop: Shop) -> None:
    hire("quentin")
    shop.fails("IndexError")
    page = ada.page
    page.goto(shop.path("IndexError"))
    expect(page.get_by_role("button", name="Assigned to nobody")).to_be_visible()
    other = ada.context.new_page()
    other.goto(shop.path("IndexError"))
    expect(other.get_by_role("button", name="Assigned to nobody")).to_be_visible()
    page.keyboard.press("a")
    expect(page.get_by_role("option").first).to_have_text("ada (you)")
    assert ada.faults_in_all_looks() == []
    page.keyboard.type("quen")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Assigned to quentin")).to_be_focused()
    expect(other.get_by_role("button", name="Assigned to quentin")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Assigned to nobody")).to_be_visible()
    other.close()


def test_what_another_tab_does_is_seen_and_not_overwritten(ada: Visitor, shop: Shop) -> None:
    shop.fails("EOFError")
    page, other = ada.page, ada.context.new_page()
    for tab in (page, other):
        tab.goto(shop.path("EOFError"))
        expect(tab.locator(".issue-status .badge").first).to_have_text("unresolved")
    page.keyboard.press("r")
    expect(other.locator(".issue-status .badge").first).to_have_text("resolved")
    other.keyboard.press("u")
    expect(status_of(ada)).to_have_text("unresolved")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("changed again since")).to_be_visible()
    expect(status_of(ada)).to_have_text("unresolved")
    other.close()


def test_a_list_shows_what_others_do_after_what_was_done_in_it(
    ada: Visitor, hire: Callable[[str], Visitor], shop: Shop
) -> None:
    rosa = hire("rosa")
    shop.fails("AssertError")
    page = ada.page
    page.goto(f"/issues?project={shop.slug}&q=is%3Aall")
    row = page.get_by_role("row").filter(has_text="AssertError")
    expect(row).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("r")
    expect(page.get_by_text("Resolved.")).to_be_visible()
    expect(row.get_by_text("resolved", exact=True)).to_be_visible()
    path = shop.path("AssertError").replace("/issues/", "/v1/errors/").replace("?project=", "/unresolve?project_id=")
    assert rosa.call("POST", path)[0] == 200
    expect(row.get_by_text("unresolved", exact=True)).to_be_visible()


def test_what_the_server_refuses_is_taken_back_with_its_words(ada: Visitor, shop: Shop) -> None:
    shop.fails("MemoryError")
    page = ada.page
    page.goto(shop.path("MemoryError"))
    expect(status_of(ada)).to_have_text("unresolved")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/v1/status-changes?*", hold)
    page.keyboard.press("r")
    expect(status_of(ada)).to_have_text("resolved")  # before any answer
    page.keyboard.press("r")
    assert len(held) == 1
    held[0].fulfill(status=503, json={"error": "the store refused the change, try again"})
    expect(page.get_by_text("The store refused the change, try again.")).to_be_visible()
    expect(status_of(ada)).to_have_text("unresolved")
    assert shop.status("MemoryError") == "unresolved"


def test_a_session_that_ends_while_somebody_acts_says_that_nothing_was_done(
    ada: Visitor, shop: Shop, office: Site
) -> None:
    shop.fails("PermissionError")
    page = ada.page
    address = shop.path("PermissionError")
    # Asked again and again, it would notice before anybody acts.
    page.route("**/v1/server*", lambda route: route.fulfill(status=503, json={"error": "busy"}))
    page.goto(address)
    expect(status_of(ada)).to_have_text("unresolved")
    ada.context.clear_cookies()
    page.keyboard.press("r")
    page.wait_for_url("**/auth/login?next=*")
    ada.context.add_cookies(office.cookies)
    page.goto(address)
    expect(page.get_by_text("Your session had ended, so nothing was changed. Do it once more.")).to_be_visible()
    expect(status_of(ada)).to_have_text("unresolved")
