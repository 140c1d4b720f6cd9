"""What a list is narrowed down to: by typing, by pressing, by the chart, and by views that were saved. All of it is shared."""

from __future__ import annotations

import re
from itertools import count
from typing import TYPE_CHECKING, Any, Final

import pytest
from playwright.sync_api import expect

from tests.browser.issue_events import HOSTILE, new_project, send
from tests.server.process import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Locator, Page

    from tests.browser.visiting import Site, Visitor

_NUMBERS: Final = count(1)
ROWS: Final = ".issue[role=row]"


@pytest.fixture
def harbour(ada: Visitor) -> dict[str, Any]:
    """A project with three errors, at whose list ada is."""
    project = new_project(ada, f"harbour-{next(_NUMBERS)}")
    send(ada, project, {"error_type": "CraneError", "release": "1.2 beta", "environment": "staging"})
    send(ada, project, {"error_type": "TideError", "release": "1.3.0", "message": "out of water"})
    send(ada, project, {"error_type": "FogError", "release": HOSTILE, "source": "ios", "route_or_procedure": "Radar"})
    found = f"/v1/errors?project_id={project['slug']}&q=error"
    wait_until(lambda: len(ada.call("GET", found)[1]) == 3, "they can be searched for")
    ada.page.goto(f"/issues?project={project['slug']}")
    expect(ada.page.locator(ROWS)).to_have_count(3)
    return project


def field(page: Page) -> Locator:
    return page.get_by_role("combobox", name="Filter")


def query_of(page: Page) -> str:
    """Return the filter as the address has it."""
    return str(page.evaluate("new URL(location.href).searchParams.get('q') ?? ''"))


def test_what_is_typed_acts_at_once_and_is_shared_by_its_link(
    ada: Visitor, harbour: dict[str, Any], at_office: Callable[..., Visitor], office: Site
) -> None:
    page, keys = ada.page, ada.page.keyboard
    assert harbour["slug"] in page.url
    keys.press("/")
    expect(field(page)).to_be_focused()
    keys.type("wat")
    expect(page.locator(ROWS)).to_have_count(1)
    expect(page.locator(ROWS)).to_contain_text("TideError")
    keys.press("Control+a")
    keys.press("Backspace")
    expect(page.locator(ROWS)).to_have_count(3)

    keys.type("rel")
    expect(page.get_by_role("option", name="release:")).to_be_visible()
    keys.press("Tab")
    expect(page.get_by_role("option")).to_have_count(3)
    assert ada.faults_in_all_looks() == []
    keys.type("1.2")
    keys.press("ArrowDown")
    keys.press("Enter")
    expect(page.locator(ROWS)).to_have_count(1)
    expect(page.locator(ROWS)).to_contain_text("CraneError")
    assert query_of(page) == 'is:unresolved release:"1.2 beta"'

    ada.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    other = at_office(width=390)
    other.context.add_cookies(office.cookies)
    other.page.goto(link)
    expect(other.page.locator(ROWS)).to_have_count(1)
    expect(other.page.get_by_role("button", name="Remove release:1.2 beta")).to_be_visible()
    assert other.overflow_px() == 0

    page.reload()
    expect(page.locator(ROWS)).to_have_count(1)
    page.go_back()
    expect(page.locator(ROWS)).to_have_count(3)
    expect(page.get_by_role("button", name="Remove release:1.2 beta")).to_have_count(0)


@pytest.mark.parametrize("width", [390, 320])
def test_the_list_begins_on_the_first_screen_of_a_phone(ada: Visitor, harbour: dict[str, Any], width: int) -> None:
    page = ada.page
    assert harbour["slug"] in page.url
    page.set_viewport_size({"width": width, "height": 800})
    acts = page.get_by_role("search", name="Filter of the list").locator(".filter-acts button")
    expect(acts).to_have_count(3)
    tops = {acts.nth(index).evaluate("button => button.getBoundingClientRect().top") for index in range(3)}
    assert len(tops) == 1, "they share a row"
    assert tall(page, ".filter-field") < 2 * tall(page, ".filter-chip"), "one line for one chip"
    first = page.locator(ROWS).first.bounding_box()
    assert first is not None
    assert first["y"] + first["height"] < 800 - tall(page, ".places")


