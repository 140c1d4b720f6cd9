"""Takes the pictures of the dashboard that the documents show: ``python -m tests.browser.images``.

They go to docs/images. What they show is the demonstration's company, so that they hardly change unless the pages do.
"""

from __future__ import annotations

import io
import sys
import tempfile
import urllib.request
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs
from PIL import Image
from playwright.sync_api import expect, sync_playwright

from bloop_trio.clock import now_ms
from bloop_trio.config.sections import ServerConfig
from tests.browser.demo import PROJECT, furnish
from tests.browser.visiting import FLAGS, Visitor, find_chromium, open_site
from tests.conftest import an_event, as_json, signed

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser, Page

from tests.browser.visiting import Site

FOLDER: Final = Path(__file__).parents[2] / "docs" / "images"
MAX_BYTES: Final = 120_000
COLOURS: Final = 128
KEPT_COLOURS: Final = 64
"""Those that most pixels have, which stay as they are."""
PHONE_PX: Final = 390


@attrs.frozen
class Picture:
    """A page as it shall be seen."""

    name: str
    path: str
    text: str
    """Stands on the page when it is complete."""
    theme: str = "light"
    width: int = 1280
    height: int = 800
    scale: float = 2
    """Pixels of the picture for each of the page."""
    act: Callable[[Page], None] | None = None
    """What is done before it is looked at."""


LIST_TEXT: Final = "OutOfMemoryError"
ISSUE_TEXT: Final = "line.quantity"
"""Of a source, in which a minified stack is read."""


def _with_trends(page: Page) -> None:
    expect(page.get_by_role("img", name="702 events in 24 hours")).to_be_visible()


def _peek(page: Page) -> None:
    for key in ("j", "j", "j", "o"):
        page.keyboard.press(key)
    expect(page.get_by_role("complementary", name="Error").locator(".chart-mark").first).to_be_visible()
    _with_trends(page)


def _fill_rule(page: Page) -> None:
    page.get_by_label("Name").fill("New in production")
    page.get_by_label("Environment", exact=True).fill("production")
    expect(page.get_by_text("Trying it out…")).to_be_visible()
    expect(page.get_by_text("Trying it out…")).to_have_count(0)


IN_THE_COMPANY: Final = (
    Picture("sign-in", "/auth/login", "Sign in to bloop", height=600),
    Picture("issues-light", "/issues", LIST_TEXT, height=830, act=_with_trends),
    Picture("issues-dark", "/issues", LIST_TEXT, theme="dark", height=830, act=_with_trends),
    Picture("issues-phone", "/issues", LIST_TEXT, width=PHONE_PX, height=844, act=_with_trends),
    Picture("peek", "/issues", LIST_TEXT, height=830, scale=1.5, act=_peek),
    Picture("issue-light", "/issues/{TypeError}", ISSUE_TEXT, height=1100, scale=1.5),
    Picture("issue-dark", "/issues/{TypeError}", ISSUE_TEXT, theme="dark", height=1100, scale=1.5),
    Picture("issue-phone", "/issues/{TypeError}", ISSUE_TEXT, width=PHONE_PX, height=1300),
    Picture("timeline", "/issues/{IntegrityError}?tab=timeline", "runs the job twice", height=900),
    Picture("alert-rule", "/settings/alerts/new", "in the last 7 days", height=900, scale=1.5, act=_fill_rule),
    Picture("deliveries", "/settings/alerts/deliveries", "no_service", height=860, scale=1.5),
    Picture("source-maps", "/settings/sourcemaps", "4.11.3", height=760),
    Picture("grouping", "/settings/grouping", "By rules", height=900),
    Picture("retention", "/settings/retention", "What is stored", height=900),
    Picture("spikes", "/insights", "TimeoutError", height=640),
    Picture("releases", "/insights/releases", "4.11.2", height=760),
    Picture("first-event", "/welcome?project=route-planner", "Waiting for the first event…"),
    Picture("projects", "/settings/projects", "Route planner", height=560),
    Picture("project-light", f"/settings/projects/{PROJECT}", "Send errors to it", height=900),
    Picture("project-dark", f"/settings/projects/{PROJECT}", "Send errors to it", theme="dark", height=900),
    Picture("tokens", "/settings/tokens", "On-call bot", height=640),
    Picture("users", "/settings/users", "ruben", height=560),
    Picture("invites", "/settings/invites", "qN4vT0xL…", height=560),
    Picture("audit-log", "/settings/audit", "Ruben's notebook"),
    Picture("account", "/settings/account", "Key in the safe", height=760),
)
BEFORE_ANYBODY: Final = (Picture("setup", "/auth/login", "Welcome to bloop", height=600),)


