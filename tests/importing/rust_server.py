"""A stand-in for the Rust server: it writes its database as that one does, event by event."""

from __future__ import annotations

import gzip
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import attrs

from bloop_trio.clock import MS_PER_HOUR
from bloop_trio.issues.grouping.fingerprint import fingerprint
from tests.conftest import NOW_MS, an_event

if TYPE_CHECKING:
    from types import TracebackType

SCHEMA = Path(__file__).with_name("rust_schema.sql").read_text(encoding="utf-8")
SHOP_ID = "5b0c6a3e-3a83-4b52-9a5e-0d6f1d2c9a01"
DEFAULT_KEY = "change-me-in-production"
SHOP_KEY = "bloop_" + "5" * 64
SAMPLES = 5


@attrs.define(eq=False)
class RustServer:
    """Writes to one database; closing it folds the log into the file."""

    path: Path
    conn: sqlite3.Connection

    @classmethod
    def start(cls, path: Path) -> Self:
        """Create the database with the project `default`."""
        conn = sqlite3.connect(path, isolation_level=None)
        conn.execute("PRAGMA journal_mode = WAL")
        conn.executescript(SCHEMA)
        server = cls(path, conn)
        server.insert("_migrations", id=1, name="001_init", applied=NOW_MS // 1000 - 900_000)
        server.project("default", "default", DEFAULT_KEY)
        return server

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.conn.close()

    def insert(self, table: str, **columns: Any) -> None:
        """Insert a row as it is given."""
        marks = ", ".join("?" * len(columns))
        self.conn.execute(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", list(columns.values()))

    def project(self, project_id: str, slug: str, api_key: str) -> None:
        """Add a project."""
        self.insert(
            "projects",
            id=project_id,
            name=slug.title(),
            slug=slug,
            api_key=api_key,
            created_at=NOW_MS // 1000 - 800_000,
        )

    def token(self, hashed: str, project_id: str = "default", **columns: Any) -> None:
        """Add a bearer token by its hash."""
        row = {
            "id": f"token-{hashed[:4]}",
            "name": "ci",
            "token_prefix": "bloop_tk_AAAAAAA",
            "created_by": "user-1",
            "scopes": json.dumps(["errors:read", "errors:write"]),
            "created_at": NOW_MS // 1000 - 5000,
        }
        self.insert("bearer_tokens", token_hash=hashed, project_id=project_id, **row | columns)

    def alert_rule(self, project_id: str | None = "default", **columns: Any) -> int:
        """Add an alert rule and return its id."""
        config = {"type": "threshold", "fingerprint": None, "route": None, "threshold": 10, "window_secs": 300}
        row = {
            "name": "Checkout",
            "rule_type": "threshold",
            "config": json.dumps(config),
            "created_at": NOW_MS // 1000 - 3000,
            "updated_at": NOW_MS // 1000 - 2000,
        }
        self.insert("alert_rules", project_id=project_id, **row | columns)
        return int(self.conn.execute("SELECT max(id) FROM alert_rules").fetchone()[0])

    def alert_channel(self, rule_id: int, **columns: Any) -> None:
        """Give an alert rule a channel."""
        config = {"type": "slack", "webhook_url": "https://hooks.slack.com/services/T/B/x"}
        row = {"channel_type": "slack", "config": json.dumps(config), "created_at": NOW_MS // 1000 - 1000}
        self.insert("alert_channels", rule_id=rule_id, **row | columns)

    def source_map(self, content: bytes, project_id: str = "default", **columns: Any) -> None:
        """Add a source map, compressed."""
        (count,) = self.conn.execute("SELECT count(*) FROM source_maps").fetchone()
        row = {
            "id": f"30000000-0000-4000-8000-{count + 1:012d}",
            "release": "1.0.0",
            "filename": f"assets/app{count + 1}.js.map",
            "map_data": gzip.compress(content),
            "uploaded_at": NOW_MS // 1000 - 4000 + count,
        }
        self.insert("source_maps", project_id=project_id, **row | columns)

    def receive(self, received_ms: int = NOW_MS, *, project_id: str = "default", **changes: Any) -> str:
        """Take an event in: four writes; returns its fingerprint."""
        event = an_event(**changes)
        metadata = event.pop("metadata", None)
        found = event.pop("fingerprint", None)
        if found is None:
            found = fingerprint(
                source=event["source"],
                error_type=event["error_type"],
                route=event.get("route_or_procedure"),
                message=event["message"],
                stack=event.get("stack"),
            )
        row = event | {"fingerprint": found, "project_id": project_id, "metadata": metadata and json.dumps(metadata)}
        self.insert("raw_events", received_at=received_ms, **row)
        texts = {name: event[name] for name in ("error_type", "message", "source")}
        texts |= {name: event[name] for name in ("route_or_procedure", "screen") if name in event}
        self._upsert(
            "error_aggregates",
            "total_count = total_count + 1, last_seen = excluded.last_seen,"
            " status = CASE status WHEN 'resolved' THEN 'unresolved' ELSE status END",
            project_id=project_id,
            fingerprint=found,
            release=event["release"],
            environment=event["environment"],
            total_count=1,
            first_seen=received_ms,
            last_seen=received_ms,
            **texts,
        )
        self._upsert(
            "event_counts_hourly",
            "count = count + 1",
            project_id=project_id,
            fingerprint=found,
            hour_bucket=received_ms - received_ms % MS_PER_HOUR,
            environment=event["environment"],
            source=event["source"],
            count=1,
        )
        del row["timestamp"]
        self.insert("sample_occurrences", captured_at=received_ms, **row)
        self.conn.execute(
            "DELETE FROM sample_occurrences WHERE project_id = ?1 AND fingerprint = ?2 AND id NOT IN (SELECT id FROM"
            " sample_occurrences WHERE project_id = ?1 AND fingerprint = ?2 ORDER BY captured_at DESC, id DESC LIMIT ?3)",
            (project_id, found, SAMPLES),
        )
        return str(found)

    def _upsert(self, table: str, update: str, **columns: Any) -> None:
        marks = ", ".join("?" * len(columns))
        self.conn.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks}) ON CONFLICT DO UPDATE SET {update}",
            list(columns.values()),
        )

    def set_status(
        self, found: str, new: str, changed_ms: int, *, by: str | None = None, project_id: str = "default"
    ) -> None:
        """Change the status in every release and environment, and note it."""
        (old,) = self.conn.execute(
            "SELECT status FROM error_aggregates WHERE project_id = ? AND fingerprint = ?", (project_id, found)
        ).fetchone()
        self.conn.execute(
            "UPDATE error_aggregates SET status = ? WHERE project_id = ? AND fingerprint = ?", (new, project_id, found)
        )
        self.insert(
            "status_changes",
            project_id=project_id,
            fingerprint=found,
            old_status=old,
            new_status=new,
            changed_by=by,
            changed_at=changed_ms,
        )

    def prune(self, before_ms: int) -> None:
        """Remove old single events."""
        self.conn.execute("DELETE FROM raw_events WHERE received_at < ?", (before_ms,))

    def rows(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Return what a query finds."""
        return self.conn.execute(sql, parameters).fetchall()


def read(path: Path, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    """Return what a query finds in any database."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as conn:
        return conn.execute(sql, parameters).fetchall()
