"""Bearer tokens of the other server, which go on opening what they opened: only their hashes are known to both."""

from __future__ import annotations

import json
import re
import uuid
from typing import TYPE_CHECKING, Any, Final

import attrs
import msgspec

from bloop_trio.auth.scopes import SCOPES
from bloop_trio.auth.store import GENERATION
from bloop_trio.auth.tokens import MAX_NAME_CHARS
from bloop_trio.db.generations import bump
from bloop_trio.importing.rust_database import SourceTable
from bloop_trio.importing.tally import Reason, Tally
from bloop_trio.importing.values import as_text, as_time_secs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bloop_trio.db.connection import Connection
    from bloop_trio.importing.step import Row

TOKENS: Final = SourceTable(
    name="bearer_tokens",
    columns=(
        "project_id",
        "id",
        "name",
        "token_hash",
        "token_prefix",
        "scopes",
        "created_at",
        "expires_at",
        "last_used_at",
        "revoked_at",
    ),
    order=("created_at", "id"),
)
_HASH: Final = re.compile(r"[0-9a-f]{64}")


@attrs.frozen
class TokensStep:
    """Copies tokens to the projects that theirs have become."""

    _numbers: Mapping[str, int]
    table: SourceTable = TOKENS

    def write(self, conn: Connection, rows: Sequence[Row]) -> Tally:
        """Write a slice; see `Step`."""
        tally = Tally()
        for row in rows:
            read = self._read(row)
            if isinstance(read, Reason):
                tally.skipped(read)
            elif conn.execute("SELECT 1 FROM bearer_tokens WHERE token_hash = ?", (read[3],)).fetchone():
                tally.merged()
            else:
                _insert(conn, read)
                tally.imported()
        bump(conn, GENERATION)
        return tally

    def settle(self, conn: Connection) -> None:
        """Nothing to do."""

    def _read(self, row: Row) -> list[Any] | Reason:
        """Return the row as ours has it, or why it cannot be."""
        project_id, token_id, name, hashed, prefix, scopes, *times = row
        number = self._numbers.get(as_text(project_id) or "")
        if number is None:
            return Reason.PROJECT
        hashed = (as_text(hashed) or "").lower()
        if not _HASH.fullmatch(hashed):
            return Reason.TOKEN_HASH
        known = _known_scopes(scopes)
        if not known:
            return Reason.TOKEN_SCOPES
        secs = [as_time_secs(time) for time in times]
        # A token must not live longer here because the time of its end could not be read.
        if any(time is not None and read is None for time, read in zip(times, secs, strict=True)):
            return Reason.TIME
        return [
            number,
            as_text(token_id) or str(uuid.uuid4()),
            (as_text(name) or "").strip()[:MAX_NAME_CHARS] or "imported",
            hashed,
            as_text(prefix) or "",
            json.dumps(known),
            secs[0] or 0,
            *secs[1:],
        ]


def _insert(conn: Connection, row: list[Any]) -> None:
    if conn.execute("SELECT 1 FROM bearer_tokens WHERE id = ?", (row[1],)).fetchone():
        row[1] = str(uuid.uuid4())
    conn.execute(
        "INSERT INTO bearer_tokens (project_no, id, name, token_hash, token_prefix, scopes, created_secs, expires_secs,"
        " last_used_secs, revoked_secs) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        row,
    )


def _known_scopes(stored: Any) -> list[str]:
    try:
        scopes = msgspec.json.decode(as_text(stored) or "[]", type=list[str])
    except (ValueError, RecursionError):
        return []
    return [scope for scope in dict.fromkeys(scopes) if scope in SCOPES]
