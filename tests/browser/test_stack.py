"""Stacks on the page of an issue: as the sources have them, with libraries folded, and whatever somebody has sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.issue_events import HOSTILE, NODE, new_project, send, upload_map

if TYPE_CHECKING:
    from tests.browser.visiting import Visitor


def test_a_minified_stack_is_read_in_the_sources(ada: Visitor) -> None:
    page = ada.page
    project = new_project(ada, "mapping")
    stack = upload_map(ada, "mapping", "1.4.0")
    fingerprint = send(ada, project, {"stack": stack, "source": "web", "message": "no price: milk"})
    page.goto(f"/issues/{fingerprint}?project=mapping")
    shown = page.get_by_role("region", name="Stack", exact=True)
    expect(shown.get_by_role("button", name="amountOf")).to_be_visible()
    failing = shown.get_by_role("listitem").filter(has_text="(the line that failed)").first
    expect(failing).to_contain_text("throw new TypeError")
    assert ada.faults_in_all_looks() == []

    shown.get_by_role("button", name="Raw", exact=True).click()
    expect(shown.get_by_role("button", name="Copy https://shop.example/assets/app.js:1:99")).to_be_visible()
    page.reload()
    expect(shown.get_by_role("button", name="Raw", exact=True)).to_have_attribute("aria-pressed", "true")
    shown.get_by_role("button", name="Text", exact=True).click()
    expect(shown.get_by_label("Stack as it was sent")).to_contain_text("at https://shop.example/assets/app.js:1:320")


def test_a_stack_without_its_map_says_why_and_where_to_go(ada: Visitor) -> None:
    page = ada.page
    project = new_project(ada, "unmapped")
    stack = upload_map(ada, "unmapped", "1.2.4")
    fingerprint = send(ada, project, {"stack": stack, "release": "1.2.3"})
    page.goto(f"/issues/{fingerprint}?project=unmapped")
    expect(
        page.get_by_text("Release differs: the event is of 1.2.3, and the newest maps are of 1.2.4.")
    ).to_be_visible()
    assert ada.faults() == []
    page.get_by_role("link", name="Source maps", exact=True).first.click()
    page.wait_for_url("**/settings/sourcemaps?project=unmapped*")


def test_frames_of_libraries_are_folded_and_places_copied(ada: Visitor) -> None:
    page = ada.page
    project = new_project(ada, "folding")
    fingerprint = send(ada, project, {"stack": NODE})
    ada.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"/issues/{fingerprint}?project=folding")
    expect(page.get_by_text("lineTotal")).to_be_visible()
    expect(page.get_by_text("Layer.handle")).to_have_count(0)
    page.get_by_role("button", name="3 library frames").click()
    expect(page.get_by_text("Layer.handle")).to_be_visible()
    page.get_by_role("button", name="Copy /srv/shop/src/basket/totals.ts:41:23").click()
    expect(page.get_by_text("is on the clipboard.")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "/srv/shop/src/basket/totals.ts:41:23"
    assert ada.faults() == []


def test_no_stack_is_too_strange_to_be_shown(ada: Visitor) -> None:
    page = ada.page
    project = new_project(ada, "strange")
    long = "\n".join(f"at f{number} (src/a.js:{number}:1)" for number in range(1, 260))
    for error_type, stack in [
        ("Endless", "W" * 8_000),
        ("Hostile", f"Error: {HOSTILE}\n    at {HOSTILE} (src/\u202ea.ts:1:2)\nat f (node_modules/{HOSTILE}:1:2)"),
        ("Long", long),
    ]:
        fingerprint = send(
            ada,
            project,
            {
                "error_type": error_type,
                "stack": stack,
                "message": HOSTILE,
                "release": HOSTILE,
                "metadata": {HOSTILE: HOSTILE, "w": "W" * 700},
                "user_id_hash": HOSTILE,
            },
        )
        page.goto(f"/issues/{fingerprint}?project=strange")
        expect(page.get_by_role("article")).to_be_visible()
        for width in (1280, 390, 320):
            page.set_viewport_size({"width": width, "height": 800})
            assert ada.overflow_px() == 0, (error_type, width)
        expect(page.locator("img")).to_have_count(0)
        page.set_viewport_size({"width": 1280, "height": 800})
        page.get_by_role("button", name="Wrap").click()
        assert ada.overflow_px() == 0, error_type
        page.get_by_role("button", name="Wrap").click()
    page.get_by_role("button", name="Show 109 more").click()
    expect(page.get_by_role("button", name="Copy src/a.js:259:1")).to_be_visible()
