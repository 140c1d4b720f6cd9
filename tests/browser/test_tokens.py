"""A token from its making to its end."""

from __future__ import annotations

import re
import urllib.error
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from tests.browser.visiting import Visitor


def test_a_token_is_shown_once_works_and_is_refused_as_soon_as_it_is_revoked(ada: Visitor) -> None:
    page, server = ada.page, ada.site.server
    ada.call("POST", "/v1/projects", {"name": "Tills", "slug": "tills"})
    page.goto("/settings/tokens?project=tills")
    page.get_by_role("button", name="Create token").first.click()
    dialog = page.get_by_role("dialog", name="Create a token for Tills")

    # What is missing is said where it is missing, before anything is sent.
    dialog.get_by_label("errors:read").uncheck()
    dialog.get_by_role("button", name="Create token").click()
    expect(dialog.get_by_label("Name")).to_have_attribute("aria-invalid", "true")
    dialog.get_by_label("Name").fill("Nightly report")
    dialog.get_by_role("button", name="Create token").click()
    expect(dialog.get_by_text("Choose at least one thing that it may do.")).to_be_visible()
    dialog.get_by_label("errors:read").check()
    dialog.get_by_label("Ends after").select_option("30 days")
    dialog.get_by_role("button", name="Create token").click()

    made = page.get_by_role("dialog", name="The token Nightly report")
    token = made.get_by_text("bloop_tk_").inner_text()
    assert re.fullmatch(r"bloop_tk_[\w-]{43}", token)
    made.get_by_role("button", name="I have copied it").click()
    row = page.get_by_role("row").filter(has_text="Nightly report")
    expect(row).to_contain_text("never")  # used
    assert server.get("/v1/errors", token) == []
    page.reload()
    expect(row).to_contain_text(token[:16])
    assert token not in page.content()

    page.get_by_role("button", name="Revoke Nightly report").click()
    page.get_by_role("dialog", name="Revoke Nightly report?").get_by_role("button", name="Revoke token").click()
    expect(page.get_by_text("Nightly report is revoked.")).to_be_visible()
    with pytest.raises(urllib.error.HTTPError, match="401") as refused:
        server.get("/v1/errors", token)
    refused.value.close()
    expect(page.get_by_role("heading", name="No token works at present")).to_be_visible()
    page.get_by_role("button", name="Show revoked and expired ones (1)").click()
    expect(row).to_contain_text("revoked")
