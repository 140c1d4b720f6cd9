"""Which projects a query is about: the one of a token, the one that was named, or all there are.

Projects are looked up in the table itself, by the connection that then reads their data: one that was made a moment
ago is found, and one that was deleted is not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

import attrs
import msgspec

from bloop_trio.exceptions import BadRequestError, NotFoundError
from bloop_trio.issues.grouping.fingerprint import own_fingerprint
from bloop_trio.projects.store import find_project

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.db.connection import Connection

T = TypeVar("T")

NOT_NAMED: Final = "project_id is required"
_UNKNOWN: Final = "project not found"


@attrs.frozen
class OneProject:
    """A project, as queries are confined to it."""

    no: int
    id: str


@attrs.frozen(kw_only=True)
class Scope:
    """What a request may see, and which part of that it asks for."""

    own: OneProject | None = None
    """The project of a token, which sees no other."""
    named: str | None = None
    """The id or slug that somebody who may see all projects has named; None means all."""

    def projects(self, conn: Connection) -> tuple[OneProject, ...]:
        """Return the projects that are meant, the oldest first; none if the one that was named is unknown."""
        if self.own is not None:
            return (self.own,)
        if self.named is not None:
            found = find_project(conn, self.named)
            return () if found is None else (OneProject(found.no, found.id),)
        # Of all projects, their keys and names are of no use here.
        rows = conn.execute("SELECT no, id FROM projects WHERE deleted_secs IS NULL ORDER BY no")
        return tuple(OneProject(no, project_id) for no, project_id in rows)

    def only(self, conn: Connection) -> OneProject:
        """Return the one project that is meant; without a name that is the only one there is.

        Raises:
            BadRequestError: there are several, and none was named.
            NotFoundError: there is no project of that name.
        """
        if self.own is not None:
            return self.own
        found = self.projects(conn)
        if len(found) > 1:
            raise BadRequestError(NOT_NAMED)
        if not found:
            raise NotFoundError(_UNKNOWN)
        return found[0]

    def chosen(self, conn: Connection) -> OneProject:
        """Return the project of the token, or the one that was named.

        Raises:
            BadRequestError: none was named.
            NotFoundError: there is no project of that name.
        """
        if self.own is None and self.named is None:
            raise BadRequestError(NOT_NAMED)
        return self.only(conn)

    def holder(self, conn: Connection, fingerprint: str) -> OneProject | None:
        """Return the project whose issue a fingerprint means; None if no project that is meant has it.

        One that was named is returned whether it has the issue or not.

        Raises:
            BadRequestError: several projects have it, and none was named.
        """
        if self.own is not None:
            return self.own
        if self.named is not None:
            return next(iter(self.projects(conn)), None)
        rows = conn.execute(
            "SELECT p.no, p.id FROM projects AS p CROSS JOIN issue_fingerprints AS f"
            " ON f.project_no = p.no AND f.fingerprint = ? WHERE p.deleted_secs IS NULL LIMIT 2",
            (own_fingerprint(fingerprint),),
        ).fetchall()
        if len(rows) > 1:
            raise BadRequestError(NOT_NAMED)
        return OneProject(*rows[0]) if rows else None


def over_projects(
    scope: Scope,
    *,
    one: Callable[[Connection, OneProject], T],
    several: Callable[[Connection, tuple[OneProject, ...]], T],
) -> Callable[[Connection], T]:
    """Return the query that runs `one` where a single project is meant, and else `several`: of all, or of none."""

    def run(conn: Connection) -> T:
        found = scope.projects(conn)
        return one(conn, found[0]) if len(found) == 1 else several(conn, found)

    return run


def of_holder(
    scope: Scope, fingerprint: str, query: Callable[[Connection, OneProject], T]
) -> Callable[[Connection], T | None]:
    """Return the query that runs `query` in the project that has a fingerprint; its result is None if none has it."""

    def run(conn: Connection) -> T | None:
        project = scope.holder(conn, fingerprint)
        return None if project is None else query(conn, project)

    return run


def as_json(projects: tuple[OneProject, ...]) -> str:
    """Return the numbers of projects as a list in JSON, for SQLite's ``json_each``."""
    return msgspec.json.encode([project.no for project in projects]).decode()
