"""All routes but those of the documents, each group with what it works with. Built once, when the app is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bloop_trio.alerts.routes import alert_routes
from bloop_trio.alerts.rules.desk import AlertDesk
from bloop_trio.analytics.routes import insight_routes
from bloop_trio.audit.routes import audit_routes
from bloop_trio.auth.ceremonies import Ceremonies
from bloop_trio.auth.ceremony_routes import ceremony_routes
from bloop_trio.auth.challenges import Challenges
from bloop_trio.auth.cookies import Cookies
from bloop_trio.auth.desk import Desk
from bloop_trio.auth.me_routes import me_routes
from bloop_trio.auth.people_routes import people_routes
from bloop_trio.auth.token_routes import TokenDesk, token_routes
from bloop_trio.auth.users import as_of_now
from bloop_trio.clock import MS_PER_SEC
from bloop_trio.http.health_routes import health_routes
from bloop_trio.http.pages import Place, page_routes
from bloop_trio.http.probes import Probes
from bloop_trio.http.process_metrics import process_families
from bloop_trio.http.server_routes import server_routes
from bloop_trio.issues.ingest.routes import ingest_routes
from bloop_trio.issues.live.routes import stream_routes
from bloop_trio.issues.merging.desk import MergeDesk
from bloop_trio.issues.merging.routes import merge_routes
from bloop_trio.issues.reading.detail_answers import DetailAnswers
from bloop_trio.issues.reading.export_routes import export_routes
from bloop_trio.issues.reading.exporting import Exports
from bloop_trio.issues.reading.list_routes import list_routes
from bloop_trio.issues.reading.number_routes import number_routes
from bloop_trio.issues.reading.occurrence_routes import occurrence_routes
from bloop_trio.issues.reading.release_routes import release_routes
from bloop_trio.issues.reading.routes import issue_routes
from bloop_trio.issues.reading.tag_routes import tag_routes
from bloop_trio.issues.regrouping.desk import GroupingDesk
from bloop_trio.issues.regrouping.routes import grouping_routes
from bloop_trio.issues.triage.activity_routes import activity_routes
from bloop_trio.issues.triage.assigning import Assigning
from bloop_trio.issues.triage.assigning_routes import assigning_routes
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
from bloop_trio.sourcemaps.explaining import explaining_routes
from bloop_trio.sourcemaps.mapping import Deobfuscator
from bloop_trio.sourcemaps.metrics import source_map_families
from bloop_trio.sourcemaps.parsed import ParsedMaps
from bloop_trio.sourcemaps.routes import source_map_routes
from bloop_trio.views.routes import ViewDesk, view_routes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from quart import Blueprint

    from bloop_trio.http.client_address import TrustedProxies
    from bloop_trio.services import Services


def blueprints(services: Services, trusted: TrustedProxies) -> Iterator[Blueprint]:
    """Return the routes."""
    limits = services.config.source_maps
    parsed = ParsedMaps(services.readers, max_bytes=limits.cache_bytes, max_map_bytes=limits.max_map_bytes)
    deobfuscator = Deobfuscator(readers=services.readers, parsed=parsed)
    yield from _health(services, parsed)
    yield ingest_routes(services.intake, trusted)
    yield from _reading(services, deobfuscator)
    yield from _triage(services)
    yield from _people(services, trusted)
    yield from _projects(services, parsed)
    yield explaining_routes(services.readers, deobfuscator, max_stack_bytes=services.config.ingest.max_stack_bytes)
    yield view_routes(ViewDesk(readers=services.readers, writer=services.writer, clock=services.clock))
    yield from _alerts(services)
    yield audit_routes(services.readers)
    yield retention_routes(RetentionDesk(readers=services.readers, purges=services.purges))
    auth = services.config.auth
    yield page_routes(services.dashboard, Place(auth.rp_id, auth.rp_origin))


def _health(services: Services, parsed: ParsedMaps) -> Iterator[Blueprint]:
    """Return the routes that tell how the server is."""
    probes = Probes(
        vitals=services.vitals,
        readers=services.readers,
        database=services.config.database.path,
        flush_interval_secs=services.config.pipeline.flush_interval_secs,
        now_ms=services.clock,
    )
    metrics = (process_families, lambda: source_map_families(parsed.statistics()), *services.metric_sources)
    yield health_routes(services.vitals, services.readers, probes, metrics)
    yield server_routes(services.vitals, probes, started_secs=services.clock() // MS_PER_SEC)


def _reading(services: Services, deobfuscator: Deobfuscator) -> Iterator[Blueprint]:
    """Return the routes that show issues."""
    readers = services.readers
    exports = Exports(readers, services.streams, services.clock)
    details = DetailAnswers(
        readers=readers,
        deobfuscate=deobfuscator,
        max_samples=services.config.pipeline.sample_reservoir_size,
        clock=services.clock,
    )
    yield list_routes(readers)
    yield number_routes(readers, clock=services.clock)
    yield tag_routes(readers)
    yield issue_routes(readers, details)
    yield occurrence_routes(readers, exports, details)
    yield release_routes(readers, clock=services.clock)
    yield export_routes(exports)
    yield stream_routes(services.feed, services.streams, readers)
    yield insight_routes(services.insights, readers)


def _triage(services: Services) -> Iterator[Blueprint]:
    """Return the routes that change issues."""
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
    yield triage_routes(triage, undo)
    desk = IssueDesk(
        writer=services.writer,
        readers=services.readers,
        clock=services.clock,
        on_activity=services.feed.publish_activity,
    )
    yield activity_routes(desk)
    assigning = Assigning(
        writer=services.writer,
        readers=services.readers,
        clock=services.clock,
        on_activity=services.feed.publish_activity,
    )
    yield assigning_routes(assigning)
    yield comment_routes(desk)
    merging = MergeDesk(
        writer=services.writer,
        readers=services.readers,
        clock=services.clock,
        forget=services.forget_fingerprints,
        on_regrouped=services.feed.publish_regrouping,
    )
    yield merge_routes(merging)


def _people(services: Services, trusted: TrustedProxies) -> Iterator[Blueprint]:
    """Return the routes of users and tokens."""
    auth = services.config.auth
    desk = Desk(
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
    yield ceremony_routes(desk, services.sign_in_buckets, trusted)
    yield me_routes(desk)
    yield people_routes(desk)
    tokens = TokenDesk(readers=services.readers, writer=services.writer, bearer=services.bearer, clock=services.clock)
    yield token_routes(tokens)


def _projects(services: Services, parsed: ParsedMaps) -> Iterator[Blueprint]:
    """Return the routes of projects, and of what is set for one."""

    def forget(project_no: int) -> None:
        services.bearer.clear()
        services.feed.end(project_no)
        services.removal_nudge()

    projects = ProjectDesk(
        readers=services.readers,
        writer=services.writer,
        clock=services.clock,
        refresh_keys=services.refresh_keys,
        as_of_now=as_of_now,
        on_deleted=forget,
    )
    yield project_routes(projects)
    grouping = GroupingDesk(
        readers=services.readers,
        writer=services.writer,
        clock=services.clock,
        refresh=services.refresh_keys,
        as_of_now=as_of_now,
    )
    yield grouping_routes(grouping)
    maps = SourceMapDesk(
        readers=services.readers,
        writer=services.writer,
        config=services.config.source_maps,
        clock=services.clock,
        as_of_now=as_of_now,
        forget=parsed.forget,
    )
    yield source_map_routes(maps)


def _alerts(services: Services) -> Iterator[Blueprint]:
    """Return the routes of alert rules, their channels, and the log of what they have sent."""
    desk = AlertDesk(
        readers=services.readers,
        writer=services.writer,
        clock=services.clock,
        as_of_now=as_of_now,
        on_changed=services.on_alerts_changed,
        send_test=services.send_alert_test,
        allow_private=services.config.alerting.allow_private_webhooks,
    )
    yield from alert_routes(desk, services.config)
