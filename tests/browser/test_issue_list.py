"""The list of issues: read, walked through by the keyboard, acted on, and kept up to date while somebody looks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import pytest
from bloop import BloopClient
from playwright.sync_api import expect

from tests.browser import demo, many_issues
from tests.browser.visiting import open_furnished, open_site
from tests.server.process import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Locator, Page, Route

    from tests.browser.visiting import Site, Visitor

ROWS: Final = ".issue[role=row]"
STORE: Final = f"/issues?project={demo.PROJECT}"
MANY: Final = 100_000
DRAWN: Final = 60
"""More rows than this are never drawn at a time."""
LEAST_ABOVE_PX: Final = """() => Math.min(...[...document.querySelectorAll(".issue")].map((row) =>
    row.querySelector(".issue-title").getBoundingClientRect().top - row.getBoundingClientRect().top))"""
"""Room above the title in any row: a card with a line too many has none."""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One that all stories share which leave its issues as they are."""
    with open_furnished(tmp_path_factory.mktemp("shop"), demo.furnish) as opened:
        yield opened


@pytest.fixture
def own_shop(tmp_path: Path) -> Iterator[Site]:
    """One for a story alone."""
    with open_furnished(tmp_path, demo.furnish) as opened:
        yield opened


@pytest.fixture
def keeper(shop: Site, arrive: Callable[..., Visitor]) -> Visitor:
    """The administrator of `shop`, at the list of the project that has all the errors."""
    return at_list(arrive(shop), STORE)


@pytest.fixture
def owner(own_shop: Site, arrive: Callable[..., Visitor]) -> Visitor:
    """The same of `own_shop`."""
    return at_list(arrive(own_shop), STORE)


def at_list(visitor: Visitor, address: str) -> Visitor:
    """Sign in, and wait for the first row."""
    visitor.context.add_cookies(visitor.site.cookies)
    visitor.page.goto(address)
    expect(visitor.page.locator(ROWS).first).to_be_visible()
    return visitor


def types(page: Page) -> list[str]:
    """Return the types of the errors in sight, from above."""
    return page.locator(f"{ROWS} .issue-link").all_text_contents()


def row(page: Page, error_type: str) -> Locator:
    """Return the row of an error."""
    return page.locator(ROWS).filter(has_text=error_type)


class TestKeyboard:
    def test_an_issue_is_opened_and_left_again_for_its_row(self, keeper: Visitor) -> None:
        page = keeper.page
        for key in ("j", "j", "ArrowDown", "k"):
            page.keyboard.press(key)
        expect(row(page, "PaymentDeclined")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="PaymentDeclined", level=1)).to_be_visible()
        page.keyboard.press("Escape")
        expect(row(page, "PaymentDeclined")).to_be_focused()
        page.keyboard.press("End")
        expect(row(page, "OutOfMemoryError")).to_be_focused()
        page.keyboard.press("?")
        sheet = page.get_by_role("dialog", name="Keyboard shortcuts")
        for label in ("Next error", "Show the error beside the list", "Select all up to the error", "Resolve"):
            expect(sheet.get_by_text(label, exact=True)).to_be_visible()

    def test_what_is_resolved_leaves_and_is_put_back_by_undo(self, keeper: Visitor) -> None:
        page = keeper.page
        before = types(page)
        for key in ("j", "j", "x", "j", "Shift+X"):
            page.keyboard.press(key)
        expect(page.get_by_text("2 selected", exact=True)).to_be_visible()
        page.keyboard.press("r")
        expect(page.locator(ROWS)).to_have_count(len(before) - 2)
        expect(row(page, "KeyError")).to_be_focused()  # which has taken their place
        expect(page.get_by_text("5 errors", exact=True)).to_be_visible()
        page.get_by_role("button", name="Undo").click()
        expect(page.locator(ROWS)).to_have_count(len(before))
        assert types(page) == before
        statuses = keeper.call("GET", f"/v1/errors?project_id={demo.PROJECT}&group=fingerprint&status=unresolved")[1]
        assert len(statuses) == len(before)

    def test_one_row_is_acted_on_and_the_next_one_is_there(self, owner: Visitor) -> None:
        page = owner.page
        page.keyboard.press("j")
        page.keyboard.press("i")
        expect(row(page, "TypeError")).to_have_count(0)
        expect(row(page, "PaymentDeclined")).to_be_focused()
        page.keyboard.press("i")
        expect(row(page, "PaymentDeclined")).to_have_count(0)
        expect(page.get_by_text("5 errors", exact=True)).to_be_visible()

    def test_all_are_selected_and_nothing_is_by_esc(self, keeper: Visitor) -> None:
        page = keeper.page
        page.keyboard.press("j")
        page.keyboard.press("Control+a")
        expect(page.get_by_text("7 selected", exact=True)).to_be_visible()
        assert keeper.faults_in_all_looks() == []
        page.keyboard.press("Escape")
        expect(page.get_by_text("7 errors", exact=True)).to_be_visible()


