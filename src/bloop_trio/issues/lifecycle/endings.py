"""What may end a status by itself, as it is stored: the snooze of a muted issue, the fix of a resolved one.

Called inside the caller's transaction. Whoever changes a status takes them away, and whoever undoes that puts them back.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import attrs

from bloop_trio.db.statements import run_rows
from bloop_trio.issues.lifecycle.status import Status

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from bloop_trio.db.connection import Connection


@attrs.frozen(kw_only=True)
class Snooze:
    """When a muted issue is unresolved again: at the first of what is set."""

    until_ms: int | None = None
    until_count: int | None = None
    """Of the issue's events altogether."""
    more_events: int | None = None
    """How many events that was after the issue was muted."""
    until_users: int | None = None
    """Of the users that the issue has affected altogether."""
    more_users: int | None = None
    """How many users that was after the issue was muted."""
    after_release: str | None = None
    """An event of a release that comes after this one."""


@attrs.frozen(kw_only=True)
class Fix:
    """Where a resolved issue is fixed: events of earlier releases do not bring it back."""

    release: str
    is_next: bool
    """Whether it is fixed in whatever release comes after that one."""


_SNOOZE_FIELDS: Final = tuple(field.name for field in attrs.fields(Snooze))
_SNOOZE: Final = ", ".join(_SNOOZE_FIELDS)
_FIX: Final = ", ".join(field.name for field in attrs.fields(Fix))


def set_snoozes(conn: Connection, snoozes: Mapping[int, Snooze]) -> None:
    """Give issues, which are muted, these snoozes instead of those that they may have."""
    run_rows(
        conn,
        f"INSERT OR REPLACE INTO issue_snoozes (issue_id, {_SNOOZE})",
        [(issue_id, *attrs.astuple(snooze)) for issue_id, snooze in sorted(snoozes.items())],
    )


def set_fixes(conn: Connection, issue_ids: Iterable[int], fix: Fix) -> None:
    """Have issues, which are resolved, fixed in this release instead of where they may have been."""
    run_rows(
        conn,
        f"INSERT OR REPLACE INTO issue_fixes (issue_id, {_FIX})",
        [(issue_id, *attrs.astuple(fix)) for issue_id in sorted(issue_ids)],
    )


def read_fixes(conn: Connection, issue_ids: Sequence[int]) -> dict[int, Fix]:
    """Return the fixes of those of these issues that have one."""
    # One text for any number of them: batches ask, and the connection remembers only so many statements.
    rows = conn.execute(
        f"SELECT issue_id, {_FIX} FROM json_each(?) AS w CROSS JOIN issue_fixes ON issue_id = w.value",
        (json.dumps(list(issue_ids)),),
    )
    return {issue_id: _fix(*rest) for issue_id, *rest in rows}


def read_snoozes(conn: Connection, issue_ids: Sequence[int]) -> dict[int, Snooze]:
    """Return the snoozes of those of these issues that have one."""
    rows = conn.execute(
        f"SELECT issue_id, {_SNOOZE} FROM json_each(?) AS w CROSS JOIN issue_snoozes ON issue_id = w.value",
        (json.dumps(list(issue_ids)),),
    )
    return {issue_id: _snooze(*rest) for issue_id, *rest in rows}


def get_snooze(conn: Connection, issue_id: int) -> Snooze | None:
    """Return the snooze of an issue."""
    return read_snoozes(conn, [issue_id]).get(issue_id)


def take_away(conn: Connection, changed: Collection[tuple[int, str]]) -> dict[int, str]:
    """Remove the snoozes and fixes of issues that leave the given status; returns them by issue, for `put_back`.

    Issues that were neither muted nor resolved cost nothing.
    """
    taken: dict[int, str] = {}
    muted = [(issue_id,) for issue_id, status in changed if status == Status.MUTED]
    rows = run_rows(
        conn,
        "WITH wanted (issue_id) AS (",
        muted,
        f") DELETE FROM issue_snoozes WHERE issue_id IN (SELECT issue_id FROM wanted) RETURNING issue_id, {_SNOOZE}",
    )
    for issue_id, *rest in rows:
        taken[issue_id] = _as_json(_snooze(*rest))
    resolved = [(issue_id,) for issue_id, status in changed if status == Status.RESOLVED]
    rows = run_rows(
        conn,
        "WITH wanted (issue_id) AS (",
        resolved,
        f") DELETE FROM issue_fixes WHERE issue_id IN (SELECT issue_id FROM wanted) RETURNING issue_id, {_FIX}",
    )
    for issue_id, *rest in rows:
        taken[issue_id] = _as_json(_fix(*rest))
    return taken


def put_back(conn: Connection, taken: Mapping[int, str]) -> None:
    """Give issues, which have the status that they had before, what `take_away` returned of them."""
    for issue_id, text in taken.items():
        fields = json.loads(text)
        if "release" in fields:
            set_fixes(conn, [issue_id], Fix(**fields))
        else:
            set_snoozes(conn, {issue_id: Snooze(**fields)})


def _as_json(ending: Snooze | Fix) -> str:
    return json.dumps(attrs.asdict(ending), ensure_ascii=False)


def _snooze(*values: Any) -> Snooze:
    return Snooze(**dict(zip(_SNOOZE_FIELDS, values, strict=True)))


def _fix(release: str, is_next: int) -> Fix:
    return Fix(release=release, is_next=bool(is_next))
