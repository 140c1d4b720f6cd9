"""What all tests share: factories with defaults for everything, and real parts ready to be used."""

from __future__ import annotations

import hashlib
import hmac
import io
import logging
from typing import TYPE_CHECKING, Any

import attrs
import msgspec
import pytest
import structlog

from bloop_trio.app import create_app
from bloop_trio.auth.bearer import BearerTokens
from bloop_trio.auth.hashing import secret_hash
from bloop_trio.auth.session_values import new_session_value
from bloop_trio.auth.sessions import Sessions
from bloop_trio.auth.store import create_token
from bloop_trio.config import Config
from bloop_trio.db.connection import Connection, open_connection, transaction
from bloop_trio.db.migrate import migrate
from bloop_trio.db.readers import Readers, open_readers
from bloop_trio.db.writer import Writer, open_writer
from bloop_trio.flow.pipeline import Pipeline
from bloop_trio.http.vitals import Vitals
from bloop_trio.issues.events.accounting import Accounting
from bloop_trio.issues.events.batch import AcceptedEvent
from bloop_trio.issues.events.event import Event, EventLimits, cut, judge
from bloop_trio.issues.grouping.fingerprint import fingerprint, own_fingerprint
from bloop_trio.issues.grouping.grouping import Groupings
from bloop_trio.issues.grouping.store import GENERATION, list_groupings
from bloop_trio.issues.ingest.intake import Intake, IntakeSettings
from bloop_trio.issues.lifecycle.status import Status
from bloop_trio.issues.lifecycle.transitions import change_status
from bloop_trio.issues.live.feed import Feed
from bloop_trio.issues.metrics import accounting_families
from bloop_trio.issues.writing.writer import BatchWriter
from bloop_trio.logs import configure_logging
from bloop_trio.projects.keys import KeyRing
from bloop_trio.projects.project import DEFAULT_SLUG, Project
from bloop_trio.projects.watch import Followed, KeyWatch
from bloop_trio.retention.purges import Purges
from bloop_trio.services import Services
from tests.client import Client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

NOW_MS = 1_767_268_800_000
"""1 January 2026, 12:00 UTC: where time stands in tests that bring their own clock."""

PROJECT_KEY = "bloop_" + "0" * 64
"""The default project's key."""


def an_event(**changes: Any) -> dict[str, Any]:
    """Return a complete, valid event as a client sends it; a change to None leaves the field out."""
    event = {
        "timestamp": NOW_MS,
        "source": "api",
        "environment": "prod",
        "release": "1.0.0",
        "error_type": "TypeError",
        "message": "Cannot read property id of undefined",
        "route_or_procedure": "/api/users",
    } | changes
    return {name: value for name, value in event.items() if value is not None}


def as_json(value: Any) -> bytes:
    """Return `value` as compact JSON."""
    return msgspec.json.encode(value)


def signature(body: bytes, key: str = PROJECT_KEY) -> str:
    """Return the signature of `body`, computed without any of our code."""
    return hmac.new(key.encode(), body, hashlib.sha256).hexdigest()


def signed(body: bytes, key: str = PROJECT_KEY, *, name_key: bool = True) -> dict[str, str]:
    """Return the headers that send `body` to the project with `key`."""
    headers = {"content-type": "application/json", "x-signature": signature(body, key)}
    return headers | {"x-project-key": key} if name_key else headers


def accepted(*, project_no: int = 1, received_ms: int = NOW_MS, **changes: Any) -> AcceptedEvent:
    """Return an event on its way to the store, as the intake makes it."""
    event = msgspec.convert(an_event(**changes), Event)
    problem = judge(event, EventLimits())
    assert problem is None, problem
    given = event.fingerprint
    found = (
        own_fingerprint(given)
        if given
        else fingerprint(
            source=event.source or "",
            error_type=event.error_type or "",
            route=event.route_or_procedure,
            message=event.message or "",
            stack=event.stack,
        )
    )
    cut(event, EventLimits())
    return AcceptedEvent(event, project_no, found, received_ms)


