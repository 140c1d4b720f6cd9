"""Projects over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from quart import Blueprint, request

from bloop_trio.http.bodies import read_json, read_optional_json
from bloop_trio.http.caller import caller
from bloop_trio.http.codec import Answer, answer
from bloop_trio.http.operations import Operation, documented
from bloop_trio.projects.shapes import (
    KeyRotation,
    ProjectChange,
    ProjectDeleted,
    ProjectInfo,
    ProjectInput,
    project_info,
)

if TYPE_CHECKING:
    from bloop_trio.projects.desk import ProjectDesk
    from bloop_trio.projects.project import Project

MAX_BODY_BYTES: Final = 16 * 1024
TAG: Final = "Projects"
_NONE: Final = "there is no such project"


def project_routes(desk: ProjectDesk) -> Blueprint:
    """Return the routes."""
    routes = Blueprint("projects", __name__)
    _add_reading(routes, desk)
    _add_changing(routes, desk)
    return routes


def _add_reading(routes: Blueprint, desk: ProjectDesk) -> None:
    @routes.get("/v1/projects")
    @documented(Operation(tag=TAG, summary="All projects, the oldest first", answer=list[ProjectInfo]))
    async def projects() -> Answer:
        return answer([_as_seen(project) for project in await desk.list_all()])

    @routes.get("/v1/projects/<segment:slug>")
    @documented(Operation(tag=TAG, summary="One project", answer=ProjectInfo, errors={404: _NONE}))
    async def project(slug: str) -> Answer:
        return answer(_as_seen(await desk.get(slug)))


def _add_changing(routes: Blueprint, desk: ProjectDesk) -> None:
    @routes.post("/v1/projects")
    @documented(
        Operation(
            tag=TAG,
            summary="Create a project",
            description="It belongs to whoever creates it, and its key works at once.",
            body=ProjectInput,
            answer=ProjectInfo,
            errors={400: "name or slug cannot be used, or the slug is taken"},
        )
    )
    async def project_create() -> Answer:
        given = await read_json(request, ProjectInput, max_bytes=MAX_BODY_BYTES)
        return answer(_as_seen(await desk.create(caller(), name=given.name, slug=given.slug)))

    @routes.put("/v1/projects/<segment:slug>")
    @documented(
        Operation(
            tag=TAG,
            summary="Rename a project",
            description="The slug never changes.",
            body=ProjectChange,
            answer=ProjectInfo,
            errors={400: "the name cannot be used", 404: _NONE},
        )
    )
    async def project_change(slug: str) -> Answer:
        given = await read_json(request, ProjectChange, max_bytes=MAX_BODY_BYTES)
        changed = desk.get(slug) if given.name is None else desk.rename(caller(), slug, given.name)
        return answer(_as_seen(await changed))

    @routes.delete("/v1/projects/<segment:slug>")
    @documented(
        Operation(
            tag=TAG,
            summary="Delete a project",
            description=(
                "At once nothing finds it any more, its keys and tokens are worth nothing, and its slug is free.\n"
                "Its errors, events and tokens are removed from the disk little by little, which may take a while.\n"
                "The audit log says `project.purged` when nothing is left.\n"
                "The project `default` cannot be deleted."
            ),
            answer=ProjectDeleted,
            errors={400: "it is the project `default`", 404: _NONE},
        )
    )
    async def project_delete(slug: str) -> Answer:
        await desk.delete(caller(), slug)
        return answer(ProjectDeleted())

    @routes.post("/v1/projects/<segment:slug>/rotate-key")
    @documented(
        Operation(
            tag=TAG,
            summary="Give a project a fresh key",
            description=(
                "The body may be left out; the old key is then worth nothing at once.\n"
                "With `grace_hours` it goes on working for as long, beside the fresh one.\n"
                "Keys that were rotated away before do not outlive it, and at most three go on."
            ),
            body=KeyRotation,
            body_optional=True,
            answer=ProjectInfo,
            errors={400: "the grace is too long", 404: _NONE},
        )
    )
    async def project_rotate_key(slug: str) -> Answer:
        given = await read_optional_json(request, KeyRotation, max_bytes=MAX_BODY_BYTES)
        return answer(_as_seen(await desk.rotate(caller(), slug, given.grace_hours if given else 0)))


def _as_seen(project: Project) -> ProjectInfo:
    user = caller().signed_in()
    return project_info(project, with_key=user.is_admin or user.user_id == project.created_by)
