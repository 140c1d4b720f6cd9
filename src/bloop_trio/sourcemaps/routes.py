"""Source maps over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from quart import Blueprint, request

from bloop_trio.http.bodies import read_body
from bloop_trio.http.caller import caller
from bloop_trio.http.codec import Answer, answer
from bloop_trio.http.operations import Body, Operation, documented
from bloop_trio.http.parameters import Text
from bloop_trio.sourcemaps.shapes import SourceMapDeleted, SourceMapInfo, map_info
from bloop_trio.sourcemaps.uploads import MAX_RELEASE_CHARS, MULTIPART, read_boundary

if TYPE_CHECKING:
    from bloop_trio.sourcemaps.desk import SourceMapDesk

TAG: Final = "Source maps"
PATH: Final = "/v1/projects/<segment:slug>/sourcemaps"
RELEASE: Final = Text("release", "Only the maps of this release.", max_chars=MAX_RELEASE_CHARS)
_NONE: Final = "there is no such project, or it is not the token's"
_FORM: Final = Body(
    schema={
        "type": "object",
        "required": ["release", "file"],
        "properties": {
            "release": {
                "type": "string",
                "minLength": 1,
                "maxLength": MAX_RELEASE_CHARS,
                "description": "Release that the maps belong to, exactly as events name it.",
            },
            "file": {
                "type": "string",
                "contentMediaType": "application/json",
                "description": "A source map, named as its script with `.map` behind; may be repeated.",
            },
        },
    },
    media_types=(MULTIPART,),
)


def source_map_routes(desk: SourceMapDesk) -> Blueprint:
    """Return the routes."""
    routes = Blueprint("sourcemaps", __name__)

    @routes.post(PATH)
    @documented(
        Operation(
            tag=TAG,
            summary="Upload source maps",
            description=(
                "A map takes the place of the project's map of the same release and file name.\n"
                "Several files are stored all or none, and answered as a list.\n"
                "A file may be compressed with gzip; `.gz` at the end of its name is then taken away.\n"
                "Parts of other names are left out."
            ),
            body=_FORM,
            answer=SourceMapInfo | list[SourceMapInfo],
            errors={
                400: "the release or a file is missing, or a file is no source map",
                404: _NONE,
                409: "the project has no room for more",
                413: "the body or a map is too large",
                415: "the body is not `multipart/form-data`",
            },
        )
    )
    async def source_maps_upload(slug: str) -> Answer:
        boundary = read_boundary(request.headers.get("content-type"))
        body = await read_body(request, desk.config.max_upload_bytes)
        found = [map_info(stored) for stored in await desk.upload(caller(), slug, body, boundary)]
        return answer(found[0] if len(found) == 1 else found)

    @routes.get(PATH)
    @documented(
        Operation(
            tag=TAG,
            summary="All source maps of a project",
            description="Newest first, without their content.",
            parameters=(RELEASE,),
            answer=list[SourceMapInfo],
            errors={404: _NONE},
        )
    )
    async def source_maps(slug: str) -> Answer:
        found = await desk.list_all(slug, RELEASE.read(request.args))
        return answer([map_info(stored) for stored in found])

    @routes.delete(f"{PATH}/<segment:map_id>")
    @documented(
        Operation(
            tag=TAG,
            summary="Delete a source map",
            answer=SourceMapDeleted,
            errors={404: f"{_NONE}, or the project has no such map"},
        )
    )
    async def source_map_delete(slug: str, map_id: str) -> Answer:
        await desk.delete(caller(), slug, map_id)
        return answer(SourceMapDeleted(deleted=map_id))

    return routes
