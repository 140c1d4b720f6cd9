"""Saved views in the database. What changes something is called inside the caller's transaction."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

import attrs

from bloop_trio.exceptions import BadRequestError, ConflictError, ForbiddenError, NotFoundError
from bloop_trio.http.names import check_name, check_shown
from bloop_trio.issues.queries.filters import Sort
from bloop_trio.projects.store import find_project, get_project
from bloop_trio.views.shapes import SavedView

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from bloop_trio.http.caller import SignedIn
    from bloop_trio.views.shapes import ViewChange, ViewInput

MAX_VIEWS: Final = 100
"""Views that a user can have of one project, and as many of all projects."""
MAX_LISTED: Final = 1_000
"""Views that a list shows."""

_SELECT: Final = (
    "SELECT v.id, v.name, v.query, v.sort, p.id, v.is_shared, v.created_by, u.username, v.created_secs, v.project_no"
    " FROM saved_views AS v LEFT JOIN projects AS p ON p.no = v.project_no LEFT JOIN users AS u ON u.id = v.created_by"
    " WHERE (v.project_no IS NULL OR p.deleted_secs IS NULL) AND (v.is_shared OR v.created_by = ?1)"
)


def list_views(conn: Connection, asking: SignedIn, project: str | None) -> list[SavedView]:
    """Return the views that somebody sees, their own first, by name.

    With the id or slug of a project, those of that project and those for all projects; of an unknown one there are none.
    """
    found = None if project is None else find_project(conn, project)
    if project is not None and found is None:
        return []
    rows = conn.execute(
        f"{_SELECT} AND (?2 IS NULL OR v.project_no IS NULL OR v.project_no = ?2)"
        " ORDER BY v.created_by IS NOT ?1, v.name, v.id LIMIT ?3",
        (asking.user_id, None if found is None else found.no, MAX_LISTED),
    )
    return [_view(row, asking) for row in rows]


def create_view(conn: Connection, given: ViewInput, asking: SignedIn, now_secs: int) -> SavedView:
    """Save a view and return it.

    Raises:
        BadRequestError: name or query cannot be used.
        ConflictError: the user has one of this name there already, or as many as a user can have.
        NotFoundError: there is no such project.
    """
    name, query = check_name(given.name), _checked_query(given.query)
    project_no = None if given.project_id is None else get_project(conn, given.project_id).no
    (count,) = conn.execute(
        "SELECT count(*) FROM saved_views WHERE created_by = ? AND project_no IS ?", (asking.user_id, project_no)
    ).fetchone()
    if count >= MAX_VIEWS:
        raise ConflictError(f"a user can have {MAX_VIEWS} views of a project: delete some first")
    _check_free(conn, name, asking.user_id, project_no)
    view_id = str(uuid.uuid4())
    conn.execute(
        "INSERT INTO saved_views (id, project_no, name, query, sort, is_shared, created_by, created_secs)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (view_id, project_no, name, query, given.sort.value, given.is_shared, asking.user_id, now_secs),
    )
    return _get(conn, view_id, asking)[0]


def change_view(conn: Connection, view_id: str, change: ViewChange, asking: SignedIn) -> SavedView:
    """Change a view and return it.

    Raises:
        BadRequestError: name or query cannot be used, or nobody would see the view any more.
        ConflictError: its owner has another one of this name there.
        ForbiddenError: it is somebody else's.
        NotFoundError: there is no such view that the user sees.
    """
    view, project_no = _own(conn, view_id, asking)
    name = view.name if change.name is None else check_name(change.name)
    query = view.query if change.query is None else _checked_query(change.query)
    is_shared = view.is_shared if change.is_shared is None else change.is_shared
    if view.created_by is None and not is_shared:
        raise BadRequestError("a view that nobody owns has to stay shared")
    if view.created_by is not None and name != view.name:
        _check_free(conn, name, view.created_by, project_no)
    conn.execute(
        "UPDATE saved_views SET name = ?, query = ?, sort = ?, is_shared = ? WHERE id = ?",
        (name, query, (change.sort or view.sort).value, is_shared, view_id),
    )
    return attrs.evolve(view, name=name, query=query, sort=change.sort or view.sort, is_shared=is_shared)


def delete_view(conn: Connection, view_id: str, asking: SignedIn) -> None:
    """Delete a view.

    Raises:
        ForbiddenError: it is somebody else's.
        NotFoundError: there is no such view that the user sees.
    """
    _own(conn, view_id, asking)
    conn.execute("DELETE FROM saved_views WHERE id = ?", (view_id,))


def _own(conn: Connection, view_id: str, asking: SignedIn) -> tuple[SavedView, int | None]:
    """Return a view that is the user's to change, and the number of its project."""
    view, project_no = _get(conn, view_id, asking)
    if not view.is_own and not asking.is_admin:
        raise ForbiddenError("only whoever saved it or an administrator may change a view")
    return view, project_no


def _get(conn: Connection, view_id: str, asking: SignedIn) -> tuple[SavedView, int | None]:
    row = conn.execute(f"{_SELECT} AND v.id = ?2", (asking.user_id, view_id)).fetchone()
    if row is None:
        raise NotFoundError(f"view {view_id} not found")
    return _view(row, asking), row[-1]


def _check_free(conn: Connection, name: str, owner: str, project_no: int | None) -> None:
    row = conn.execute(
        "SELECT 1 FROM saved_views WHERE created_by = ? AND project_no IS ? AND name = ?", (owner, project_no, name)
    ).fetchone()
    if row is not None:
        raise ConflictError("there is a view of that name already")


def _checked_query(query: str) -> str:
    query = query.strip()
    return check_shown("query", query) if query else query


def _view(row: tuple[Any, ...], asking: SignedIn) -> SavedView:
    view_id, name, query, sort, project_id, is_shared, created_by, created_by_name, created_secs, _ = row
    return SavedView(
        id=view_id,
        name=name,
        query=query,
        sort=Sort(sort),
        project_id=project_id,
        is_shared=bool(is_shared),
        created_by=created_by,
        created_by_name=created_by_name,
        created_at=created_secs,
        is_own=created_by == asking.user_id,
    )
