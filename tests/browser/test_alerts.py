"""Alerts, from the first thought of a rule to the alert that arrives, and the one that does not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bloop import BloopClient
from playwright.sync_api import expect

from tests.browser.receiving import receiving
from tests.server.process import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.browser.receiving import Receiver
    from tests.browser.visiting import Visitor


def test_a_rule_is_tried_while_it_is_made_and_its_alerts_are_followed_to_where_they_go(
    ada: Visitor, tmp_path: Path
) -> None:
    _, project = ada.call("POST", "/v1/projects", {"name": "Bakery", "slug": "bakery"})
    with (
        receiving(tmp_path / "receiver") as receiver,
        BloopClient(ada.site.origin, project["api_key"], environment="prod") as app,
    ):
        app.capture("OvenError", "too hot")
        app.capture("OvenError", "too hot")
        app.capture("DoughError", "<b>too</b> sticky")
        app.flush()
        wait_until(lambda: len(ada.call("GET", "/v1/errors?project_id=bakery")[1]) == 2, "both errors are stored")
        make_rule(ada)
        secret = add_channels(ada, receiver)
        send_test(ada)
        assert receiver.last.is_signed_with(secret)
        app.capture("MouseError", "in the flour")
        app.flush()
        follow_deliveries(ada)
        assert receiver.last.json["error_type"] == "MouseError"


def make_rule(ada: Visitor) -> None:
    """Make a rule, with a look at what others would have fired."""
    page = ada.page
    page.goto("/settings/alerts?project=bakery")
    page.get_by_role("link", name="Create rule").first.click()
    preview = page.get_by_role("region", name="Preview")
    expect(preview).to_contain_text("It would have fired 2 times in the last 7 days.")
    expect(preview).to_contain_text("<b>too</b> sticky")
    page.get_by_label("Too many events").check()
    expect(preview).to_contain_text("It would have said nothing")
    page.get_by_label("More than", exact=True).fill("1")
    expect(preview).to_contain_text("It would have fired once")
    expect(preview).to_contain_text("2 events in 5 minutes, more than 1")
    page.get_by_label("Within: unit").select_option("seconds")
    expect(preview).to_contain_text("As soon as the figures make sense")
    page.get_by_role("button", name="Create rule").click()
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    expect(page.get_by_label("Within", exact=True)).to_have_accessible_description("Give 10 seconds to 24 hours.")
    assert ada.faults_in_all_looks() == []
    page.get_by_label("New errors").check()
    page.get_by_label("Name", exact=True).fill("Kitchen on fire")
    page.get_by_label("Environment").fill("prod")
    page.get_by_role("button", name="Create rule").click()
    expect(page.get_by_role("heading", name="Kitchen on fire")).to_be_visible()
    expect(page.get_by_role("heading", name="It has no channel of its own")).to_be_visible()


def add_channels(ada: Visitor, receiver: Receiver) -> str:
    """Add a channel with a secret that the page makes and one that nobody listens at; returns that secret."""
    page = ada.page
    page.get_by_role("button", name="Add channel").first.click()
    dialog = page.get_by_role("dialog", name="Add a channel to Kitchen on fire")
    dialog.get_by_label("Kind").select_option("Webhook")
    dialog.get_by_label("URL", exact=True).fill(f"{receiver.origin}/taken")
    dialog.get_by_role("button", name="Make one").click()
    secret = dialog.get_by_label("Signing secret (optional)").input_value()
    assert ada.faults_in_all_looks() == []
    dialog.get_by_role("button", name="Add channel").click()
    expect(dialog).to_have_count(0)

    page.get_by_role("button", name="Add channel").click()
    dialog.get_by_label("Webhook URL").fill("ftp://nowhere")
    dialog.get_by_role("button", name="Add channel").click()
    expect(dialog.get_by_label("Webhook URL")).to_have_accessible_description(re.compile("^Invalid channel URL"))
    dialog.get_by_label("Webhook URL").fill(f"{receiver.origin}/gone")
    dialog.get_by_role("button", name="Add channel").click()
    expect(page.get_by_role("list", name="Channels").get_by_role("listitem")).to_have_count(2)
    assert secret not in page.content()
    return secret


def send_test(ada: Visitor) -> None:
    """Send a test, and see what became of it in each channel."""
    ada.page.get_by_role("button", name="Send a test").click()
    outcome = ada.page.get_by_role("region", name="Outcome of the test").get_by_role("listitem")
    expect(outcome.nth(0)).to_contain_text("Webhook has taken it (200).")
    expect(outcome.nth(1)).to_contain_text("Slack has not taken it: answered 404")
    expect(outcome.nth(1)).to_contain_text("make a new one there")
    assert ada.faults_in_all_looks() == []


def follow_deliveries(ada: Visitor) -> None:
    """See the alert of the newest error sent to one channel and failed in the other, and go to the error."""
    page = ada.page
    page.get_by_role("link", name="Its deliveries").click()
    log = page.get_by_role("list", name="Deliveries").get_by_role("listitem")
    look_again(ada, lambda: log.count() == 2 and "On its way" not in "".join(log.all_inner_texts()))
    expect(log.filter(has_text="to Webhook")).to_contain_text("Sent")
    expect(log.filter(has_text="to Slack")).to_contain_text("answered 404")
    page.get_by_label("State").select_option("Failed")
    expect(log).to_have_count(1)
    assert "state=failed" in page.url
    page.get_by_role("link", name="What fired").click()
    fired = page.get_by_role("list", name="Alerts").get_by_role("listitem")
    expect(fired).to_contain_text(["MouseError"])
    expect(fired.first).to_contain_text("1 sent, 1 failed")
    fired.first.get_by_role("link", name="The error").click()
    expect(page.get_by_role("heading", name="MouseError", level=1)).to_be_visible()


def test_a_secret_stays_when_a_channel_is_changed_and_a_rule_goes_by_its_name(ada: Visitor, tmp_path: Path) -> None:
    page = ada.page
    ada.call("POST", "/v1/projects", {"name": "Cheese shop", "slug": "cheese"})
    given = {"name": "Mould", "project_id": "cheese", "config": {"type": "spike", "multiplier": 2.5} | SPANS}
    _, rule = ada.call("POST", "/v1/alerts", given)
    with receiving(tmp_path / "receiver") as receiver:
        config = {"type": "webhook", "url": f"{receiver.origin}/taken", "secret": "hush", "headers": {"X-Desk": "7"}}
        ada.call("POST", f"/v1/alerts/{rule['id']}/channels", {"config": config})
        page.goto("/settings/alerts?project=cheese")
        expect(page.get_by_role("row").filter(has_text="Mould")).to_contain_text("Over 2.5 times as many events")
        page.get_by_role("link", name="Mould").click()
        page.get_by_role("button", name=re.compile("^Change Webhook")).click()
        dialog = page.get_by_role("dialog", name="Change this channel (Webhook)")
        dialog.get_by_label("Body (optional)").fill('{"text": "{{rule}}"}')
        dialog.get_by_role("button", name="Save channel").click()
        expect(dialog).to_have_count(0)
        page.get_by_role("button", name="Send a test").click()
        expect(page.get_by_text("has taken it (200).")).to_be_visible()
        sent = receiver.last
        assert (sent.json, sent.headers["x-desk"], sent.is_signed_with("hush")) == ({"text": "test"}, "7", True)

    page.get_by_label("And at least").fill("9")
    page.get_by_role("link", name="Rules", exact=True).or_(page.get_by_role("link", name="All rules")).click()
    leaving = page.get_by_role("dialog", name="Leave without saving?")
    leaving.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_text("Mould is saved.")).to_be_visible()
    assert ada.call("GET", f"/v1/alerts/{rule['id']}")[1]["config"]["min_count"] == 9
    page.get_by_role("button", name="Delete…").click()
    dialog = page.get_by_role("dialog", name="Delete Mould?")
    expect(dialog.get_by_role("button", name="Delete rule")).to_be_disabled()
    dialog.get_by_label("Type Mould to confirm").fill("Mould")
    dialog.get_by_role("button", name="Delete rule").click()
    expect(page.get_by_role("heading", name="Nobody is told of anything yet")).to_be_visible()
    assert ada.call("GET", f"/v1/alerts/{rule['id']}")[0] == 404


def test_a_user_sees_all_rules_and_changes_those_of_their_own_projects(
    ada: Visitor, hire: Callable[[str], Visitor]
) -> None:
    ada.call("POST", "/v1/projects", {"name": "Vault", "slug": "vault"})
    made = [
        ada.call("POST", "/v1/alerts", {"name": name, "project_id": project, "config": {"type": "regression"}})
        for name, project in (("Alarm", "vault"), ("Everywhere", None))
    ]
    assert [status for status, _ in made] == [200, 200]
    teller = hire("teller")
    page = teller.page
    teller.call("POST", "/v1/projects", {"name": "Counter", "slug": "counter"})
    page.goto("/settings/alerts?project=vault")
    alarm = page.get_by_role("switch", name="Alarm is judged")
    expect(alarm).to_be_disabled()
    expect(page.get_by_role("link", name="Create rule")).to_have_count(0)
    page.get_by_role("link", name="Alarm").click()
    expect(page.get_by_text("Not yours to manage")).to_be_visible()
    expect(page.get_by_role("button", name="Save changes")).to_have_count(0)
    expect(page.get_by_label("Name", exact=True)).to_be_disabled()
    assert teller.faults_in_all_looks() == []
    page.goto("/settings/alerts/new?project=vault")
    expect(page.get_by_role("heading", name="Not yours to manage")).to_be_visible()

    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/settings/alerts/new?project=counter&type=threshold&threshold=3&window_secs=7200&name=Queue")
    expect(page.get_by_label("Within", exact=True)).to_have_value("2")
    page.get_by_role("button", name="Create rule").click()
    expect(page.get_by_role("heading", name="Queue")).to_be_visible()
    page.get_by_role("link", name="All rules").click()
    own = page.get_by_role("switch", name="Queue is judged")
    own.click()
    expect(own).not_to_be_checked()
    expect(page.get_by_role("row").filter(has_text="Everywhere")).to_contain_text("All projects")
    assert teller.overflow_px() == 0
    page.reload()
    expect(own).not_to_be_checked()
    ada.call("DELETE", f"/v1/alerts/{made[1][1]['id']}")


SPANS = {"baseline_window_secs": 3600, "compare_window_secs": 300}


def look_again(visitor: Visitor, is_there: Callable[[], bool]) -> None:
    """Load the list anew until it has what is waited for."""

    def looks() -> bool:
        visitor.page.get_by_role("button", name="Load anew").click()
        expect(visitor.page.get_by_role("button", name="Load anew")).not_to_have_attribute("aria-busy", "true")
        return is_there()

    wait_until(looks, "the deliveries are there")
