"""Every page and dialog, light and dark, on a desk and in the hand: readable by all, and within the window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
from playwright.sync_api import expect

from tests.browser.demo import PROJECT, furnish
from tests.browser.insight_events import TABS
from tests.browser.visiting import open_furnished

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.browser.visiting import Site, Visitor

PAGES: Final = {
    "/issues": "GET /products/{id}",
    "/issues/FIRST": "Environments",
    "/welcome": "It works",
    "/welcome?project=warehouse": "Waiting for the first event…",
    "/welcome?project=warehouse&sdk=swift": "Code for Swift",
    "/settings/projects": "Route planner",
    f"/settings/projects/{PROJECT}": "Change this project",
    "/settings/tokens": "On-call bot",
    "/settings/tokens?project=warehouse": "No tokens yet",
    "/settings/alerts": "Something is going on",
    "/settings/alerts/new": "in the last 7 days",
    "/settings/alerts/1": "on-call@example.com",
    "/settings/alerts/fired": "2 sent",
    "/settings/alerts/deliveries": "answered 404: no_service",
    "/settings/sourcemaps?project=warehouse": "2.7.1",
    "/settings/grouping": "By rules",
    "/settings/retention": "What is stored",
    "/settings/users": "ruben",
    "/settings/invites": "qN4vT0xL…",
    "/settings/audit": "Ruben's notebook",
    "/settings/audit?action=people.reset": "Nothing of that kind",
    "/settings/account": "Key in the safe",
    "/settings/nowhere": "There is no such section",
    "/issues/not/there": "There is no such page",
    "/issues/nothing": "This project has no such error",
}
"""Each page, and a text that stands there when it is complete."""
ELSEWHERE: Final = {"/settings", "/docs", "/insights", *(f"/insights/{tab}" for tab in TABS)}
"""What leads on to one of these pages, is no page of the dashboard, or is looked at in stories of its own."""
DIALOGS: Final[dict[str, list[tuple[str, str]]]] = {
    "/settings/projects": [
        ("Create project", "Create a project"),
        ("Project: Storefront", ""),
        ("Signed in as ada", ""),
        ("More for Storefront", ""),
    ],
    f"/settings/projects/{PROJECT}": [
        ("Rename…", "Rename Storefront"),
        ("New key…", "New key for Storefront"),
        ("Delete…", "Delete Storefront?"),
    ],
    "/settings/tokens": [
        ("Create token", "Create a token for Storefront"),
        ("Revoke Wall display", "Revoke Wall display?"),
    ],
    "/settings/alerts/1": [
        ("Add channel", "Add a channel to New in production"),
        ("Change Mail on-call@example.com", "Change this channel (Mail)"),
        ("Delete…", "Delete New in production?"),
    ],
    "/settings/retention": [
        ("Change Storefront", "Data of Storefront"),
        ("Remove…", "Remove what has aged out?"),
    ],
    "/settings/users": [
        ("More for ines > Make an administrator…", "Make ines an administrator?"),
        ("More for ines > Remove…", "Remove ines?"),
    ],
    "/settings/invites": [("Create invite", "Create an invite"), ("Revoke invite fR0cUp6d", "Revoke this invite?")],
    "/settings/account": [
        ("Add a passkey", "Add a passkey"),
        ("Sign out everywhere", "Sign out everywhere?"),
    ],
}
"""On which pages which buttons open what: a dialog of that name, or a menu."""


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server with a small company, ready to be looked at."""
    with open_furnished(tmp_path_factory.mktemp("company"), furnish) as opened:
        yield opened


@pytest.fixture
def looker(arrive: Callable[..., Visitor], company: Site) -> Visitor:
    """The administrator there, at no page yet."""
    visitor = arrive(company)
    visitor.context.add_cookies(company.cookies)
    return visitor


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_fit_for_everybody(looker: Visitor, path: str) -> None:
    first = looker.site.server.rows("SELECT fingerprint FROM issues ORDER BY id LIMIT 1")[0][0]
    address = path.replace("FIRST", first)
    looker.page.goto(
        address if "project=" in address else f"{address}{'&' if '?' in address else '?'}project={PROJECT}"
    )
    shown = looker.page.get_by_text(PAGES[path]).or_(looker.page.get_by_role("region", name=PAGES[path]))
    expect(shown.first).to_be_visible()
    assert looker.faults_in_all_looks() == []


