"""The frame of every page: keyboard, palette, themes, and a phone's width."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.visiting import Site, Visitor


def test_whoever_sets_up_lands_on_the_issues_and_comes_back_by_passkey(admin: Visitor) -> None:
    admin.sign_out()
    admin.sign_in()
    expect(admin.page.get_by_role("button", name="Signed in as ada")).to_be_visible()


def test_after_signing_in_one_is_where_one_wanted_to_be(admin: Visitor) -> None:
    expect(admin.page.get_by_text("No errors so far")).to_be_visible()
    admin.context.clear_cookies()
    admin.page.goto("/issues/some%2Fthing?project=default")
    assert "/auth/login?next=" in admin.page.url
    admin.page.get_by_role("button", name="Sign in with a passkey").click()
    admin.page.wait_for_url("**/issues/some%2Fthing?project=default")


def test_an_address_leads_to_the_name_at_which_passkeys_work(visitor: Visitor, site: Site) -> None:
    visitor.page.request.get(f"http://127.0.0.1:{site.server.port}/auth/login")
    answer = visitor.page.request.get(f"http://127.0.0.1:{site.server.port}/auth/login", max_redirects=0)
    assert answer.headers["location"] == f"{site.origin}/auth/login"


class TestKeyboard:
    def test_the_sheet_shows_what_works_and_gives_the_focus_back(self, admin: Visitor) -> None:
        refresh = admin.page.get_by_role("button", name="Refresh")
        refresh.focus()
        admin.page.keyboard.press("?")
        sheet = admin.page.get_by_role("dialog", name="Keyboard shortcuts")
        expect(sheet.get_by_text("Command palette")).to_be_visible()
        admin.page.keyboard.press("Escape")
        expect(sheet).to_have_count(0)
        expect(refresh).to_be_focused()

    def test_two_keys_after_each_other_go_to_a_page(self, admin: Visitor) -> None:
        admin.page.keyboard.press("g")
        admin.page.keyboard.press("s")
        expect(admin.page).to_have_url(re.compile(r"/settings\b.*[?&]project=default"))
        admin.page.go_back()
        expect(admin.page.get_by_role("heading", name="Issues", level=1)).to_be_visible()

    def test_the_palette_finds_a_page_and_goes_there(self, admin: Visitor) -> None:
        admin.page.keyboard.press("Control+k")
        admin.page.keyboard.type("sett")
        expect(admin.page.get_by_role("option").first).to_contain_text("Settings")
        admin.page.keyboard.press("Enter")
        expect(admin.page).to_have_url(re.compile("/settings"))
        expect(admin.page.get_by_role("dialog")).to_have_count(0)

    def test_a_menu_is_walked_through_by_arrows_and_left_by_esc(self, admin: Visitor) -> None:
        button = admin.page.get_by_role("button", name="Signed in as ada")
        button.focus()
        admin.page.keyboard.press("ArrowDown")
        expect(admin.page.get_by_role("menuitem").first).to_be_focused()
        admin.page.keyboard.press("End")
        expect(admin.page.get_by_role("menuitem", name="Sign out")).to_be_focused()
        admin.page.keyboard.press("Escape")
        expect(button).to_be_focused()


def test_an_unknown_project_is_said_to_be_unknown(admin: Visitor) -> None:
    admin.page.goto("/issues?project=nothing")
    expect(admin.page.get_by_text("There is no project called nothing")).to_be_visible()
    admin.page.get_by_role("link", name="All projects").click()
    expect(admin.page).to_have_url(re.compile(r"/settings/projects\?project=default"))


def test_on_a_phone_one_can_sign_out_and_in_again_and_go_everywhere(visit: Callable[..., Visitor]) -> None:
    visitor = visit(width=390, has_touch=True, is_mobile=True)
    visitor.set_up("ada")
    visitor.sign_out()
    visitor.sign_in()
    visitor.page.get_by_role("navigation", name="Pages").get_by_role("link", name="Settings").tap()
    expect(visitor.page.get_by_role("heading", level=1)).to_contain_text("Settings")
    visitor.page.get_by_role("button", name="Project: Default").tap()
    expect(visitor.page.get_by_role("menuitemradio", name="Default")).to_be_in_viewport(ratio=1)


def test_a_theme_is_remembered(admin: Visitor) -> None:
    admin.page.get_by_role("button", name="Signed in as ada").click()
    admin.page.get_by_role("menuitemradio", name="Dark theme").click()
    admin.page.reload()
    expect(admin.page.locator("html")).to_have_attribute("data-theme", "dark")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390, 320])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_window(
    visit: Callable[..., Visitor], theme: str, width: int
) -> None:
    visitor = visit(theme=theme, width=width)
    visitor.page.goto("/auth/login")
    expect(visitor.page.get_by_label("Username")).to_be_focused()
    assert (visitor.faults(), visitor.overflow_px()) == ([], 0)
    visitor.set_up("ada")
    expect(visitor.page.get_by_text("No errors so far")).to_be_visible()
    assert (visitor.faults(), visitor.overflow_px()) == ([], 0)
    visitor.page.keyboard.press("Control+k")
    expect(visitor.page.get_by_role("combobox")).to_be_focused()
    assert visitor.faults() == []
