"""Why events are one issue, and issues that are merged and taken apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.issue_events import NODE, new_project, send

if TYPE_CHECKING:
    from tests.browser.visiting import Visitor


def test_an_issue_says_why_it_is_one(ada: Visitor) -> None:
    page = ada.page
    project = new_project(ada, "reasons")
    fingerprint = send(ada, project, {"message": "no order 4711 at 10.0.0.1", "stack": NODE})
    page.goto(f"/issues/{fingerprint}?project=reasons&tab=grouping")
    pieces = page.get_by_role("list", name="What was replaced in the message")
    expect(pieces).to_contain_text("4711")
    expect(pieces).to_contain_text("<n>")
    page.get_by_role("button", name="Show what is hashed").click()
    expect(page.get_by_label("The text that is hashed")).to_contain_text("no order <n> at <ip>")
    expect(page.get_by_role("table", name="Fingerprints of this error")).to_contain_text("content, version 1")
    assert ada.faults_in_all_looks() == []
    page.get_by_role("link", name="Grouping settings").click()
    page.wait_for_url("**/settings/grouping?project=reasons")


def test_issues_are_merged_and_taken_apart_again(ada: Visitor) -> None:
    page = ada.page
    project = new_project(ada, "merging")
    into = send(ada, project, {"error_type": "Main", "message": "the first"})
    other = send(ada, project, *[{"error_type": "Other", "message": "the second"}] * 3)
    third = send(ada, project, {"error_type": "Third", "message": "the third"})
    page.goto(f"/issues/{into}?project=merging&tab=grouping")
    page.get_by_role("button", name="Merge others into this…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Find errors").fill("second")
    expect(dialog.get_by_role("checkbox")).to_have_count(1)
    dialog.get_by_role("checkbox").check()
    dialog.get_by_label("Find errors").fill(f"{ada.site.origin}/issues/{third}?project=merging")
    expect(dialog.get_by_role("group", name="Chosen").get_by_role("checkbox")).to_have_count(1)
    dialog.get_by_role("group", name="Found").get_by_role("checkbox").check()
    expect(dialog.get_by_role("group", name="Found").get_by_role("checkbox")).to_be_focused()
    assert ada.faults_in_all_looks() == []
    dialog.get_by_role("button", name="Merge 2 errors…").click()
    expect(dialog).to_contain_text("4 events come to this error")
    assert ada.faults() == []
    dialog.get_by_role("button", name="Merge 2 errors", exact=True).click()
    expect(dialog).to_have_count(0)
    table = page.get_by_role("table", name="Fingerprints of this error")
    expect(table.get_by_role("row")).to_have_count(4)
    assert ada.faults_in_all_looks() == []

    page.get_by_role("button", name=f"Take out {other}").click()
    expect(page.get_by_role("dialog")).to_contain_text("with its events (3)")
    page.get_by_role("dialog").get_by_role("button", name="Take out").click()
    expect(table.get_by_role("row")).to_have_count(3)
    page.get_by_role("tab", name="Timeline").click()
    history = page.get_by_role("list", name="History of the error")
    expect(history).to_contain_text("merged 2 other errors into this one")
    expect(history).to_contain_text("took 1 error out of this one")
