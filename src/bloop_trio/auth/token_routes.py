"""Bearer tokens over HTTP."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import attrs
from quart import Blueprint, request

from bloop_trio.audit.store import notes_by
from bloop_trio.auth.scopes import check_scopes
from bloop_trio.auth.store import create_token, list_tokens, revoke_token
from bloop_trio.auth.tokens import check_token_name, expiry_secs
from bloop_trio.auth.users import as_of_now
from bloop_trio.clock import MS_PER_SEC
from bloop_trio.db.changing import change
from bloop_trio.exceptions import BadRequestError, NotFoundError
from bloop_trio.http.bodies import read_json
from bloop_trio.http.caller import Caller, caller
from bloop_trio.http.codec import Answer, answer
from bloop_trio.http.operations import Operation, documented
from bloop_trio.http.parameters import Text
from bloop_trio.projects.store import get_project

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.auth.bearer import BearerTokens
    from bloop_trio.auth.tokens import Token
    from bloop_trio.db.connection import Connection
    from bloop_trio.db.readers import Readers
    from bloop_trio.db.writer import Writer
    from bloop_trio.projects.project import Project

MAX_BODY_BYTES: Final = 16 * 1024
TAG: Final = "Tokens"
PROJECT: Final = Text("project_id", "Whose tokens: id or slug of a project.", required=True)


@attrs.frozen(kw_only=True, slots=False)
class TokenInput:
    """A token that shall be."""

    name: str
    """What it is for, in 1 to 100 characters; white space around them is cut off."""
    project_id: str
    """The one project that it opens, by id or slug."""
    scopes: list[str]
    """What it may do; at least one."""
    expires_in_days: int | None = None
    """Days until it stops working, 1 to 3650; without it, it works until it is revoked."""


@attrs.frozen(kw_only=True, slots=False)
class NewToken:
    """A token, at the one moment at which its plaintext is known."""

    id: str
    """By which it is revoked."""
    name: str
    """What it is for."""
    token: str
    """What goes behind `Bearer`; it is not stored, and never shown again."""
    token_prefix: str
    """Its first characters, by which people tell tokens apart."""
    project_id: str
    """Id of the project that it opens."""
    scopes: list[str]
    """What it may do."""
    created_at: int
    """When it was created, in epoch seconds."""
    expires_at: int | None
    """When it stops working, in epoch seconds; null if it does not."""


@attrs.frozen(kw_only=True, slots=False)
class TokenInfo:
    """A token as it can be shown."""

    id: str
    """By which it is revoked."""
    name: str
    """What it is for."""
    token_prefix: str
    """Its first characters, by which people tell tokens apart."""
    project_id: str
    """Id of the project that it opens."""
    scopes: list[str]
    """What it may do."""
    created_at: int
    """When it was created, in epoch seconds."""
    expires_at: int | None
    """When it stops working, in epoch seconds; null if it does not."""
    last_used_at: int | None
    """When it was last used, to the minute, in epoch seconds; null if never."""
    revoked_at: int | None
    """When it was revoked, in epoch seconds; null if it was not."""


@attrs.frozen(kw_only=True, slots=False)
class TokenRevoked:
    """A token is worth nothing any more."""

    revoked: str
    """Its id."""


@attrs.frozen(kw_only=True)
class TokenDesk:
    """What the routes work with."""

    readers: Readers
    writer: Writer
    bearer: BearerTokens
    clock: Callable[[], int]
    """Epoch milliseconds."""


def token_routes(desk: TokenDesk) -> Blueprint:
    """Return the routes; each asks itself whether the project is the caller's."""
    routes = Blueprint("tokens", __name__)

    @routes.get("/v1/tokens")
    @documented(
        Operation(
            tag=TAG,
            summary="The tokens of a project, the newest first",
            description="Tokens that were revoked are among them.",
            parameters=(PROJECT,),
            answer=list[TokenInfo],
            errors={400: "there is no such project"},
        )
    )
    async def tokens() -> Answer:
        wanted, asking = PROJECT.read(request.args) or "", caller()

        def read(conn: Connection) -> list[TokenInfo]:
            project = _own_project(conn, wanted, asking)
            return [_info(token, project) for token in list_tokens(conn, project.no)]

        return answer(await desk.readers.run(read))

    @routes.post("/v1/tokens")
    @documented(
        Operation(
            tag=TAG,
            summary="Create a token",
            description="Only its hash is stored: `token` is shown here and never again.",
            body=TokenInput,
            answer=NewToken,
            status=201,
            errors={400: "name, scopes or lifetime cannot be used, or there is no such project"},
        )
    )
    async def token_create() -> Answer:
        given = await read_json(request, TokenInput, max_bytes=MAX_BODY_BYTES)
        made = await change(desk.writer, partial(_create, given, caller(), desk.clock()), what="token")
        desk.bearer.clear()
        return answer(made, 201)

    @routes.delete("/v1/tokens/<segment:token_id>")
    @documented(
        Operation(
            tag=TAG,
            summary="Revoke a token",
            description="It is worth nothing at once. Whoever created the token may do so too.",
            answer=TokenRevoked,
            errors={404: "there is no such token, or it was revoked before"},
        )
    )
    async def token_revoke(token_id: str) -> Answer:
        admitted, now_ms = caller(), desk.clock()

        def revoke(conn: Connection) -> None:
            asking = as_of_now(conn, admitted)

            def check(token: Token, project: Project) -> None:
                if token.created_by != asking.signed_in().user_id:
                    asking.require_owner(project.created_by)

            note = notes_by(asking, now_ms)
            revoke_token(conn, token_id, now_ms // MS_PER_SEC, may_revoke=check, note=note)

        await change(desk.writer, revoke, what="revocation")
        desk.bearer.clear()
        return answer(TokenRevoked(revoked=token_id))

    return routes


def _create(given: TokenInput, admitted: Caller, now_ms: int, conn: Connection) -> NewToken:
    # Whoever was removed while the request waited for its turn must not be left with a token.
    asking, now_secs = as_of_now(conn, admitted), now_ms // MS_PER_SEC
    # What is wrong with the request itself is said whatever project it names.
    check_token_name(given.name)
    check_scopes(given.scopes)
    expiry_secs(now_secs, given.expires_in_days)
    project = _own_project(conn, given.project_id, asking)
    try:
        issued = create_token(
            conn,
            name=given.name,
            project_no=project.no,
            scopes=given.scopes,
            now_secs=now_secs,
            expires_in_days=given.expires_in_days,
            created_by=asking.signed_in().user_id,
            note=notes_by(asking, now_ms),
        )
    except NotFoundError as error:  # deleted between the two
        raise BadRequestError(error.message) from error
    token = issued.token
    return NewToken(
        id=token.id,
        name=token.name,
        token=issued.plaintext,
        token_prefix=token.token_prefix,
        project_id=project.id,
        scopes=list(token.scopes),
        created_at=token.created_secs,
        expires_at=token.expires_secs,
    )


def _own_project(conn: Connection, id_or_slug: str, asking: Caller) -> Project:
    """Return a project that is the caller's to decide about.

    Raises:
        BadRequestError: there is no such project.
        ForbiddenError: it is somebody else's.
    """
    try:
        project = get_project(conn, id_or_slug)
    except NotFoundError as error:
        raise BadRequestError(error.message) from error
    asking.require_owner(project.created_by)
    return project


def _info(token: Token, project: Project) -> TokenInfo:
    return TokenInfo(
        id=token.id,
        name=token.name,
        token_prefix=token.token_prefix,
        project_id=project.id,
        scopes=list(token.scopes),
        created_at=token.created_secs,
        expires_at=token.expires_secs,
        last_used_at=token.last_used_secs,
        revoked_at=token.revoked_secs,
    )
