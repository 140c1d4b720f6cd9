"""The ordinary road: a Quart app that holds every route, each guarded as `access.ACCESS` says.

The app starts and stops nothing. Everything that it needs is handed over in `Services`.
"""

from __future__ import annotations

import uuid
from functools import partial
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

import attrs
import structlog
from quart import g, request
from quart_trio import QuartTrio
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BaseConverter

from bloop_trio import __version__
from bloop_trio.access import ACCESS
from bloop_trio.alerts.routes import alert_routes
from bloop_trio.alerts.rules.desk import AlertDesk, send_nothing
from bloop_trio.audit.routes import audit_routes
from bloop_trio.auth.callers import Callers
from bloop_trio.auth.ceremonies import Ceremonies
from bloop_trio.auth.ceremony_routes import ceremony_routes
from bloop_trio.auth.challenges import Challenges
from bloop_trio.auth.cookies import Cookies
from bloop_trio.auth.desk import Desk
from bloop_trio.auth.me_routes import me_routes
from bloop_trio.auth.people_routes import people_routes
from bloop_trio.auth.scopes import allows
from bloop_trio.auth.token_routes import TokenDesk, token_routes
from bloop_trio.auth.users import as_of_now
from bloop_trio.clock import MS_PER_SEC, now_ms
from bloop_trio.exceptions import RequestError
from bloop_trio.flow.periodic import Nudge
from bloop_trio.http import problems
from bloop_trio.http.client_address import TrustedProxies
from bloop_trio.http.credentials import read_credentials
from bloop_trio.http.edge import Edge
from bloop_trio.http.guard import Guard
from bloop_trio.http.health_routes import health_routes
from bloop_trio.http.openapi.document import build_document
from bloop_trio.http.openapi.endpoints import collect_endpoints
from bloop_trio.http.openapi.guide import read_guide
from bloop_trio.http.openapi.routes import openapi_routes
from bloop_trio.http.pages import Place, page_routes
from bloop_trio.http.probes import Probes
from bloop_trio.http.process_metrics import process_families
from bloop_trio.http.request_metrics import name_route, route_of
from bloop_trio.http.streaming import Streams
from bloop_trio.issues.grouping.desk import GroupingDesk
from bloop_trio.issues.grouping.routes import grouping_routes
from bloop_trio.issues.ingest.intake import Route
from bloop_trio.issues.ingest.routes import ingest_routes
from bloop_trio.issues.live.routes import stream_routes
from bloop_trio.issues.merging.desk import MergeDesk
from bloop_trio.issues.merging.routes import merge_routes
from bloop_trio.issues.reading.detail_answers import DetailAnswers
from bloop_trio.issues.reading.export_routes import export_routes
from bloop_trio.issues.reading.exporting import Exports
from bloop_trio.issues.reading.list_routes import list_routes
from bloop_trio.issues.reading.number_routes import number_routes
from bloop_trio.issues.reading.routes import issue_routes
from bloop_trio.issues.reading.tag_routes import tag_routes
from bloop_trio.issues.triage.activity_routes import activity_routes
from bloop_trio.issues.triage.comment_routes import comment_routes
from bloop_trio.issues.triage.desk import IssueDesk
from bloop_trio.issues.triage.routes import triage_routes
from bloop_trio.issues.triage.triage import Triage
from bloop_trio.issues.triage.undo import Undo
from bloop_trio.projects.desk import ProjectDesk
from bloop_trio.projects.routes import project_routes
from bloop_trio.retention.desk import RetentionDesk
from bloop_trio.retention.routes import retention_routes
from bloop_trio.sourcemaps.desk import SourceMapDesk
from bloop_trio.sourcemaps.mapping import Deobfuscator
from bloop_trio.sourcemaps.metrics import source_map_families
from bloop_trio.sourcemaps.parsed import ParsedMaps
from bloop_trio.sourcemaps.request import request_class_for
from bloop_trio.sourcemaps.routes import source_map_routes

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

    from bloop_trio.alerts.rules.outcome_shapes import ChannelOutcome
    from bloop_trio.auth.bearer import BearerTokens
    from bloop_trio.auth.sessions import Sessions
    from bloop_trio.config import Config
    from bloop_trio.db.readers import Readers
    from bloop_trio.db.writer import Writer
    from bloop_trio.http.codec import Answer
    from bloop_trio.http.health_routes import Vitals
    from bloop_trio.http.metrics import Family
    from bloop_trio.http.ratelimit import TokenBuckets
    from bloop_trio.http.static import StaticFile
    from bloop_trio.issues.ingest.intake import Intake
    from bloop_trio.issues.live.feed import Feed
    from bloop_trio.issues.writing.batch import FingerprintKey
    from bloop_trio.retention.purges import Purges

