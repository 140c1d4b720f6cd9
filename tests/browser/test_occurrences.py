"""The events of an issue, one by one and in a list, and what of it can be taken elsewhere."""

from __future__ import annotations

import json
import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from bloop import BloopClient
from playwright.sync_api import expect

from tests.browser.issue_events import HOSTILE, NODE, new_project, send
from tests.server.process import wait_until

if TYPE_CHECKING:
    from tests.browser.visiting import Visitor


def test_events_are_walked_through_by_keys_and_kept_apart_by_filters(ada: Visitor) -> None:
    page, keys = ada.page, ada.page.keyboard
    project = new_project(ada, "walking")
    for number, release in enumerate(["1.4.0", "1.4.0", "1.4.1"]):
        environment = "staging" if number == 1 else "production"
        with BloopClient(ada.site.origin, project["api_key"], release=release, environment=environment) as app:
            metadata = {"turn": number, "user": {"plan": "free"}}
            app.capture("TypeError", "no price", stack=NODE, route_or_procedure="/basket", metadata=metadata)
        wait_until(partial(_has_stored, ada, number + 1), "the event is stored")
    fingerprint = ada.call("GET", "/v1/errors?project_id=walking&group=fingerprint")[1][0]["fingerprint"]

    page.goto(f"/issues/{fingerprint}?project=walking")
    event = page.get_by_role("article")
    expect(event).to_contain_text("1.4.1")
    with page.expect_response("**/occurrences/*"):
        keys.press("h")
    expect(event).to_contain_text("staging")
    expect(page).to_have_url(re.compile(r"[?&]event=\d+"))
    keys.press("Shift+H")
    expect(event.get_by_text("turn")).to_be_visible()
    expect(page.get_by_role("button", name="Older event")).to_have_attribute("aria-disabled", "true")
    page.reload()
    expect(page.get_by_role("button", name="Older event")).to_have_attribute("aria-disabled", "true")
    keys.press("Shift+L")
    expect(event).to_contain_text("1.4.1")

    page.get_by_label("Environment", exact=True).select_option("production")
    expect(page.get_by_role("button", name="Newer event")).to_have_attribute("aria-disabled", "true")
    keys.press("h")
    expect(page.get_by_role("button", name="Older event")).to_have_attribute("aria-disabled", "true")
    expect(event).to_contain_text("1.4.0")

    page.get_by_role("button", name="All events").click()
    expect(page.get_by_role("table", name="Events").get_by_role("row")).to_have_count(3)
    assert ada.faults_in_all_looks() == []
    page.get_by_label("Environment", exact=True).select_option("staging")
    page.get_by_role("table", name="Events").get_by_role("link").click()
    expect(event).to_contain_text("staging")


def _has_stored(visitor: Visitor, events: int) -> bool:
    return _total(visitor) == events


def _is_copied(visitor: Visitor, beginning: str) -> bool:
    return str(visitor.page.evaluate("navigator.clipboard.readText()")).startswith(beginning)


def _total(visitor: Visitor) -> int:
    rows = visitor.call("GET", "/v1/errors?project_id=walking&group=fingerprint")[1]
    return sum(row["total_count"] for row in rows)


def test_an_issue_and_its_events_are_taken_elsewhere(ada: Visitor) -> None:
    page = ada.page
    project = new_project(ada, "carrying")
    fingerprint = send(ada, project, {"stack": NODE, "metadata": {"plan": "free"}, "user_id_hash": "u-17"})
    ada.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"/issues/{fingerprint}?project=carrying")
    expect(page.get_by_role("article")).to_be_visible()

    page.keyboard.press("c")
    expect(page.get_by_text("The error is on the clipboard, as Markdown.")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").startswith("# ")
    for item, begins in [
        ("Copy link", f"{ada.site.origin}/issues/{fingerprint}?project=carrying"),
        ("Copy as curl", 'curl -H "Authorization: Bearer $TOKEN" '),
        ("Copy fingerprint", fingerprint),
    ]:
        page.get_by_role("button", name="Copy", exact=True).click()
        page.get_by_role("menuitem", name=item).click()
        wait_until(partial(_is_copied, ada, begins), f"{item} is done")
    page.get_by_role("button", name="More for this event").click()
    with page.expect_download() as downloading:
        page.get_by_role("menuitem", name="Download as JSON").click()
    event = json.loads(Path(downloading.value.path()).read_text(encoding="utf-8"))
    assert (event["user_id_hash"], event["metadata"]) == ("u-17", {"plan": "free"})
    page.get_by_role("button", name="Only this user").click()
    expect(page.get_by_role("button", name="Events of all users, not only u-17")).to_be_visible()


def test_what_the_browser_copies_for_nobody_is_shown_selected(ada: Visitor) -> None:
    page = ada.page
    project = new_project(ada, "refusing")
    fingerprint = send(ada, project, {"message": HOSTILE})
    # As on a page that came by plain HTTP.
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    page.goto(f"/issues/{fingerprint}?project=refusing")
    expect(page.get_by_role("article")).to_be_visible()
    page.keyboard.press("c")
    dialog = page.get_by_role("dialog", name="Copy as Markdown")
    expect(dialog.get_by_role("textbox")).to_be_focused()
    selected = page.evaluate("getSelection().toString() || document.activeElement.value")
    assert selected.startswith("# ")
    assert ada.faults_in_all_looks() == []
