"""What somebody does with a browser: pages, passkeys, and a look at what went wrong on the way."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, Self

import attrs
from playwright.sync_api import expect

from bloop_trio.clock import now_ms
from tests.server.process import ServerProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, BrowserContext, CDPSession, Dialog, Page

FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DEADLINE_MS: Final = 15_000
"""How long a page may take to show something before a test fails."""
QUICK: Final = {"RATE_LIMIT__AUTH_PER_SECOND": "0", "PIPELINE__FLUSH_INTERVAL_SECS": "0.05"}
AXE: Final = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
RULES_OF_AXE: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RULES_OF_COLOURS: Final = ["color-contrast", "link-in-text-block"]
"""Those of them that one theme may break and the other not."""
SMALLEST_PX: Final = 320
"""Of phones: what fits there is not looked at for more than its width, as it looks the same at 390."""
_THEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")
_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "chrome")
_SETTLE: Final = """async () => {
    await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    const ending = document.getAnimations().filter((one) => one.effect.getTiming().iterations !== Infinity);
    await Promise.allSettled(ending.map((one) => one.finished));
}"""
"""Waits until what has been changed is drawn: a colour that is on its way has the contrast of neither."""
_CALL: Final = """async ([method, path, body]) => {
    const json = body === null ? {} : {headers: {"content-type": "application/json"}, body: JSON.stringify(body)};
    const answer = await fetch(path, {method, ...json});
    return [answer.status, await answer.json()];
}"""

expect.set_options(timeout=DEADLINE_MS)


def find_chromium() -> str | None:
    """Return the path of a browser, or None if there is none."""
    named = os.environ.get("BLOOP_TEST_CHROMIUM")
    return named or next(filter(None, map(shutil.which, _NAMES)), None)


@attrs.define
class Site:
    """A running server as browsers see it."""

    server: ServerProcess
    origin: str
    """With the name at which passkeys work."""
    cookies: list[Any] = attrs.field(factory=list)
    """Of whoever set it up, for further browsers of theirs."""

    def key(self) -> str:
        """Return the default project's key."""
        return self.server.key()


@contextmanager
def open_site(folder: Path, *, port: int | None = None, **settings: str) -> Iterator[Site]:
    """Start a server in `folder`, at any free port; settings are environment variables without their prefix.

    It lets one address sign in as often as it likes, and writes events as soon as they come.
    """
    server = ServerProcess(folder, **QUICK | settings | ({} if port is None else {"SERVER__PORT": str(port)}))
    origin = f"http://localhost:{server.port}"
    server.environment["BLOOP__AUTH__RP_ORIGIN"] = origin
    with server:
        yield Site(server, origin)


@contextmanager
def open_furnished(folder: Path, furnish: Callable[[Path, int], str], **settings: str) -> Iterator[Site]:
    """Start a server over a database that `furnish` fills, with the cookie of whom that signs in."""
    cookie = furnish(folder / "bloop.db", now_ms())
    with open_site(folder, port=None, **settings) as opened:
        opened.cookies = [{"name": "bloop_session", "value": cookie, "url": opened.origin}]
        yield opened


