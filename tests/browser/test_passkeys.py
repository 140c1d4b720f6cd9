"""One's own passkeys: a second one, its name, and the way in when the first is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.visiting import Visitor


def test_a_second_passkey_is_added_and_renamed(hire: Callable[[str], Visitor]) -> None:
    bob = hire("bob")
    page = bob.page
    page.goto("/settings/account?project=default")
    names = page.get_by_role("table", name="Passkeys").get_by_role("rowheader")
    expect(names).to_have_count(1)
    expect(page.get_by_text("This is your only passkey")).to_be_visible()
    expect(page.get_by_role("button", name=f"Remove {names.first.inner_text()}")).to_be_disabled()

    # The authenticator that holds the first one makes no second one.
    page.get_by_role("button", name="Add a passkey").click()
    dialog = page.get_by_role("dialog", name="Add a passkey")
    dialog.get_by_label("Name").fill("Blue key")
    dialog.get_by_role("button", name="Make the passkey").click()
    expect(dialog.get_by_role("alert")).to_have_text("This device already holds a passkey for this account.")

    # Another one does.
    bob.let_authenticator(bob.authenticator, answer=False)
    bob.add_authenticator(transport="usb")
    dialog.get_by_role("button", name="Make the passkey").click()
    expect(page.get_by_text("Blue key is added.")).to_be_visible()
    expect(names).to_have_count(2)

    page.get_by_role("button", name="Rename Blue key").click()
    page.get_by_role("dialog").get_by_label("Name").fill("Key on the ring")
    page.get_by_role("dialog").get_by_role("button", name="Rename").click()
    expect(names.last).to_have_text("Key on the ring")
    page.reload()
    expect(names.last).to_have_text("Key on the ring")


def test_the_second_passkey_signs_in_when_the_first_is_removed(hire: Callable[[str], Visitor]) -> None:
    ben = hire("ben")
    page, first = ben.page, ben.authenticator
    ben.let_authenticator(first, answer=False)
    second = ben.add_authenticator(transport="usb")
    page.goto("/settings/account?project=default")
    names = page.get_by_role("table", name="Passkeys").get_by_role("rowheader")
    old_name = names.first.inner_text()
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_role("dialog").get_by_label("Name").fill("Key on the ring")
    page.get_by_role("dialog").get_by_role("button", name="Make the passkey").click()
    expect(names).to_have_count(2)

    ben.sign_out()
    ben.sign_in()
    page.goto("/settings/account?project=default")
    page.get_by_role("button", name=f"Remove {old_name}").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove passkey").click()
    expect(names).to_have_text(["Key on the ring"])
    expect(page.get_by_role("button", name="Remove Key on the ring")).to_be_disabled()
    (_, [last]) = ben.call("GET", "/v1/me/passkeys")
    assert ben.call("DELETE", f"/v1/me/passkeys/{last['id']}")[0] == 400

    # The device goes on offering the first one, and the server does not know it any more.
    ben.sign_out()
    ben.let_authenticator(second, answer=False)
    ben.let_authenticator(first, answer=True)
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert")).not_to_be_empty()
    assert "/auth/login" in page.url
    ben.let_authenticator(first, answer=False)
    ben.let_authenticator(second, answer=True)
    ben.sign_in()
    expect(page.get_by_role("button", name="Signed in as ben")).to_be_visible()
