"""How events are grouped: tried out, saved, and seen at the next event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bloop import BloopClient
from playwright.sync_api import expect

from tests.server.process import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.visiting import Visitor


def errors(visitor: Visitor) -> list[Any]:
    """Return the errors of the project."""
    return list(visitor.call("GET", "/v1/errors?project_id=sorting&limit=50")[1])


def test_a_rule_is_previewed_on_what_is_stored_and_groups_what_comes(
    ada: Visitor, hire: Callable[[str], Visitor]
) -> None:
    page = ada.page
    _, project = ada.call("POST", "/v1/projects", {"name": "Sorting", "slug": "sorting"})
    with BloopClient(ada.site.origin, project["api_key"]) as app:
        for room in ("kitchen", "cellar", "attic"):
            app.capture("DoorError", f"the door of the {room} is stuck")
        app.flush()
        wait_until(lambda: len(errors(ada)) == 3, "three errors are stored")

        page.goto("/settings/grouping?project=sorting")
        page.get_by_role("button", name="Add rule").click()
        page.get_by_role("button", name="Preview").click()
        pattern = page.get_by_label("Pattern 1 of rule 1", exact=True)
        expect(pattern).to_be_focused()
        pattern.fill("door*")
        page.get_by_label("Fingerprint by rule 1", exact=True).fill("doors ")
        page.get_by_role("button", name="Add {{source}}").click()
        expect(page.get_by_label("Fingerprint by rule 1", exact=True)).to_have_value("doors {{source}}")
        page.get_by_role("button", name="Preview").click()
        expect(page.get_by_text("3 errors would become one (3 events)")).to_be_visible()
        expect(page.get_by_text("decides about 3 events")).to_be_visible()
        assert ada.faults_in_all_looks() == []

        edit_rules(ada)
        for room in ("hall", "shed"):
            app.capture("DoorError", f"the door of the {room} is stuck")
        app.flush()
        wait_until(lambda: sum(error["total_count"] for error in errors(ada)) == 5, "both events are stored")
    assert len(errors(ada)) == 4

    sorter = hire("sorter")
    sorter.page.goto("/settings/grouping?project=sorting")
    expect(sorter.page.get_by_role("heading", name="Not yours to manage")).to_be_visible()


def edit_rules(ada: Visitor) -> None:
    """Stay with what is not saved, add a rule that the server refuses, move it, take it away again, and save."""
    page = ada.page
    page.get_by_role("link", name="Tokens").click()
    leaving = page.get_by_role("dialog", name="Leave without saving?")
    leaving.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Add rule").click()
    page.get_by_label("Pattern 1 of rule 2", exact=True).fill("*")
    page.get_by_label("Fingerprint by rule 2", exact=True).fill("{{nothing}}")
    page.get_by_role("button", name="Save").click()
    refused = page.get_by_label("Fingerprint by rule 2", exact=True)
    expect(refused).to_have_attribute("aria-invalid", "true")
    refused.fill("{{default}}")
    page.get_by_role("button", name="Move rule 2 up").click()
    expect(page.get_by_label("Fingerprint by rule 1", exact=True)).to_have_value("{{default}}")
    page.get_by_role("button", name="Remove rule 1").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Events that come from now on are grouped like this.")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Fingerprint by rule 1", exact=True)).to_have_value("doors {{source}}")