def test_no_page_that_the_app_leads_to_is_left_out(looker: Visitor) -> None:
    page, seen, open_ones = looker.page, set[str](), ["/issues"]
    while open_ones:
        path = open_ones.pop()
        seen.add(path)
        page.goto(f"{path}?project={PROJECT}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.get_by_role("status", name="Loading")).to_have_count(0)
        links = page.eval_on_selector_all("a", "links => links.map(a => new URL(a.href).pathname)")
        open_ones += {link for link in links if kind_of(link) not in {kind_of(known) for known in seen}} - set(
            open_ones
        )
    known = {kind_of(path.partition("?")[0]) for path in PAGES} | ELSEWHERE
    assert {kind_of(path) for path in seen} <= known


def kind_of(path: str) -> str:
    """Return the path of a page without the name of what it is about."""
    parts = path.split("/")
    return "/".join([*parts[:-1], "…"]) if len(parts) > (2 if parts[1] == "issues" else 3) else path


@pytest.mark.parametrize("path", DIALOGS)
def test_dialogs_and_menus_are_fit_for_everybody(looker: Visitor, path: str) -> None:
    page = looker.page
    page.goto(f"{path}?project={PROJECT}")
    for button, name in DIALOGS[path]:
        opener, _, item = button.partition(" > ")
        page.get_by_role("button", name=opener, exact=True).first.click()
        if item:
            page.get_by_role("menuitem", name=item).click()
        shown = page.get_by_role("dialog", name=name) if name else page.get_by_role("menu")
        expect(shown).to_be_visible()
        assert looker.faults_in_all_looks() == [], button
        page.keyboard.press("Escape")
        expect(shown).to_have_count(0)


def test_what_is_shown_once_is_fit_for_everybody(looker: Visitor) -> None:
    page = looker.page
    page.goto(f"/settings/tokens?project={PROJECT}")
    page.get_by_role("button", name="Create token").click()
    page.get_by_label("Name").fill("Fire drill")
    page.get_by_role("dialog").get_by_role("button", name="Create token").click()
    expect(page.get_by_role("dialog", name="The token Fire drill")).to_be_visible()
    assert looker.faults_in_all_looks() == []
    page.goto(f"/settings/invites?project={PROJECT}")
    page.get_by_role("button", name="Create invite").click()
    page.get_by_role("dialog").get_by_role("button", name="Create invite").click()
    expect(page.get_by_role("dialog", name="The invite is ready")).to_be_visible()
    assert looker.faults_in_all_looks() == []


def test_the_palette_and_the_sheet_are_fit_for_everybody(looker: Visitor) -> None:
    looker.page.goto(f"/issues?project={PROJECT}")
    expect(looker.page.get_by_role("heading", level=1)).to_be_visible()
    for key, name in [("Control+k", "Command palette"), ("?", "Keyboard shortcuts")]:
        looker.page.keyboard.press(key)
        expect(looker.page.get_by_role("dialog", name=name)).to_be_visible()
        assert looker.faults_in_all_looks() == [], name
        looker.page.keyboard.press("Escape")


def test_the_ways_in_are_fit_for_everybody(visit: Callable[..., Visitor], company: Site) -> None:
    stranger = visit()
    stranger.page.goto("/auth/login")
    expect(stranger.page.get_by_label("Username")).to_be_visible()
    assert stranger.faults_in_all_looks() == []
    for path, title in [("/auth/login", "Sign in to bloop"), ("/auth/login?invite=x", "You are invited")]:
        stranger.page.goto(company.origin + path)
        expect(stranger.page.get_by_role("heading", name=title)).to_be_visible()
        assert stranger.faults_in_all_looks() == [], path
    stranger.complaints = [said for said in stranger.complaints if company.origin not in said]


def test_long_names_break_and_push_nothing_out_of_the_window(looker: Visitor) -> None:
    page = looker.page
    page.goto("/issues")
    endless, words = "W" * 200, "wide " * 39
    _, project = looker.call("POST", "/v1/projects", {"name": endless, "slug": "w" * 100})
    looker.call("POST", "/v1/projects", {"name": words, "slug": "wide"})
    for name in ("T" * 100, "token " * 16):
        token = {"name": name, "project_id": project["id"], "scopes": ["errors:read", "sourcemaps:upload"]}
        assert looker.call("POST", "/v1/tokens", token)[0] == 201
    for path, text in [
        ("/issues", "No errors so far"),
        ("/welcome", "Waiting for the first event…"),
        ("/settings/projects", endless),
        (f"/settings/projects/{project['slug']}", "Change this project"),
        ("/settings/tokens", "T" * 100),
        ("/settings/audit", "T" * 100),
    ]:
        page.goto(f"{path}?project={project['slug']}")
        expect(page.get_by_text(text).first).to_be_visible()
        for width in (1280, 390, 320):
            page.set_viewport_size({"width": width, "height": 800})
            assert looker.overflow_px() == 0, (path, width)
