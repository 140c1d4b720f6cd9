"""Signing in, registering and signing out over HTTP: the routes under `/auth`, open to anybody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from quart import Blueprint, request

from bloop_trio.audit.store import notes_by
from bloop_trio.auth.cookies import read_challenges
from bloop_trio.auth.entrance import Entrance
from bloop_trio.auth.limiting import check_rate
from bloop_trio.auth.session_store import Visitor, end_session
from bloop_trio.auth.shapes import (
    AuthStatus,
    CeremonyFinish,
    CeremonyStart,
    Done,
    FirstUser,
    InvitedUser,
    InviteFinish,
)
from bloop_trio.auth.users import has_users
from bloop_trio.exceptions import NotFoundError
from bloop_trio.http.bodies import read_json
from bloop_trio.http.caller import Caller
from bloop_trio.http.codec import Answer, answer
from bloop_trio.http.credentials import limited_address, read_credentials
from bloop_trio.http.operations import Operation, documented

if TYPE_CHECKING:
    from bloop_trio.auth.desk import Begun, Desk
    from bloop_trio.db.connection import Connection
    from bloop_trio.http.client_address import TrustedProxies
    from bloop_trio.http.ratelimit import TokenBuckets

MAX_BODY_BYTES: Final = 64 * 1024
MAX_START_BODY_BYTES: Final = 4 * 1024

TAG: Final = "Signing in"
_LIMITED: Final = {429: "there were too many such requests from this address; `Retry-After` says when to come again"}
_BUSY: Final = {503: "the database did not answer in time, or the store refuses"}
_FOREIGN: Final = "another site made a browser send the request"
_USUAL: Final = {403: _FOREIGN, **_LIMITED, **_BUSY}
_STARTED: Final = {"Set-Cookie": "Ties the ceremony to this browser."}
_SIGNED_IN: Final = {"Set-Cookie": "The session, `bloop_session`."}
_CEREMONY: Final = "the challenge is used, too old, or this browser has not asked for it"


def ceremony_routes(desk: Desk, buckets: TokenBuckets | None, trusted: TrustedProxies) -> Blueprint:  # noqa: C901 - one route after the other
    """Return the routes; `buckets` limits the requests of each address, but for the status."""
    routes = Blueprint("ceremonies", __name__)
    entrance = Entrance(desk)

    @routes.before_request
    async def limit() -> None:
        if request.method == "POST":
            check_rate(buckets, limited_address(request, trusted))

    @routes.get("/auth/status")
    @documented(Operation(tag=TAG, summary="Whether anybody has registered", answer=AuthStatus, errors=_BUSY))
    async def status() -> Answer:
        is_complete = await desk.readers.run(has_users)
        needs_token = bool(desk.config.setup_token) and not is_complete
        return answer(AuthStatus(setup_complete=is_complete, setup_token_required=needs_token))

    @routes.post("/auth/register/start")
    @documented(
        Operation(
            tag=TAG,
            summary="Begin to register as the first user",
            body=FirstUser,
            answer=CeremonyStart,
            headers=_STARTED,
            errors={
                400: "the username cannot be used",
                **_USUAL,
                403: f"somebody has registered already, or the setup token is not right; or {_FOREIGN}",
            },
        )
    )
    async def register_start() -> Answer:
        asked = await read_json(request, FirstUser, max_bytes=MAX_START_BODY_BYTES)
        return begun(await entrance.start_first(asked.username, asked.setup_token))

    @routes.post("/auth/register/finish")
    @documented(
        Operation(
            tag=TAG,
            summary="Register as the first user",
            description="The first user is an administrator, and signed in by the answer.",
            body=CeremonyFinish,
            answer=Done,
            headers=_SIGNED_IN,
            errors={
                400: f"{_CEREMONY}; or the credential is not good",
                **_USUAL,
                403: f"somebody has registered already, or {_FOREIGN}",
            },
        )
    )
    async def register_finish() -> Answer:
        asked = await read_json(request, CeremonyFinish, max_bytes=MAX_BODY_BYTES)
        return _signed_in(await entrance.finish_first(_visitor(trusted), asked.challenge_id, asked.credential))

    @routes.post("/auth/invite/register/start")
    @documented(
        Operation(
            tag=TAG,
            summary="Begin to register with an invite",
            body=InvitedUser,
            answer=CeremonyStart,
            headers=_STARTED,
            errors={
                400: "the username cannot be used, or the invite is used, revoked or expired",
                409: "somebody has this username",
                **_USUAL,
            },
        )
    )
    async def invite_start() -> Answer:
        asked = await read_json(request, InvitedUser, max_bytes=MAX_START_BODY_BYTES)
        return begun(await entrance.start_invited(asked.username, asked.invite_token))

    @routes.post("/auth/invite/register/finish")
    @documented(
        Operation(
            tag=TAG,
            summary="Register with an invite",
            description="The answer signs in. The invite is used up by it, and by nothing that fails.",
            body=InviteFinish,
            answer=Done,
            headers=_SIGNED_IN,
            errors={
                400: f"{_CEREMONY}; or the credential or the invite is not good",
                409: "somebody has this username meanwhile",
                **_USUAL,
            },
        )
    )
    async def invite_finish() -> Answer:
        asked = await read_json(request, InviteFinish, max_bytes=MAX_BODY_BYTES)
        return _signed_in(await entrance.finish_invited(_visitor(trusted), asked.challenge_id, asked.credential))

    @routes.post("/auth/login/start")
    @documented(
        Operation(
            tag=TAG,
            summary="Begin to sign in",
            description="The browser offers the passkeys that it has for this site; no username is asked for.",
            answer=CeremonyStart,
            headers=_STARTED,
            errors={400: "nobody has a passkey", **_USUAL},
        )
    )
    async def login_start() -> Answer:
        return begun(await entrance.start_sign_in())

    @routes.post("/auth/login/finish")
    @documented(
        Operation(
            tag=TAG,
            summary="Sign in",
            body=CeremonyFinish,
            answer=Done,
            headers=_SIGNED_IN,
            errors={400: _CEREMONY, 401: "the credential is not good, or unknown", **_USUAL},
        )
    )
    async def login_finish() -> Answer:
        asked = await read_json(request, CeremonyFinish, max_bytes=MAX_BODY_BYTES)
        return _signed_in(await entrance.finish_sign_in(_visitor(trusted), asked.challenge_id, asked.credential))

    @routes.post("/auth/logout")
    @documented(
        Operation(
            tag=TAG,
            summary="Sign out",
            description="Ends the session that the cookie names, if there is one.",
            answer=Done,
            headers={"Set-Cookie": "Makes the browser forget its session."},
            errors=_USUAL,
        )
    )
    async def logout() -> Answer:
        await _end(desk, _visitor(trusted))
        return with_cookie(answer(Done()), desk.cookies.no_session())

    def _signed_in(value: str) -> Answer:
        return with_cookie(answer(Done()), desk.cookies.session(value))

    return routes


def with_cookie(given: Answer, cookie: str) -> Answer:
    """Return an answer that sets a cookie besides."""
    body, status, headers = given
    return body, status, {**headers, "set-cookie": cookie}


def begun(start: Begun) -> Answer:
    """Return the answer that begins a ceremony."""
    shape = CeremonyStart(challenge_id=start.challenge_id, publicKey=start.options)
    return with_cookie(answer(shape), start.cookie)


async def _end(desk: Desk, visitor: Visitor) -> None:
    user = None if visitor.session is None else await desk.sessions.resolve(visitor.session)
    if user is None:
        return
    asking = Caller(actor=user.user_id, name=user.username, address=visitor.address, user=user)

    def end(conn: Connection) -> None:
        end_session(conn, user.session_id, asking=user, note=notes_by(asking, desk.clock()))

    try:
        await desk.change(end, what="sign-out")
    except NotFoundError:
        return  # ended by somebody else meanwhile


def _visitor(trusted: TrustedProxies) -> Visitor:
    credentials = read_credentials(request, trusted)
    return Visitor(
        address=credentials.address,
        user_agent=request.headers.get("user-agent", ""),
        session=credentials.session,
        challenges=read_challenges(request.cookies),
    )
