"""Source maps by hand: uploaded, found, used on a stack, and deleted."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

from bloop import BloopClient
from playwright.sync_api import expect

from tests.server.process import wait_until
from tests.sourcemaps.maps import BUNDLES, bundled

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.browser.visiting import Visitor


def test_maps_are_uploaded_from_a_folder_used_on_a_stack_and_deleted(ada: Visitor, tmp_path: Path) -> None:
    page = ada.page
    _, project = ada.call("POST", "/v1/projects", {"name": "Map room", "slug": "map-room"})
    with BloopClient(ada.site.origin, project["api_key"], release="2.0.0") as app:
        app.capture("TypeError", "no price")
        app.flush()
        wait_until(lambda: ada.call("GET", "/v1/errors?project_id=map-room")[1], "the release is known")
    content, stack = bundled("esbuild")
    page.goto("/settings/sourcemaps?project=map-room")
    expect(page.get_by_role("heading", name="No source maps yet")).to_be_visible()
    upload_folder(ada, build(tmp_path / "dist", content))
    explain(ada, stack)
    delete_all(ada)


def build(folder: Path, content: bytes) -> Path:
    """Return a folder as bundlers leave it."""
    assets = folder / "assets"
    assets.mkdir(parents=True)
    (assets / "app.js.map").write_bytes(content)
    (assets / "lib.js.map.gz").write_bytes(gzip.compress(content))
    (assets / "app.css.map").write_bytes(content)
    (assets / "broken.js.map").write_text("{}", encoding="utf-8")
    return folder


def upload_folder(ada: Visitor, folder: Path) -> None:
    """Upload the maps below a folder, of which one is broken."""
    page = ada.page
    page.get_by_label("Folder with source maps").set_input_files(folder)
    files = page.get_by_role("list", name="Chosen files").get_by_role("listitem")
    expect(files).to_have_count(3)
    page.get_by_role("button", name="Upload 3 maps").click()
    expect(page.get_by_label("Release", exact=True)).to_be_focused()
    assert "2.0.0" in page.locator("datalist option").evaluate_all("all => all.map(one => one.value)")
    page.get_by_label("Release", exact=True).fill("2.0.0")
    page.get_by_role("button", name="Upload 3 maps").click()
    expect(files.filter(has_text="assets/app.js.map")).to_contain_text("stored")
    expect(files.filter(has_text="assets/lib.js.map.gz")).to_contain_text("stored")
    expect(files.filter(has_text="broken")).to_contain_text("Invalid source map: it has neither mappings nor sections")


def explain(ada: Visitor, stack: str) -> None:
    """Paste a stack, and see its sources; then what is missing for another release."""
    page = ada.page
    page.get_by_label("Of the release").fill("2.0.0")
    page.get_by_role("textbox", name="Stack").fill(stack)
    page.get_by_role("button", name="Explain").click()
    explained = page.get_by_role("list", name="The stack, explained")
    expect(explained).to_contain_text("src/cart.ts")
    expect(explained).to_contain_text("throw new TypeError")
    # What became of each file still stands there.
    expect(page.get_by_role("list", name="Chosen files")).to_contain_text("broken")
    assert ada.faults_in_all_looks() == []
    page.get_by_label("Of the release").fill("1.9")
    page.get_by_role("button", name="Explain").click()
    expect(page.get_by_text("No line leads to a source.")).to_be_visible()
    expect(explained).to_contain_text("no map for release 1.9")


def delete_all(ada: Visitor) -> None:
    """Delete one of two maps, and the other one with its release."""
    page = ada.page
    page.get_by_role("button", name="2.0.0", exact=True).click()
    table = page.get_by_role("table", name="Maps of 2.0.0")
    expect(table.get_by_role("row")).to_have_count(3)
    expect(table).to_contain_text("assets/lib.js.map")
    expect(table).to_contain_text("you")
    page.get_by_role("button", name="Delete assets/lib.js.map").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete map").click()
    expect(table.get_by_role("row")).to_have_count(2)
    page.get_by_role("button", name="Delete all maps of 2.0.0").click()
    dialog = page.get_by_role("dialog", name="Delete all maps of 2.0.0?")
    dialog.get_by_label("Type 2.0.0 to confirm").fill("2.0.0")
    dialog.get_by_role("button", name="Delete 1 map").click()
    expect(page.get_by_role("heading", name="No source maps yet")).to_be_visible()


def test_maps_are_dropped_on_the_page_and_are_not_for_everybody(ada: Visitor, hire: Callable[[str], Visitor]) -> None:
    page = ada.page
    ada.call("POST", "/v1/projects", {"name": "Chart house", "slug": "charts"})
    page.goto("/settings/sourcemaps?project=charts")
    dropped = page.evaluate_handle(
        """text => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([text], "app.js.map"));
            return transfer;
        }""",
        (BUNDLES / "esbuild" / "app.js.map").read_text(encoding="utf-8"),
    )
    zone = page.locator(".drop-zone")
    zone.dispatch_event("dragover", {"dataTransfer": dropped})
    zone.dispatch_event("drop", {"dataTransfer": dropped})
    expect(page.get_by_role("list", name="Chosen files")).to_contain_text("app.js.map")
    page.get_by_label("Release", exact=True).fill("<b>1.0</b>")
    page.get_by_role("button", name="Upload", exact=True).click()
    expect(page.get_by_role("button", name="<b>1.0</b>", exact=True)).to_be_visible()

    sailor = hire("sailor")
    sailor.page.goto("/settings/sourcemaps?project=charts")
    expect(sailor.page.get_by_role("heading", name="Not yours to manage")).to_be_visible()
    assert sailor.faults_in_all_looks() == []
