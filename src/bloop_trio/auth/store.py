"""Bearer tokens in the database.

Creating and revoking bump the generation ``tokens`` in the same transaction, by which a running server forgets what
it remembers of tokens.
"""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any, Final

import attrs

from bloop_trio.auth.scopes import check_scopes
from bloop_trio.auth.tokens import Token, check_token_name, expiry_secs, new_token, token_hash, token_prefix
from bloop_trio.db.connection import transaction
from bloop_trio.db.generations import bump
from bloop_trio.exceptions import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bloop_trio.db.connection import Connection

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
) -> IssuedToken:
    """Create a token for a project and return it with its plaintext.

    Raises:
        BadRequestError: Name, scopes or lifetime cannot be used.
    """
    plaintext = new_token()
    token = Token(
        id=str(uuid.uuid4()),
        name=check_token_name(name),
        token_hash=token_hash(plaintext),
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
        conn.execute(
            f"INSERT INTO bearer_tokens ({_COLUMNS}) VALUES ({', '.join('?' * len(columns))})", [*columns.values()]
        )
        bump(conn, GENERATION)
    return IssuedToken(token, plaintext)


def list_tokens(conn: Connection, project_no: int | None = None) -> list[Token]:
    """Return the tokens of a project, or all of them, the newest first; revoked ones are among them."""
    where, values = ("", ()) if project_no is None else ("WHERE project_no = ?", (project_no,))
    rows = conn.execute(f"SELECT {_COLUMNS} FROM bearer_tokens {where} ORDER BY created_secs DESC, rowid DESC", values)
    return [_token(row) for row in rows]


def find_by_hash(conn: Connection, hashed: str) -> Token | None:
    """Return the token whose plaintext has this hash, valid or not."""
    row = conn.execute(f"SELECT {_COLUMNS} FROM bearer_tokens WHERE token_hash = ?", (hashed,)).fetchone()
    return None if row is None else _token(row)


def revoke_token(conn: Connection, token_id: str, now_secs: int) -> None:
    """Make a token worthless from now on.

    Raises:
        NotFoundError: There is no such token, or it was revoked before.
    """
    with transaction(conn):
        changed = conn.execute(
            "UPDATE bearer_tokens SET revoked_secs = ? WHERE id = ? AND revoked_secs IS NULL", (now_secs, token_id)
        ).rowcount
        if not changed:
            raise NotFoundError("token not found or already revoked")
        bump(conn, GENERATION)


def touch_last_used(conn: Connection, marks: Mapping[str, int]) -> None:
    """Note when tokens (by id) were last used. No cache depends on it, so the generation stays."""
    with transaction(conn):
        for token_id, used_secs in marks.items():
            conn.execute(
                "UPDATE bearer_tokens SET last_used_secs = max(?, coalesce(last_used_secs, 0)) WHERE id = ?",
                (used_secs, token_id),
            )


def _token(row: tuple[Any, ...]) -> Token:
    names = [field.name for field in attrs.fields(Token)]
    columns = dict(zip(names, row, strict=True))
    return Token(**(columns | {"scopes": tuple(json.loads(columns["scopes"]))}))