def tall(page: Page, selector: str) -> float:
    """Return the height of what is seen."""
    return float(page.locator(selector).first.evaluate("element => element.getBoundingClientRect().height"))


def test_statuses_and_chips_come_and_go_by_a_press(ada: Visitor, harbour: dict[str, Any]) -> None:
    page = ada.page
    slug = harbour["slug"]
    (fog,) = ada.call("GET", f"/v1/errors?project_id={slug}&q=fog")[1]
    assert ada.call("POST", f"/v1/errors/{fog['fingerprint']}/mute?project_id={slug}", {})[0] == 200
    muted = page.get_by_role("button", name="Muted 1")
    expect(muted).to_be_visible()  # by itself, as the server tells of it
    muted.click()
    expect(page.locator(ROWS)).to_have_count(1)
    expect(page.locator(ROWS)).to_contain_text("FogError")
    page.get_by_role("button", name="Remove is:muted").click()
    expect(page.locator(ROWS)).to_have_count(3)
    expect(page.get_by_role("button", name="All 3")).to_have_attribute("aria-pressed", "true")

    # A release that would be mischief if it were markup.
    field(page).fill("release:<im")
    page.get_by_role("option").first.click()
    expect(page.locator(ROWS)).to_have_count(1)
    assert ada.overflow_px() == 0
    page.get_by_role("button", name="Reset the filter").click()
    expect(page.locator(ROWS)).to_have_count(2)

    page.get_by_role("button", name="Order: Last seen").click()
    page.get_by_role("menuitemradio", name="First seen").click()
    expect(page.locator(ROWS).first).to_contain_text("TideError")
    assert "sort=first_seen" in page.url

    field(page).fill("is:open ")
    note = page.get_by_text("There is no such status")
    expect(note).to_be_visible()
    assert ada.faults_in_all_looks() == []


def test_a_view_is_saved_shared_changed_and_deleted(
    ada: Visitor, harbour: dict[str, Any], hire: Callable[[str], Visitor]
) -> None:
    page = ada.page
    page.goto(f"/issues?project={harbour['slug']}&q=env:staging")
    expect(page.locator(ROWS)).to_have_count(1)
    page.get_by_role("button", name="Saved views").click()
    page.get_by_role("menuitem", name="Save this as a view…").click()
    dialog = page.get_by_role("dialog", name="Save this as a view")
    expect(dialog.get_by_label("Name")).to_be_focused()
    assert ada.faults_in_all_looks() == []
    dialog.get_by_label("Name").fill("Staging")
    dialog.get_by_label("Share it with everybody").check()
    dialog.get_by_role("button", name="Save view").click()
    chosen = page.get_by_role("button", name="View: Staging")
    expect(chosen).to_be_visible()

    kim = hire("kim")
    kim.page.goto(f"/issues?project={harbour['slug']}")
    kim.page.get_by_role("button", name="Saved views").click()
    assert kim.faults_in_all_looks() == []
    kim.page.get_by_role("menuitemradio", name="Staging (ada)").click()
    expect(kim.page.locator(ROWS)).to_have_count(1)
    expect(kim.page).to_have_url(re.compile("q=env"))
    kim.page.get_by_role("button", name="View: Staging").click()
    expect(kim.page.get_by_role("menuitem", name=re.compile("Delete"))).to_have_count(0)  # it is not theirs

    field(page).fill("crane ")
    page.get_by_role("button", name="Saved views").click()
    page.get_by_role("menuitem", name="Keep this in “Staging”").click()
    expect(chosen).to_be_visible()
    chosen.click()
    page.get_by_role("menuitem", name="Rename or share “Staging”…").click()
    page.get_by_role("dialog").get_by_label("Name").fill("Cranes")
    page.get_by_role("dialog").get_by_role("button", name="Change view").click()
    renamed = page.get_by_role("button", name="View: Cranes")
    renamed.click()
    page.get_by_role("menuitem", name="Delete “Cranes”").click()
    expect(renamed).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(renamed).to_be_visible()
