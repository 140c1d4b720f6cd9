"""Passkeys in the database. The last passkey of a user stays, since nobody could sign in as them any more."""

from __future__ import annotations

import json
import unicodedata
import uuid
from typing import TYPE_CHECKING, Any, Final

import attrs

from bloop_trio.audit.entry import Action
from bloop_trio.auth.session_values import GENERATION
from bloop_trio.auth.users import check_still_signed_in
from bloop_trio.db.connection import transaction
from bloop_trio.db.generations import bump
from bloop_trio.exceptions import BadRequestError, NotFoundError

if TYPE_CHECKING:
    from bloop_trio.audit.store import Note
    from bloop_trio.db.connection import Connection
    from bloop_trio.http.caller import SignedIn

MAX_NAME_CHARS: Final = 64
MAX_PASSKEYS: Final = 20
"""Of one user."""

_COLUMNS: Final = (
    "id, user_id, credential_id, public_key, sign_count, transports, is_synced, name, created_secs, last_used_secs"
)


@attrs.frozen(kw_only=True)
class NewPasskey:
    """What a verified ceremony tells of a passkey."""

    credential_id: bytes
    public_key: bytes
    """COSE, as the authenticator has given it."""
    sign_count: int
    is_synced: bool
    transports: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Passkey:
    """A passkey as stored."""

    id: str
    user_id: str
    credential_id: bytes
    public_key: bytes
    sign_count: int
    """0 from an authenticator that does not count."""
    transports: tuple[str, ...]
    is_synced: bool
    name: str
    created_secs: int
    last_used_secs: int | None


def check_passkey_name(text: str) -> str:
    """Return a name as it is kept: composed, and without white space around it.

    Raises:
        BadRequestError: it is empty, too long, or has characters that cannot be printed.
    """
    name = unicodedata.normalize("NFC", text[: MAX_NAME_CHARS * 8].strip())
    if not 1 <= len(name) <= MAX_NAME_CHARS or not name.isprintable():
        raise BadRequestError(f"name must be 1-{MAX_NAME_CHARS} printable characters")
    return name


def list_passkeys(conn: Connection, user_id: str) -> list[Passkey]:
    """Return a user's passkeys, the oldest first."""
    rows = conn.execute(f"SELECT {_COLUMNS} FROM passkeys WHERE user_id = ? ORDER BY created_secs, rowid", (user_id,))
    return [_passkey(row) for row in rows]


def has_passkeys(conn: Connection) -> bool:
    """Say whether anybody can sign in."""
    return conn.execute("SELECT 1 FROM passkeys LIMIT 1").fetchone() is not None


def find_by_credential(conn: Connection, credential_id: bytes) -> Passkey | None:
    """Return the passkey that its authenticator calls so."""
    row = conn.execute(f"SELECT {_COLUMNS} FROM passkeys WHERE credential_id = ?", (credential_id,)).fetchone()
    return None if row is None else _passkey(row)


def insert_passkey(
    conn: Connection, user_id: str, new: NewPasskey, *, now_secs: int, name: str | None = None
) -> Passkey:
    """Store a user's passkey, by default as "Passkey 1" and so on; to be called inside a transaction.

    Raises:
        BadRequestError: It is stored already, for whomever.
    """
    if find_by_credential(conn, new.credential_id) is not None:
        raise BadRequestError("registration failed")
    passkey = Passkey(
        id=str(uuid.uuid4()),
        user_id=user_id,
        credential_id=new.credential_id,
        public_key=new.public_key,
        sign_count=new.sign_count,
        transports=new.transports,
        is_synced=new.is_synced,
        name=name or _next_name(conn, user_id),
        created_secs=now_secs,
        last_used_secs=None,
    )
    columns = attrs.asdict(passkey) | {"transports": json.dumps(new.transports)}
    conn.execute(f"INSERT INTO passkeys ({_COLUMNS}) VALUES ({', '.join('?' * len(columns))})", [*columns.values()])
    return passkey


