"""A real Chromium in front of a real server. `nox -s browser` brings what it takes.

A browser is found by `BLOOP_TEST_CHROMIUM`, or on PATH. Without one the tests are skipped, but not in CI.
"""

from __future__ import annotations

import os
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest

if find_spec("playwright") is None:
    # The session that runs all other tests has no playwright; the one for these has.
    collect_ignore_glob = ["test_*.py"]
else:
    from playwright.sync_api import expect

    from tests.browser.visiting import FLAGS, Site, Visitor, find_chromium, open_site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser


@pytest.fixture(scope="package")
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
def arrive(browser: Browser) -> Iterator[Callable[..., Visitor]]:
    """Opens browsers at a site, each with its own cookies and its own passkeys: ``arrive(site, width=390)``.

    At the end each has to have seen no error in its console, no dialog of a script, and no request to another host.
    """
    opened: list[Visitor] = []

    def start(at: Site, **options: Any) -> Visitor:
        opened.append(Visitor.arrive(browser, at, **options))
        return opened[-1]

    yield start
    for visitor in opened:
        visitor.context.close()
    for visitor in opened:
        visitor.leave()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A server that nobody has set up yet."""
    with open_site(tmp_path) as opened:
        yield opened


@pytest.fixture
def visit(site: Site, arrive: Callable[..., Visitor]) -> Callable[..., Visitor]:
    """Opens browsers at `site`: ``visit(width=390)``. They are closed before the server ends."""
    return partial(arrive, site)


@pytest.fixture
def visitor(visit: Callable[..., Visitor]) -> Visitor:
    """Somebody with a browser and an authenticator, at no page yet."""
    return visit()


@pytest.fixture
def admin(visitor: Visitor) -> Visitor:
    """The first user of `site`, signed in, at the list of issues."""
    visitor.set_up("ada")
    return visitor


@pytest.fixture(scope="package")
def office(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server that ada has set up. All stories that need none of their own share it, and clash in no name.

    Its alerts may go to receivers on this machine.
    """
    with open_site(tmp_path_factory.mktemp("office"), ALERTING__ALLOW_PRIVATE_WEBHOOKS="true") as opened:
        first = Visitor.arrive(browser, opened)
        first.set_up("ada")
        opened.cookies = list(first.context.cookies())
        first.leave()
        yield opened


@pytest.fixture
def at_office(arrive: Callable[..., Visitor], office: Site) -> Callable[..., Visitor]:
    """Opens browsers at `office`: ``at_office(width=390)``."""
    return partial(arrive, office)


@pytest.fixture
def ada(at_office: Callable[..., Visitor], office: Site) -> Visitor:
    """The administrator of `office`, signed in, at the list of issues."""
    visitor = at_office()
    visitor.context.add_cookies(office.cookies)
    visitor.page.goto("/issues?project=default")
    expect(visitor.page.get_by_role("heading", name="Errors", level=1)).to_be_visible()
    return visitor


@pytest.fixture
def hire(at_office: Callable[..., Visitor], ada: Visitor) -> Callable[[str], Visitor]:
    """Lets somebody join `office` as an ordinary user: ``hire("bob")`` is bob, at the list of issues."""

    def start(username: str) -> Visitor:
        status, invite = ada.call("POST", "/v1/admin/invites")
        assert status == 200
        visitor = at_office()
        visitor.join(invite["url"], username)
        return visitor

    return start


_SAID = pytest.StashKey[list[str]]()


@pytest.fixture
def say(pytestconfig: pytest.Config) -> Callable[[str], None]:
    """Says something at the end of the session."""
    return pytestconfig.stash.setdefault(_SAID, []).append


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for line in config.stash.get(_SAID, []):
        terminalreporter.write_line(line)
