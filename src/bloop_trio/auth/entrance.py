"""How people come in: the first registration, registration with an invite, and signing in.

Each has a start, which hands out a challenge, and a finish, which takes it back, verifies, and does what there is to do
in one transaction: whatever fails leaves nothing behind.
"""

from __future__ import annotations

import hmac
import uuid
from functools import partial
from typing import TYPE_CHECKING, Any

from bloop_trio.audit.entry import Action
from bloop_trio.audit.store import notes_by
from bloop_trio.auth.ceremonies import credential_id_of
from bloop_trio.auth.challenges import Kind
from bloop_trio.auth.hashing import secret_hash
from bloop_trio.auth.invites import check_invite, claim_invite, note_user
from bloop_trio.auth.passkeys import find_by_credential, has_passkeys, insert_passkey, note_use
from bloop_trio.auth.session_store import insert_session
from bloop_trio.auth.usernames import check_username
from bloop_trio.auth.users import User, check_free, get_user, has_users, insert_user
from bloop_trio.clock import MS_PER_SEC
from bloop_trio.db.connection import transaction
from bloop_trio.exceptions import AuthenticationError, BadRequestError, ForbiddenError
from bloop_trio.http.caller import Caller

if TYPE_CHECKING:
    from bloop_trio.auth.challenges import Challenge
    from bloop_trio.auth.desk import Begun, Desk
    from bloop_trio.auth.passkeys import NewPasskey, Passkey
    from bloop_trio.auth.session_store import Visitor
    from bloop_trio.db.connection import Connection


class Entrance:
    """Lets people in; each finish returns the value of the new session's cookie."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def start_first(self, username: str, setup_token: str | None) -> Begun:
        """Begin the registration of the first user.

        Raises:
            ForbiddenError: Somebody has registered, or the setup token is demanded and not there.
            BadRequestError: The username cannot be used.
        """
        await self._desk.readers.run(_check_open)
        wanted = self._desk.config.setup_token
        if wanted and not hmac.compare_digest((setup_token or "").encode(), wanted.encode()):
            raise ForbiddenError("the setup token is missing or wrong")
        challenge = self._desk.challenges.start(
            Kind.REGISTER, username=check_username(username), user_id=str(uuid.uuid4())
        )
        return await self._desk.start_passkey(challenge)

    async def finish_first(self, visitor: Visitor, challenge_id: str, credential: dict[str, Any]) -> str:
        """Register the first user, an administrator, and sign them in.

        Raises:
            ForbiddenError: Somebody has registered.
            BadRequestError: The challenge or the credential is not good.
        """
        await self._desk.readers.run(_check_open)
        challenge = self._desk.challenges.take(Kind.REGISTER, challenge_id, visitor.challenges)
        new = await self._desk.ceremonies.verify_registration(credential, challenge.challenge)

        def register(conn: Connection) -> str:
            with transaction(conn):
                _check_open(conn)
                return self._register(conn, challenge, new, visitor, is_admin=True)

        return await self._desk.change(register, what="registration")

    async def start_invited(self, username: str, invite_token: str) -> Begun:
        """Begin the registration of somebody who has an invite.

        Raises:
            BadRequestError: The username or the invite cannot be used.
            ConflictError: The username is taken.
        """
        name, hashed = check_username(username), secret_hash(invite_token)

        def check(conn: Connection) -> None:
            check_invite(conn, hashed, self._desk.now_secs)
            check_free(conn, name)

        await self._desk.readers.run(check)
        challenge = self._desk.challenges.start(
            Kind.INVITE, username=name, user_id=str(uuid.uuid4()), invite_hash=hashed
        )
        return await self._desk.start_passkey(challenge)

    async def finish_invited(self, visitor: Visitor, challenge_id: str, credential: dict[str, Any]) -> str:
        """Use the invite up, register its user and sign them in.

        Raises:
            BadRequestError: The challenge, the credential or the invite is not good.
            ConflictError: The username is taken.
        """
        challenge = self._desk.challenges.take(Kind.INVITE, challenge_id, visitor.challenges)
        new = await self._desk.ceremonies.verify_registration(credential, challenge.challenge)

        def register(conn: Connection) -> str:
            with transaction(conn):
                invite = claim_invite(conn, challenge.invite_hash, self._desk.now_secs)
                # A command can invite the first user, and somebody has to be administrator.
                is_admin = invite.is_admin or not has_users(conn)
                value = self._register(conn, challenge, new, visitor, is_admin=is_admin, invite_id=invite.id)
                note_user(conn, invite.id, challenge.user_id)
                return value

        return await self._desk.change(register, what="registration")

    async def start_sign_in(self) -> Begun:
        """Begin a sign-in of whoever it may be.

        Raises:
            BadRequestError: Nobody has a passkey.
        """
        if not await self._desk.readers.run(has_passkeys):
            raise BadRequestError("no credentials registered")
        challenge = self._desk.challenges.start(Kind.LOGIN)
        return self._desk.begun(challenge, await self._desk.ceremonies.request_options(challenge.challenge))

    async def finish_sign_in(self, visitor: Visitor, challenge_id: str, credential: dict[str, Any]) -> str:
        """Sign in whoever has the passkey.

        Raises:
            BadRequestError: The challenge is not good.
            AuthenticationError: The credential is not good, or unknown.
        """
        challenge = self._desk.challenges.take(Kind.LOGIN, challenge_id, visitor.challenges)
        credential_id = credential_id_of(credential)

        def find(conn: Connection) -> Passkey | None:
            return find_by_credential(conn, credential_id)

        passkey = await self._desk.readers.run(find)
        if passkey is None:
            raise AuthenticationError("authentication failed")
        sign_count, is_synced = await self._desk.ceremonies.verify_sign_in(credential, passkey, challenge.challenge)
        note = partial(note_use, passkey_id=passkey.id, sign_count=sign_count, is_synced=is_synced)

        def sign_in(conn: Connection) -> str:
            with transaction(conn):
                if not note(conn, now_secs=self._desk.now_secs):
                    raise AuthenticationError("authentication failed")
                return self._start_session(conn, get_user(conn, passkey.user_id), visitor)

        return await self._desk.change(sign_in, what="sign-in")

    def _register(
        self,
        conn: Connection,
        challenge: Challenge,
        new: NewPasskey,
        visitor: Visitor,
        *,
        is_admin: bool,
        invite_id: str | None = None,
    ) -> str:
        now_ms = self._desk.clock()
        user = User(
            id=challenge.user_id, username=challenge.username, is_admin=is_admin, created_secs=now_ms // MS_PER_SEC
        )
        insert_user(conn, user)
        insert_passkey(conn, user.id, new, now_secs=user.created_secs)
        details = {"is_admin": is_admin, "invite": invite_id}
        note = notes_by(_as_caller(user, visitor), now_ms)
        note(conn, Action.USER_REGISTERED, target=user.id, target_name=user.username, details=details)
        return self._start_session(conn, user, visitor)

    def _start_session(self, conn: Connection, user: User, visitor: Visitor) -> str:
        now_ms = self._desk.clock()
        ttl_secs = self._desk.config.session_ttl_secs
        start = insert_session(conn, user.id, visitor, now_secs=now_ms // MS_PER_SEC, ttl_secs=ttl_secs)
        notes_by(_as_caller(user, visitor), now_ms)(conn, Action.SESSION_STARTED, target=start.id)
        return start.value


def _check_open(conn: Connection) -> None:
    if has_users(conn):
        raise ForbiddenError("registration is closed")


def _as_caller(user: User, visitor: Visitor) -> Caller:
    return Caller(actor=user.id, name=user.username, address=visitor.address)
