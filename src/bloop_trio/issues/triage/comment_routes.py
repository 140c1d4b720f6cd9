"""Comments on issues over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import attrs
from msgspec import Meta
from quart import Blueprint, request

from bloop_trio.http.bodies import read_json
from bloop_trio.http.codec import Answer, answer
from bloop_trio.http.operations import Operation, documented
from bloop_trio.issues.reading.scope import PROJECT_OF_ERROR
from bloop_trio.issues.triage.activity_routes import MAX_ISSUE_BODY_BYTES, REFUSALS, asked_by
from bloop_trio.issues.triage.comments import MAX_COMMENT_BYTES

if TYPE_CHECKING:
    from bloop_trio.issues.triage.desk import Done, IssueDesk

_INT64_MAX: Final = 2**63 - 1


@attrs.frozen(kw_only=True, slots=False)
class CommentText:
    """What a comment says."""

    text: Annotated[str, Meta(min_length=1, max_length=MAX_COMMENT_BYTES)]
    """Markdown, at most 8 KiB; white space around it is cut off."""


@attrs.frozen(kw_only=True, slots=False)
class CommentAnswer:
    """A comment that was written, edited or removed."""

    fingerprint: str
    """The error's first fingerprint."""
    id: int
    """Of the comment, as in what has happened to the error."""


def comment_routes(desk: IssueDesk) -> Blueprint:
    """Return the routes."""
    routes = Blueprint("comments", __name__)

    @routes.post("/v1/errors/<segment:fingerprint>/comments")
    @documented(
        Operation(
            summary="Comment on an error",
            description="The text is kept as it is, and shown with what else has happened to the error.",
            parameters=(PROJECT_OF_ERROR,),
            body=CommentText,
            answer=CommentAnswer,
            errors={400: "the text is empty or too long", **REFUSALS},
        )
    )
    async def comment(fingerprint: str) -> Answer:
        given = await read_json(request, CommentText, max_bytes=MAX_ISSUE_BODY_BYTES)
        done = await desk.comment(await asked_by(desk, fingerprint), given.text)
        return _answer(done)

    @routes.put("/v1/errors/<segment:fingerprint>/comments/<segment:comment_id>")
    @documented(
        Operation(
            summary="Edit a comment",
            description="By its author, or by an administrator.",
            parameters=(PROJECT_OF_ERROR,),
            body=CommentText,
            answer=CommentAnswer,
            errors={
                400: "the text is empty or too long",
                403: "it is somebody else's",
                **REFUSALS,
                404: "the project has no such error, or that has no such comment",
            },
        )
    )
    async def edit_comment(fingerprint: str, comment_id: str) -> Answer:
        given = await read_json(request, CommentText, max_bytes=MAX_ISSUE_BODY_BYTES)
        done = await desk.edit(await asked_by(desk, fingerprint), _number(comment_id), given.text)
        return _answer(done)

    @routes.delete("/v1/errors/<segment:fingerprint>/comments/<segment:comment_id>")
    @documented(
        Operation(
            summary="Delete a comment",
            description="By its author, or by an administrator; the audit log tells that it was there.",
            parameters=(PROJECT_OF_ERROR,),
            answer=CommentAnswer,
            errors={
                403: "it is somebody else's",
                **REFUSALS,
                404: "the project has no such error, or that has no such comment",
            },
        )
    )
    async def delete_comment(fingerprint: str, comment_id: str) -> Answer:
        done = await desk.delete(await asked_by(desk, fingerprint), _number(comment_id))
        return _answer(done)

    return routes


def _answer(done: Done) -> Answer:
    return answer(CommentAnswer(fingerprint=done.fingerprint, id=done.comment_id or 0))


def _number(text: str) -> int:
    """Return the number of a comment; one that none has if it is no number."""
    return min(int(text), _INT64_MAX) if text.isascii() and text.isdigit() and len(text) < 20 else 0
