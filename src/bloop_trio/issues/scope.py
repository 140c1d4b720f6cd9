"""Whose data a request is about: the project of its caller, as queries take it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from quart import g

if TYPE_CHECKING:
    from bloop_trio.http.guard import Caller


class ProjectScope(TypedDict):
    """The project that a query is confined to."""

    project_no: int
    project_id: str


def caller() -> Caller:
    """Return who sent the request; the guard has let it in."""
    admitted: Caller = g.caller
    return admitted


def project_scope() -> ProjectScope:
    """Return the project whose data the caller sees."""
    admitted = caller()
    return {"project_no": admitted.project_no, "project_id": admitted.project_id}