class TestPeek:
    def test_an_issue_is_seen_beside_the_list_which_goes_on_working(self, keeper: Visitor) -> None:
        page = keeper.page
        page.keyboard.press("j")
        page.keyboard.press("o")
        panel = page.get_by_role("complementary", name="Error")
        expect(panel.get_by_role("heading", name="TypeError")).to_be_visible()
        expect(page).to_have_url(re.compile("[?&]peek="))
        page.keyboard.press("j")
        page.keyboard.press("j")
        expect(panel.get_by_role("heading", name="TimeoutError")).to_be_visible()
        row(page, "KeyError").click()
        expect(panel.get_by_role("heading", name="KeyError")).to_be_visible()
        assert keeper.faults() == []
        page.reload()  # the address says it all
        expect(panel.get_by_role("heading", name="KeyError")).to_be_visible()
        expect(row(page, "KeyError")).to_have_attribute("data-current", "true")

        edge = page.get_by_role("separator", name="Width of the panel")
        width = int(edge.get_attribute("aria-valuenow") or 0)
        edge.press("ArrowLeft")
        expect(panel).to_have_css("width", f"{width + 24}px")
        page.keyboard.press("Escape")
        expect(panel).to_have_count(0)
        expect(page).not_to_have_url(re.compile("peek="))

    def test_a_narrow_window_shows_its_page_instead(self, own_shop: Site, arrive: Callable[..., Visitor]) -> None:
        visitor = at_list(arrive(own_shop, width=390, has_touch=True, is_mobile=True), STORE)
        page = visitor.page
        assert visitor.faults_in_all_looks() == []
        for width in (320, 390):
            page.set_viewport_size({"width": width, "height": 844})
            assert page.evaluate(LEAST_ABOVE_PX) >= 8  # also where somebody's initials stand in the card
        declined = row(page, "PaymentDeclined")
        declined.scroll_into_view_if_needed()
        before = declined.bounding_box()
        page.get_by_role("checkbox", name="Select PaymentDeclined").tap()
        expect(page.get_by_text("1 selected", exact=True)).to_be_visible()
        assert declined.bounding_box() == before  # although there are acts above it now
        page.get_by_role("button", name="Resolve", exact=True).tap()
        expect(row(page, "PaymentDeclined")).to_have_count(0)
        fingerprint = visitor.call("GET", f"/v1/errors?project_id={demo.PROJECT}&group=fingerprint")[1][0][
            "fingerprint"
        ]
        page.goto(f"{STORE}&peek={fingerprint}")
        page.wait_for_url(f"**/issues/{fingerprint}?*")


class TestManyIssues:
    @pytest.fixture
    def stock(
        self, request: pytest.FixtureRequest, tmp_path: Path, arrive: Callable[..., Visitor]
    ) -> Iterator[Visitor]:
        """Somebody at a list of as many issues as the test says."""
        folder = tmp_path
        cookie = many_issues.furnish_many(folder / "bloop.db", request.param)
        with open_site(folder, ANALYTICS__ENABLED="false") as opened:
            opened.cookies = [{"name": "bloop_session", "value": cookie, "url": opened.origin}]
            visitor = at_list(arrive(opened), f"/issues?project={many_issues.PROJECT}")
            yield visitor
            visitor.context.close()

    @pytest.mark.parametrize("stock", [MANY], indirect=True)
    def test_a_list_of_any_length_draws_a_few_rows_and_is_loaded_as_it_is_scrolled(self, stock: Visitor) -> None:
        page = stock.page
        expect(page.get_by_text(f"{MANY:,} errors", exact=True)).to_be_visible()
        assert page.locator(ROWS).count() < DRAWN
        page.keyboard.press("j")  # from there on it is the list that scrolls, and not the browser in its own time
        for loaded in range(200, 1000, 100):
            page.keyboard.press("End")
            expect(page.get_by_text(f"{loaded} of {MANY:,} errors are loaded")).to_be_visible()
        assert page.locator(ROWS).count() < DRAWN
        for _ in range(30):
            page.keyboard.press("k")
        focused = row(page, "Error")
        expect(focused.and_(page.locator(":focus"))).to_be_in_viewport()
        shown = page.locator(f"{ROWS}:focus .issue-link").text_content()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name=str(shown), level=1)).to_be_visible()
        page.go_back()
        expect(page.locator(f"{ROWS}:focus .issue-link")).to_have_text(str(shown))
        expect(page.get_by_text(f"900 of {MANY:,} errors are loaded")).to_be_attached()

    @pytest.mark.parametrize("stock", [2_000], indirect=True)
    def test_all_that_match_are_changed_at_once(self, stock: Visitor) -> None:
        page = stock.page
        page.get_by_role("checkbox", name="Select all that are loaded").check()
        expect(page.get_by_text("100 selected", exact=True)).to_be_visible()
        page.get_by_role("button", name="Select all that match").click()
        expect(page.get_by_text("All 2,000 that match", exact=True)).to_be_visible()
        page.get_by_role("button", name="Ignore", exact=True).click()
        expect(page.get_by_role("heading", name="Nothing is unresolved")).to_be_visible()


