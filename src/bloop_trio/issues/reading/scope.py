"""Whose data a request is about: what its caller may see, and which project it names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
from quart import request

from bloop_trio.http.caller import caller
from bloop_trio.http.parameters import Parameter
from bloop_trio.issues.queries.scope import OneProject, Scope

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bloop_trio.http.parameters import Schema


@attrs.frozen
class ProjectName(Parameter["str | None"]):
    """The id or slug of a project: any text will do, as most name none. None when it is absent or empty."""

    def read(self, arguments: Mapping[str, str]) -> str | None:
        """Return the text."""
        return arguments.get(self.name) or None

    def schema(self) -> Schema:
        """Return the schema of any text."""
        return {"type": "string"}


PROJECT: Final = ProjectName("project_id", "With a session: id or slug of the project; without it, all projects.")
PROJECT_OF_ERROR: Final = ProjectName(
    "project_id", "With a session: id or slug of the project; needed when several projects have the error."
)
ONLY_PROJECT: Final = ProjectName(
    "project_id", "With a session: id or slug of the project; needed when there are several."
)
CHOSEN_PROJECT: Final = ProjectName("project_id", "With a session: id or slug of the project, which has to be named.")
NEEDS_PROJECT: Final = {400: "the request does not say which project is meant", 404: "there is no such project"}
"""Refusals of routes that are about one project."""


def read_scope() -> Scope:
    """Return what the request at hand is about.

    Raises:
        AuthenticationError: the caller has neither a project nor a user.
    """
    admitted = caller()
    if admitted.project_no is not None and admitted.project_id is not None:
        return Scope(own=OneProject(admitted.project_no, admitted.project_id))
    admitted.signed_in()
    return Scope(named=PROJECT.read(request.args))
