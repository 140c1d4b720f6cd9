"""Users in the database.

Every change bumps the generation ``sessions`` in its own transaction, by which running servers forget who is signed in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from bloop_trio.audit.entry import Action
from bloop_trio.auth import store as tokens
from bloop_trio.auth.session_values import GENERATION
from bloop_trio.auth.usernames import username_key
from bloop_trio.db.connection import transaction
from bloop_trio.db.generations import bump
from bloop_trio.exceptions import AuthenticationError, BadRequestError, ConflictError, ForbiddenError, NotFoundError
from bloop_trio.http.caller import NOT_SIGNED_IN

if TYPE_CHECKING:
    from bloop_trio.audit.store import Note
    from bloop_trio.db.connection import Connection
    from bloop_trio.http.caller import Caller, SignedIn

_COLUMNS: Final = "id, username, is_admin, created_secs"


@attrs.frozen(kw_only=True)
class User:
    """Somebody who can sign in."""

    id: str
    username: str
    is_admin: bool
    created_secs: int


def has_users(conn: Connection) -> bool:
    """Say whether anybody has registered."""
    return conn.execute("SELECT 1 FROM users LIMIT 1").fetchone() is not None


def list_users(conn: Connection) -> list[User]:
    """Return all users, the oldest first."""
    return [_user(row) for row in conn.execute(f"SELECT {_COLUMNS} FROM users ORDER BY created_secs, rowid")]


def get_user(conn: Connection, user_id: str) -> User:
    """Return the user with this id.

    Raises:
        NotFoundError: There is none.
    """
    row = conn.execute(f"SELECT {_COLUMNS} FROM users WHERE id = ?", (user_id,)).fetchone()
    if row is None:
        raise NotFoundError("user not found")
    return _user(row)


def check_free(conn: Connection, username: str) -> None:
    """Let a username pass that nobody has.

    Raises:
        ConflictError: Somebody has it, or one that differs in case alone.
    """
    if conn.execute("SELECT 1 FROM users WHERE username_key = ?", (username_key(username),)).fetchone() is not None:
        raise ConflictError("username is taken")


def insert_user(conn: Connection, user: User) -> None:
    """Store a user; to be called inside the transaction that gives them a passkey.

    Raises:
        ConflictError: The username is taken.
    """
    check_free(conn, user.username)
    conn.execute(
        "INSERT INTO users (id, username, username_key, is_admin, created_secs) VALUES (?, ?, ?, ?, ?)",
        (user.id, user.username, username_key(user.username), user.is_admin, user.created_secs),
    )
    bump(conn, GENERATION)


def as_of_now(conn: Connection, caller: Caller) -> Caller:
    """Return somebody who is signed in, with the role that they have by now; called right before they change something.

    Raises:
        AuthenticationError: The session has ended.
    """
    user = caller.signed_in()
    return attrs.evolve(caller, user=attrs.evolve(user, is_admin=_is_still_admin(conn, user)))


def check_still_signed_in(conn: Connection, user: SignedIn, *, as_admin: bool = False) -> None:
    """Let somebody pass whose session still exists; called inside a transaction, since it may have ended meanwhile.

    Raises:
        AuthenticationError: The session has ended.
        ForbiddenError: The user is no administrator any more, and `as_admin` asks for one.
    """
    if not _is_still_admin(conn, user) and as_admin:
        raise ForbiddenError("admin access required")


def set_role(conn: Connection, user_id: str, *, is_admin: bool, asking: SignedIn, note: Note, now_secs: int) -> User:
    """Make a user an administrator or take that away, and return the user.

    Whoever is no administrator any more has no open invites either.

    Raises:
        BadRequestError: It is oneself, or the last administrator.
        NotFoundError: There is no such user.
    """
    with transaction(conn):
        check_still_signed_in(conn, asking, as_admin=True)
        if user_id == asking.user_id:
            raise BadRequestError("cannot change your own role")
        user = get_user(conn, user_id)
        if user.is_admin == is_admin:
            return user
        if not is_admin:
            if _admins(conn) == 1:
                raise BadRequestError("cannot demote the last admin")
            _revoke_invites(conn, user_id, now_secs)
        conn.execute("UPDATE users SET is_admin = ? WHERE id = ?", (is_admin, user_id))
        bump(conn, GENERATION)
        details = {"is_admin": is_admin}
        note(conn, Action.USER_ROLE_CHANGED, target=user_id, target_name=user.username, details=details)
        return attrs.evolve(user, is_admin=is_admin)


def remove_user(conn: Connection, user_id: str, *, asking: SignedIn, note: Note, now_secs: int) -> None:
    """Remove a user with passkeys and sessions; tokens and open invites of theirs become worthless.

    Projects of theirs and views that they share stay, and have no owner then; errors that were assigned to them are
    assigned to nobody.

    Raises:
        BadRequestError: It is oneself, or the last administrator.
        NotFoundError: There is no such user.
    """
    with transaction(conn):
        check_still_signed_in(conn, asking, as_admin=True)
        if user_id == asking.user_id:
            raise BadRequestError("cannot delete yourself")
        user = get_user(conn, user_id)
        if user.is_admin and _admins(conn) == 1:
            raise BadRequestError("cannot remove the last admin")
        _revoke_invites(conn, user_id, now_secs)
        conn.execute("UPDATE invites SET created_by = NULL WHERE created_by = ?", (user_id,))
        conn.execute("UPDATE invites SET used_by = NULL WHERE used_by = ?", (user_id,))
        revoked = _orphan(conn, "created_by = ?", (user_id,), now_secs)
        for table in ("sessions", "passkeys", "issue_assignments"):
            conn.execute(f"DELETE FROM {table} WHERE user_id = ?", (user_id,))
        conn.execute("DELETE FROM users WHERE id = ?", (user_id,))
        bump(conn, GENERATION)
        details = {"tokens_revoked": revoked}
        note(conn, Action.USER_REMOVED, target=user_id, target_name=user.username, details=details)


def reset_people(conn: Connection, *, note: Note, now_secs: int, asking: SignedIn | None = None) -> int:
    """Remove every user, passkey, session and invite, so that registration is open again; returns how many users.

    Tokens that users have made become worthless; those made by commands stay, and so do all projects.
    """
    with transaction(conn):
        if asking is not None:
            check_still_signed_in(conn, asking, as_admin=True)
        revoked = _orphan(conn, "created_by IS NOT NULL", (), now_secs)
        for table in ("invites", "sessions", "passkeys", "issue_assignments"):
            conn.execute(f"DELETE FROM {table}")
        removed = conn.execute("DELETE FROM users").rowcount
        bump(conn, GENERATION)
        details = {"users_removed": removed, "tokens_revoked": revoked}
        note(conn, Action.PEOPLE_RESET, details=details)
        return removed


def _is_still_admin(conn: Connection, user: SignedIn) -> bool:
    row = conn.execute(
        "SELECT u.is_admin FROM sessions AS s JOIN users AS u ON u.id = s.user_id WHERE s.id = ?", (user.session_id,)
    ).fetchone()
    if row is None:
        raise AuthenticationError(NOT_SIGNED_IN)
    return bool(row[0])


def _admins(conn: Connection) -> int:
    (count,) = conn.execute("SELECT count(*) FROM users WHERE is_admin").fetchone()
    return int(count)


def _orphan(conn: Connection, whose: str, values: tuple[str, ...], now_secs: int) -> int:
    """Revoke tokens, and forget who has made them, projects, alert rules and views; returns how many tokens were valid.

    Views that nobody else sees go.
    """
    revoked = conn.execute(
        f"UPDATE bearer_tokens SET revoked_secs = ? WHERE {whose} AND revoked_secs IS NULL", (now_secs, *values)
    ).rowcount
    conn.execute(f"DELETE FROM saved_views WHERE {whose} AND NOT is_shared", values)
    for table in ("bearer_tokens", "projects", "alert_rules", "saved_views"):
        conn.execute(f"UPDATE {table} SET created_by = NULL WHERE {whose}", values)
    bump(conn, tokens.GENERATION)
    return revoked


def _revoke_invites(conn: Connection, user_id: str, now_secs: int) -> None:
    conn.execute(
        "UPDATE invites SET revoked_secs = ? WHERE created_by = ? AND used_secs IS NULL AND revoked_secs IS NULL",
        (now_secs, user_id),
    )


def _user(row: tuple[str, str, int, int]) -> User:
    user_id, username, is_admin, created_secs = row
    return User(id=user_id, username=username, is_admin=bool(is_admin), created_secs=created_secs)
