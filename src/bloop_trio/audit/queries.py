"""Reading the audit log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs
import msgspec

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection


@attrs.frozen(kw_only=True, slots=False)
class AuditEntry:
    """Something that somebody did."""

    id: int
    """Rises with each entry."""
    at: int
    """When, in epoch milliseconds."""
    actor: str | None
    """Id of a user, or `token:` and the id of a token; null for the server itself and for commands."""
    actor_name: str
    """The name that it had then; `server` for the server itself, `shell` for commands."""
    address: str | None
    """Where the request came from; null for the server itself and for commands."""
    action: str
    """What was done, such as `project.created`."""
    target: str | None
    """Id of what it was done to."""
    target_name: str | None
    """The name that it had then."""
    project_id: str | None
    """Id of the project that it has to do with, which may be gone."""
    details: dict[str, Any]
    """What else is worth knowing; what stands in here depends on the action."""


@attrs.frozen(kw_only=True)
class AuditFilters:
    """Which entries are asked for: those that match all that is given."""

    actor: str | None = None
    action: str | None = None
    project: str | None = None
    since_ms: int | None = None
    until_ms: int | None = None


_COLUMNS: Final = "id, at_ms, actor, actor_name, address, action, target, target_name, project_id, details"


def list_entries(
    conn: Connection, filters: AuditFilters, *, before_id: int | None, limit: int
) -> tuple[list[AuditEntry], bool]:
    """Return up to `limit` entries, the newest first, and whether there are more behind them."""
    conditions, values = _conditions(filters)
    if before_id is not None:
        conditions.append("id < ?")
        values.append(before_id)
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    rows = conn.execute(
        f"SELECT {_COLUMNS} FROM audit_entries{where} ORDER BY id DESC LIMIT ?", [*values, limit + 1]
    ).fetchall()
    return [_entry(row) for row in rows[:limit]], len(rows) > limit


def _conditions(filters: AuditFilters) -> tuple[list[str], list[Any]]:
    project_id = (
        "project_id = coalesce((SELECT id FROM projects WHERE (id = ? OR slug = ?) AND deleted_secs IS NULL), ?)"
    )
    wanted: list[tuple[str, tuple[Any, ...]]] = []
    if filters.actor is not None:
        wanted.append(("(actor = ? OR actor IS NULL AND actor_name = ?)", (filters.actor, filters.actor)))
    if filters.action is not None:
        wanted.append(("action = ?", (filters.action,)))
    if filters.project is not None:
        wanted.append((project_id, (filters.project,) * 3))
    if filters.since_ms is not None:
        wanted.append(("at_ms >= ?", (filters.since_ms,)))
    if filters.until_ms is not None:
        wanted.append(("at_ms <= ?", (filters.until_ms,)))
    return [condition for condition, _ in wanted], [value for _, values in wanted for value in values]


def _entry(row: tuple[Any, ...]) -> AuditEntry:
    *columns, details = row
    names = [field.name for field in attrs.fields(AuditEntry)][:-1]
    return AuditEntry(**dict(zip(names, columns, strict=True)), details=msgspec.json.decode(details))
