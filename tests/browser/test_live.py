"""What the server tells while somebody looks: by one connection, which goes on where it was after whatever comes between."""

from __future__ import annotations

import re
from itertools import count
from typing import TYPE_CHECKING, Any, Final

import pytest
from bloop import BloopClient
from playwright.sync_api import expect

from tests.browser.issue_events import new_project
from tests.server.process import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Route

    from tests.browser.visiting import Visitor

_OPEN: Final = re.compile(r"^bloop_streams_open (\d+)", re.MULTILINE)
_HIDE: Final = """isHidden => {
    Object.defineProperty(document, 'hidden', {configurable: true, get: () => isHidden});
    document.dispatchEvent(new Event('visibilitychange'));
}"""
_NUMBERS: Final = count(1)
LIVE: Final = ".live-dot.live"


@pytest.fixture
def kiosk(ada: Visitor) -> dict[str, Any]:
    """A project of its own, whose list ada is about to look at."""
    return new_project(ada, f"pier-{next(_NUMBERS)}")


@pytest.fixture
def app(ada: Visitor, kiosk: dict[str, Any]) -> Iterator[BloopClient]:
    """An app that sends what goes wrong in it."""
    with BloopClient(ada.site.origin, kiosk["api_key"], flush_interval=0.05) as client:
        yield client


def open_streams(visitor: Visitor) -> int:
    """Return how many listen to the server."""
    found = _OPEN.search(visitor.page.request.get("/metrics").text())
    assert found is not None
    return int(found[1])


def send(app: BloopClient, error_type: str) -> None:
    app.capture(error_type, "the till is stuck")
    app.flush()


def figure(ada: Visitor, label: str) -> str:
    """Return a number of the overview, as it stands there."""
    return ada.page.locator(".overview-figures > div").filter(has_text=label).locator("dd").first.inner_text()


def test_a_page_has_one_connection_which_is_closed_while_nobody_looks(
    ada: Visitor, kiosk: dict[str, Any], app: BloopClient
) -> None:
    page, asked = ada.page, []
    page.on("request", lambda request: asked.append(request.url) if "/v1/stream" in request.url else None)
    send(app, "FirstError")
    wait_until(lambda: ada.call("GET", f"/v1/errors?project_id={kiosk['slug']}")[1], "the first is stored")
    page.goto(f"/issues?project={kiosk['slug']}")
    expect(page.locator(LIVE)).to_be_visible()
    expect(page.get_by_role("button", name="Unresolved 1")).to_be_visible()
    assert len(asked) == 1
    before = open_streams(ada)

    page.evaluate(_HIDE, True)
    expect(page.locator(LIVE)).to_have_count(0)
    wait_until(lambda: open_streams(ada) < before, "the connection is closed")
    send(app, "MissedError")
    wait_until(lambda: len(ada.call("GET", f"/v1/errors?project_id={kiosk['slug']}")[1]) == 2, "it is stored")
    page.evaluate(_HIDE, False)
    expect(page.locator(LIVE)).to_be_visible()
    expect(page.get_by_role("button", name="1 new Show")).to_be_visible()
    assert "last_event_id=" in asked[-1]
    assert len(asked) == 2

    # The numbers follow too, and the way to another page takes the connection along.
    expect(page.get_by_role("button", name="Unresolved 2")).to_be_visible()
    wait_until(lambda: figure(ada, "Unresolved") == "2", "the overview follows")
    page.locator(".issue-link").first.click()
    expect(page.get_by_role("heading", name="FirstError", level=1)).to_be_visible()
    assert len(asked) == 2


def test_a_connection_that_cannot_be_had_is_said_and_tried_again(ada: Visitor, kiosk: dict[str, Any]) -> None:
    page = ada.page

    def full(route: Route) -> None:
        route.fulfill(status=503, headers={"retry-after": "1"}, json={"error": "too many open streams"})

    page.route("**/v1/stream*", full)
    page.goto(f"/issues?project={kiosk['slug']}")
    expect(page.get_by_text("Too many pages are open at this server.").first).to_be_attached()
    page.unroute("**/v1/stream*")
    expect(page.locator(LIVE)).to_be_visible()


def test_a_session_that_ends_elsewhere_leads_to_the_sign_in_page(hire: Callable[[str], Visitor]) -> None:
    lou = hire("lou")
    lou.page.goto("/issues?project=default")
    expect(lou.page.locator(LIVE)).to_be_visible()
    # Not from the page itself, which hears of it by its feed alone.
    assert lou.page.request.post("/auth/logout", headers={"origin": lou.site.origin}).ok
    lou.page.wait_for_url("**/auth/login?next=*")
