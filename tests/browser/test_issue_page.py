"""The page of one error: what it tells, where it leads, and what stands there when there is nothing to tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from playwright.sync_api import expect

from tests.browser.issue_events import HOSTILE, new_project, send
from tests.browser.shop import Shop

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Route

    from tests.browser.visiting import Site, Visitor

BATCH_EVENTS: Final = 50
"""As many as one request may have."""


def test_an_error_tells_where_how_often_and_to_whom_it_occurs(ada: Visitor) -> None:
    shop = Shop.open(ada, "tells-all")
    shop.fails("LookupError", release="1.4.0", times=3, metadata={"plan": "free"})
    shop.fails("LookupError", release="1.4.1", metadata={"plan": "pro"})
    page = ada.page
    page.goto(shop.path("LookupError"))
    expect(page).to_have_title("LookupError: LookupError in the shop · bloop")
    expect(page.locator(".issue-figure").first).to_have_text("4")
    releases = page.get_by_role("list", name="Releases")
    expect(releases.get_by_role("listitem").first).to_contain_text("75%")
    expect(page.get_by_title("plan", exact=True)).to_be_visible()
    page.get_by_role("button", name="30 d").click()
    page.get_by_role("tab", name="Timeline").click()
    assert "trend=720" in page.url
    assert "tab=timeline" in page.url
    page.reload()
    expect(page.get_by_role("tab", name="Timeline")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("button", name="30 d")).to_have_attribute("aria-pressed", "true")
    releases.get_by_role("button", name="1.4.1").click()
    expect(page.get_by_role("tab", name="Events")).to_have_attribute("aria-selected", "true")
    assert "release=1.4.1" in page.url
    assert ada.faults_in_all_looks() == []
    shop.fails("LookupError", release="1.4.1", times=2)
    expect(page.locator(".issue-figure").first).to_have_text("6")  # told by the live feed


def test_errors_are_walked_along_the_list_and_left_for_the_row_that_one_was_at(ada: Visitor) -> None:
    shop = Shop.open(ada, "walked")
    for kind in ("FirstError", "SecondError", "ThirdError"):
        shop.fails(kind)
    page, keys = ada.page, ada.page.keyboard
    page.goto("/issues?project=walked&q=is%3Aall")
    expect(page.get_by_role("row").filter(has_text="FirstError")).to_be_visible()
    keys.press("j")
    keys.press("Enter")
    expect(page.get_by_role("heading", name="ThirdError", level=1)).to_be_visible()
    keys.press("j")
    expect(page.get_by_role("heading", name="SecondError", level=1)).to_be_visible()
    expect(page.get_by_role("navigation", name="Errors of the list")).to_contain_text("2 / 3")
    page.get_by_role("link", name="Next error").click()
    expect(page.get_by_role("heading", name="FirstError", level=1)).to_be_visible()
    keys.press("j")  # there is no further one
    keys.press("k")
    expect(page.get_by_role("heading", name="SecondError", level=1)).to_be_visible()
    keys.press("Escape")
    page.wait_for_url("**/issues?project=walked&q=is%3Aall")
    expect(page.get_by_role("row").filter(has_text="SecondError")).to_be_focused()


def test_an_error_that_several_projects_have_asks_which_is_meant(ada: Visitor) -> None:
    one, other = Shop.open(ada, "which-one"), Shop.open(ada, "which-other")
    one.fails("SharedError")
    page = ada.page
    address = one.path("SharedError").partition("?")[0]
    page.goto(f"{address}?project=*")
    page.wait_for_url("**?project=which-one")
    expect(page.get_by_role("heading", name="SharedError", level=1)).to_be_visible()
    other.fails("SharedError", times=2)
    page.goto(f"{address}?project=*")
    expect(page.get_by_role("heading", name="Which project?")).to_be_visible()
    assert ada.faults_in_all_looks() == []
    page.get_by_role("link", name="which-other").click()
    expect(page.locator(".issue-figure").first).to_have_text("2")


def test_what_cannot_be_shown_is_said_in_words(ada: Visitor) -> None:
    shop = Shop.open(ada, "in-words")
    shop.fails("QuietError")
    page = ada.page
    address = shop.path("QuietError")
    page.goto("/issues/nothing-like-it?project=in-words")
    expect(page.get_by_role("heading", name="This project has no such error")).to_be_visible()
    assert ada.faults_in_all_looks() == []
    page.route("**/v1/errors/*", lambda route: route.fulfill(status=500, json={"error": "internal error"}))
    page.goto(address)
    expect(page.get_by_role("heading", name="This could not be loaded")).to_be_visible()
    page.unroute("**/v1/errors/*")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="QuietError", level=1)).to_be_visible()

    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/v1/errors/*", hold)
    page.goto(address)
    expect(page.get_by_role("status", name="Loading").first).to_be_visible()
    assert ada.faults_in_all_looks() == []
    for route in held:
        route.continue_()
    expect(page.get_by_role("heading", name="QuietError", level=1)).to_be_visible()


def test_hostile_texts_and_500_releases_have_their_place(ada: Visitor) -> None:
    project = new_project(ada, "hostile-issue")
    message = HOSTILE + "x" * 1500
    events = [{"error_type": HOSTILE, "message": message, "release": f"r{number}"} for number in range(500)]
    *_, fingerprint = [
        send(ada, project, *events[first : first + BATCH_EVENTS]) for first in range(0, 500, BATCH_EVENTS)
    ]
    page = ada.page
    page.goto(f"/issues/{fingerprint}?project=hostile-issue")
    expect(page.get_by_role("heading", level=1)).to_have_text(HOSTILE)
    expect(page.locator("img")).to_have_count(0)
    page.get_by_role("button", name="Show all of it").click()
    page.get_by_role("button", name="Show all 500").click()
    expect(page.get_by_role("list", name="Releases").get_by_role("listitem")).to_have_count(200)
    expect(page.get_by_text("300 more: type to find them.")).to_be_visible()
    page.get_by_label("Find a release").fill("r499")
    expect(page.get_by_role("list", name="Releases").get_by_role("listitem")).to_have_count(1)
    assert ada.faults_in_all_looks() == []


def test_on_a_phone_an_error_is_acted_on_with_a_thumb(
    at_office: Callable[..., Visitor], office: Site, ada: Visitor
) -> None:
    shop = Shop.open(ada, "thumbs")
    shop.fails("PhoneError")
    visitor = at_office(width=390, has_touch=True, is_mobile=True)
    visitor.context.add_cookies(office.cookies)
    page = visitor.page
    page.goto(shop.path("PhoneError"))
    for name in ("Resolve", "Ignore", "Mute", "Assigned to nobody"):
        box = page.get_by_role("button", name=name, exact=True).bounding_box()
        assert box is not None
        assert box["height"] >= 40, "large enough for a thumb"
    for width in (390, 320):
        page.set_viewport_size({"width": width, "height": 844})
        for opener in ("Mute", "Resolve in a release", "With a reason", "Assigned to nobody"):
            page.get_by_role("button", name=opener, exact=True).tap()
            expect(page.locator(".menu")).to_be_in_viewport(ratio=1)
            assert visitor.overflow_px() == 0, opener
            page.keyboard.press("Escape")
            expect(page.locator(".menu")).to_have_count(0)
    page.get_by_role("button", name="Resolve", exact=True).tap()
    expect(page.locator(".issue-status .badge").first).to_have_text("resolved")
