"""Alert rules in the database.

Every change bumps the generation ``alert_rules`` in its own transaction, by which those who judge the rules load them
anew. Rules of a project that was deleted are not found any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs
import msgspec
import structlog

from bloop_trio.alerts.rules.rule import Config, Rule, Unreadable, check_filters, config_fields, parse_config
from bloop_trio.audit.entry import Action
from bloop_trio.clock import MS_PER_SEC
from bloop_trio.db.connection import transaction
from bloop_trio.db.generations import bump
from bloop_trio.db.sequences import take_numbers
from bloop_trio.exceptions import BadRequestError, ConflictError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.audit.store import Note
    from bloop_trio.db.connection import Connection

_log = structlog.get_logger("bloop.alerts")

GENERATION: Final = "alert_rules"
"""Name of the generation that rises with every change of rules."""
MAX_RULES: Final = 200
"""Of one project; and as many that are for all projects."""

_COLUMNS: Final = (
    "r.id, r.project_no, r.name, r.config, r.is_enabled, r.description, r.environment_filter, r.source_filter,"
    " r.release_filter, r.route_filter, r.http_status_filter, r.created_secs, r.updated_secs, r.rule_type"
)
_FROM: Final = (
    " FROM alert_rules AS r LEFT JOIN projects AS p ON p.no = r.project_no"
    " WHERE (r.project_no IS NULL OR p.deleted_secs IS NULL)"
)


@attrs.frozen(kw_only=True)
class OwnedRule:
    """A rule, and whose it is."""

    rule: Rule
    project_id: str | None
    """What the API calls its project; None if it is for all projects."""
    project_owner: str | None
    """Id of the user who created the project."""


def list_enabled(conn: Connection) -> list[Rule]:
    """Return the rules that are to be judged, by their ids. One that cannot be read is left out, and logged."""
    rules = []
    for row in conn.execute(f"SELECT {_COLUMNS}{_FROM} AND r.is_enabled ORDER BY r.id"):
        rule = _rule(row)
        if isinstance(rule.config, Unreadable):
            _log.error("alert rule cannot be read, and is not judged", rule=rule.id, error=rule.config.problem)
        else:
            rules.append(rule)
    return rules


def list_rules(conn: Connection, project_no: int | None = None) -> list[OwnedRule]:
    """Return all rules by their ids; with `project_no`, those that watch this project."""
    where = "" if project_no is None else " AND (r.project_no IS NULL OR r.project_no = ?)"
    values = () if project_no is None else (project_no,)
    rows = conn.execute(f"SELECT p.id, p.created_by, {_COLUMNS}{_FROM}{where} ORDER BY r.id", values)
    return [_owned(row) for row in rows]


def get_rule(conn: Connection, rule_id: int) -> OwnedRule:
    """Return a rule.

    Raises:
        NotFoundError: There is none.
    """
    row = conn.execute(f"SELECT p.id, p.created_by, {_COLUMNS}{_FROM} AND r.id = ?", (rule_id,)).fetchone()
    if row is None:
        raise no_rule(rule_id)
    return _owned(row)


def no_rule(rule_id: int) -> NotFoundError:
    """Return the refusal of whoever asks for a rule that is not there."""
    return NotFoundError(f"alert rule {rule_id} not found")


def create_rule(conn: Connection, rule: Rule, *, created_by: str | None, note: Note | None = None) -> OwnedRule:
    """Store a rule that has no id yet, and return it with the one that it was given.

    Raises:
        ConflictError: There is no room for more.
    """
    with transaction(conn):
        (count,) = conn.execute("SELECT count(*) FROM alert_rules WHERE project_no IS ?", (rule.project_no,)).fetchone()
        if count >= MAX_RULES:
            raise ConflictError(f"there are {MAX_RULES} alert rules already: delete one first")
        owned = insert_rule(conn, rule, created_by=created_by)
        _tell(note, conn, Action.ALERT_RULE_CREATED, owned)
    return owned


def insert_rule(conn: Connection, rule: Rule, *, created_by: str | None) -> OwnedRule:
    """Do what `create_rule` does within the caller's transaction, however many rules there are."""
    (rule_id,) = take_numbers(conn, "alert_rule_id", 1)
    conn.execute(
        "INSERT INTO alert_rules (id, project_no, name, config, is_enabled, description, environment_filter,"
        " source_filter, release_filter, route_filter, http_status_filter, created_secs, updated_secs, rule_type,"
        " created_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (rule_id, *_values(rule)[1:], created_by),
    )
    bump(conn, GENERATION)
    return get_rule(conn, rule_id)


