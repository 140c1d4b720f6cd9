"""Who is let in, and what they see and may do there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.visiting import Visitor

SECTIONS_OF_ALL = ["Projects", "Tokens", "Alerts", "Source maps", "Grouping", "Passkeys and sessions"]
SECTIONS_OF_ADMINS = [
    *SECTIONS_OF_ALL[:-1],
    "Data retention",
    "Users",
    "Invites",
    "Audit log",
    SECTIONS_OF_ALL[-1],
]


def test_an_invite_is_shown_once_and_lets_one_person_in(ada: Visitor, at_office: Callable[..., Visitor]) -> None:
    page = ada.page
    page.goto("/settings/invites?project=default")
    page.get_by_role("button", name="Create invite").first.click()
    dialog = page.get_by_role("dialog", name="Create an invite")
    dialog.get_by_role("button", name="Create invite").click()
    ready = page.get_by_role("dialog", name="The invite is ready")
    link = ready.get_by_text("/auth/login?invite=").inner_text()
    ready.get_by_role("button", name="I have copied it").click()
    expect(ready).to_have_count(0)
    expect(page.get_by_text("open", exact=True).first).to_be_visible()
    page.reload()
    expect(page.get_by_role("table", name="Invites")).to_be_visible()
    _, token = link.split("=")
    assert token not in page.content()

    carol = at_office()
    carol.join(link, "carol")
    page.reload()
    expect(page.get_by_role("row").filter(has_text=token[:8])).to_contain_text("by carol")

    late = at_office()
    late.page.goto(link)
    late.page.get_by_label("Username").fill("mallory")
    late.page.get_by_role("button", name="Create account and passkey").click()
    expect(late.page.get_by_role("alert")).to_contain_text("Invite")
    assert late.call("GET", "/v1/me")[0] == 401
    late.page.get_by_role("link", name="Sign in").click()
    expect(late.page.get_by_role("heading", name="Sign in to bloop")).to_be_visible()

    # The other end of the link: what was sent and never used.
    page.get_by_role("button", name="Create invite").first.click()
    dialog.get_by_role("button", name="Create invite").click()
    forgotten = ready.get_by_text("/auth/login?invite=").inner_text()
    ready.get_by_role("button", name="I have copied it").click()
    page.get_by_role("button", name=f"Revoke invite {forgotten.split('=')[1][:8]}").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke invite").click()
    expect(page.get_by_text("The invite is revoked.")).to_be_visible()
    late.page.goto(forgotten)
    late.page.get_by_label("Username").fill("mallory")
    late.page.get_by_role("button", name="Create account and passkey").click()
    expect(late.page.get_by_role("alert")).to_contain_text("Invite")


def test_an_ordinary_user_manages_what_is_theirs_and_sees_nothing_of_the_rest(
    ada: Visitor, hire: Callable[[str], Visitor]
) -> None:
    ada.call("POST", "/v1/projects", {"name": "Vault", "slug": "vault"})
    dan = hire("dan")
    page = dan.page
    page.goto("/settings/projects?project=default")
    links = page.get_by_role("navigation", name="Settings").get_by_role("link")
    expect(links).to_have_text(SECTIONS_OF_ALL)
    page.get_by_role("button", name="More for Vault").click()
    expect(page.get_by_role("menuitem")).to_have_text(["Key and snippets"])
    page.get_by_role("menuitem", name="Key and snippets").click()
    expect(page.get_by_text("Only the owner of the project and administrators see").first).to_be_visible()
    expect(page.get_by_role("button", name="Delete…")).to_have_count(0)
    page.goto("/settings/tokens?project=vault")
    expect(page.get_by_role("heading", name="Not yours to manage")).to_be_visible()
    for section in ("users", "invites", "audit"):
        page.goto(f"/settings/{section}?project=default")
        expect(page.get_by_role("heading", name="For administrators only")).to_be_visible()
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").fill("invites")
    expect(page.get_by_text("Nothing is called that.")).to_be_visible()
    page.keyboard.press("Escape")

    # What the pages do not offer, the server refuses.
    _, someone = ada.call("GET", "/v1/me")
    for method, path, body in [
        ("GET", "/v1/admin/users", None),
        ("GET", "/v1/admin/audit", None),
        ("POST", "/v1/admin/invites", {"is_admin": True}),
        ("DELETE", f"/v1/admin/users/{someone['id']}", None),
        ("PUT", f"/v1/admin/users/{someone['id']}/role", {"is_admin": False}),
        ("POST", "/v1/admin/reset", None),
        ("PUT", "/v1/projects/vault", {"name": "Mine"}),
        ("POST", "/v1/projects/vault/rotate-key", None),
        ("DELETE", "/v1/projects/vault", None),
        ("GET", "/v1/tokens?project_id=vault", None),
    ]:
        assert dan.call(method, path, body)[0] == 403, (method, path)
    assert "api_key" not in dan.call("GET", "/v1/projects/vault")[1]

    dan.call("POST", "/v1/projects", {"name": "Dan's own", "slug": "dans"})
    page.goto("/settings/projects/dans?project=dans")
    expect(page.get_by_role("button", name="Show key").first).to_be_visible()
    expect(page.get_by_role("button", name="Delete…")).to_be_visible()


def test_somebody_is_promoted_demoted_and_removed(ada: Visitor, hire: Callable[[str], Visitor]) -> None:
    eve = hire("eve")
    eve.page.goto("/settings/projects?project=default")
    sections = eve.page.get_by_role("navigation", name="Settings").get_by_role("link")
    expect(sections).to_have_text(SECTIONS_OF_ALL)

    page = ada.page
    page.goto("/settings/users?project=default")
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="eve"))
    choose(ada, "More for eve", "Make an administrator…")
    page.get_by_role("dialog").get_by_role("button", name="Make an administrator").click()
    expect(row).to_contain_text("administrator")
    expect(page.get_by_text("eve is an administrator now.")).to_be_visible()
    eve.page.reload()
    expect(sections).to_have_text(SECTIONS_OF_ADMINS)
    eve.page.goto("/settings/users?project=default")
    own = eve.page.get_by_role("row").filter(has=eve.page.get_by_role("rowheader", name="eve"))
    expect(own).to_contain_text("you")
    expect(own.get_by_role("button")).to_have_count(0)  # nobody decides about themselves

    choose(ada, "More for eve", "Make an ordinary user…")
    page.get_by_role("dialog").get_by_role("button", name="Make an ordinary user").click()
    expect(page.get_by_text("eve is an ordinary user now.")).to_be_visible()
    # What eve's page still shows does nothing any more.
    assert eve.call("GET", "/v1/admin/users")[0] == 403
    eve.page.reload()
    expect(eve.page.get_by_role("heading", name="For administrators only")).to_be_visible()

    choose(ada, "More for eve", "Remove…")
    dialog = page.get_by_role("dialog", name="Remove eve?")
    expect(dialog.get_by_role("button", name="Remove user")).to_be_disabled()
    dialog.get_by_label("Type eve to confirm").fill("eve")
    dialog.get_by_role("button", name="Remove user").click()
    expect(page.get_by_text("eve is removed.")).to_be_visible()
    expect(row).to_have_count(0)

    # The next thing that eve does leads to the sign-in page, and no further.
    eve.page.get_by_role("link", name="Errors").first.click()
    eve.page.wait_for_url("**/auth/login?next=*")
    eve.page.get_by_role("button", name="Sign in with a passkey").click()
    expect(eve.page.get_by_role("alert")).not_to_be_empty()
    assert "/auth/login" in eve.page.url

    page.goto("/settings/audit?project=default")
    told = page.get_by_role("list", name="Entries of the audit log")
    expect(told.get_by_text("ada removed the user eve")).to_be_visible()
    expect(told.get_by_text("ada made eve an administrator")).to_be_visible()


def choose(visitor: Visitor, menu: str, item: str) -> None:
    visitor.page.get_by_role("button", name=menu).click()
    visitor.page.get_by_role("menuitem", name=item).click()