def main() -> None:
    """Take all pictures, or those whose names are given."""
    wanted = set(sys.argv[1:])
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        for furnished, pictures in [(False, BEFORE_ANYBODY), (True, IN_THE_COMPANY)]:
            with tempfile.TemporaryDirectory() as folder:
                cookie = furnish(Path(folder, "bloop.db"), now_ms()) if furnished else None
                # The usual port, since it stands in the snippets.
                with open_site(Path(folder), port=ServerConfig().port) as site:
                    if cookie is not None:
                        site.cookies = [{"name": "bloop_session", "value": cookie, "url": site.origin}]
                        _send_one(site)
                    for picture in pictures:
                        if not wanted or picture.name in wanted:
                            take(browser, site, picture)
        browser.close()


def take(browser: Browser, site: Site, picture: Picture) -> None:
    """Take one picture.

    Raises:
        SystemExit: it is larger than pictures may be.
    """
    size = {"width": picture.width, "height": picture.height}
    visitor = Visitor.arrive(
        browser,
        site,
        width=picture.width,
        theme=picture.theme,
        viewport=size,
        device_scale_factor=picture.scale,
        locale="en-GB",
    )
    if not picture.path.startswith("/auth/"):
        visitor.context.add_cookies(site.cookies)
    path = _with_fingerprints(site, picture.path)
    joint = "&" if "?" in picture.path else "?"
    project = "" if "project=" in picture.path or picture.path.startswith("/auth/") else f"{joint}project={PROJECT}"
    visitor.page.goto(path + project)
    expect(visitor.page.get_by_text(picture.text).first).to_be_visible()
    if picture.name == "setup":
        visitor.page.get_by_label("Username").fill("ada")
    if picture.act is not None:
        picture.act(visitor.page)
    visitor.page.evaluate("document.fonts.ready.then(() => document.activeElement?.blur())")
    taken = Image.open(io.BytesIO(visitor.page.screenshot(animations="disabled", caret="hide")))
    visitor.leave()
    file = FOLDER / f"{picture.name}.png"
    few = _with_few_colours(taken.convert("RGB"))
    few.save(file, optimize=True)
    written = file.stat().st_size
    sys.stdout.write(f"{file.name}: {written / 1000:.0f} KB\n")
    if written > MAX_BYTES:
        sys.exit(f"{file.name} is larger than {MAX_BYTES / 1000:.0f} KB")


def _with_few_colours(image: Image.Image) -> Image.Image:
    """Return an image with the colours that it has most of, and some for a small red sign among all that is grey."""
    counted: Any = image.getcolors(image.width * image.height)
    most = [colour for _, colour in sorted(counted, reverse=True)[:KEPT_COLOURS]]
    spread = image.quantize(COLOURS - KEPT_COLOURS, method=Image.Quantize.MAXCOVERAGE).getpalette() or []
    palette = [*most, *zip(spread[::3], spread[1::3], spread[2::3], strict=True)]

    def nearest(colour: tuple[int, ...]) -> int:
        away = [sum((x - y) ** 2 for x, y in zip(colour, known, strict=True)) for known in palette]
        return away.index(min(away))

    # Pillow looks for what is near by rounded colours, which makes white a light grey.
    numbers = {colour: nearest(colour) for _, colour in counted}
    pixels: Any = image.get_flattened_data()
    few = Image.new("P", image.size)
    few.putpalette(list(chain.from_iterable(palette)))
    few.putdata([numbers[pixel] for pixel in pixels])
    return few


def _send_one(site: Site) -> None:
    """Have the server write something, in a project that no picture shows."""
    body = as_json(an_event(timestamp=now_ms(), error_type="ScannerError"))
    ((key,),) = site.server.rows("SELECT api_key FROM projects WHERE slug = 'warehouse'")
    request = urllib.request.Request(f"{site.origin}/v1/ingest", body, signed(body, str(key)), method="POST")
    urllib.request.urlopen(request, timeout=10).close()


def _with_fingerprints(site: Site, path: str) -> str:
    """Return a path with the fingerprints of the errors whose types stand in braces."""
    name = path.partition("{")[2].partition("}")[0]
    if not name:
        return path
    ((fingerprint,),) = site.server.rows(f"SELECT fingerprint FROM issues WHERE error_type = '{name}'")
    return path.replace(f"{{{name}}}", str(fingerprint))


if __name__ == "__main__":
    main()