def change_rule(
    conn: Connection, rule_id: int, evolve: Callable[[Rule], Rule], *, now_ms: int, note: Note | None = None
) -> OwnedRule:
    """Replace a rule by what `evolve` makes of it, and return it. One that is turned off sends nothing any more.

    Raises:
        NotFoundError: There is no such rule.
        BadRequestError: It would contradict itself.
    """
    with transaction(conn):
        before = get_rule(conn, rule_id)
        rule = check_filters(evolve(before.rule))
        if rule == before.rule:
            return before
        rule = attrs.evolve(rule, updated_secs=now_ms // MS_PER_SEC)
        conn.execute(
            "UPDATE alert_rules SET (project_no, name, config, is_enabled, description, environment_filter,"
            " source_filter, release_filter, route_filter, http_status_filter, created_secs, updated_secs, rule_type)"
            " = (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) WHERE id = ?",
            (*_values(rule)[1:], rule_id),
        )
        if before.rule.is_enabled and not rule.is_enabled:
            _cancel(conn, rule_id, now_ms)
        bump(conn, GENERATION)
        owned = attrs.evolve(before, rule=rule)
        _tell(note, conn, Action.ALERT_RULE_CHANGED, owned)
    return owned


def delete_rule(conn: Connection, rule_id: int, *, now_ms: int, note: Note | None = None) -> OwnedRule:
    """Delete a rule with its channels, and return it. What it had still to send is cancelled; the log stays.

    Raises:
        NotFoundError: There is no such rule.
    """
    with transaction(conn):
        owned = get_rule(conn, rule_id)
        _cancel(conn, rule_id, now_ms)
        conn.execute("DELETE FROM alert_channels WHERE rule_id = ?", (rule_id,))
        conn.execute("DELETE FROM alert_cooldowns WHERE rule_id = ?", (rule_id,))
        conn.execute("DELETE FROM alert_rules WHERE id = ?", (rule_id,))
        bump(conn, GENERATION)
        _tell(note, conn, Action.ALERT_RULE_DELETED, owned)
    return owned


def _cancel(conn: Connection, rule_id: int, now_ms: int) -> None:
    conn.execute(
        "UPDATE alert_deliveries SET state = 'cancelled', finished_ms = ? WHERE state = 'pending'"
        " AND (SELECT a.rule_id FROM alerts AS a WHERE a.id = alert_id) = ?",
        (now_ms, rule_id),
    )


def _tell(note: Note | None, conn: Connection, action: Action, owned: OwnedRule) -> None:
    if note is not None:
        rule = owned.rule
        note(
            conn,
            action,
            target=str(rule.id),
            target_name=rule.name,
            project_id=owned.project_id,
            details={"rule_type": rule.type, "enabled": rule.is_enabled},
        )


def _values(rule: Rule) -> tuple[Any, ...]:
    """Return the columns of `_COLUMNS`."""
    if isinstance(rule.config, Unreadable):
        config = rule.config.text
    else:
        config = msgspec.json.encode(config_fields(rule.config)).decode()
    return (
        rule.id,
        rule.project_no,
        rule.name,
        config,
        rule.is_enabled,
        rule.description,
        rule.environment_filter,
        rule.source_filter,
        rule.release_filter,
        rule.route_filter,
        rule.http_status_filter,
        rule.created_secs,
        rule.updated_secs,
        rule.type,
    )


def _rule(row: tuple[Any, ...]) -> Rule:
    *columns, rule_type = row
    fields = dict(zip((field.name for field in attrs.fields(Rule)), columns, strict=True))
    fields["config"] = _config(rule_type, fields["config"])
    fields["is_enabled"] = bool(fields["is_enabled"])
    return Rule(**fields)


def _config(rule_type: str, text: str) -> Config:
    """Read a config that was written by hand, or by a later version, as well as our own."""
    try:
        return parse_config(msgspec.json.decode(text))
    except BadRequestError as error:
        problem = error.message
    except (ValueError, RecursionError) as error:
        problem = f"config is not JSON: {error}"
    return Unreadable(type=rule_type, text=text, problem=problem)


def _owned(row: tuple[Any, ...]) -> OwnedRule:
    project_id, project_owner, *columns = row
    return OwnedRule(rule=_rule(tuple(columns)), project_id=project_id, project_owner=project_owner)
