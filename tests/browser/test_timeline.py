"""What has happened to an issue, and what people say about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.issue_events import HOSTILE, new_project, send

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.visiting import Site, Visitor

FIELD = "Say something about this error"


def test_people_talk_about_an_issue_and_see_it_at_once(ada: Visitor, hire: Callable[[str], Visitor]) -> None:
    project = new_project(ada, "talking")
    fingerprint = send(ada, project, {})
    bob = hire("bob-of-talking")
    for visitor in (ada, bob):
        visitor.page.goto(f"/issues/{fingerprint}?project=talking&tab=timeline")
        expect(visitor.page.get_by_text("Nothing has been done about it so far.")).to_be_visible()

    ada.page.get_by_label(FIELD).fill(f"{HOSTILE}\nSee https://example.com")
    ada.page.keyboard.press("Control+Enter")
    history = bob.page.get_by_role("list", name="History of the error")
    expect(history).to_contain_text("See https://example.com")
    expect(history.get_by_role("link")).to_have_count(0)
    expect(bob.page.locator("img")).to_have_count(0)
    expect(bob.page.get_by_role("button", name="More for this comment")).to_have_count(0)
    expect(ada.page.get_by_label(FIELD)).to_have_value("")

    ada.page.get_by_role("button", name="More for this comment").click()
    ada.page.get_by_role("menuitem", name="Edit").click()
    expect(ada.page.get_by_label("Your comment")).to_be_focused()
    ada.page.keyboard.press("Control+A")
    ada.page.keyboard.type("Seen with the new gateway alone.")
    ada.page.get_by_role("button", name="Save").click()
    expect(history).to_contain_text("commented, and edited it")
    expect(history).to_contain_text("Seen with the new gateway alone.")
    ada.page.get_by_role("button", name="More for this comment").click()
    ada.page.get_by_role("menuitem", name="Delete…").click()
    ada.page.get_by_role("button", name="Delete comment").click()
    expect(bob.page.get_by_text("Nothing has been done about it so far.")).to_be_visible()


def test_changes_are_told_in_words_and_the_last_one_is_undone(ada: Visitor) -> None:
    page = ada.page
    project = new_project(ada, "telling")
    fingerprint = send(ada, project, {"release": "1.4.0"})
    at = f"/v1/errors/{fingerprint}"
    for path, body in [
        ("resolve", {"in_release": "1.4.0", "reason": "fixed by 3f2a9c1"}),
        ("mute", {"until_count": 100, "for_secs": 86_400}),
    ]:
        assert ada.call("POST", f"{at}/{path}?project_id=telling", body)[0] == 200
    assert ada.call("POST", f"{at}/comments?project_id=telling", {"text": "W" * 2_000})[0] == 200
    page.goto(f"/issues/{fingerprint}?project=telling&tab=timeline")
    history = page.get_by_role("list", name="History of the error")
    expect(history).to_contain_text("resolved it in 1.4.0")
    expect(history).to_contain_text("fixed by 3f2a9c1")
    expect(history).to_contain_text("100 more events")
    assert ada.faults_in_all_looks() == []

    page.get_by_role("button", name="Undo this change").click()
    expect(history).to_contain_text("put it back to resolved")
    expect(page.get_by_role("button", name="Undo this change")).to_have_count(0)
    send(ada, project, {"release": "1.4.2"}, {"release": "1.4.2"})
    expect(history).to_contain_text("Back in 1.4.2 after it had been resolved: a regression")


def test_what_was_begun_is_still_there_when_the_session_has_ended(ada: Visitor, office: Site) -> None:
    page = ada.page
    project = new_project(ada, "drafting")
    fingerprint = send(ada, project, {})
    page.goto(f"/issues/{fingerprint}?project=drafting&tab=timeline")
    page.get_by_label(FIELD).fill("A long story")
    page.get_by_role("tab", name="Grouping").click()
    page.get_by_role("tab", name="Timeline").click()
    expect(page.get_by_label(FIELD)).to_have_value("A long story")
    ada.context.clear_cookies()
    page.get_by_role("button", name="Comment", exact=True).click()
    page.wait_for_url("**/auth/login?next=*")
    ada.context.add_cookies(office.cookies)
    page.goto(f"/issues/{fingerprint}?project=drafting&tab=timeline")
    expect(page.get_by_label(FIELD)).to_have_value("A long story")
