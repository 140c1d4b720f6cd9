"""Insights: five tabs, what their numbers say, and where they lead."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import pytest
from playwright.sync_api import expect

from tests.browser import insight_events
from tests.browser.insight_events import DEPOT, SHOP, TABS
from tests.browser.visiting import open_furnished

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Locator, Page

    from tests.browser.visiting import Site, Visitor

ROWS: Final = "[data-row], tbody tr"


@contextmanager
def furnished(folder: Path, *, with_insights: bool = True) -> Iterator[Site]:
    """Start a server with a history, which ada is signed in at."""
    with open_furnished(folder, insight_events.furnish, ANALYTICS__ENABLED=str(with_insights).lower()) as opened:
        yield opened


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with furnished(tmp_path_factory.mktemp("insights")) as opened:
        yield opened


@pytest.fixture
def visitor(shop: Site, arrive: Callable[..., Visitor]) -> Visitor:
    found = arrive(shop)
    found.context.add_cookies(shop.cookies)
    return found


def show(visitor: Visitor, tab: str, search: str = f"project={SHOP}") -> Page:
    visitor.page.goto(f"/insights/{tab}?{search}")
    expect(visitor.page.locator(ROWS).first).to_be_visible()
    return visitor.page


def answer(visitor: Visitor, tab: str) -> Any:
    """Return what the server says, which keeps an answer for as long as a story takes."""
    status, found = visitor.call("GET", f"/v1/analytics/{tab}?project_id={SHOP}&hours=72")
    assert status == 200, found
    return found


def row(page: Page, name: str) -> Locator:
    return page.locator(ROWS).filter(has_text=name).first


def explanation(number: Locator) -> str:
    """Return what is said of a number while a pointer rests on it; what comes with the focus is the same."""
    page, tip = number.page, number.page.locator("[role=tooltip]:visible")
    number.hover()
    expect(tip).to_be_visible()
    said = tip.inner_text()
    box, viewport = tip.bounding_box(), page.viewport_size
    assert box is not None
    assert viewport is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= viewport["width"]
    page.keyboard.press("Escape")
    expect(tip).to_have_count(0)
    page.mouse.move(0, 0)
    number.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    expect(tip).to_have_text(said)
    page.keyboard.press("Escape")
    expect(tip).to_have_count(0)
    return said


def number(text: str) -> float:
    return float(text.replace("\u2212", "-").replace(",", "").strip("%+. "))


def test_the_navigation_leads_to_the_insights_and_each_tab_is_well_made(visitor: Visitor) -> None:
    page = visitor.page
    page.goto("/issues?project=*")
    page.get_by_role("link", name="Insights", exact=True).click()
    for tab in TABS:
        page.get_by_role("link", name=tab.title(), exact=True).click()
        page.wait_for_url(f"**/insights/{tab}?project=*")
        expect(page.get_by_role("heading", level=1)).to_have_text(f"Insights: {tab.title()}")
        expect(page.locator(ROWS).first).to_be_visible()
        expect(page.get_by_text("As of now")).to_be_visible()
        assert visitor.faults_in_all_looks() == [], tab
    page.keyboard.press("g")
    page.keyboard.press("e")
    page.wait_for_url("**/issues?*")
    page.keyboard.press("g")
    page.keyboard.press("n")
    expect(page.locator(ROWS).first).to_be_visible()


def test_spikes_say_how_far_out_of_the_ordinary_they_are(visitor: Visitor) -> None:
    page = show(visitor, "spikes")
    spikes = answer(visitor, "spikes")["spikes"]
    expect(page.locator(ROWS)).to_have_count(len(spikes))
    words = page.locator(".severity-word").all_inner_texts()
    assert words == [
        "Severe" if spike["zscore"] >= 4 else "High" if spike["zscore"] >= 3 else "Notable" for spike in spikes
    ]
    assert set(words) == {"Severe", "High", "Notable"}

    (cart,) = [spike for spike in spikes if spike["error_type"] == "CartError"]
    assert cart["count"] == 100
    shown = row(page, "CartError")
    expect(shown).to_contain_text("100 events")
    expect(shown).to_contain_text(f"{cart['zscore']:.2f}")
    said = explanation(shown.locator(".explained-number"))
    count, mean, stddev, zscore = map(number, re.findall(r"[\d.]*\d", said)[:4])
    assert (count - mean) / stddev == pytest.approx(zscore, abs=0.02)
    assert zscore == pytest.approx(cart["zscore"], abs=0.005)
    assert f"In {cart['hours']} hours" in said


def test_movers_say_by_how_much_and_since_when(visitor: Visitor) -> None:
    page = show(visitor, "movers")
    movers = answer(visitor, "movers")["movers"]
    expect(page.locator(ROWS)).to_have_count(len(movers))
    assert [number(text) for text in page.locator(".move .explained-number").all_inner_texts()] == [
        mover["delta"] for mover in movers
    ]
    assert [number(text) for text in page.locator(".badge").all_inner_texts()] == pytest.approx(
        [mover["delta_pct"] for mover in movers], abs=0.5
    )
    falls = row(page, "LoginError")
    expect(falls.locator(".move-word")).to_have_text("Fewer")
    expect(falls).to_contain_text("Moved first")
    said = explanation(falls.locator(".move .explained-number"))
    assert said.startswith("0 \u2212 200 = \u2212200. 0 events in the last 72 hours")
    said = explanation(row(page, "CartError").locator(".insight-figure .explained-number"))
    assert said == "There were none before, and that counts as +100%."


def test_a_pair_opens_both_trends_on_one_axis(visitor: Visitor) -> None:
    page = show(visitor, "correlations")
    pairs = answer(visitor, "correlations")["pairs"]
    assert pairs[0]["correlation"] == pytest.approx(1)
    said = explanation(page.locator(".pair .explained-number").first)
    assert f"over {pairs[0]['shared_hours']} hours" in said
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("figure", name="Events of both errors in 72 hours")).to_be_visible()
    assert visitor.faults_in_all_looks() == []
    page.reload()
    expect(page.locator(".chart-series")).to_have_count(2)
    expect(page.locator(".chart-legend li")).to_have_text(["SearchTimeout", "SuggestTimeout"])
    page.get_by_role("link", name="Open SuggestTimeout").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("SuggestTimeout")
    page.go_back()
    expect(page.locator(".chart-series")).to_have_count(2)


def test_releases_and_environments_say_what_their_numbers_are_made_of(visitor: Visitor) -> None:
    page = show(visitor, "releases")
    releases = answer(visitor, "releases")["releases"]
    scores = [number(text) for text in page.locator(".release-score .explained-number").all_inner_texts()]
    assert scores == pytest.approx([release["impact_score"] for release in releases], abs=0.06)
    verdicts = page.locator(".release-score .badge").all_inner_texts()
    assert verdicts == [
        "High impact" if score > 50 else "Improvement" if score < 0 else "Neutral"
        for score in (release["impact_score"] for release in releases)
    ]
    assert set(verdicts) == {"High impact", "Improvement", "Neutral"}
    said = explanation(row(page, "2.1.0").locator(".release-score .explained-number"))
    assert said.startswith("10 \u00d7 1 new error + 100 \u00d7 \u2212")
    row(page, "2.1.0").get_by_role("link").click()
    page.wait_for_url("**/issues?project=shop&q=release%3A2.1.0")

    show(visitor, "environments")
    found = answer(visitor, "environments")
    for load in found["environments"]:
        shown = row(page, load["environment"][:40])
        figures = [number(text) for text in shown.locator(".explained-number").all_inner_texts()]
        wanted = [load[name] for name in ("pct_of_total", "p50_hourly", "p90_hourly", "p99_hourly")]
        assert figures == pytest.approx(wanted, abs=0.06)
    production = found["environments"][0]
    said = explanation(row(page, "production").locator(".explained-number").first)
    assert said.startswith(f"100 \u00d7 {production['total_count']} / {found['total_count']} = ")


def test_what_is_asked_stands_in_the_address(visitor: Visitor) -> None:
    page = show(visitor, "spikes")
    page.get_by_role("button", name="30 d").click()
    page.wait_for_url("**&hours=720")
    page.get_by_label("Environment").select_option("staging")
    page.wait_for_url("**&env=staging")
    expect(page.get_by_role("heading", name="No spikes in 30 days in staging")).to_be_visible()
    assert visitor.faults_in_all_looks() == []
    page.keyboard.press("2")
    page.wait_for_url("**/insights/movers?project=shop&hours=720&env=staging")
    expect(page.locator(ROWS)).to_have_count(1)
    page.go_back()
    expect(page.get_by_role("heading", name="No spikes in 30 days in staging")).to_be_visible()
    page.go_back()
    expect(page.get_by_label("Environment")).to_have_value("")
    page.get_by_label("Events of the hour").select_option("100")
    expect(page.locator(ROWS)).to_have_count(1)


def test_of_all_projects_each_row_says_which_is_its_own(visitor: Visitor) -> None:
    page = show(visitor, "spikes", "project=*")
    forklift = row(page, "ForkliftError")
    expect(forklift).to_contain_text("Depot")
    forklift.get_by_role("link", name="ForkliftError", exact=True).click()
    page.wait_for_url(f"**/issues/*?project={DEPOT}")
    expect(page.get_by_role("heading", level=1)).to_contain_text("ForkliftError")


@pytest.mark.parametrize(("tab", "error", "kind"), [("spikes", "CartError", "spike"), ("movers", "CartError", "mover")])
def test_an_insight_becomes_an_alert_in_one_step(visitor: Visitor, tab: str, error: str, kind: str) -> None:
    page = show(visitor, tab)
    rows = answer(visitor, tab)[tab]
    (found,) = [each for each in rows if each["error_type"] == error]
    row(page, error).get_by_role("link", name=f"Alert me about this: {error}").click()
    with page.expect_request("**/v1/alerts/dry-run") as tried:
        expect(page.get_by_label("Name")).to_have_value(re.compile(error))
    trial: Any = tried.value.post_data_json
    assert trial["config"] == found["rule"]
    assert found["rule"]["type"] == kind
    page.get_by_role("button", name="Create rule").click()
    page.wait_for_url(re.compile(r"/settings/alerts/\d+"))
    (made,) = [rule for rule in visitor.call("GET", "/v1/alerts")[1] if rule["rule_type"] == kind]
    assert made["config"] == found["rule"]


def test_while_the_counts_are_copied_the_page_says_how_far_that_is(visitor: Visitor) -> None:
    page, asked = visitor.page, "**/v1/analytics/movers?*"
    words = '{"error": "insights are not there yet: 40% of the counts are copied"}'
    page.route(asked, lambda route: route.fulfill(status=503, content_type="application/json", body=words))
    page.goto(f"/insights/movers?project={SHOP}")
    expect(page.get_by_role("heading", name="Insights are being rebuilt: 40%")).to_be_visible()
    assert visitor.faults_in_all_looks() == []
    with page.expect_request(asked):
        pass  # by itself
    page.unroute(asked)
    expect(page.locator(ROWS).first).to_be_visible()


def test_a_server_without_insights_shows_no_way_there_and_says_why(
    tmp_path: Path, arrive: Callable[..., Visitor]
) -> None:
    with furnished(tmp_path, with_insights=False) as site:
        visitor = arrive(site)
        visitor.context.add_cookies(site.cookies)
        page = visitor.page
        with page.expect_response("**/v1/analytics/spikes?limit=1") as probed:
            page.goto(f"/issues?project={SHOP}")
        assert probed.value.status == 404
        expect(page.get_by_role("link", name="Errors", exact=True)).to_be_visible()
        expect(page.get_by_role("link", name="Insights")).to_have_count(0)
        page.goto(f"/insights?project={SHOP}")
        expect(page.get_by_role("heading", name="This server has no insights")).to_be_visible()
        assert visitor.faults_in_all_looks() == []
