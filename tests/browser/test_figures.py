"""How fast the sign-in page is, and how heavy: printed at the end of the session, and held to nothing here.

What it may weigh is held to by `nox -s web`, where it is built.
"""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.visiting import Visitor

VISITS = 5
PAINTED = "performance.getEntriesByName('first-contentful-paint').map((entry) => entry.startTime)"
SCRIPTS = """performance.getEntriesByType('resource')
    .filter((entry) => new URL(entry.name).pathname.endsWith('.js'))
    .map((entry) => [entry.encodedBodySize, entry.decodedBodySize])"""


def test_the_sign_in_page_is_timed_and_weighed(at_office: Callable[..., Visitor], say: Callable[[str], None]) -> None:
    times_ms, sizes = [], []
    for _ in range(VISITS):
        visitor = at_office()  # with an empty cache
        visitor.page.goto("/auth/login")
        expect(visitor.page.get_by_role("button", name="Sign in with a passkey")).to_be_visible()
        visitor.page.wait_for_function(f"{PAINTED}.length > 0")
        times_ms += visitor.page.evaluate(PAINTED)
        sizes = visitor.page.evaluate(SCRIPTS)
    sent, unpacked = (sum(column) for column in zip(*sizes, strict=True))
    assert 0 < sent < unpacked, "scripts travel compressed"
    say(
        f"sign-in page: first paint after {median(times_ms):.0f} ms (median of {VISITS}),"
        f" {sent / 1024:.1f} KiB of script as sent"
    )
