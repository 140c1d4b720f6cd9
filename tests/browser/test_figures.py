"""How fast the sign-in page is, and how heavy: printed at the end of the session, and held to nothing here.

What it may weigh is held to by `nox -s web`, where it is built.
"""

from __future__ import annotations

from gzip import compress
from statistics import median
from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.visiting import Visitor

VISITS = 5
PAINTED = """() => new Promise((found) => {
    const look = (list) => list.getEntriesByName('first-contentful-paint').forEach((entry) => found(entry.startTime));
    new PerformanceObserver(look).observe({type: 'paint', buffered: true});
})"""
SCRIPTS = """performance.getEntriesByType('resource').map((entry) => entry.name)
    .filter((name) => new URL(name).pathname.endsWith('.js'))"""


def test_the_sign_in_page_is_timed_and_weighed(at_office: Callable[..., Visitor], say: Callable[[str], None]) -> None:
    times_ms = []
    visitors = [at_office() for _ in range(VISITS)]  # with empty caches
    for visitor in visitors:
        visitor.page.goto("/auth/login")
        expect(visitor.page.get_by_role("button", name="Sign in with a passkey")).to_be_visible()
        times_ms.append(visitor.page.evaluate(PAINTED))
    (visitor, *_) = visitors
    scripts = visitor.page.evaluate(SCRIPTS)
    assert scripts
    weight = sum(len(compress(visitor.page.request.get(script).body(), 9)) for script in scripts)
    say(
        f"sign-in page: first paint after {median(times_ms):.0f} ms (median of {VISITS}),"
        f" {weight / 1024:.1f} KiB of script when compressed"
    )
