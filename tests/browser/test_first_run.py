"""From nothing to the first error, and back in the next morning."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.server.process import DEADLINE_SECS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.browser.visiting import Visitor


def test_from_nothing_to_the_first_error_and_back_in_by_passkey(visitor: Visitor, tmp_path: Path) -> None:
    page = visitor.page
    visitor.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visitor.set_up("ada")

    page.get_by_role("link", name="Settings").click()
    page.get_by_role("button", name="Create project").click()
    dialog = page.get_by_role("dialog", name="Create a project")
    dialog.get_by_label("Name").fill("Corner shop")
    dialog.get_by_role("button", name="Create project").click()

    expect(page.get_by_role("heading", name="Send errors to Corner shop")).to_be_visible()
    expect(page.get_by_role("heading", name="Waiting for the first event…")).to_be_visible()
    page.get_by_role("tab", name="Python").click()
    shown = page.get_by_label("Code for Python")
    expect(shown).to_contain_text("bloop_••••")
    page.get_by_role("tabpanel").get_by_role("button", name="Copy").last.click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert re.search(r"bloop_[0-9a-f]{64}", copied), "what is copied has the whole key"

    # What somebody pastes and runs, with the SDK as it is published.
    subprocess.run([sys.executable, "-c", copied], cwd=tmp_path, timeout=DEADLINE_SECS, check=True)
    expect(page.get_by_role("heading", name="It works")).to_be_visible()
    expect(page.get_by_text("RuntimeError: Hello from bloop")).to_be_visible()
    page.get_by_role("link", name="See the error").click()
    expect(page.get_by_role("heading", name="RuntimeError", level=1)).to_be_visible()
    expect(page.get_by_role("region", name="Stack").first).to_contain_text("Traceback (most recent call last)")
    page.get_by_role("main").get_by_role("link", name="Errors").click()
    expect(page.get_by_role("grid", name="Errors").locator("[role=row][tabindex]")).to_have_count(1)

    visitor.sign_out()
    page.goto("/issues")
    assert "/auth/login" in page.url
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_visible()
    expect(page.get_by_role("textbox")).to_have_count(0)  # no name is asked for
    page.get_by_role("button", name="Sign in with a passkey").click()
    # The project that was looked at last is there again.
    page.wait_for_url("**/issues?project=corner-shop")
    expect(page.get_by_role("button", name="Signed in as ada")).to_be_visible()
    expect(page.get_by_role("grid", name="Errors").locator("[role=row][tabindex]")).to_have_count(1)


def test_the_command_that_is_copied_for_a_shell_sends_an_event(ada: Visitor, tmp_path: Path) -> None:
    page = ada.page
    ada.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ada.call("POST", "/v1/projects", {"name": "Shell", "slug": "shell"})
    page.goto("/welcome?project=shell")
    expect(page.get_by_role("tab", name="cURL")).to_have_attribute("aria-selected", "true")
    page.get_by_role("tabpanel").get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    subprocess.run(["/bin/sh", "-c", copied], cwd=tmp_path, timeout=DEADLINE_SECS, check=True)
    expect(page.get_by_role("heading", name="It works")).to_be_visible()
    expect(page.get_by_text("HelloError: Hello from bloop")).to_be_visible()
