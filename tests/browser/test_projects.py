"""A project from its making to its end, with an app that sends to it all the while."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from bloop import BloopClient
from playwright.sync_api import expect

from tests.server.process import wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.browser.visiting import Visitor

_REJECTED: Final = re.compile(r"^bloop_events_rejected_total\{.*\} (\S+)$", re.MULTILINE)


def test_a_project_is_created_with_a_slug_of_its_own_and_renamed(ada: Visitor) -> None:
    page = ada.page
    page.goto("/settings/projects?project=default")
    page.get_by_role("button", name="Create project").click()
    dialog = page.get_by_role("dialog", name="Create a project")
    name, slug = dialog.get_by_label("Name"), dialog.get_by_label("Slug")
    name.fill("Café & Söhne")
    expect(slug).to_have_value("cafe-sohne")
    slug.fill("Not a slug!")
    dialog.get_by_role("button", name="Create project").click()
    expect(slug).to_have_attribute("aria-invalid", "true")
    expect(slug).to_have_accessible_description(re.compile("slug", re.IGNORECASE))
    slug.fill("default")
    dialog.get_by_role("button", name="Create project").click()
    expect(slug).to_have_accessible_description(re.compile("taken|exists", re.IGNORECASE))
    slug.fill("cafe")
    name.fill("  ")
    dialog.get_by_role("button", name="Create project").click()
    expect(name).to_have_attribute("aria-invalid", "true")
    name.fill("Café")
    dialog.get_by_role("button", name="Create project").click()
    page.wait_for_url("**/welcome?project=cafe")
    expect(page.get_by_role("button", name="Project: Café")).to_be_visible()

    page.goto("/settings/projects/cafe?project=cafe")
    page.get_by_role("button", name="Rename…").click()
    page.get_by_role("dialog").get_by_label("Name").fill("Café Royal")
    page.get_by_role("dialog").get_by_role("button", name="Rename").click()
    expect(page.get_by_role("heading", name="Café Royal")).to_be_visible()
    expect(page.get_by_role("button", name="Project: Café Royal")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Café Royal")).to_be_visible()


def test_a_key_is_hidden_until_asked_for_and_copied_without_being_shown(ada: Visitor) -> None:
    page = ada.page
    ada.context.grant_permissions(["clipboard-read", "clipboard-write"])
    _, made = ada.call("POST", "/v1/projects", {"name": "Cellar", "slug": "cellar"})
    page.goto("/settings/projects/cellar?project=cellar")
    expect(page.get_by_role("button", name="Copy key")).to_be_visible()
    assert made["api_key"] not in page.content()
    page.get_by_role("button", name="Copy key").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == made["api_key"]
    assert made["api_key"] not in page.content()
    page.get_by_role("button", name="Show key").first.click()
    expect(page.get_by_text(made["api_key"], exact=True)).to_be_visible()
    page.get_by_role("button", name="Hide key").first.click()
    expect(page.get_by_text(made["api_key"])).to_have_count(0)


def test_an_app_goes_on_through_a_rotation_with_grace_and_is_refused_after_one_without(ada: Visitor) -> None:
    page = ada.page
    _, project = ada.call("POST", "/v1/projects", {"name": "Kitchen", "slug": "kitchen"})
    listed = page.get_by_role("grid", name="Errors").locator("[role=row][tabindex]")
    with BloopClient(ada.site.origin, project["api_key"], flush_interval=0.1) as app:
        app.capture("OvenError", "sent with the first key")
        app.flush()
        rotate(ada, "Goes on for 24 hours")
        app.capture("SinkError", "sent with the old key, in its time of grace")
        app.flush()
        page.goto("/issues?project=kitchen")
        see(ada, listed, 2)
        expect(page.get_by_text("sent with the old key, in its time of grace")).to_be_visible()

        rotate(ada, "Ends at once")
        refused = refusals(ada)
        app.capture("SinkError", "too late")
        app.flush()
        wait_until(lambda: refusals(ada) == refused + 1, "the event is counted as refused")
    _, now = ada.call("GET", "/v1/projects/kitchen")
    with BloopClient(ada.site.origin, now["api_key"]) as renewed:
        renewed.capture("LampError", "sent with the new key")
    page.goto("/issues?project=kitchen")
    see(ada, listed, 3)
    expect(page.get_by_text("sent with the new key")).to_be_visible()
    expect(page.get_by_text("too late")).to_have_count(0)


def test_a_project_is_deleted_by_typing_its_slug_and_its_app_is_refused(ada: Visitor) -> None:
    page = ada.page
    _, project = ada.call("POST", "/v1/projects", {"name": "Old barn", "slug": "barn"})
    page.goto("/settings/projects/barn?project=barn")
    page.get_by_role("button", name="Delete…").click()
    dialog = page.get_by_role("dialog", name="Delete Old barn?")
    really = dialog.get_by_role("button", name="Delete project")
    expect(really).to_be_disabled()
    dialog.get_by_label("Type barn to confirm").fill("Old barn")
    expect(really).to_be_disabled()
    dialog.get_by_label("Type barn to confirm").fill("barn")
    really.click()
    expect(page.get_by_text("Old barn is deleted.")).to_be_visible()
    expect(page.get_by_role("table", name="Projects")).to_be_visible()
    expect(page.get_by_role("link", name="Old barn")).to_have_count(0)
    refused = refusals(ada)
    with BloopClient(ada.site.origin, project["api_key"]) as app:
        app.capture("Error", "nobody listens")
    wait_until(lambda: refusals(ada) == refused + 1, "the event is counted as refused")
    page.goto("/settings/projects/barn?project=default")
    expect(page.get_by_role("heading", name="There is no such project")).to_be_visible()

    page.goto("/settings/projects/default?project=default")
    expect(page.get_by_text("cannot be deleted")).to_be_visible()
    expect(page.get_by_role("button", name="Delete…")).to_have_count(0)


def rotate(visitor: Visitor, what_becomes_of_the_old: str) -> None:
    page = visitor.page
    page.goto("/settings/projects/kitchen?project=kitchen")
    page.get_by_role("button", name="New key…").click()
    dialog = page.get_by_role("dialog", name="New key for Kitchen")
    dialog.get_by_label("The key it has now").select_option(what_becomes_of_the_old)
    dialog.get_by_role("button", name="Make a new key").click()
    expect(page.get_by_text("There is a new key.")).to_be_visible()


def see(visitor: Visitor, listed: Locator, errors: int) -> None:
    """Look again until so many errors are listed: what is accepted is not written at once."""

    def is_there() -> bool:
        visitor.page.get_by_role("button", name="Refresh").click()
        expect(visitor.page.locator("[aria-busy=true]")).to_have_count(0)
        return bool(listed.count() == errors)

    wait_until(is_there, f"{errors} errors are listed")


def refusals(visitor: Visitor) -> int:
    """Return how many events the server has refused so far."""
    text = visitor.page.request.get("/metrics").text()
    return sum(int(float(value)) for value in _REJECTED.findall(text))
