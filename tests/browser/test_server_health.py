"""How the server is, in the side bar: quiet while all is well, and red in words when events are lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bloop import BloopClient
from playwright.sync_api import expect

from tests.browser.visiting import Visitor, open_site
from tests.server.process import locked_database, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CAPACITY: Final = 40
"""Events that the server can hold while its database is locked."""
SMALL: Final[dict[str, Any]] = {
    "INGEST__CHANNEL_CAPACITY": str(CAPACITY),
    "INGEST__MAX_WAIT_MS": "10",
    "PIPELINE__FLUSH_BATCH_SIZE": "10",
}


def test_events_that_are_dropped_are_told_in_red_at_the_desk_and_in_the_hand(
    tmp_path: Path, arrive: Callable[..., Visitor]
) -> None:
    with open_site(tmp_path, **SMALL) as site:
        visitor = arrive(site)
        visitor.set_up("ada")
        page = visitor.page
        health = page.get_by_role("region", name="Server")
        expect(health.get_by_text("Events dropped")).to_be_visible()
        expect(health.locator(".health-problems p")).to_have_count(0)
        page.set_viewport_size({"width": 390, "height": 844})
        expect(health).to_be_hidden()  # there is no room for good news

        with locked_database(site.server):
            with BloopClient(site.origin, site.key()) as app:
                for number in range(4 * CAPACITY):
                    app.capture("FloodError", f"drop {number}", source="api")
            wait_until(lambda: visitor.call("GET", "/v1/server")[1]["dropped_recently"] > 0, "events are dropped")
            _, status = visitor.call("GET", "/v1/server")
        assert status["state"] == "failing"
        page.reload()
        words = "were dropped in the last five minutes: the buffer was full"
        expect(health.get_by_text(words)).to_be_visible()
        expect(health.locator(".health-figures")).to_be_hidden()
        page.set_viewport_size({"width": 1280, "height": 800})
        expect(health.get_by_text(words)).to_be_visible()
        expect(health.locator("dd").nth(1)).to_have_text(str(status["dropped_total"]))
        expect(health).to_have_class("health bad")
        # The list's own numbers say it too, from the same answer.
        expect(page.locator(".overview-lost")).to_contain_text("dropped in 5 min.")
        assert visitor.faults_in_all_looks() == []
        visitor.leave()  # before the server does, whose live feed the page listens to
