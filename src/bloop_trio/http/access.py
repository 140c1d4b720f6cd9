"""What a route demands of whoever calls it: the words in which the one table of access is written. Pure."""

from __future__ import annotations

import enum
from typing import Final

import attrs


class Who(enum.Enum):
    """Who a route is for."""

    ANYONE = "anyone"
    """No credential."""
    SENDER = "sender"
    """Whoever signs the body with a project's key; the route checks that, since it needs the body."""
    OPERATOR = "operator"
    """This host itself, or whoever knows `server.metrics_token`."""
    READER = "reader"
    """A bearer token with the route's scope, which has its own project alone; or anybody who is signed in."""
    USER = "user"
    """Anybody who is signed in."""
    OWNER = "owner"
    """A signed-in administrator, or the signed-in user who created the project in question; and, where the route has a
    scope, a bearer token of that project with it."""
    ADMIN = "admin"
    """A signed-in administrator."""
    PAGE = "page"
    """Anybody, with a browser. Who is not signed in learns no more than where to do so."""
    FILE = "file"
    """Anybody: a file that pages are made of, the same for all."""


class ProjectFrom(enum.Enum):
    """Where a request says which project it is about."""

    NOWHERE = "nowhere"
    """It is about none."""
    CALLER = "caller"
    """A token has one; somebody who is signed in names it as `project_id`, or means all where that makes sense."""
    PATH = "path"
    """Its slug or id stands in the path."""
    ROUTE = "route"
    """The route knows, from the body or from what it is about; it asks `require_owner` itself."""


@attrs.frozen
class Access:
    """What a route demands."""

    who: Who
    scope: str | None = None
    """The scope that a token needs."""
    project: ProjectFrom = ProjectFrom.NOWHERE
    takes: str | None = None
    """The media type of bodies that a session may send beside JSON."""

    @property
    def takes_tokens(self) -> bool:
        """Return whether a bearer token may open it; one without a scope, which is a mistake, opens to none."""
        return self.who is Who.READER or self.scope is not None

    @property
    def is_api(self) -> bool:
        """Return whether programs are meant to use it; the documents tell of nothing else."""
        return self.who not in {Who.PAGE, Who.FILE}


ANYONE: Final = Access(Who.ANYONE)
SENDER: Final = Access(Who.SENDER)
OPERATOR: Final = Access(Who.OPERATOR)
USER: Final = Access(Who.USER)
ADMIN: Final = Access(Who.ADMIN)
PAGE: Final = Access(Who.PAGE)
FILE: Final = Access(Who.FILE)
OWNER_OF_PATH: Final = Access(Who.OWNER, project=ProjectFrom.PATH)
OWNER_BY_ROUTE: Final = Access(Who.OWNER, project=ProjectFrom.ROUTE)


def owner_with(scope: str, takes: str | None = None) -> Access:
    """Return the access of a route for bearer tokens of the project in its path with `scope`, and for its owners."""
    return Access(Who.OWNER, scope, ProjectFrom.PATH, takes)


def owner_found_with(scope: str) -> Access:
    """Return the access of a route that itself finds the project it is about, for bearer tokens of that project with
    `scope`, and for its owners."""
    return Access(Who.OWNER, scope, ProjectFrom.ROUTE)


def reader_with(scope: str) -> Access:
    """Return the access of a route for bearer tokens with `scope`, and for everybody who is signed in."""
    return Access(Who.READER, scope, ProjectFrom.CALLER)