def insert_project(conn: Connection, slug: str, *, api_key: str | None = None) -> Project:
    """Insert a project beside what the product does, so that its tests do not depend on its own code."""
    (no,) = conn.execute("SELECT coalesce(max(no), 0) + 1 FROM projects").fetchone()
    project = Project(
        no=no,
        id=DEFAULT_SLUG if slug == DEFAULT_SLUG else f"00000000-0000-4000-8000-{no:012d}",
        name=slug.title(),
        slug=slug,
        api_key=api_key or f"bloop_{no:064d}",
        created_secs=NOW_MS // 1000,
        created_by=None,
    )
    conn.execute(
        "INSERT INTO projects (no, id, name, slug, api_key, created_secs) VALUES (?, ?, ?, ?, ?, ?)",
        (project.no, project.id, project.name, project.slug, project.api_key, project.created_secs),
    )
    return project


def insert_user(conn: Connection, username: str, *, is_admin: bool = False) -> str:
    """Insert a user who has no passkey, beside what the product does, and return the id."""
    (count,) = conn.execute("SELECT count(*) FROM users").fetchone()
    user_id = f"10000000-0000-4000-8000-{count + 1:012d}"
    conn.execute(
        "INSERT INTO users (id, username, username_key, is_admin, created_secs) VALUES (?, ?, ?, ?, ?)",
        (user_id, username, username.casefold(), is_admin, NOW_MS // 1000 + count),
    )
    return user_id


def insert_session(conn: Connection, user_id: str, *, created_secs: int = NOW_MS // 1000) -> tuple[str, str]:
    """Insert a session that lasts for a day, and return its id and the value of its cookie."""
    value = new_session_value()
    (count,) = conn.execute("SELECT count(*) FROM sessions").fetchone()
    session_id = f"20000000-0000-4000-8000-{count + 1:012d}"
    conn.execute(
        "INSERT INTO sessions (id, token_hash, user_id, created_secs, expires_secs, last_used_secs, address, user_agent)"
        " VALUES (?, ?, ?, ?, ?, ?, '127.0.0.1', 'a test')",
        (session_id, secret_hash(value), user_id, created_secs, created_secs + 86_400, created_secs),
    )
    return session_id, value


def set_status(conn: Connection, status: str, *fingerprints: str, changed_ms: int = 0) -> None:
    """Give issues of the project `default` a status; without fingerprints all of them."""
    issues = conn.execute("SELECT id, status, fingerprint FROM issues WHERE project_no = 1").fetchall()
    chosen = [(no, old) for no, old, fingerprint in issues if not fingerprints or fingerprint in fingerprints]
    with transaction(conn):
        change_status(conn, chosen, Status(status), changed_by=None, changed_ms=changed_ms)


@pytest.fixture
def logging_left_as_found() -> Iterator[None]:
    """For tests that configure logging, which is process-wide: those that come after see nothing of it."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    configure_logging(None, io.StringIO())
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """The path of a database of today's schema with the project `default` (number 1, key `PROJECT_KEY`)."""
    path = tmp_path / "bloop.db"
    conn = open_connection(path)
    try:
        migrate(conn, path, NOW_MS // 1000)
        with transaction(conn):
            insert_project(conn, DEFAULT_SLUG, api_key=PROJECT_KEY)
    finally:
        conn.close()
    return path


@pytest.fixture
def connection(database: Path) -> Iterator[Connection]:
    """A writing connection to `database`."""
    conn = open_connection(database)
    try:
        yield conn
    finally:
        conn.close()


@pytest.fixture
def batches(connection: Connection) -> BatchWriter:
    """What writes events into `database`: ``batches.write(connection, [accepted(...)])``."""
    return BatchWriter(connection, sample_reservoir_size=5)


@pytest.fixture
async def readers(database: Path) -> AsyncIterator[Readers]:
    """Two reading connections to `database`."""
    async with open_readers(database, 2) as opened:
        yield opened


@pytest.fixture
async def writer(database: Path) -> AsyncIterator[Writer]:
    """The server's writing connection to `database`."""
    async with open_writer(database) as opened:
        yield opened


@attrs.define
class Ingest:
    """An intake with what it feeds, without anything that empties the buffer."""

    intake: Intake
    pipeline: Pipeline[AcceptedEvent]
    accounting: Accounting
    keys: KeyRing
    groupings: Groupings


def an_ingest(conn: Connection, config: Config | None = None, *, capacity: int = 100) -> Ingest:
    """Build an intake for the projects that `conn` sees; without a rate limit."""
    config = config or Config()
    columns = [field.name for field in attrs.fields(Project)]
    rows = conn.execute(f"SELECT {', '.join(columns)} FROM projects").fetchall()
    keys = KeyRing(Project(**dict(zip(columns, row, strict=True))) for row in rows)
    pipeline = Pipeline[AcceptedEvent](capacity=capacity, batch_size=capacity, linger_secs=60, max_batch_size=capacity)
    accounting = Accounting()
    groupings = Groupings()
    intake = Intake(
        settings=IntakeSettings(
            limits=EventLimits(max_payload_bytes=config.ingest.max_payload_bytes),
            max_batch_size=config.ingest.max_batch_size,
            max_batch_payload_bytes=config.ingest.max_batch_payload_bytes,
            max_wait_secs=0,
            durable=False,
            allow_keyless=config.auth.allow_keyless,
        ),
        keys=keys,
        hmac_secret=config.auth.hmac_secret,
        pipeline=pipeline,
        accounting=accounting,
        buckets=None,
        refresh_keys=_nothing_new,
        now_ms=lambda: NOW_MS,
        groupings=groupings,
    )
    return Ingest(intake, pipeline, accounting, keys, groupings)


async def _nothing_new() -> bool:
    return False


@pytest.fixture
def make_token(connection: Connection) -> Callable[..., str]:
    """Makes bearer tokens: ``make_token("errors:read", project_no=1)`` returns the plaintext."""

    def make(*scopes: str, project_no: int = 1) -> str:
        issued = create_token(connection, name="test", project_no=project_no, scopes=scopes, now_secs=NOW_MS // 1000)
        return issued.plaintext

    return make


@pytest.fixture
def sign_in(connection: Connection) -> Callable[..., dict[str, str]]:
    """Signs users in: ``sign_in("ada", is_admin=True)`` returns the headers of a request that ada makes.

    A name that is not there yet becomes a user; called again for the same name, it starts another session.
    """

    def start(username: str = "ada", *, is_admin: bool = True) -> dict[str, str]:
        row = connection.execute("SELECT id FROM users WHERE username = ?", (username,)).fetchone()
        user_id = insert_user(connection, username, is_admin=is_admin) if row is None else row[0]
        _, value = insert_session(connection, user_id)
        return {"cookie": f"bloop_session={value}"}

    return start


@pytest.fixture
def ingest(connection: Connection, config: Config) -> Ingest:
    """An intake for `database` with room for 100 events."""
    return an_ingest(connection, config)


@pytest.fixture
def config() -> Config:
    """The configuration of `ingest` and `client`; a test module overrides it to change something."""
    return Config()


@pytest.fixture
def client(readers: Readers, writer: Writer, ingest: Ingest, make_token: Callable[..., str], config: Config) -> Client:
    """The app over `database`, with its clock standing at `NOW_MS`."""
    services = Services(
        config=config,
        readers=readers,
        writer=writer,
        intake=ingest.intake,
        bearer=BearerTokens(readers, lambda: NOW_MS // 1000),
        sessions=Sessions(readers, lambda: NOW_MS // 1000),
        vitals=lambda: a_vitals(buffered=ingest.pipeline.statistics().buffered),
        metric_sources=(lambda: accounting_families(ingest.accounting.snapshot()),),
        clock=lambda: NOW_MS,
        feed=Feed(ingest.accounting.counts_of),
        purges=Purges(writer=writer, config=config.retention, clock=lambda: NOW_MS),
        refresh_keys=KeyWatch(
            readers,
            ingest.keys,
            {},
            lambda: NOW_MS // 1000,
            [Followed(GENERATION, list_groupings, ingest.groupings.replace)],
        ).look,
    )
    return Client(create_app(services), services, make_token("errors:read"))


def a_vitals(**changes: Any) -> Vitals:
    """Return the vitals of a healthy server with an empty buffer."""
    healthy: dict[str, Any] = {
        "stopping": False,
        "buffered": 0,
        "capacity": 100,
        "dropped_total": 0,
        "lost_total": 0,
        "last_flush_ms": None,
        "flush_error": None,
    }
    return Vitals(**healthy | changes)
