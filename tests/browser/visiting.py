"""What somebody does with a browser: pages, passkeys, and a look at what went wrong on the way."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import attrs
from playwright.sync_api import expect

from tests.server.process import ServerProcess

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, CDPSession, Page

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
AXE: Final = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
RULES_OF_AXE: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

expect.set_options(timeout=DEADLINE_MS)


@attrs.frozen
class Site:
    """A running server as browsers see it."""

    server: ServerProcess
    origin: str
    """With the name at which passkeys work."""

    def key(self) -> str:
        """Return the default project's key."""
        return self.server.key()


@contextmanager
def open_site(folder: Path, **settings: str) -> Iterator[Site]:
    """Start a server in `folder`; settings are environment variables without their prefix."""
    server = ServerProcess(folder, **settings)
    origin = f"http://localhost:{server.port}"
    server.environment["BLOOP__AUTH__RP_ORIGIN"] = origin
    with server:
        yield Site(server, origin)


@attrs.define(eq=False)
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
    def arrive(cls, browser: Browser, site: Site, *, width: int = 1280, theme: str = "light", **options: Any) -> Self:
        """Start a browser with an empty authenticator; further options are those of `Browser.new_context`."""
        height = 800 if width > 600 else 844
        context = browser.new_context(
            **{"base_url": site.origin, "viewport": {"width": width, "height": height}, "color_scheme": theme} | options
        )
        context.set_default_timeout(DEADLINE_MS)
        page = context.new_page()
        cdp = context.new_cdp_session(page)
        cdp.send("WebAuthn.enable", {"enableUI": False})
        visitor = cls(site, context, page, cdp, "")
        visitor.authenticator = visitor.add_authenticator()
        page.on("console", lambda said: visitor._note(said.type, said.text))
        page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
        page.on("request", lambda request: visitor._note_request(request.url))
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
        expect(self.page.get_by_role("heading", name="Issues", level=1)).to_be_visible()

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

    def faults(self) -> list[str]:
        """Return what axe-core finds wrong with the page as it stands, a line each."""
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate("rules => axe.run({runOnly: rules})", RULES_OF_AXE)
        return [
            f"{violation['id']}: {node['html']}: {node['failureSummary']}"
            for violation in found["violations"]
            for node in violation["nodes"]
        ]

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
        assert self.complaints == []

    def _note(self, kind: str, text: str) -> None:
        # A refusal that a test brings about on purpose is in the console too.
        if kind in {"error", "warning"} and "the server responded with a status of" not in text:
            self.complaints.append(text)

    def _note_request(self, url: str) -> None:
        if not url.startswith((self.site.origin, "data:", "blob:")):
            self.complaints.append(f"request to another host: {url}")
