"""What source maps make of a stack that somebody has at hand, and why they lead no further: over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import attrs
from msgspec import Meta
from quart import Blueprint, request

from bloop_trio.exceptions import BadRequestError, BodyTooLargeError
from bloop_trio.http.bodies import read_json
from bloop_trio.http.codec import Answer, answer
from bloop_trio.http.operations import Operation, documented
from bloop_trio.projects.store import get_project
from bloop_trio.sourcemaps.frames import MAX_FRAMES, Frame, Stack, UnmappedFrame
from bloop_trio.sourcemaps.mapping import EXPLAINING_SECS
from bloop_trio.sourcemaps.matching import MAX_DEBUG_IDS, normalised_debug_id
from bloop_trio.sourcemaps.uploads import MAX_RELEASE_CHARS

if TYPE_CHECKING:
    from bloop_trio.db.readers import Readers
    from bloop_trio.sourcemaps.mapping import Deobfuscator

TAG: Final = "Source maps"
_BODY_BYTES_PER_STACK_BYTE: Final = 6
"""JSON may escape each character."""
_MORE_BYTES: Final = 256 * 1024
"""For all but the stack."""


@attrs.frozen(kw_only=True, slots=False)
class ExplanationInput:
    """A stack to be led back to the sources."""

    release: Annotated[str, Meta(min_length=1, max_length=MAX_RELEASE_CHARS)]
    """Release that the stack comes from, exactly as events name it."""
    stack: Annotated[str, Meta(min_length=1)]
    """The stack as a browser writes it, at most `ingest.max_stack_bytes`."""
    debug_ids: dict[str, str] | None = None
    """Debug ids of scripts, each by the file as the stack names it."""


@attrs.frozen(kw_only=True, slots=False)
class StackExplanation:
    """What source maps make of a stack."""

    frames: list[Frame]
    """Every line that is not blank, in order."""
    unmapped: list[UnmappedFrame]
    """The lines that could not be mapped, and why; what stands before the first one with a place is none of them."""


def explaining_routes(readers: Readers, deobfuscate: Deobfuscator, *, max_stack_bytes: int) -> Blueprint:
    """Return the routes."""
    routes = Blueprint("explaining", __name__)
    max_bytes = max_stack_bytes * _BODY_BYTES_PER_STACK_BYTE + _MORE_BYTES

    @routes.post("/v1/projects/<segment:slug>/sourcemaps/explain")
    @documented(
        Operation(
            tag=TAG,
            summary="Explain a stack",
            description=(
                "Maps a stack as that of an error is mapped, and says of each line that was not mapped why.\n"
                f"At most {MAX_FRAMES} lines are looked at, for at most {EXPLAINING_SECS:.0f} seconds; nothing is stored."
            ),
            body=ExplanationInput,
            answer=StackExplanation,
            errors={
                400: "the body makes no sense",
                404: "there is no such project, or it is not the token's",
                413: "the stack is larger than that of an event may be",
            },
        )
    )
    async def explain(slug: str) -> Answer:
        asked = await read_json(request, ExplanationInput, max_bytes=max_bytes)
        if len(asked.stack.encode(errors="replace")) > max_stack_bytes:
            raise BodyTooLargeError(f"stack exceeds {max_stack_bytes} bytes")
        stack = Stack(release=asked.release, text=asked.stack, debug_ids=_debug_ids(asked.debug_ids or {}))
        project = await readers.run(lambda conn: get_project(conn, slug))
        found = await deobfuscate.explain(project.id, stack)
        return answer(StackExplanation(frames=list(found.frames), unmapped=list(found.unmapped)))

    return routes


def _debug_ids(given: dict[str, str]) -> dict[str, str]:
    """Return debug ids as they are stored, by file.

    Raises:
        BadRequestError: there are too many, or one is none.
    """
    if len(given) > MAX_DEBUG_IDS:
        raise BadRequestError(f"debug_ids must have at most {MAX_DEBUG_IDS} entries")
    found: dict[str, str] = {}
    for file, text in given.items():
        debug_id = normalised_debug_id(text)
        if debug_id is None:
            raise BadRequestError("each of debug_ids must be a UUID")
        found[file] = debug_id
    return found