def add_passkey(
    conn: Connection, new: NewPasskey, name: str | None, *, asking: SignedIn, note: Note, now_secs: int
) -> Passkey:
    """Give somebody who is signed in one more passkey.

    Raises:
        BadRequestError: There are `MAX_PASSKEYS` of them, or this one is known.
    """
    with transaction(conn):
        check_still_signed_in(conn, asking)
        check_room(list_passkeys(conn, asking.user_id))
        passkey = insert_passkey(conn, asking.user_id, new, now_secs=now_secs, name=name)
        bump(conn, GENERATION)
        note(conn, Action.PASSKEY_ADDED, target=passkey.id, target_name=passkey.name)
        return passkey


def check_room(passkeys: list[Passkey]) -> None:
    """Let a user pass who may have one more passkey.

    Raises:
        BadRequestError: There are `MAX_PASSKEYS` of them.
    """
    if len(passkeys) >= MAX_PASSKEYS:
        raise BadRequestError(f"a user can have {MAX_PASSKEYS} passkeys")


def rename_passkey(conn: Connection, passkey_id: str, name: str, *, asking: SignedIn, note: Note) -> Passkey:
    """Rename a passkey of whoever is signed in, and return it.

    Raises:
        NotFoundError: They have no such passkey.
    """
    with transaction(conn):
        check_still_signed_in(conn, asking)
        passkey = _own(conn, asking.user_id, passkey_id)
        conn.execute("UPDATE passkeys SET name = ? WHERE id = ?", (name, passkey_id))
        note(conn, Action.PASSKEY_RENAMED, target=passkey_id, target_name=name, details={"was": passkey.name})
        return attrs.evolve(passkey, name=name)


def remove_passkey(conn: Connection, passkey_id: str, *, asking: SignedIn, note: Note) -> None:
    """Remove a passkey of whoever is signed in; sessions go on.

    Raises:
        NotFoundError: They have no such passkey.
        BadRequestError: It is the last one.
    """
    with transaction(conn):
        check_still_signed_in(conn, asking)
        passkey = _own(conn, asking.user_id, passkey_id)
        if len(list_passkeys(conn, asking.user_id)) == 1:
            raise BadRequestError("cannot remove the last passkey")
        conn.execute("DELETE FROM passkeys WHERE id = ?", (passkey_id,))
        bump(conn, GENERATION)
        note(conn, Action.PASSKEY_REMOVED, target=passkey_id, target_name=passkey.name)


def note_use(conn: Connection, passkey_id: str, *, sign_count: int, is_synced: bool, now_secs: int) -> bool:
    """Note a sign-in; to be called inside a transaction.

    Returns False, and notes nothing, if the passkey is gone or its authenticator has counted further meanwhile: then
    there are two of it.
    """
    changed = conn.execute(
        "UPDATE passkeys SET sign_count = ?1, is_synced = ?2, last_used_secs = ?3"
        " WHERE id = ?4 AND (sign_count < ?1 OR (sign_count = 0 AND ?1 = 0))",
        (sign_count, is_synced, now_secs, passkey_id),
    ).rowcount
    return bool(changed)


def _own(conn: Connection, user_id: str, passkey_id: str) -> Passkey:
    found = [passkey for passkey in list_passkeys(conn, user_id) if passkey.id == passkey_id]
    if not found:
        raise NotFoundError("passkey not found")
    return found[0]


def _next_name(conn: Connection, user_id: str) -> str:
    """Return the first of "Passkey 1", "Passkey 2" and so on that the user does not have."""
    names = {passkey.name for passkey in list_passkeys(conn, user_id)}
    return next(name for number in range(1, MAX_PASSKEYS + 2) if (name := f"Passkey {number}") not in names)


def _passkey(row: tuple[Any, ...]) -> Passkey:
    columns = dict(zip((field.name for field in attrs.fields(Passkey)), row, strict=True))
    return Passkey(
        **columns | {"transports": tuple(json.loads(columns["transports"])), "is_synced": bool(columns["is_synced"])}
    )
