"""The dashboard over HTTP: its two pages, the files that they are made of, and who is led where."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

import attrs
from quart import Blueprint, g, request

from bloop_trio.exceptions import NotFoundError
from bloop_trio.http.operations import Operation, documented
from bloop_trio.http.static import StaticFile, read_files

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bloop_trio.http.codec import Answer

APP_RULES: Final = (
    "/",
    "/insights",
    "/insights/<path:rest>",
    "/issues",
    "/issues/<path:rest>",
    "/settings",
    "/settings/<path:rest>",
    "/welcome",
)
"""Paths that the app draws by itself, in the browser; web/src/router.ts has their first segments too."""

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""What the pages may load and do: their own files, and calls to this server."""

_SIGN_IN: Final = "/auth/login"
_HTML: Final = {"content-security-policy": CONTENT_SECURITY_POLICY, "cache-control": "no-cache"}
_FOR_EVER: Final = {"cache-control": "public, max-age=31536000, immutable"}
_FOR_A_DAY: Final = {"cache-control": "public, max-age=86400"}
_ROBOTS: Final = StaticFile(content_type="text/plain; charset=utf-8", body=b"User-agent: *\nDisallow: /\n")
_NOT_BUILT: Final = """\
<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>bloop</title></head>
<body>
<p>This server has been installed without its dashboard: build it with <code>nox -s web</code> in a checkout,
or install it anew without <code>BLOOP_WEB=skip</code>. The <a href="/docs">HTTP API</a> works all the same.</p>
</body>
</html>
"""
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1"})
# Browsers take a backslash for a slash, and two of either begin the name of another host.
_PATH_OF_OURS: Final = re.compile(r"/(?![/\\])[!-~]*")


def dashboard_folder() -> Path | None:
    """Return where the built dashboard lies: in the package, or in the checkout that the package is part of."""
    here = Path(__file__).resolve()
    static, web = here.parents[1] / "static", here.parents[3] / "web"
    built = static if static.is_dir() else web / "dist"
    return built if (built / "index.html").is_file() and (built == static or (web / "package.json").is_file()) else None


def read_dashboard() -> dict[str, StaticFile]:
    """Return the files of the dashboard by their path; none if it has not been built."""
    folder = dashboard_folder()
    return {} if folder is None else read_files(folder)


@attrs.frozen
class Place:
    """Where the server's pages have to be opened."""

    rp_id: str
    origin: str

    def better(self, host: str) -> str | None:
        """Return the origin to use in place of `host`, at which passkeys do not work; None if it may do.

        An address is no name, so what was set up for ``localhost`` must be opened by that.
        """
        try:
            name = urlsplit(f"//{host}").hostname
        except ValueError:
            return None
        return self.origin if self.rp_id == "localhost" and name in _LOOPBACK else None


def local_target(text: str | None) -> str:
    """Return `text` if it is a path of this site, with or without a query, else ``/``."""
    return text if text is not None and _PATH_OF_OURS.fullmatch(text) else "/"


def page_routes(files: Mapping[str, StaticFile], place: Place) -> Blueprint:
    """Return the routes; `files` are those of the dashboard, by their path."""
    routes = Blueprint("pages", __name__)

    async def app_page(rest: str = "") -> Answer:
        # What `rest` means is the browser's business.
        if g.caller is None:
            return _see_other(_sign_in_for(_target()))
        return _page(files.get("index.html"))

    page = documented(Operation(summary="The dashboard", content_types=("text/html",)))(app_page)
    for rule in APP_RULES:
        routes.add_url_rule(rule, view_func=page, methods=["GET"])

    @routes.get(_SIGN_IN)
    @documented(Operation(summary="Signing in", content_types=("text/html",)))
    async def sign_in() -> Answer:
        better = place.better(request.headers.get("host", ""))
        if better is not None:
            return _see_other(better + _target())
        if g.caller is not None and "invite" not in request.args:
            return _see_other(local_target(request.args.get("next")))
        return _page(files.get("login.html"))

    @routes.get("/assets/<segment:name>")
    @documented(Operation(summary="A file of the dashboard, whose name changes with its content"))
    async def asset(name: str) -> Answer:
        return _sent(files.get(f"assets/{name}"), _FOR_EVER)

    @routes.get("/favicon.svg")
    @documented(Operation(summary="The icon of the site", content_types=("image/svg+xml",)))
    async def favicon() -> Answer:
        return _sent(files.get("favicon.svg"), _FOR_A_DAY)

    @routes.get("/robots.txt")
    @documented(Operation(summary="What search engines shall leave alone", content_types=("text/plain",)))
    async def robots() -> Answer:
        return _sent(_ROBOTS, _FOR_A_DAY)

    return routes


def _page(found: StaticFile | None) -> Answer:
    if found is None:
        return (
            _NOT_BUILT.encode(),
            503,
            {**_HTML, "cache-control": "no-store", "content-type": "text/html; charset=utf-8"},
        )
    return _sent(found, _HTML)


def _sent(found: StaticFile | None, headers: Mapping[str, str]) -> Answer:
    if found is None:
        raise NotFoundError("not found")
    return found.answer(request.accept_encodings, request.headers.get("if-none-match"), headers)


def _target() -> str:
    """Return path and query of the request, as a browser would write them."""
    path = quote(request.path, safe="/%")  # slashes and per cent signs of a segment are still escaped
    query = request.query_string.decode("ascii")
    return f"{path}?{query}" if query else path


def _sign_in_for(target: str) -> str:
    return _SIGN_IN if target == "/" else f"{_SIGN_IN}?next={quote(target, safe='/')}"


def _see_other(location: str) -> Answer:
    return b"", 303, {"location": location}
