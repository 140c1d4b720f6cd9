"""The frame of every page: keyboard, palette, themes, and a phone's width."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.visiting import Visitor


def test_after_signing_in_one_is_where_one_wanted_to_be(admin: Visitor) -> None:
    expect(admin.page.get_by_text("No errors so far")).to_be_visible()
    admin.context.clear_cookies()
    admin.page.goto("/issues/some%2Fthing?project=default")
    assert "/auth/login?next=" in admin.page.url
    admin.page.get_by_role("button", name="Sign in with a passkey").click()
    admin.page.wait_for_url("**/issues/some%2Fthing?project=default")


class TestKeyboard:
    def test_the_sheet_shows_what_works_and_gives_the_focus_back(self, ada: Visitor) -> None:
        refresh = ada.page.get_by_role("button", name="Refresh")
        refresh.focus()
        ada.page.keyboard.press("?")
        sheet = ada.page.get_by_role("dialog", name="Keyboard shortcuts")
        expect(sheet.get_by_text("Command palette")).to_be_visible()
        ada.page.keyboard.press("Escape")
        expect(sheet).to_have_count(0)
        expect(refresh).to_be_focused()

    def test_two_keys_after_each_other_go_to_a_page(self, ada: Visitor) -> None:
        ada.page.keyboard.press("g")
        ada.page.keyboard.press("s")
        expect(ada.page).to_have_url(re.compile(r"/settings\b.*[?&]project=default"))
        ada.page.go_back()
        expect(ada.page.get_by_role("heading", name="Errors", level=1)).to_be_visible()

    def test_the_palette_finds_a_page_and_goes_there(self, ada: Visitor) -> None:
        ada.page.keyboard.press("Control+k")
        ada.page.keyboard.type("sett")
        expect(ada.page.get_by_role("option").first).to_contain_text("Settings")
        ada.page.keyboard.press("Enter")
        expect(ada.page).to_have_url(re.compile("/settings"))
        expect(ada.page.get_by_role("dialog")).to_have_count(0)

    def test_a_menu_is_walked_through_by_arrows_and_left_by_esc(self, ada: Visitor) -> None:
        button = ada.page.get_by_role("button", name="Signed in as ada")
        button.focus()
        ada.page.keyboard.press("ArrowDown")
        expect(ada.page.get_by_role("menuitem").first).to_be_focused()
        ada.page.keyboard.press("End")
        expect(ada.page.get_by_role("menuitem", name="Sign out")).to_be_focused()
        ada.page.keyboard.press("Escape")
        expect(button).to_be_focused()


def test_an_unknown_project_is_said_to_be_unknown(ada: Visitor) -> None:
    ada.page.goto("/issues?project=nothing")
    expect(ada.page.get_by_text("There is no project called nothing")).to_be_visible()
    ada.page.get_by_role("link", name="All projects").click()
    expect(ada.page).to_have_url(re.compile(r"/settings/projects\?project=default"))


def test_on_a_phone_one_can_sign_out_and_in_again_and_go_everywhere(visit: Callable[..., Visitor]) -> None:
    visitor = visit(width=390, has_touch=True, is_mobile=True)
    visitor.set_up("ada")
    visitor.sign_out()
    visitor.sign_in()
    visitor.page.get_by_role("navigation", name="Pages").get_by_role("link", name="Settings").tap()
    expect(visitor.page.get_by_role("heading", level=1)).to_contain_text("Settings")
    visitor.page.get_by_role("button", name="Project: Default").tap()
    expect(visitor.page.get_by_role("menuitemradio", name="Default")).to_be_in_viewport(ratio=1)


def test_a_theme_is_remembered(ada: Visitor) -> None:
    ada.page.get_by_role("button", name="Signed in as ada").click()
    ada.page.get_by_role("menuitemradio", name="Dark theme").click()
    ada.page.reload()
    expect(ada.page.locator("html")).to_have_attribute("data-theme", "dark")
