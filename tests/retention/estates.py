"""What belongs to whom in a database: every row of every table, with the number of its project."""

from __future__ import annotations

import random
import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from bloop_trio.clock import MS_PER_DAY
from bloop_trio.db.connection import transaction
from bloop_trio.issues.lifecycle.endings import Fix, set_fixes
from bloop_trio.issues.lifecycle.snoozes import SnoozeTerms, snooze_issues
from bloop_trio.issues.lifecycle.status import Status
from bloop_trio.issues.lifecycle.transitions import change_status
from bloop_trio.issues.queries.scope import OneProject
from bloop_trio.issues.queries.shapes import Assignee
from bloop_trio.issues.stored.payload import PayloadReader
from bloop_trio.issues.triage.assignments import assign
from bloop_trio.issues.triage.change_sets import note_set
from bloop_trio.issues.triage.comments import add_comment
from bloop_trio.issues.triage.found import FoundIssue
from bloop_trio.issues.writing.search_index import index_slice
from bloop_trio.issues.writing.writer import BatchWriter
from tests.conftest import NOW_MS, accepted
from tests.issues.mergers import put_together

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection

SHARED = {
    "aggregate_retention",
    "alert_marks",
    "audit_entries",
    "generations",
    "import_rows",
    "imports",
    "invites",
    "issue_moves",
    "passkeys",
    "payload_dictionaries",
    "retention_settings",
    "row_counts",
    "schema_migrations",
    "sequences",
    "sessions",
    "uncounted_days",
    "users",
}
"""Tables of which no row belongs to a project."""
INDEX_OF_SEARCH = re.compile(r"issue_search(_data|_idx|_docsize|_config)?")
HASHES = re.compile(r"event_ids_\d{8}")
"""Each row is a number that tells nothing about its project, and goes after a day or two."""

_OWNERS = {
    "projects": "no",
    "alert_channels": "(SELECT r.project_no FROM alert_rules AS r WHERE r.id = t.rule_id)",
    "alert_deliveries": "(SELECT a.project_no FROM alerts AS a WHERE a.id = t.alert_id)",
}
_OWNERS_BY_COLUMN = {
    "project_no": "project_no",
    "fingerprint_id": "(SELECT f.project_no FROM issue_fingerprints AS f WHERE f.id = t.fingerprint_id)",
    "issue_id": "(SELECT i.project_no FROM issues AS i WHERE i.id = t.issue_id)",
}

Estates = dict[str, list[tuple[int | None, tuple[Any, ...]]]]


def read_estates(conn: Connection) -> Estates:
    """Return the rows of each table with the number of the project that they belong to, None if they are shared."""
    found: Estates = {}
    for (table,) in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall():
        if INDEX_OF_SEARCH.fullmatch(table) or table.startswith("sqlite_"):
            continue
        columns = [name for _, name, *_ in conn.execute(f"PRAGMA table_info({table})")]
        owner = owner_of(table, columns)
        rows = conn.execute(f"SELECT {owner}, * FROM {table} AS t").fetchall()
        found[table] = sorted(((row[0], row[1:]) for row in rows), key=repr)
    return found


def owner_of(table: str, columns: list[str]) -> str:
    """Return the expression that gives the project of a row of `t`."""
    if table in _OWNERS:
        return _OWNERS[table]
    for column, owner in _OWNERS_BY_COLUMN.items():
        if column in columns:
            return owner
    assert table in SHARED or HASHES.fullmatch(table), f"whose are the rows of {table}?"
    return "NULL"


def without(estates: Estates, project_no: int) -> Estates:
    """Return what is left when a project is gone; what is shared may change and is left out."""
    return {
        table: [(owner, row) for owner, row in rows if owner != project_no]
        for table, rows in estates.items()
        if table not in SHARED
    }


