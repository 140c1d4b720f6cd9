"""A real Chromium in front of a real server. `nox -s browser` brings what it takes.

A browser is found by `BLOOP_TEST_CHROMIUM`, or on PATH. Without one the tests are skipped, but not in CI.
"""

from __future__ import annotations

import os
import shutil
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

import pytest

if find_spec("playwright") is None:
    # The session that runs all other tests has no playwright; the one for these has.
    collect_ignore_glob = ["test_*.py"]
else:
    from tests.browser.visiting import FLAGS, Site, Visitor, open_site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "chrome")


def find_chromium() -> str | None:
    """Return the path of a browser, or None if there is none."""
    named = os.environ.get("BLOOP_TEST_CHROMIUM")
    return named or next(filter(None, map(shutil.which, _NAMES)), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The browser, started once."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - see above

    path = find_chromium()
    if path is None:
        reason = "no Chromium: install one, or name it in BLOOP_TEST_CHROMIUM"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A server that nobody has set up yet."""
    with open_site(tmp_path) as opened:
        yield opened


@pytest.fixture
def visit(browser: Browser, site: Site) -> Iterator[Callable[..., Visitor]]:
    """Opens further browsers, each with its own cookies and its own passkeys: ``visit(width=390)``.

    At the end each has to have seen no error in its console, and no request to another host.
    """
    opened: list[Visitor] = []

    def start(**options: Any) -> Visitor:
        opened.append(Visitor.arrive(browser, site, **options))
        return opened[-1]

    yield start
    for visitor in opened:
        visitor.leave()


@pytest.fixture
def visitor(visit: Callable[..., Visitor]) -> Visitor:
    """Somebody with a browser and an authenticator, at no page yet."""
    return visit()


@pytest.fixture
def admin(visitor: Visitor) -> Visitor:
    """The first user, signed in, at the list of issues."""
    visitor.set_up("ada")
    return visitor
