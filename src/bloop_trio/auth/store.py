"""Bearer tokens in the database.

Creating and revoking bump the generation ``tokens`` in the same transaction, by which a running server forgets what
it remembers of tokens.
"""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any, Final

import attrs

from bloop_trio.audit.entry import Action
from bloop_trio.auth.hashing import secret_hash
from bloop_trio.auth.scopes import check_scopes
from bloop_trio.auth.tokens import Token, check_token_name, expiry_secs, new_token, token_prefix
from bloop_trio.db.connection import transaction
from bloop_trio.db.generations import bump
from bloop_trio.exceptions import NotFoundError
from bloop_trio.projects.store import get_project_by_no

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from bloop_trio.audit.store import Note
    from bloop_trio.db.connection import Connection
    from bloop_trio.projects.project import Project

GENERATION: Final = "tokens"
"""Name of the generation that rises when a token is created or revoked."""

_COLUMNS: Final = (
    "id, name, token_hash, token_prefix, project_no, created_by, scopes, created_secs, expires_secs, "
    "last_used_secs, revoked_secs"
)


@attrs.frozen
class IssuedToken:
    """A token at the one moment at which its plaintext is known."""

    token: Token
    plaintext: str = attrs.field(repr=False)


def create_token(  # noqa: PLR0913 - the columns of a row
    conn: Connection,
    *,
    name: str,
    project_no: int,
    scopes: Iterable[str],
    now_secs: int,
    expires_in_days: int | None = None,
    created_by: str | None = None,
    note: Note | None = None,
) -> IssuedToken:
    """Create a token for a project and return it with its plaintext.

    Raises:
        BadRequestError: Name, scopes or lifetime cannot be used.
        NotFoundError: There is no such project.
    """
    plaintext = new_token()
    token = Token(
        id=str(uuid.uuid4()),
        name=check_token_name(name),
        token_hash=secret_hash(plaintext),
        token_prefix=token_prefix(plaintext),
        project_no=project_no,
        created_by=created_by,
        scopes=check_scopes(scopes),
        created_secs=now_secs,
        expires_secs=expiry_secs(now_secs, expires_in_days),
        last_used_secs=None,
        revoked_secs=None,
    )
    columns = attrs.asdict(token) | {"scopes": json.dumps(token.scopes)}
    with transaction(conn):
        project = get_project_by_no(conn, project_no)
        conn.execute(
            f"INSERT INTO bearer_tokens ({_COLUMNS}) VALUES ({', '.join('?' * len(columns))})", [*columns.values()]
        )
        bump(conn, GENERATION)
        if note is not None:
            details = {"scopes": token.scopes, "expires_at": token.expires_secs}
            _tell(note, conn, Action.TOKEN_CREATED, token, project, details)
    return IssuedToken(token, plaintext)


def list_tokens(conn: Connection, project_no: int | None = None) -> list[Token]:
    """Return the tokens of a project, or of all that are not deleted, the newest first; revoked ones are among them."""
    values: tuple[int, ...] = ()
    if project_no is None:
        where = "WHERE project_no IN (SELECT no FROM projects WHERE deleted_secs IS NULL)"
    else:
        where, values = "WHERE project_no = ?", (project_no,)
    rows = conn.execute(f"SELECT {_COLUMNS} FROM bearer_tokens {where} ORDER BY created_secs DESC, rowid DESC", values)
    return [_token(row) for row in rows]


def find_by_hash(conn: Connection, hashed: str) -> Token | None:
    """Return the token whose plaintext has this hash, valid or not."""
    row = conn.execute(f"SELECT {_COLUMNS} FROM bearer_tokens WHERE token_hash = ?", (hashed,)).fetchone()
    return None if row is None else _token(row)


def get_revocable(conn: Connection, token_id: str) -> tuple[Token, Project]:
    """Return a token that can be revoked, with its project.

    Raises:
        NotFoundError: There is no such token, or it was revoked before.
    """
    row = conn.execute(f"SELECT {_COLUMNS} FROM bearer_tokens WHERE id = ?", (token_id,)).fetchone()
    token = None if row is None else _token(row)
    if token is None or token.revoked_secs is not None:
        raise NotFoundError("token not found or already revoked")
    return token, get_project_by_no(conn, token.project_no)


def revoke_token(
    conn: Connection,
    token_id: str,
    now_secs: int,
    *,
    may_revoke: Callable[[Token, Project], None] | None = None,
    note: Note | None = None,
) -> None:
    """Make a token worthless from now on; `may_revoke` raises if it is not for whoever asks to do so.

    Raises:
        NotFoundError: There is no such token, or it was revoked before.
    """
    with transaction(conn):
        token, project = get_revocable(conn, token_id)
        if may_revoke is not None:
            may_revoke(token, project)
        conn.execute("UPDATE bearer_tokens SET revoked_secs = ? WHERE id = ?", (now_secs, token_id))
        bump(conn, GENERATION)
        if note is not None:
            _tell(note, conn, Action.TOKEN_REVOKED, token, project, {})


def touch_last_used(conn: Connection, marks: Mapping[str, int]) -> None:
    """Note when tokens (by id) were last used. No cache depends on it, so the generation stays."""
    with transaction(conn):
        for token_id, used_secs in marks.items():
            conn.execute(
                "UPDATE bearer_tokens SET last_used_secs = max(?, coalesce(last_used_secs, 0)) WHERE id = ?",
                (used_secs, token_id),
            )


def _tell(
    note: Note, conn: Connection, action: Action, token: Token, project: Project, details: Mapping[str, Any]
) -> None:
    note(conn, action, target=token.id, target_name=token.name, project_id=project.id, details=details)


def _token(row: tuple[Any, ...]) -> Token:
    names = [field.name for field in attrs.fields(Token)]
    columns = dict(zip(names, row, strict=True))
    return Token(**(columns | {"scopes": tuple(json.loads(columns["scopes"]))}))
