"""How projects group their events, in the database.

Every change bumps the generation ``grouping`` in its own transaction, by which a running server reloads what it holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
import msgspec
import structlog

from bloop_trio.audit.entry import Action
from bloop_trio.db.connection import transaction
from bloop_trio.db.generations import bump
from bloop_trio.exceptions import BadRequestError
from bloop_trio.issues.grouping.grouping import USUAL, Grouping, Version
from bloop_trio.issues.grouping.rules import Rule, parse_rules

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bloop_trio.audit.store import Note
    from bloop_trio.db.connection import Connection
    from bloop_trio.projects.project import Project

_log = structlog.get_logger("bloop.projects")

GENERATION: Final = "grouping"
"""Name of the generation that rises with every change here."""
_COLUMNS: Final = "version, has_used_2, rules, updated_secs"


class StoredRule(msgspec.Struct):
    """A rule, as it is stored."""

    match: dict[str, str]
    fingerprint: str


@attrs.frozen(kw_only=True)
class ProjectGrouping:
    """How a project groups its events, and since when."""

    grouping: Grouping = USUAL
    updated_secs: int | None = None
    """None if it was never changed."""


def get_grouping(conn: Connection, project_no: int) -> ProjectGrouping:
    """Return how a project groups its events."""
    row = conn.execute(f"SELECT {_COLUMNS} FROM project_grouping WHERE project_no = ?", (project_no,)).fetchone()
    return ProjectGrouping() if row is None else _read(*row)


def list_groupings(conn: Connection) -> dict[int, Grouping]:
    """Return how each project groups its events that ever changed it, by its number."""
    rows = conn.execute(f"SELECT project_no, {_COLUMNS} FROM project_grouping").fetchall()
    return {project_no: _read(*row).grouping for project_no, *row in rows}


def set_grouping(
    conn: Connection,
    project: Callable[[Connection], Project],
    *,
    version: Version,
    rules: Sequence[Rule],
    now_secs: int,
    note: Note,
) -> ProjectGrouping:
    """Have a project group its events by these from now on, in one transaction; issues stay as they are.

    `project` returns the project, or raises, within the transaction.
    """
    with transaction(conn):
        found = project(conn)
        before = get_grouping(conn, found.no).grouping
        grouping = Grouping(version=version, rules=tuple(rules), has_used_2=before.has_used_2 or version == 2)
        conn.execute(
            "INSERT INTO project_grouping (project_no, version, has_used_2, rules, updated_secs) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (project_no) DO UPDATE SET version = excluded.version, has_used_2 = excluded.has_used_2,"
            " rules = excluded.rules, updated_secs = excluded.updated_secs",
            (found.no, version, grouping.has_used_2, _encode(rules), now_secs),
        )
        bump(conn, GENERATION)
        note(
            conn,
            Action.GROUPING_CHANGED,
            target=found.id,
            target_name=found.name,
            project_id=found.id,
            details={"version": version, "rules": len(rules)},
        )
    return ProjectGrouping(grouping=grouping, updated_secs=now_secs)


def _read(version: Version, has_used_2: int, rules: str, updated_secs: int) -> ProjectGrouping:
    grouping = Grouping(version=version, rules=_parse(rules), has_used_2=bool(has_used_2))
    return ProjectGrouping(grouping=grouping, updated_secs=updated_secs)


def _parse(rules: str) -> tuple[Rule, ...]:
    """Return stored rules; none if a later version of the program has stored what this one does not know."""
    try:
        stored = msgspec.json.decode(rules, type=list[StoredRule])
        return parse_rules((rule.match, rule.fingerprint) for rule in stored)
    except (msgspec.MsgspecError, BadRequestError) as error:
        _log.error("rules of grouping cannot be used, events are grouped without them", error=str(error))
        return ()


def _encode(rules: Sequence[Rule]) -> str:
    return msgspec.json.encode([StoredRule(rule.match, rule.template.text) for rule in rules]).decode()
