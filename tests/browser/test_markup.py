"""Names that are markup are names: they are shown as they are, and nothing in them runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bloop import BloopClient
from playwright.sync_api import expect

from tests.server.process import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.visiting import Visitor

MARKUP: Final = '<img src=x onerror=alert("%s")>'
USER, PROJECT, TOKEN, PASSKEY = (MARKUP % what for what in ("user", "project", "token", "passkey"))
ERROR, ROUTE, STACK = (MARKUP % what for what in ("error", "route", "stack"))


def test_names_that_are_markup_are_shown_as_text_on_every_page(ada: Visitor, at_office: Callable[..., Visitor]) -> None:
    _, invite = ada.call("POST", "/v1/admin/invites")
    guest = at_office()
    guest.join(invite["url"], USER)
    _, project = guest.call("POST", "/v1/projects", {"name": PROJECT, "slug": "markup"})
    token = {"name": TOKEN, "project_id": project["id"], "scopes": ["errors:read"]}
    assert guest.call("POST", "/v1/tokens", token)[0] == 201
    _, [passkey] = guest.call("GET", "/v1/me/passkeys")
    assert guest.call("PUT", f"/v1/me/passkeys/{passkey['id']}", {"name": PASSKEY})[0] == 200
    with BloopClient(guest.site.origin, project["api_key"]) as app:
        app.capture("Error", ERROR, stack=STACK, route_or_procedure=ROUTE, metadata={"<b>": ERROR})
    (issue,) = wait_until(lambda: guest.call("GET", "/v1/errors?project_id=markup")[1], "the error is listed")

    for visitor, path, names in [
        (guest, "/issues", [USER, PROJECT, ERROR, ROUTE]),
        (guest, f"/issues/{issue['fingerprint']}", [ERROR, STACK]),
        (guest, "/settings/projects", [PROJECT]),
        (guest, "/settings/projects/markup", [PROJECT]),
        (guest, "/settings/tokens", [TOKEN, PROJECT]),
        (guest, "/settings/account", [PASSKEY]),
        (guest, "/welcome", [PROJECT, ERROR]),
        (ada, "/settings/users", [USER]),
        (ada, "/settings/projects", [PROJECT, USER]),
        (ada, "/settings/invites", [USER]),
        (ada, "/settings/audit", [USER, PROJECT, TOKEN, PASSKEY]),
    ]:
        visitor.page.goto(f"{path}?project=markup")
        for name in names:
            expect(visitor.page.get_by_text(name).first).to_be_visible()
        expect(visitor.page.locator("img")).to_have_count(0)
    ada.page.goto("/settings/users?project=markup")
    ada.page.get_by_role("button", name=f"More for {USER}").click()
    ada.page.get_by_role("menuitem", name="Remove…").click()
    expect(ada.page.get_by_role("heading", name=f"Remove {USER}?")).to_be_visible()
    expect(ada.page.locator("img")).to_have_count(0)
    ada.page.keyboard.press("Escape")
    ada.page.keyboard.press("Control+k")
    expect(ada.page.get_by_role("option").filter(has_text=PROJECT)).to_have_count(1)
    expect(ada.page.locator("img")).to_have_count(0)
