"""The app by the keyboard alone, and in the hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Locator

    from tests.browser.visiting import Site, Visitor


def test_a_project_is_made_and_renamed_without_a_pointer(ada: Visitor) -> None:
    page, keys = ada.page, ada.page.keyboard
    expect(page.get_by_role("heading", name="Errors", level=1)).to_be_visible()
    keys.press("g")
    keys.press("s")
    page.wait_for_url("**/settings/projects?*")
    reach(ada, page.get_by_role("button", name="Create project"))
    keys.press("Enter")
    expect(page.get_by_role("dialog").get_by_label("Name")).to_be_focused()
    keys.type("Harbour")
    keys.press("Enter")
    page.wait_for_url("**/welcome?project=harbour")
    expect(page.get_by_role("heading", name="Send errors to Harbour")).to_be_focused()

    reach(ada, page.get_by_role("tab", name="cURL"))
    keys.press("ArrowRight")
    expect(page.get_by_role("tab", name="Python")).to_be_focused()
    expect(page.get_by_role("region", name="Code for Python")).to_be_visible()

    keys.press("Control+k")
    keys.type("projects")
    expect(page.get_by_role("option").first).to_have_attribute("aria-selected", "true")
    keys.press("Enter")
    page.wait_for_url("**/settings/projects?project=harbour")
    more = page.get_by_role("button", name="More for Harbour", exact=True)
    reach(ada, more)
    keys.press("Enter")
    expect(page.get_by_role("menuitem").first).to_be_focused()
    keys.press("r")
    expect(page.get_by_role("menuitem", name="Rename…")).to_be_focused()
    keys.press("Enter")
    name = page.get_by_role("dialog", name="Rename Harbour").get_by_label("Name")
    expect(name).to_be_focused()
    keys.press("Control+a")
    keys.type("Old harbour")
    keys.press("Enter")
    expect(page.get_by_role("link", name="Old harbour")).to_be_visible()


def test_a_dialog_keeps_the_focus_and_gives_it_back(ada: Visitor) -> None:
    page, keys = ada.page, ada.page.keyboard
    page.goto("/settings/tokens?project=default")
    opener = page.get_by_role("button", name="Create token").first
    opener.focus()
    keys.press("Enter")
    dialog = page.get_by_role("dialog", name="Create a token for Default")
    expect(dialog.get_by_label("Name")).to_be_focused()
    where = "(dialog) => document.activeElement === document.body || dialog.contains(document.activeElement)"
    for key in ["Tab"] * 40 + ["Shift+Tab"] * 40:
        keys.press(key)
        assert dialog.evaluate(where), "the focus is in the dialog, or with the browser itself"
    # While a dialog is open, the page's own keys are off.
    dialog.get_by_role("button", name="Cancel").focus()
    keys.press("?")
    expect(page.get_by_role("dialog")).to_have_count(1)
    keys.press("Escape")
    expect(dialog).to_have_count(0)
    expect(opener).to_be_focused()


def test_the_first_key_skips_to_the_content(ada: Visitor) -> None:
    page = ada.page
    expect(page.get_by_role("heading", name="Errors", level=1)).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()


@pytest.mark.parametrize("width", [390, 320])
def test_on_a_phone_everything_is_in_reach(at_office: Callable[..., Visitor], office: Site, width: int) -> None:
    visitor = at_office(width=width, has_touch=True, is_mobile=True)
    visitor.context.add_cookies(office.cookies)
    page = visitor.page
    page.goto("/issues?project=default")
    expect(page.get_by_role("heading", name="Errors", level=1)).to_be_visible()
    for place in ("Settings", "Errors"):
        link = page.get_by_role("navigation", name="Pages").get_by_role("link", name=place)
        assert min(size_of(link)) >= 40, "large enough for a thumb"
        link.tap()
        expect(link).to_have_attribute("aria-current", "page")
    for opener in (
        page.get_by_role("button", name="Project: Default"),
        page.get_by_role("button", name="Signed in as"),
    ):
        opener.tap()
        menu = page.get_by_role("menu")
        expect(menu).to_be_in_viewport(ratio=1)
        assert visitor.overflow_px() == 0
        page.keyboard.press("Escape")
        expect(menu).to_have_count(0)
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Settings").tap()
    for section in ("Tokens", "Users", "Invites", "Audit log", "Passkeys and sessions", "Projects"):
        page.get_by_role("navigation", name="Settings").get_by_role("link", name=section).tap()
        expect(page.get_by_role("heading", level=1)).to_contain_text(section)
        expect(page.get_by_role("status", name="Loading")).to_have_count(0)
        assert visitor.overflow_px() == 0, section
    page.get_by_role("button", name="Create project").tap()
    expect(page.get_by_role("dialog").get_by_role("button", name="Create project")).to_be_in_viewport(ratio=1)


MOST_STOPS: Final = 600
"""On a page that has the projects of all other stories on it."""


def reach(visitor: Visitor, target: Locator) -> None:
    """Press Tab until the focus is at `target`."""
    expect(target).to_be_visible()
    for _ in range(MOST_STOPS):
        if target.evaluate("(element) => element === document.activeElement"):
            return
        visitor.page.keyboard.press("Tab")
    raise AssertionError("the keyboard does not lead there")


def size_of(locator: Locator) -> tuple[float, float]:
    """Return width and height."""
    box = locator.bounding_box()
    assert box is not None
    return box["width"], box["height"]
