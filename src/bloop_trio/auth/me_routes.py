"""One's own passkeys and sessions over HTTP."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Final

from quart import Blueprint, request

from bloop_trio.audit.store import notes_by
from bloop_trio.auth.ceremony_routes import MAX_BODY_BYTES, begun, with_cookie
from bloop_trio.auth.challenges import Kind
from bloop_trio.auth.cookies import read_challenges
from bloop_trio.auth.passkeys import (
    Passkey,
    add_passkey,
    check_passkey_name,
    check_room,
    list_passkeys,
    remove_passkey,
    rename_passkey,
)
from bloop_trio.auth.session_store import Session, end_session, end_sessions, list_sessions
from bloop_trio.auth.shapes import (
    CeremonyStart,
    Done,
    Me,
    PasskeyFinish,
    PasskeyInfo,
    PasskeyName,
    SessionInfo,
    SessionsEnded,
)
from bloop_trio.auth.users import User, get_user
from bloop_trio.exceptions import AuthenticationError, BadRequestError, NotFoundError
from bloop_trio.http.bodies import read_json
from bloop_trio.http.caller import NOT_SIGNED_IN, caller
from bloop_trio.http.codec import Answer, answer
from bloop_trio.http.operations import Operation, documented
from bloop_trio.http.parameters import Choice

if TYPE_CHECKING:
    from bloop_trio.auth.desk import Desk
    from bloop_trio.db.connection import Connection

MAX_NAME_BODY_BYTES: Final = 4 * 1024
TAG: Final = "Oneself"


class _Truth(enum.StrEnum):
    TRUE = "true"
    FALSE = "false"


_KEEP_CURRENT: Final = Choice(
    "keep_current", "Whether to spare the session of this request.", choices=_Truth, default=_Truth.FALSE
)


def me_routes(desk: Desk) -> Blueprint:
    """Return the routes."""
    routes = Blueprint("me", __name__)
    _add_passkeys(routes, desk)
    _add_sessions(routes, desk)

    @routes.get("/v1/me")
    @documented(Operation(tag=TAG, summary="Who is signed in", answer=Me))
    async def me() -> Answer:
        asking = caller().signed_in()

        def read(conn: Connection) -> tuple[User, list[Session]]:
            return get_user(conn, asking.user_id), list_sessions(conn, asking.user_id, desk.now_secs)

        try:
            user, sessions = await desk.readers.run(read)
        except NotFoundError:
            raise AuthenticationError(NOT_SIGNED_IN) from None
        current = [session for session in sessions if session.id == asking.session_id]
        if not current:
            raise AuthenticationError(NOT_SIGNED_IN)
        return answer(
            Me(
                id=user.id,
                username=user.username,
                is_admin=user.is_admin,
                created_at=user.created_secs,
                session_id=asking.session_id,
                expires_at=current[0].expires_secs,
            )
        )

    return routes


def _add_passkeys(routes: Blueprint, desk: Desk) -> None:
    @routes.get("/v1/me/passkeys")
    @documented(Operation(tag=TAG, summary="One's own passkeys, the oldest first", answer=list[PasskeyInfo]))
    async def passkeys() -> Answer:
        return answer([_passkey_info(passkey) for passkey in await _own_passkeys(desk)])

    @routes.post("/v1/me/passkeys/start")
    @documented(
        Operation(
            tag=TAG,
            summary="Begin to add a passkey",
            description="An authenticator that holds a passkey of the user already is left out.",
            answer=CeremonyStart,
            headers={"Set-Cookie": "Ties the ceremony to this browser."},
            errors={400: "there are 20 passkeys"},
        )
    )
    async def passkey_start() -> Answer:
        asking = caller().signed_in()
        present = await _own_passkeys(desk)
        check_room(present)
        challenge = desk.challenges.start(Kind.PASSKEY, username=asking.username, user_id=asking.user_id)
        return begun(await desk.start_passkey(challenge, present))

    @routes.post("/v1/me/passkeys/finish")
    @documented(
        Operation(
            tag=TAG,
            summary="Add a passkey",
            body=PasskeyFinish,
            answer=PasskeyInfo,
            errors={400: "the challenge, the credential or the name is not good"},
        )
    )
    async def passkey_finish() -> Answer:
        given = await read_json(request, PasskeyFinish, max_bytes=MAX_BODY_BYTES)
        asking, note = caller().signed_in(), notes_by(caller(), desk.clock())
        name = None if given.name is None else check_passkey_name(given.name)
        challenge = desk.challenges.take(Kind.PASSKEY, given.challenge_id, read_challenges(request.cookies))
        if challenge.user_id != asking.user_id:
            raise BadRequestError("challenge expired or invalid")
        new = await desk.ceremonies.verify_registration(given.credential, challenge.challenge)

        def add(conn: Connection) -> Passkey:
            return add_passkey(conn, new, name, asking=asking, note=note, now_secs=desk.now_secs)

        return answer(_passkey_info(await desk.change(add, what="passkey")))

    @routes.put("/v1/me/passkeys/<segment:passkey_id>")
    @documented(
        Operation(
            tag=TAG,
            summary="Rename a passkey",
            body=PasskeyName,
            answer=PasskeyInfo,
            errors={400: "the name is not good", 404: "there is no such passkey"},
        )
    )
    async def passkey_rename(passkey_id: str) -> Answer:
        given = await read_json(request, PasskeyName, max_bytes=MAX_NAME_BODY_BYTES)
        name, asking, note = check_passkey_name(given.name), caller().signed_in(), notes_by(caller(), desk.clock())

        def rename(conn: Connection) -> Passkey:
            return rename_passkey(conn, passkey_id, name, asking=asking, note=note)

        return answer(_passkey_info(await desk.change(rename, what="passkey")))

    @routes.delete("/v1/me/passkeys/<segment:passkey_id>")
    @documented(
        Operation(
            tag=TAG,
            summary="Remove a passkey",
            description="Sessions that it has begun go on.",
            answer=Done,
            errors={400: "it is the last one", 404: "there is no such passkey"},
        )
    )
    async def passkey_remove(passkey_id: str) -> Answer:
        asking, note = caller().signed_in(), notes_by(caller(), desk.clock())

        def remove(conn: Connection) -> None:
            remove_passkey(conn, passkey_id, asking=asking, note=note)

        await desk.change(remove, what="passkey")
        return answer(Done())


def _add_sessions(routes: Blueprint, desk: Desk) -> None:
    forget = {"Set-Cookie": "Makes the browser forget its session, if that one has ended."}

    @routes.get("/v1/me/sessions")
    @documented(Operation(tag=TAG, summary="One's own sessions, the newest first", answer=list[SessionInfo]))
    async def sessions() -> Answer:
        asking = caller().signed_in()

        def read(conn: Connection) -> list[Session]:
            return list_sessions(conn, asking.user_id, desk.now_secs)

        return answer([_session_info(session, asking.session_id) for session in await desk.readers.run(read)])

    @routes.delete("/v1/me/sessions")
    @documented(
        Operation(
            tag=TAG, summary="Sign out everywhere", parameters=(_KEEP_CURRENT,), answer=SessionsEnded, headers=forget
        )
    )
    async def sessions_end() -> Answer:
        asking, note = caller().signed_in(), notes_by(caller(), desk.clock())
        keep_current = _KEEP_CURRENT.read(request.args) is _Truth.TRUE

        def end(conn: Connection) -> int:
            return end_sessions(conn, keep_current=keep_current, asking=asking, note=note)

        ended = answer(SessionsEnded(ended=await desk.change(end, what="sign-out")))
        return ended if keep_current else with_cookie(ended, desk.cookies.no_session())

    @routes.delete("/v1/me/sessions/<segment:session_id>")
    @documented(
        Operation(
            tag=TAG,
            summary="End a session",
            answer=Done,
            headers=forget,
            errors={404: "there is no such session"},
        )
    )
    async def session_end(session_id: str) -> Answer:
        asking, note = caller().signed_in(), notes_by(caller(), desk.clock())

        def end(conn: Connection) -> None:
            end_session(conn, session_id, asking=asking, note=note)

        await desk.change(end, what="sign-out")
        done = answer(Done())
        return with_cookie(done, desk.cookies.no_session()) if session_id == asking.session_id else done


async def _own_passkeys(desk: Desk) -> list[Passkey]:
    user_id = caller().signed_in().user_id

    def read(conn: Connection) -> list[Passkey]:
        return list_passkeys(conn, user_id)

    return await desk.readers.run(read)


def _passkey_info(passkey: Passkey) -> PasskeyInfo:
    return PasskeyInfo(
        id=passkey.id,
        name=passkey.name,
        created_at=passkey.created_secs,
        last_used_at=passkey.last_used_secs,
        is_synced=passkey.is_synced,
        transports=list(passkey.transports),
    )


def _session_info(session: Session, current_id: str) -> SessionInfo:
    return SessionInfo(
        id=session.id,
        created_at=session.created_secs,
        expires_at=session.expires_secs,
        last_used_at=session.last_used_secs,
        address=session.address,
        user_agent=session.user_agent,
        is_current=session.id == current_id,
    )
