"""Where one is signed in, and how one ends it from afar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.visiting import Visitor


def test_another_browser_is_signed_out_from_here_and_then_everywhere(
    hire: Callable[[str], Visitor], at_office: Callable[..., Visitor]
) -> None:
    fay = hire("fay")
    phone = at_office(
        width=390, user_agent="Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/605"
    )
    phone.copy_passkeys_from(fay)
    phone.sign_in()

    page = fay.page
    page.goto("/settings/account?project=default")
    rows = page.get_by_role("table", name="Sessions").get_by_role("row")
    expect(rows).to_have_count(3)  # with that of the headings
    expect(rows.nth(1)).to_contain_text("this one")
    expect(rows.nth(2)).to_contain_text("Safari on iPhone")
    page.get_by_role("button", name="End the session of Safari on iPhone").click()
    page.get_by_role("dialog", name="End this session?").get_by_role("button", name="End session").click()
    expect(page.get_by_text("The session is ended.")).to_be_visible()
    expect(rows).to_have_count(2)
    phone.page.get_by_role("link", name="Settings").click()
    phone.page.wait_for_url("**/auth/login?next=*")
    assert phone.call("GET", "/v1/me")[0] == 401

    phone.sign_in()
    page.reload()
    expect(rows).to_have_count(3)
    everywhere = page.get_by_role("dialog", name="Sign out everywhere?")
    page.get_by_role("button", name="Sign out everywhere").click()
    expect(everywhere.get_by_label("Stay signed in here")).to_be_checked()
    everywhere.get_by_role("button", name="Sign out everywhere").click()
    expect(page.get_by_text("1 session ended.")).to_be_visible()
    expect(rows).to_have_count(2)
    assert phone.call("GET", "/v1/me")[0] == 401

    page.get_by_role("button", name="Sign out everywhere").click()
    everywhere.get_by_label("Stay signed in here").uncheck()
    everywhere.get_by_role("button", name="Sign out everywhere").click()
    page.wait_for_url("**/auth/login*")
    assert fay.call("GET", "/v1/me")[0] == 401
    page.go_back()
    page.wait_for_url("**/auth/login*")
