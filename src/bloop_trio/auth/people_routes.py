"""Users and invites over HTTP, for administrators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from quart import Blueprint, request

from bloop_trio.audit.store import notes_by
from bloop_trio.auth.ceremony_routes import with_cookie
from bloop_trio.auth.invites import Invite, IssuedInvite, create_invite, invite_link, list_invites, revoke_invite
from bloop_trio.auth.shapes import (
    Done,
    InviteInfo,
    InviteInput,
    NewInvite,
    ResetInput,
    Role,
    RoleChanged,
    RoleInput,
    UserInfo,
)
from bloop_trio.auth.users import User, list_users, remove_user, reset_people, set_role
from bloop_trio.exceptions import BadRequestError
from bloop_trio.http.bodies import read_json, read_optional_json
from bloop_trio.http.caller import caller
from bloop_trio.http.codec import Answer, answer
from bloop_trio.http.operations import Operation, documented

if TYPE_CHECKING:
    from bloop_trio.auth.desk import Desk
    from bloop_trio.db.connection import Connection

MAX_BODY_BYTES: Final = 4 * 1024
TAG: Final = "People"


def people_routes(desk: Desk) -> Blueprint:
    """Return the routes."""
    routes = Blueprint("people", __name__)
    _add_users(routes, desk)
    _add_invites(routes, desk)
    return routes


def _add_users(routes: Blueprint, desk: Desk) -> None:
    @routes.get("/v1/admin/users")
    @documented(Operation(tag=TAG, summary="All users, the oldest first", answer=list[UserInfo]))
    async def users() -> Answer:
        found = await desk.readers.run(list_users)
        return answer(
            [
                UserInfo(id=user.id, username=user.username, is_admin=user.is_admin, created_at=user.created_secs)
                for user in found
            ]
        )

    @routes.delete("/v1/admin/users/<segment:user_id>")
    @documented(
        Operation(
            tag=TAG,
            summary="Remove a user",
            description=(
                "With passkeys and sessions, at once.\n"
                "Tokens and unused invites that the user has made are revoked.\n"
                "Projects of the user stay, and belong to the administrators."
            ),
            answer=Done,
            errors={400: "it is oneself, or the last administrator", 404: "there is no such user"},
        )
    )
    async def user_remove(user_id: str) -> Answer:
        asking, note = caller().signed_in(), notes_by(caller(), desk.clock())

        def remove(conn: Connection) -> None:
            remove_user(conn, user_id, asking=asking, note=note, now_secs=desk.now_secs)

        await desk.change(remove, what="removal", tokens=True)
        return answer(Done())

    @routes.put("/v1/admin/users/<segment:user_id>/role")
    @documented(
        Operation(
            tag=TAG,
            summary="Make a user an administrator, or an ordinary user",
            description=(
                "Takes either `is_admin` or `role`, and is effective at once.\n"
                "Unused invites of somebody who is no administrator any more are revoked."
            ),
            body=RoleInput,
            answer=RoleChanged,
            errors={
                400: "the body does not say what the user shall be; or it is oneself, or the last administrator",
                404: "there is no such user",
            },
        )
    )
    async def user_role(user_id: str) -> Answer:
        given = await read_json(request, RoleInput, max_bytes=MAX_BODY_BYTES)
        if (given.is_admin is None) == (given.role is None):
            raise BadRequestError("give either is_admin or role")
        is_admin = given.role is Role.ADMIN if given.is_admin is None else given.is_admin
        asking, note = caller().signed_in(), notes_by(caller(), desk.clock())

        def change(conn: Connection) -> User:
            return set_role(conn, user_id, is_admin=is_admin, asking=asking, note=note, now_secs=desk.now_secs)

        user = await desk.change(change, what="role")
        return answer(RoleChanged(user_id=user.id, is_admin=user.is_admin))

    @routes.post("/v1/admin/reset")
    @documented(
        Operation(
            tag=TAG,
            summary="Remove everybody",
            description=(
                "All users, passkeys, sessions and invites, oneself included; registration is open again.\n"
                "Tokens that users have made are revoked, those made by commands stay.\n"
                "Projects and errors stay."
            ),
            body=ResetInput,
            answer=Done,
            headers={"Set-Cookie": "Makes the browser forget its session."},
            errors={400: "it is not confirmed"},
        )
    )
    async def reset() -> Answer:
        given = await read_json(request, ResetInput, max_bytes=MAX_BODY_BYTES)
        if not given.confirm:
            raise BadRequestError("confirm must be true")
        asking, note = caller().signed_in(), notes_by(caller(), desk.clock())

        def remove_all(conn: Connection) -> None:
            reset_people(conn, asking=asking, note=note, now_secs=desk.now_secs)

        await desk.change(remove_all, what="reset", tokens=True)
        return with_cookie(answer(Done()), desk.cookies.no_session())


def _add_invites(routes: Blueprint, desk: Desk) -> None:
    @routes.get("/v1/admin/invites")
    @documented(
        Operation(
            tag=TAG,
            summary="All invites, the newest first",
            description="Used, revoked and expired ones are among them.",
            answer=list[InviteInfo],
        )
    )
    async def invites() -> Answer:
        return answer([_invite_info(invite) for invite in await desk.readers.run(list_invites)])

    @routes.post("/v1/admin/invites")
    @documented(
        Operation(
            tag=TAG,
            summary="Invite somebody",
            description="The invite is good for one registration within seven days. Its token is told here alone.",
            body=InviteInput,
            body_optional=True,
            answer=NewInvite,
            errors={400: "the body cannot be understood"},
        )
    )
    async def invite_create() -> Answer:
        given = await read_optional_json(request, InviteInput, max_bytes=MAX_BODY_BYTES) or InviteInput()
        asking, note = caller().signed_in(), notes_by(caller(), desk.clock())

        def create(conn: Connection) -> IssuedInvite:
            return create_invite(conn, is_admin=given.is_admin, asking=asking, note=note, now_secs=desk.now_secs)

        issued = await desk.change(create, what="invite")
        return answer(
            NewInvite(
                id=issued.invite.id,
                token=issued.plaintext,
                token_prefix=issued.invite.token_prefix,
                url=invite_link(desk.config.rp_origin, issued.plaintext),
                is_admin=issued.invite.is_admin,
                expires_at=issued.invite.expires_secs,
            )
        )

    @routes.delete("/v1/admin/invites/<segment:invite_id>")
    @documented(
        Operation(
            tag=TAG,
            summary="Revoke an invite",
            answer=Done,
            errors={404: "there is no such invite, or it is used or revoked already"},
        )
    )
    async def invite_revoke(invite_id: str) -> Answer:
        asking, note = caller().signed_in(), notes_by(caller(), desk.clock())

        def revoke(conn: Connection) -> None:
            revoke_invite(conn, invite_id, asking=asking, note=note, now_secs=desk.now_secs)

        await desk.change(revoke, what="invite")
        return answer(Done())


def _invite_info(invite: Invite) -> InviteInfo:
    return InviteInfo(
        id=invite.id,
        token_prefix=invite.token_prefix,
        is_admin=invite.is_admin,
        created_at=invite.created_secs,
        created_by=invite.created_by,
        expires_at=invite.expires_secs,
        used=invite.used_secs is not None,
        used_at=invite.used_secs,
        used_by=invite.used_by,
        revoked_at=invite.revoked_secs,
    )