_log = structlog.get_logger("bloop.http")

MAX_BODY_BYTES: Final = 2 * 1024 * 1024
"""Cap of a body whose route has no cap of its own."""


def _forget_nothing(_keys: Iterable[FingerprintKey]) -> None:
    """Nobody has anything to forget."""


@attrs.frozen(kw_only=True)
class Services:
    """What the routes work with."""

    config: Config
    readers: Readers
    writer: Writer
    intake: Intake
    bearer: BearerTokens
    sessions: Sessions
    feed: Feed
    purges: Purges
    refresh_keys: Callable[[], Awaitable[object]]
    """Makes the ring of project keys follow the database at once."""
    vitals: Callable[[], Vitals]
    """How the server is at this moment, for `/health`."""
    removal_nudge: Nudge = attrs.field(factory=Nudge)
    """Given when a project was deleted, whose data is to be cleared away."""
    on_alerts_changed: Callable[[], None] = lambda: None
    """Told when alert rules or their channels have changed."""
    send_alert_test: Callable[[int], Awaitable[Sequence[ChannelOutcome]]] = send_nothing
    """Sends a test to the channels of the alert rule with this id."""
    metric_sources: tuple[Callable[[], Iterable[Family]], ...] = ()
    """What `/metrics` shows beside the process itself; asked at each scrape."""
    clock: Callable[[], int] = now_ms
    """Epoch milliseconds."""
    forget_fingerprints: Callable[[Iterable[FingerprintKey]], None] = _forget_nothing
    """Has the writer of batches, where there is one, forget whose fingerprints are; called in the writer's turn."""
    sign_in_buckets: TokenBuckets | None = None
    """The rate limit of sign-ins; None if it is off."""
    streams: Streams = attrs.field(factory=Streams)
    """The answers that last."""
    dashboard: Mapping[str, StaticFile] = attrs.field(factory=dict)
    """Its files by their path; none if it was not built."""


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
    probes = Probes(
        vitals=services.vitals,
        readers=services.readers,
        database=config.database.path,
        flush_interval_secs=config.pipeline.flush_interval_secs,
        now_ms=services.clock,
    )
    parsed = _open_parsed_maps(services)
    app.register_blueprint(
        health_routes(
            services.vitals,
            services.readers,
            probes,
            (process_families, lambda: source_map_families(parsed.statistics()), *services.metric_sources),
        )
    )
    app.register_blueprint(ingest_routes(services.intake, trusted))
    _register_triage(app, services)
    app.register_blueprint(list_routes(services.readers))
    app.register_blueprint(number_routes(services.readers, clock=services.clock))
    app.register_blueprint(tag_routes(services.readers))
    _register_issues(app, services, parsed)
    services.bearer.on_clear = services.sessions.on_clear = services.feed.look_again
    app.register_blueprint(stream_routes(services.feed, services.streams, services.readers))
    desk = _open_desk(services)
    app.register_blueprint(ceremony_routes(desk, services.sign_in_buckets, trusted))
    app.register_blueprint(me_routes(desk))
    app.register_blueprint(people_routes(desk))
    app.register_blueprint(project_routes(_open_project_desk(services)))
    app.register_blueprint(grouping_routes(_open_grouping_desk(services)))
    _register_alerts(app, services)
    tokens = TokenDesk(readers=services.readers, writer=services.writer, bearer=services.bearer, clock=services.clock)
    app.register_blueprint(token_routes(tokens))
    app.register_blueprint(audit_routes(services.readers))
    app.register_blueprint(retention_routes(RetentionDesk(readers=services.readers, purges=services.purges)))
    app.register_blueprint(page_routes(services.dashboard, Place(config.auth.rp_id, config.auth.rp_origin)))
    app.register_blueprint(openapi_routes(lambda: build_document(endpoints, read_guide(), __version__)))
    _check_access(app)
    endpoints = collect_endpoints(app, ACCESS)
    edge = Edge(services.streams.around(app.asgi_app), config.auth.rp_origin, frozenset(route.value for route in Route))
    app.asgi_app = edge  # type: ignore[method-assign,assignment] # Quart's documented way to wrap an app
    return app


