"""For how long data is kept: set for all, set for one, and what has aged out removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.browser.visiting import Visitor


def test_times_and_budgets_are_set_and_what_has_aged_out_is_removed(ada: Visitor) -> None:
    page = ada.page
    ada.call("POST", "/v1/projects", {"name": "Archive", "slug": "archive"})
    page.goto("/settings/retention?project=archive")
    everything = page.get_by_role("form", name="For all projects")
    events = everything.get_by_label("Single events", exact=True)
    expect(everything.get_by_role("button", name="Save")).to_be_disabled()
    events.fill("5000")
    everything.get_by_role("button", name="Save").click()
    expect(events).to_be_focused()
    expect(events).to_have_accessible_description("Give 1 to 3650 days.")
    events.fill("14")
    everything.get_by_label("Errors that are not seen any more").fill("400")
    everything.get_by_label("Budget of the database", exact=True).fill("2.5")
    everything.get_by_role("button", name="Save").click()
    expect(page.get_by_text("It holds from the next purge on.")).to_be_visible()
    expect(page.get_by_text("Within its budget.")).to_be_visible()

    row = page.get_by_role("row").filter(has_text="Archive")
    expect(row).to_contain_text("14 days, as all")
    page.get_by_role("button", name="Change Archive").click()
    dialog = page.get_by_role("dialog", name="Data of Archive")
    dialog.get_by_label("Single events", exact=True).fill("2")
    dialog.get_by_label("Budget of its single events", exact=True).fill("200")
    dialog.get_by_label("Budget of its single events: unit").select_option("MB")
    dialog.get_by_role("button", name="Save").click()
    expect(row).to_contain_text("2 days")
    expect(row).to_contain_text("200 MB")
    assert ada.faults_in_all_looks() == []
    _, kept = ada.call("GET", "/v1/admin/retention")
    assert kept["global"] == {
        "raw_events_days": 14,
        "hourly_counts_days": 90,
        "aggregates_days": 400,
        "max_bytes": 2_500_000_000,
    }

    page.get_by_role("button", name="Remove…").click()
    dialog = page.get_by_role("dialog", name="Remove what has aged out?")
    expect(dialog.get_by_role("button", name="Remove it")).to_be_disabled()
    dialog.get_by_label("Type localhost to confirm").fill("localhost")
    dialog.get_by_role("button", name="Remove it").click()
    expect(page.get_by_text("There was nothing that had aged out.")).to_be_visible()
    page.goto("/settings/audit?project=archive")
    expect(page.get_by_text("had old data removed").first).to_be_visible()
    usual = {"raw_events_days": 7, "aggregates_days": 0, "max_bytes": 0}
    assert ada.call("PUT", "/v1/admin/retention", usual)[0] == 200
