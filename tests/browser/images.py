"""Takes the pictures of the dashboard that the documents show: ``python -m tests.browser.images``.

They go to docs/images. What they show is the demonstration's company, so that they hardly change unless the pages do.
"""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs
from PIL import Image
from playwright.sync_api import expect, sync_playwright

from bloop_trio.clock import now_ms
from bloop_trio.config.sections import ServerConfig
from tests.browser.demo import PROJECT, furnish
from tests.browser.visiting import FLAGS, Visitor, find_chromium, open_site

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser.visiting import Site

FOLDER: Final = Path(__file__).parents[2] / "docs" / "images"
MAX_BYTES: Final = 120_000
COLOURS: Final = 256
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


IN_THE_COMPANY: Final = (
    Picture("sign-in", "/auth/login", "Sign in to bloop", height=600),
    Picture("issues-light", "/issues", "TemplateError"),
    Picture("issues-dark", "/issues", "TemplateError", theme="dark"),
    Picture("first-event", "/welcome?project=route-planner", "Waiting for the first event…"),
    Picture("projects", "/settings/projects", "Route planner", height=560),
    Picture("project-light", f"/settings/projects/{PROJECT}", "Send errors to it", height=900),
    Picture("project-dark", f"/settings/projects/{PROJECT}", "Send errors to it", theme="dark", height=900),
    Picture("tokens", "/settings/tokens", "On-call bot", height=640),
    Picture("users", "/settings/users", "ruben", height=560),
    Picture("invites", "/settings/invites", "qN4vT0xL…", height=560),
    Picture("audit-log", "/settings/audit", "Ruben's notebook"),
    Picture("account", "/settings/account", "Key in the safe", height=760),
    Picture("issues-phone", "/issues", "TemplateError", width=PHONE_PX, height=844),
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
        browser, site, width=picture.width, theme=picture.theme, viewport=size, device_scale_factor=2, locale="en-GB"
    )
    if not picture.path.startswith("/auth/"):
        visitor.context.add_cookies(site.cookies)
    joint = "&" if "?" in picture.path else "?"
    project = "" if "project=" in picture.path or picture.path.startswith("/auth/") else f"{joint}project={PROJECT}"
    visitor.page.goto(picture.path + project)
    expect(visitor.page.get_by_text(picture.text).first).to_be_visible()
    if picture.name == "setup":
        visitor.page.get_by_label("Username").fill("ada")
    visitor.page.evaluate("document.fonts.ready.then(() => document.activeElement?.blur())")
    taken = Image.open(io.BytesIO(visitor.page.screenshot(animations="disabled", caret="hide")))
    visitor.leave()
    path = FOLDER / f"{picture.name}.png"
    few = taken.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    few.save(path, optimize=True)
    written = path.stat().st_size
    sys.stdout.write(f"{path.name}: {written / 1000:.0f} KB\n")
    if written > MAX_BYTES:
        sys.exit(f"{path.name} is larger than {MAX_BYTES / 1000:.0f} KB")


if __name__ == "__main__":
    main()