@attrs.define(eq=False, slots=False)  # Playwright remembers in the object which methods it calls
class Visitor:
    """Somebody with a browser of their own: its cookies, its page, and an authenticator that holds passkeys."""

    site: Site
    context: BrowserContext
    page: Page
    cdp: CDPSession
    authenticator: str
    """Its id, for what CDP can do with it."""
    complaints: list[str] = attrs.field(factory=list)
    """What the browser has said in its console, but for the status of answers, and requests to other hosts."""

    @classmethod
    def arrive(
        cls,
        browser: Browser,
        site: Site,
        *,
        width: int = 1280,
        theme: str = "light",
        touring: bool = False,
        **options: Any,
    ) -> Self:
        """Start a browser with an empty authenticator; further options are those of `Browser.new_context`.

        It has seen the tour, unless it is `touring`.
        """
        height = 800 if width > 600 else 844
        context = browser.new_context(
            **{
                "base_url": site.origin,
                "viewport": {"width": width, "height": height},
                "color_scheme": theme,
                "reduced_motion": "reduce",  # so that a colour is what it is, and not on its way there
            }
            | options
        )
        context.set_default_timeout(DEADLINE_MS)
        if not touring:
            context.add_init_script("localStorage.setItem('bloop-tour', 'done')")
        page = context.new_page()
        cdp = context.new_cdp_session(page)
        cdp.send("WebAuthn.enable", {"enableUI": False})
        visitor = cls(site, context, page, cdp, "")
        visitor.authenticator = visitor.add_authenticator()
        page.on("console", lambda said: visitor._note(said.type, f"{said.text} {said.location.get('url', '')}".strip()))
        page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
        page.on("request", lambda request: visitor._note_request(request.url))
        page.on("dialog", visitor._note_dialog)
        return visitor

    def add_authenticator(self, **options: Any) -> str:
        """Plug in another authenticator and return its id; a browser has one of the kind ``internal`` at most."""
        usual = {
            "protocol": "ctap2",
            "ctap2Version": "ctap2_1",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        added = self.cdp.send("WebAuthn.addVirtualAuthenticator", {"options": usual | options})
        return str(added["authenticatorId"])

    def let_authenticator(self, authenticator: str, *, answer: bool) -> None:
        """Say whether an authenticator answers, or lies in a drawer."""
        self.cdp.send("WebAuthn.setAutomaticPresenceSimulation", {"authenticatorId": authenticator, "enabled": answer})

    def copy_passkeys_from(self, other: Visitor) -> None:
        """Take over what another browser's authenticator holds, as a provider does that syncs them."""
        for passkey in other.passkeys():
            self.cdp.send("WebAuthn.addCredential", {"authenticatorId": self.authenticator, "credential": passkey})

    def passkeys(self) -> list[dict[str, Any]]:
        """Return what the authenticator holds."""
        held = self.cdp.send("WebAuthn.getCredentials", {"authenticatorId": self.authenticator})
        return list(held["credentials"])

    def set_up(self, username: str) -> None:
        """Become the first user."""
        self.page.goto("/")
        self.page.get_by_label("Username").fill(username)
        self.page.get_by_role("button", name="Create account and passkey").click()
        self.page.wait_for_url("**/issues?project=default")
        expect(self.page.get_by_role("heading", name="Errors", level=1)).to_be_visible()

    def join(self, link: str, username: str) -> None:
        """Become a user by an invite."""
        self.page.goto(link)
        self.page.get_by_label("Username").fill(username)
        self.page.get_by_role("button", name="Create account and passkey").click()
        self.page.wait_for_url("**/issues?project=*")
        expect(self.page.get_by_role("button", name=f"Signed in as {username}")).to_be_visible()

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Call the API from within the page, with its cookies; returns status and JSON."""
        status, answer = self.page.evaluate(_CALL, [method, path, body])
        return status, answer

    def sign_in(self) -> None:
        """Sign in with the passkey that the authenticator holds."""
        self.page.goto("/auth/login")
        self.page.get_by_role("button", name="Sign in with a passkey").click()
        self.page.wait_for_url("**/issues?project=*")

    def sign_out(self) -> None:
        """Leave by the menu."""
        self.page.get_by_role("button", name="Signed in as").click()
        self.page.get_by_role("menuitem", name="Sign out").click()
        self.page.wait_for_url("**/auth/login")

    def faults(self, *, colours_alone: bool = False) -> list[str]:
        """Return what axe-core finds wrong with the page as it stands, or with its colours alone, a line each."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text(encoding="utf-8"))
        self.page.evaluate(_SETTLE)
        rules = (
            {"type": "rule", "values": RULES_OF_COLOURS} if colours_alone else {"type": "tag", "values": RULES_OF_AXE}
        )
        found = self.page.evaluate("rules => axe.run({runOnly: rules, resultTypes: ['violations']})", rules)
        return [
            f"{violation['id']}: {node['html']}: {node['failureSummary']}"
            for violation in found["violations"]
            for node in violation["nodes"]
        ]

    def faults_in_all_looks(self) -> list[str]:
        """Return what is wrong with the page in both themes, on a desk and on phones; the window is as before then."""
        before, found = self.page.viewport_size, []
        for width in (1280, 390, SMALLEST_PX):
            self.page.set_viewport_size({"width": width, "height": 800})
            if self.overflow_px():
                found.append(f"{width} px: {self.overflow_px()} px wider than the window")
            for theme in _THEMES if width > SMALLEST_PX else ():
                self.page.emulate_media(color_scheme=theme)
                faults = self.faults(colours_alone=theme != _THEMES[0])
                found += [f"{width} px, {theme}: {fault}" for fault in faults]
        if before is not None:
            self.page.set_viewport_size(before)
        self.page.emulate_media(color_scheme="light")
        return found

    def overflow_px(self) -> int:
        """Return by how much the page is wider than the window."""
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        return int(self.page.evaluate(wide))

    def leave(self) -> None:
        """Close the browser.

        Raises:
            AssertionError: it had something to complain about.
        """
        self.context.close()
        assert not self.complaints, self.complaints

    def _note(self, kind: str, text: str) -> None:
        # A refusal that a test brings about on purpose is in the console too.
        is_refusal = "the server responded with a status of" in text
        if kind in {"error", "warning"} and not is_refusal:
            self.complaints.append(text)

    def _note_dialog(self, dialog: Dialog) -> None:
        # None of our pages opens one; a script that was smuggled in would.
        self.complaints.append(f"{dialog.type}: {dialog.message}")
        dialog.dismiss()

    def _note_request(self, url: str) -> None:
        if not url.startswith((self.site.origin, "data:", "blob:")):
            self.complaints.append(f"request to another host: {url}")
