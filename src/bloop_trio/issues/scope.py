"""Whose data a request is about: the project of its caller, as queries take it."""

from __future__ import annotations

from typing import TypedDict

from bloop_trio.exceptions import BadRequestError
from bloop_trio.http.caller import caller


class ProjectScope(TypedDict):
    """The project that a query is confined to."""

    project_no: int
    project_id: str


def project_scope() -> ProjectScope:
    """Return the project whose data the caller sees.

    Raises:
        BadRequestError: the request does not say which.
    """
    admitted = caller()
    if admitted.project_no is None or admitted.project_id is None:
        raise BadRequestError("project_id is required")
    return {"project_no": admitted.project_no, "project_id": admitted.project_id}
