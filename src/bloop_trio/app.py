"""The ordinary road: a Quart app that holds every route, each guarded as `access.ACCESS` says.

The app starts and stops nothing. Everything that it needs is handed over in `Services`.
"""

from __future__ import annotations

import uuid
from functools import partial
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

import structlog
from quart import g, request
from quart_trio import QuartTrio
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BaseConverter

from bloop_trio import __version__
from bloop_trio.access import ACCESS
from bloop_trio.auth.callers import Callers
from bloop_trio.auth.scopes import allows
from bloop_trio.blueprints import blueprints
from bloop_trio.exceptions import RequestError
from bloop_trio.http import problems
from bloop_trio.http.client_address import TrustedProxies
from bloop_trio.http.credentials import read_credentials
from bloop_trio.http.edge import Edge
from bloop_trio.http.guard import Guard
from bloop_trio.http.openapi.document import build_document
from bloop_trio.http.openapi.endpoints import collect_endpoints
from bloop_trio.http.openapi.guide import read_guide
from bloop_trio.http.openapi.routes import openapi_routes
from bloop_trio.http.request_metrics import name_route, route_of
from bloop_trio.issues.ingest.intake import Route
from bloop_trio.sourcemaps.request import request_class_for

if TYPE_CHECKING:
    from bloop_trio.http.codec import Answer
    from bloop_trio.services import Services

_log = structlog.get_logger("bloop.http")

MAX_BODY_BYTES: Final = 2 * 1024 * 1024
"""Cap of a body whose route has no cap of its own."""


def create_app(services: Services) -> QuartTrio:
    """Return the ASGI app with all routes.

    Raises:
        RuntimeError: the routes and `ACCESS` do not match, or a route is not documented.
    """
    config = services.config
    app = QuartTrio("bloop_trio", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = max(MAX_BODY_BYTES, *(services.intake.max_body_bytes(route) for route in Route))
    # Timeouts on bodies and answers are the listener's, for all routes alike.
    app.config["BODY_TIMEOUT"] = None
    app.config["RESPONSE_TIMEOUT"] = None
    app.request_class = request_class_for(config.source_maps.max_upload_bytes)
    app.url_map.converters["segment"] = _Segment
    app.url_map.merge_slashes = False  # the edge has done so, without a redirect that clients would not follow

    _register_problems(app)
    trusted = TrustedProxies.from_texts(config.server.trusted_proxies)
    _register_guard(app, services, trusted)
    for routes in blueprints(services, trusted):
        app.register_blueprint(routes)
    services.bearer.on_clear = services.sessions.on_clear = services.feed.look_again
    app.register_blueprint(openapi_routes(lambda: build_document(endpoints, read_guide(), __version__)))
    _check_access(app)
    endpoints = collect_endpoints(app, ACCESS)
    edge = Edge(services.streams.around(app.asgi_app), config.auth.rp_origin, frozenset(route.value for route in Route))
    app.asgi_app = edge  # type: ignore[method-assign,assignment] # Quart's documented way to wrap an app
    return app


class _Segment(BaseConverter):
    """One segment of a path; the edge has left slashes and per cent signs in it escaped."""

    def to_python(self, value: str) -> str:
        return unquote(value)


def _register_problems(app: QuartTrio) -> None:
    @app.errorhandler(RequestError)
    async def refuse(error: RequestError) -> Answer:
        return problems.from_request_error(error).answer()

    @app.errorhandler(HTTPException)
    async def refuse_for_framework(error: HTTPException) -> Answer:
        return problems.from_status(error.code or 500, dict(error.get_headers())).answer()

    @app.errorhandler(Exception)
    async def report_bug(error: Exception) -> Answer:
        request_id = uuid.uuid4().hex
        _log.error(
            "request failed",
            request_id=request_id,
            method=request.method,
            route=None if request.url_rule is None else request.url_rule.rule,
            exc_info=error,
        )
        return problems.unexpected(request_id).answer()


def _register_guard(app: QuartTrio, services: Services, trusted: TrustedProxies) -> None:
    config = services.config
    callers = Callers(services.bearer, services.sessions, services.readers)
    door = Guard(
        resolve_token=callers.resolve_token,
        resolve_session=callers.resolve_session,
        find_creator=callers.find_creator,
        find_no=callers.find_no,
        allows=allows,
        origin=config.auth.rp_origin,
        metrics_token=config.server.metrics_token,
    )

    @app.before_request
    async def admit() -> None:
        # No route (404, 405) and OPTIONS on a route show nothing that is worth guarding.
        if request.url_rule is None or request.method == "OPTIONS":
            return
        name_route(request.scope, route_of(request.url_rule.rule))
        method = "GET" if request.method == "HEAD" else request.method
        access = ACCESS[method, request.url_rule.rule]
        project = (request.view_args or {}).get("slug")
        g.readmit = partial(door.admit, access, read_credentials(request, trusted), project)
        g.caller = await g.readmit()


def _check_access(app: QuartTrio) -> None:
    """Hold the routes against the table: nothing may be reachable by accident."""
    routes = {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    if routes != ACCESS.keys():
        msg = f"routes and their access differ in {sorted(routes ^ ACCESS.keys())}"
        raise RuntimeError(msg)
