"""The tour at the first visit: hints beside what they are about, which keep nobody from using it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser import demo
from tests.browser.visiting import open_furnished

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Page

    from tests.browser.visiting import Site, Visitor

ROWS = ".issue[role=row]"
APART = """() => {
    const [card, target] = ['.tour', '[data-toured]'].map((one) => document.querySelector(one).getBoundingClientRect());
    return card.top >= target.bottom || card.bottom <= target.top
        || card.left >= target.right || card.right <= target.left;
}"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A company that somebody sees for the first time."""
    with open_furnished(tmp_path_factory.mktemp("shop"), demo.furnish) as opened:
        yield opened


def begin(visitor: Visitor) -> Page:
    """Come for the first time."""
    visitor.context.add_cookies(visitor.site.cookies)
    visitor.page.goto(f"/issues?project={demo.PROJECT}")
    expect(visitor.page.locator(ROWS).first).to_be_visible()
    expect(visitor.page.locator(".health-figures")).to_be_attached()
    return visitor.page


def test_three_hints_lie_beside_what_they_are_about_and_come_once(shop: Site, arrive: Callable[..., Visitor]) -> None:
    visitor = arrive(shop, touring=True)
    page = begin(visitor)
    tour = page.get_by_role("complementary", name="Tour")
    for title, pointed_at in [
        ("Type to narrow it down", "filter"),
        ("One row is one error", "list"),
        ("The server tells about itself", "health"),
    ]:
        expect(tour.get_by_role("heading", name=title)).to_be_visible()
        expect(page.locator("[data-toured]")).to_have_attribute("data-tour", pointed_at)
        page.wait_for_function(APART)
        assert visitor.faults() == []
        if pointed_at == "list":
            # Whoever tries it out at once is not in the tour's way, nor it in theirs.
            page.keyboard.press("j")
            expect(page.locator(ROWS).first).to_be_focused()
            expect(page.locator("[data-toured]")).to_have_count(1)
        tour.get_by_role("button", name="Done" if pointed_at == "health" else "Next hint").click()
    expect(tour).to_have_count(0)
    expect(page.locator("[data-toured]")).to_have_count(0)
    page.reload()
    expect(page.locator(ROWS).first).to_be_visible()
    expect(tour).to_have_count(0)
    page.keyboard.press("Control+k")
    page.keyboard.type("tour")
    page.keyboard.press("Enter")
    expect(tour).to_be_visible()
    page.keyboard.press("Tab")  # it is left by the keyboard as any other part of the page
    tour.get_by_role("button", name="Skip the tour").focus()
    page.keyboard.press("Escape")
    expect(tour).to_have_count(0)
    expect(page.locator("main")).to_be_focused()


def test_on_a_phone_two_hints_find_their_room(shop: Site, arrive: Callable[..., Visitor]) -> None:
    visitor = arrive(shop, touring=True, width=390)
    page = begin(visitor)
    tour = page.get_by_role("complementary", name="Tour")
    for button in ("Next hint", "Done"):
        expect(page.locator("[data-toured]")).to_have_count(1)
        page.wait_for_function(APART)
        assert visitor.faults_in_all_looks() == []
        expect(page.locator("[data-toured]")).to_have_count(1)
        page.wait_for_function(APART)
        page.set_viewport_size({"width": 390, "height": 480})
        page.evaluate("scrollTo(0, 2000)")  # what it is about goes out of sight, and it into the corner
        expect(page.locator("[data-toured]")).to_have_count(0)
        expect(tour.get_by_role("button", name=button)).to_be_in_viewport()
        page.set_viewport_size({"width": 390, "height": 844})
        page.evaluate("scrollTo(0, 0)")
        expect(page.locator("[data-toured]")).to_have_count(1)
        tour.get_by_role("button", name=button).click()
    expect(tour).to_have_count(0)
