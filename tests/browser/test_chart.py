"""The chart of the last hours: read, pointed at, and used to choose hours, with and without a pointer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import pytest
from playwright.sync_api import expect

from bloop_trio.clock import MS_PER_HOUR
from tests.browser import demo
from tests.browser.issue_events import new_project, send
from tests.browser.visiting import open_furnished

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Locator, Page

    from tests.browser.visiting import Site, Visitor

STORE: Final = f"/issues?project={demo.PROJECT}"
ROWS: Final = ".issue[role=row]"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server with a small company, which has had errors for days."""
    with open_furnished(tmp_path_factory.mktemp("shop"), demo.furnish) as opened:
        yield opened


def slider(page: Page) -> Locator:
    return page.get_by_role("slider", name="by the hour")


def drag(page: Page, start: float, end: float) -> None:
    """Drag over a part of the chart, given as shares of its width."""
    box = slider(page).bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * start, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * end, y, steps=5)
    page.mouse.up()


def chosen(page: Page) -> tuple[int, int]:
    """Return the hours that the address has, in epoch milliseconds."""
    names = ["from", "until"]
    found: list[Any] = page.evaluate("names => names.map((n) => new URL(location.href).searchParams.get(n))", names)
    return int(found[0]), int(found[1])


@pytest.mark.parametrize("width", [1280, 390])
def test_hours_are_chosen_by_dragging_and_let_go_by_going_back(
    shop: Site, arrive: Callable[..., Visitor], width: int
) -> None:
    visitor = arrive(shop, width=width)
    visitor.context.add_cookies(shop.cookies)
    page = visitor.page
    page.goto(STORE)
    expect(page.locator(ROWS).first).to_be_visible()
    assert visitor.faults_in_all_looks() == []
    before = page.locator(".overview").bounding_box()

    drag(page, 0.02, 0.1)
    first, last = chosen(page)
    assert first % MS_PER_HOUR == last % MS_PER_HOUR == 0
    assert 5 * MS_PER_HOUR <= last - first <= 8 * MS_PER_HOUR
    assert page.locator(".overview").bounding_box() == before, "nothing jumps"
    chip = page.get_by_role("button", name="Remove active")
    expect(chip).to_be_visible()
    # Where there is room for it, it says how many events those are, too.
    expect(page.locator(".chart-choice")).to_contain_text("events")
    assert page.get_by_role("button", name="Clear the choice").is_visible() == (width > 390)
    found = visitor.call(
        "GET",
        f"/v1/errors?project_id={demo.PROJECT}&group=fingerprint&status=unresolved"
        f"&active_since={first}&active_until={last - 1}",
    )[1]
    expect(page.locator(ROWS)).to_have_count(len(found))
    assert 0 < len(found) < 7
    assert visitor.faults_in_all_looks() == []

    page.reload()
    expect(chip).to_be_visible()
    page.go_back()
    expect(chip).to_have_count(0)
    expect(page.locator(ROWS)).to_have_count(7)


def test_the_keyboard_walks_through_the_hours_and_chooses_some(shop: Site, arrive: Callable[..., Visitor]) -> None:
    visitor = arrive(shop)
    visitor.context.add_cookies(shop.cookies)
    page, keys = visitor.page, visitor.page.keyboard
    page.goto(STORE)
    slider(page).focus()
    keys.press("Home")
    expect(slider(page)).to_have_attribute("aria-valuenow", "0")
    keys.press("Shift+ArrowRight")
    keys.down("Shift")
    keys.press("ArrowRight")
    keys.up("Shift")
    expect(page.get_by_role("button", name="Clear the choice")).to_be_visible()
    keys.press("Escape")
    expect(page.get_by_role("button", name="Clear the choice")).to_have_count(0)
    expect(slider(page)).to_be_focused()


def test_releases_are_marked_in_the_hour_of_their_first_event(ada: Visitor) -> None:
    project = new_project(ada, "lighthouse-keeper")
    page = ada.page
    page.goto(f"/issues?project={project['slug']}")
    expect(page.get_by_text("No events in these 72 hours")).to_be_visible()
    assert ada.faults_in_all_looks() == []
    for release in ("7.1.0", "7.1.0-rc.1-with-a-name-that-is-far-too-long"):
        send(ada, project, {"release": release, "error_type": f"Error in {release}"})
    page.reload()
    marks = page.locator(".chart-mark text")
    expect(marks).to_have_text(["2 releases"])
    slider(page).focus()
    expect(slider(page)).to_have_attribute("aria-valuetext", re.compile(r"2 events so far\. Releases 7\.1\.0"))
    expect(page.locator(".chart-tip")).to_contain_text("7.1.0")
    assert ada.overflow_px() == 0