class TestLive:
    def test_what_comes_in_is_told_of_and_shown_when_asked_for(self, ada: Visitor) -> None:
        page = ada.page
        _, project = ada.call("POST", "/v1/projects", {"name": "Kiosk", "slug": "kiosk"})
        with BloopClient(ada.site.origin, project["api_key"], flush_interval=0.05) as app:
            app.capture("FirstError", "the first", route_or_procedure="/till")
            app.flush()
            wait_until(lambda: ada.call("GET", "/v1/errors?project_id=kiosk")[1], "the first is stored")
            page.goto("/issues?project=kiosk")
            expect(page.locator(".live-dot.live")).to_be_visible()
            expect(page.locator(ROWS)).to_have_count(1)

            app.capture("SecondError", "the second")
            app.flush()
            news = page.get_by_role("button", name="1 new Show")
            expect(news).to_be_visible()
            assert types(page) == ["FirstError"]  # nothing jumps
            news.click()
            expect(page.locator(ROWS)).to_have_count(2)
            assert types(page) == ["SecondError", "FirstError"]

            app.capture("FirstError", "the first", route_or_procedure="/till")
            app.flush()
            expect(row(page, "FirstError").locator(".issue-count")).to_contain_text("2")
            expect(page.get_by_role("button", name="1 has moved up Show")).to_be_visible()
            assert types(page) == ["SecondError", "FirstError"]

        second = ada.call("GET", "/v1/errors?project_id=kiosk&q=second")[1][0]["fingerprint"]
        ada.call("POST", f"/v1/errors/{second}/resolve?project_id=kiosk")
        expect(
            row(page, "SecondError").locator(".status-mark.resolved").or_(page.get_by_text("1 error"))
        ).to_be_visible()


class TestStates:
    def test_what_is_to_be_done_where_nothing_is_listed(self, keeper: Visitor) -> None:
        page = keeper.page
        page.goto(f"{STORE}&q=is:unresolved release:9.9 KeyError")
        expect(page.get_by_role("heading", name="No error matches")).to_be_visible()
        assert keeper.faults_in_all_looks() == []
        page.get_by_role("button", name="Drop release:9.9 for 1 error").click()
        expect(row(page, "KeyError")).to_be_visible()
        page.goto("/issues?project=route-planner")
        expect(page.get_by_role("heading", name="No errors so far")).to_be_visible()
        expect(page.get_by_role("link", name="Send the first event")).to_be_visible()

    def test_rows_stay_while_others_are_on_their_way_and_an_error_is_said(self, keeper: Visitor) -> None:
        page = keeper.page
        held: list[Route] = []

        def hold(route: Route) -> None:
            held.append(route)

        page.route("**/v1/errors?*status=resolved*", hold)
        page.get_by_role("columnheader", name="Events").get_by_role("button").click()
        expect(page.locator(ROWS).first).to_contain_text("TimeoutError")
        page.get_by_role("button", name=re.compile("^Resolved")).click()
        expect(page.get_by_text("Filtering…")).to_be_visible()
        expect(row(page, "TimeoutError")).to_be_visible()
        held[0].fulfill(status=503, json={"error": "the store is busy"})
        expect(page.get_by_role("alert")).to_contain_text("The store is busy.")
        page.unroute("**/v1/errors?*status=resolved*")
        page.get_by_role("alert").get_by_role("button", name="Try again").click()
        expect(row(page, "TemplateError")).to_be_visible()


def test_all_projects_are_seen_together_and_each_row_knows_its_own(owner: Visitor) -> None:
    page = owner.page
    key = owner.call("GET", "/v1/projects/warehouse")[1]["api_key"]
    with BloopClient(owner.site.origin, key) as app:
        app.capture("ForkliftError", "low battery")
    wait_until(lambda: owner.call("GET", "/v1/errors?project_id=warehouse")[1], "the error is stored")
    page.get_by_role("button", name="Project: Storefront").click()
    page.get_by_role("menuitemradio", name="All projects").click()
    expect(page).to_have_url(re.compile(r"project=(\*|%2A)"))
    expect(row(page, "ForkliftError")).to_contain_text("Warehouse app")
    expect(row(page, "TypeError")).to_contain_text("Storefront")
    assert owner.faults_in_all_looks() == []
    page.get_by_role("checkbox", name="Select ForkliftError").check()
    page.get_by_role("checkbox", name="Select TypeError").check()
    page.keyboard.press("m")
    page.get_by_role("menuitem", name="Until somebody unresolves it").click()
    expect(row(page, "ForkliftError")).to_have_count(0)
    muted: list[Any] = wait_until(lambda: len(of_status(owner, "muted")) == 3 and of_status(owner, "muted"), "muted")
    assert {issue["error_type"] for issue in muted} == {"ForkliftError", "TypeError", "NetworkError"}


def of_status(visitor: Visitor, status: str) -> list[Any]:
    """Return the issues of all projects that have a status."""
    return list(visitor.call("GET", f"/v1/errors?group=fingerprint&status={status}")[1])