def _register_triage(app: QuartTrio, services: Services) -> None:
    """Add the routes that change issues."""
    triage = Triage(
        writer=services.writer,
        readers=services.readers,
        clock=services.clock,
        on_changed=services.feed.publish_status,
    )
    undo = Undo(
        writer=services.writer,
        readers=services.readers,
        clock=services.clock,
        on_changed=services.feed.publish_status,
    )
    app.register_blueprint(triage_routes(triage, undo))
    issue_desk = IssueDesk(
        writer=services.writer,
        readers=services.readers,
        clock=services.clock,
        on_activity=services.feed.publish_activity,
    )
    app.register_blueprint(activity_routes(issue_desk))
    app.register_blueprint(comment_routes(issue_desk))
    merge_desk = MergeDesk(
        writer=services.writer,
        readers=services.readers,
        clock=services.clock,
        forget=services.forget_fingerprints,
        on_regrouped=services.feed.publish_regrouping,
    )
    app.register_blueprint(merge_routes(merge_desk))


def _register_issues(app: QuartTrio, services: Services, parsed: ParsedMaps) -> None:
    """Add the routes of single issues, and of the source maps by which their stacks are read."""
    config = services.config
    exports = Exports(services.readers, services.streams, services.clock)
    details = DetailAnswers(
        readers=services.readers,
        deobfuscate=Deobfuscator(readers=services.readers, parsed=parsed),
        max_samples=config.pipeline.sample_reservoir_size,
        clock=services.clock,
    )
    app.register_blueprint(issue_routes(services.readers, exports, details))
    app.register_blueprint(source_map_routes(_open_source_map_desk(services, parsed)))
    app.register_blueprint(export_routes(exports))


def _register_alerts(app: QuartTrio, services: Services) -> None:
    """Add the routes of alert rules, their channels, and the log of what they have sent."""
    desk = AlertDesk(
        readers=services.readers,
        writer=services.writer,
        clock=services.clock,
        as_of_now=as_of_now,
        on_changed=services.on_alerts_changed,
        send_test=services.send_alert_test,
        allow_private=services.config.alerting.allow_private_webhooks,
    )
    for routes in alert_routes(desk, services.config):
        app.register_blueprint(routes)


def _open_desk(services: Services) -> Desk:
    auth = services.config.auth
    return Desk(
        config=auth,
        readers=services.readers,
        writer=services.writer,
        sessions=services.sessions,
        bearer=services.bearer,
        clock=services.clock,
        challenges=Challenges(lambda: services.clock() // MS_PER_SEC),
        ceremonies=Ceremonies(auth.rp_id, auth.rp_origin),
        cookies=Cookies.for_origin(auth.rp_origin, auth.session_ttl_secs),
    )


def _open_project_desk(services: Services) -> ProjectDesk:
    def forget(project_no: int) -> None:
        services.bearer.clear()
        services.feed.end(project_no)
        services.removal_nudge()

    return ProjectDesk(
        readers=services.readers,
        writer=services.writer,
        clock=services.clock,
        refresh_keys=services.refresh_keys,
        as_of_now=as_of_now,
        on_deleted=forget,
    )


def _open_parsed_maps(services: Services) -> ParsedMaps:
    limits = services.config.source_maps
    return ParsedMaps(services.readers, max_bytes=limits.cache_bytes, max_map_bytes=limits.max_map_bytes)


def _open_grouping_desk(services: Services) -> GroupingDesk:
    return GroupingDesk(
        readers=services.readers,
        writer=services.writer,
        clock=services.clock,
        refresh=services.refresh_keys,
        as_of_now=as_of_now,
    )


def _open_source_map_desk(services: Services, parsed: ParsedMaps) -> SourceMapDesk:
    return SourceMapDesk(
        readers=services.readers,
        writer=services.writer,
        config=services.config.source_maps,
        clock=services.clock,
        as_of_now=as_of_now,
        forget=parsed.forget,
    )


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