def fill(conn: Connection, project_numbers: list[int], seed: int, *, events: int = 120) -> None:
    """Give each project something in every table that can have something of it."""
    chance = random.Random(seed)
    batches = BatchWriter(conn, sample_reservoir_size=3)
    for days_ago in (3, 1, 0):
        batch = [
            accepted(
                project_no=chance.choice(project_numbers),
                received_ms=NOW_MS - days_ago * MS_PER_DAY - chance.randrange(7_200_000),
                fingerprint=f"f{chance.randrange(12)}",
                message=f"Cannot read property {chance.randrange(9)} of undefined",
                release=f"1.{chance.randrange(3)}.0",
                environment=chance.choice(["prod", "staging"]),
                source=chance.choice(["api", "ios"]),
                stack="at ConnectTimeoutError (net.js:1)",
                user_id_hash=f"u{chance.randrange(9)}",
            )
            for _ in range(events // 3)
        ]
        for number, event in enumerate(batch):
            event.id_hash = chance.getrandbits(62) if number % 3 else None
        batches.write(conn, sorted(batch, key=lambda event: event.received_ms))
    while index_slice(conn, PayloadReader()):
        pass
    for number in project_numbers:
        conn.execute(
            "INSERT OR IGNORE INTO project_grouping (project_no, version, has_used_2, rules, updated_secs)"
            " VALUES (?, 2, 1, '[]', 0)",
            (number,),
        )
        issues = conn.execute("SELECT id, status FROM issues WHERE project_no = ?", (number,)).fetchall()
        with transaction(conn):
            for status in (Status.RESOLVED, Status.MUTED, Status.IGNORED):
                change_status(conn, chance.sample(issues, len(issues) // 2), status, changed_by=None, changed_ms=NOW_MS)
                issues = conn.execute("SELECT id, status FROM issues WHERE project_no = ?", (number,)).fetchall()
            conn.execute("INSERT OR REPLACE INTO byte_budgets (project_no, max_bytes) VALUES (?, 1000000)", (number,))
            _alert(conn, number, chance)
            _triage(conn, number, seed)
            for row in range(chance.randrange(1, 4)):
                conn.execute(
                    "INSERT INTO dead_letters (project_no, received_ms, fingerprint, error, payload)"
                    " VALUES (?, ?, 'f', 'e', x'7b7d')",
                    (number, NOW_MS),
                )
                conn.execute(
                    "INSERT INTO bearer_tokens (id, name, token_hash, token_prefix, project_no, scopes, created_secs)"
                    " VALUES (?1, 't', ?1, 't', ?2, '[]', 0)",
                    (f"{seed}-{number}-{row}", number),
                )
                conn.execute(
                    "INSERT INTO saved_views (id, project_no, name, query, sort, is_shared, created_by, created_secs)"
                    " VALUES (?1, ?2, ?1, '', 'last_seen', 1, NULL, 0)",
                    (f"{seed}-{number}-{row}", number),
                )
                conn.execute(
                    "INSERT INTO source_maps (id, project_no, release, file, size_bytes, stored_bytes, uploaded_secs, content)"
                    " VALUES (?1, ?2, '1.0.0', ?1, 2, 2, 0, x'7b7d')",
                    (f"{seed}-{number}-{row}", number),
                )
        _merge(conn, number)


def _alert(conn: Connection, number: int, chance: random.Random) -> None:
    """Give a project rules with channels, and alerts by them and by the rules for all projects."""
    insert = (
        "INSERT INTO alert_rules (project_no, name, rule_type, config, is_enabled, created_secs, updated_secs)"
        " VALUES (?, 'r', 'new_issue', '{\"type\":\"new_issue\"}', 1, 0, 0) RETURNING id"
    )
    (for_all,) = conn.execute(insert, (None,)).fetchone()
    (own,) = conn.execute(insert, (number,)).fetchone()
    for rule_id in (for_all, own):
        (channel_id,) = conn.execute(
            "INSERT INTO alert_channels (rule_id, channel_type, config, created_secs) VALUES (?, 'email', '{}', 0)"
            " RETURNING id",
            (rule_id,),
        ).fetchone()
        for subject in range(chance.randrange(1, 4)):
            conn.execute("INSERT INTO alert_cooldowns VALUES (?, ?, ?, 1)", (rule_id, number, f"f{subject}"))
            (alert_id,) = conn.execute(
                "INSERT INTO alerts (rule_id, rule_name, project_no, subject, kind, fired_ms, content)"
                " VALUES (?, 'r', ?, ?, 'new_issue', ?, '{}') RETURNING id",
                (rule_id, number, f"f{subject}", NOW_MS),
            ).fetchone()
            conn.execute(
                "INSERT INTO alert_deliveries (alert_id, channel_id, channel_type, state, attempts, next_ms, created_ms)"
                " VALUES (?1, ?2, 'email', ?3, 0, ?4, ?4)",
                (alert_id, channel_id, chance.choice(["pending", "sent"]), NOW_MS),
            )


def _triage(conn: Connection, number: int, seed: int) -> None:
    """Have somebody deal with the issues of a project in every way that leaves something."""
    conn.execute("INSERT OR IGNORE INTO users VALUES ('u', 'u', 'u', 0, 0)")
    issues = [
        FoundIssue(*row)
        for row in conn.execute("SELECT id, fingerprint, status FROM issues WHERE project_no = ?", (number,)).fetchall()
    ]
    ids = [issue.id for issue in issues]
    set_id = f"{seed}-{number}"
    note_set(conn, set_id, project_no=number, changed_by=None, changed_ms=NOW_MS)
    change_status(
        conn,
        [(issue.id, issue.status) for issue in issues],
        Status.UNRESOLVED,
        changed_by=None,
        changed_ms=NOW_MS,
        set_id=set_id,
    )
    half = len(ids) // 2
    for status, some in ((Status.MUTED, ids[:half]), (Status.RESOLVED, ids[half:])):
        change_status(conn, [(issue_id, "unresolved") for issue_id in some], status, changed_by=None, changed_ms=NOW_MS)
    snooze_issues(conn, number, ids[:half], SnoozeTerms(until_ms=NOW_MS, more_events=9))
    set_fixes(conn, ids[half:], Fix(release="9.9.9", is_next=False))
    for issue_id in ids:
        assign(conn, project_no=number, issue_id=issue_id, assignee=Assignee("u", "u"), at_ms=NOW_MS)
        add_comment(conn, issue_id, author="u", text="Seen.", at_ms=NOW_MS)


def _merge(conn: Connection, number: int) -> None:
    """Merge an issue into another, and that into a third."""
    (project_id,) = conn.execute("SELECT id FROM projects WHERE no = ?", (number,)).fetchone()
    found = conn.execute(
        "SELECT fingerprint FROM issues WHERE project_no = ? ORDER BY id LIMIT 3", (number,)
    ).fetchall()
    for (child,), (parent,) in pairwise(found):
        put_together(conn, None, parent, child, project=OneProject(number, project_id))


def check_the_search_index(conn: Connection) -> None:
    """Hold the index of the search against the texts that it was made of; a difference is an error of SQLite's."""
    conn.execute("INSERT INTO issue_search (issue_search, rank) VALUES ('integrity-check', 1)")
