"""Keeps the search index up with the issues: in slices, after the events that created them are safe.

A new issue can be found within about a second; behind a flood of new ones the index lags, rather than slowing ingest.
An issue that was merged into another keeps its entry: who searches for it finds the other one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import attrs
import structlog
import trio

from bloop_trio.db.connection import StoreError, transaction
from bloop_trio.db.statements import run_rows
from bloop_trio.issues.stored.payload import PayloadReader

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from bloop_trio.db.writer import Writer

_log = structlog.get_logger("bloop.issues")

SLICE_ISSUES: Final = 500
"""Issues that one step takes in: about 20 ms of the writer's time."""
PAUSE_SECS: Final = 0.2
"""Between two steps, in which events are written."""
TOP_FRAMES: Final = 8
MAX_FRAMES_CHARS: Final = 1_000
MAX_PARTS: Final = 60
_MAX_NAMES_CHARS: Final = 4_000

_SOURCE: Final = (
    "SELECT i.id, {}, i.error_type, i.message, (SELECT s.payload FROM issue_fingerprints AS f"
    " CROSS JOIN samples AS s ON s.fingerprint_id = f.id"
    " WHERE f.project_no = i.project_no AND f.fingerprint = i.fingerprint LIMIT 1) FROM {} AS i WHERE i.id > ?1"
)
"""What of an issue is indexed, with one of its samples."""
_PYTHON_TRACEBACK: Final = "Traceback (most recent call last)"
# Two steps, each of which looks at a character once: a stack may be a single word of thousands of them.
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9]+")
_JOINT: Final = re.compile(r"(?<=.)[a-z0-9][A-Z]|[A-Z][A-Z][a-z]")
_PART: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


@attrs.frozen(eq=False)
class SearchIndexer:
    """Takes new issues into the search index."""

    _writer: Writer
    _payloads: PayloadReader = attrs.field(factory=PayloadReader)

    async def catch_up(self) -> None:
        """Make all issues searchable that are not yet, with a pause after each slice.

        Raises:
            StoreError: the store refused; the next call goes on from there.
        """
        while True:
            taken = await self._writer.run(lambda conn: index_slice(conn, self._payloads))
            if taken < SLICE_ISSUES:
                return
            await trio.sleep(PAUSE_SECS)


def index_slice(conn: Connection, payloads: PayloadReader) -> int:
    """Make the next `SLICE_ISSUES` issues searchable, in one transaction; returns how many there were."""
    (mark,) = conn.execute("SELECT value FROM sequences WHERE name = 'searchable_issue_id'").fetchone()
    (has_new,) = conn.execute(
        "SELECT EXISTS (SELECT 1 FROM issues WHERE id > ?1) OR EXISTS (SELECT 1 FROM merged_issues WHERE id > ?1)",
        (mark,),
    ).fetchone()
    if not has_new:
        return 0  # without taking the lock, which others may want
    with transaction(conn):
        rows = conn.execute(
            f"{_SOURCE.format('FALSE', 'issues')} UNION ALL {_SOURCE.format('TRUE', 'merged_issues')} ORDER BY 1 LIMIT ?2",
            (mark, SLICE_ISSUES),
        ).fetchall()
        texts: tuple[list[tuple[int, str, str]], ...] = ([], [])
        for issue_id, is_merged, error_type, message, payload in rows:
            frames = "" if payload is None else top_frames(_stack_of(conn, payloads, issue_id, payload))
            parts = " ".join(parts_of_names(f"{error_type} {message} {frames}"))
            texts[is_merged].append((issue_id, frames, parts))
        run_rows(conn, "INSERT INTO issue_search_texts (issue_id, frames, parts)", texts[False])
        run_rows(
            conn,
            "WITH made (id, frames, parts) AS (",
            texts[True],
            ") UPDATE merged_issues SET frames = made.frames, parts = made.parts FROM made WHERE made.id = merged_issues.id",
        )
        last = rows[-1][0]
        conn.execute(
            "INSERT INTO issue_search (rowid, project, error_type, message, route, frames, parts)"
            " SELECT id, project, error_type, message, route, frames, parts FROM issue_search_sources"
            " WHERE id > ? AND id <= ? ORDER BY id",
            (mark, last),
        )
        conn.execute("UPDATE sequences SET value = ? WHERE name = 'searchable_issue_id'", (last,))
    return len(rows)


def _stack_of(conn: Connection, payloads: PayloadReader, issue_id: int, payload: bytes) -> str | None:
    """Return the stack in a sample; None if the sample cannot be read, which must not keep later issues out."""
    try:
        stack = payloads.decode(conn, payload).get("stack")
    except StoreError:
        raise  # the store's trouble passes
    except Exception as error:  # noqa: BLE001 - whatever damaged bytes can lead to
        _log.warning("a sample cannot be read, its issue is found without its stack", issue=issue_id, error=str(error))
        return None
    return stack if isinstance(stack, str) else None


def top_frames(stack: str | None) -> str:
    """Return the lines of a stack nearest to the error, at most `TOP_FRAMES` and `MAX_FRAMES_CHARS`."""
    lines = [line.strip() for line in (stack or "").split("\n") if line.strip()]
    nearest = lines[-TOP_FRAMES:] if lines[:1] == [_PYTHON_TRACEBACK + ":"] else lines[:TOP_FRAMES]
    return "\n".join(nearest)[:MAX_FRAMES_CHARS]


def parts_of_names(text: str) -> list[str]:
    """Return the words that names are made of, in lower case: ``ConnectTimeoutError`` gives connect, timeout, error."""
    words = dict.fromkeys(_WORD.findall(text[:_MAX_NAMES_CHARS]))
    names = [word for word in words if _JOINT.search(word)]
    parts = dict.fromkeys(part.lower() for name in names for part in _PART.findall(name))
    return list(parts)[:MAX_PARTS]
