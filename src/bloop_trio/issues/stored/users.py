"""How many users an issue has affected.

The distinct `user_id_hash` of the events of each fingerprint: exactly up to 1,000, about as many beyond. An issue of
several fingerprints has those of all of them, each user once.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import structlog

from bloop_trio.issues.stored.user_set import NOBODY, UserCount, UserSet

if TYPE_CHECKING:
    from collections.abc import Collection

    from bloop_trio.db.connection import Connection

_log = structlog.get_logger("bloop.pipeline")


def users_of_issue(conn: Connection, issue_id: int) -> UserCount:
    """Return how many users an issue has affected, over all its fingerprints.

    Within the transaction of a batch it counts that batch's users too, once the batch has added to counts. Costs one
    look by key for each fingerprint.
    """
    return users_of_issues(conn, [issue_id]).get(issue_id, NOBODY)


def users_of_issues(conn: Connection, issue_ids: Collection[int]) -> dict[int, UserCount]:
    """Return the same for several issues; one without users is left out."""
    rows = conn.execute(
        # Without the sets: those of an issue with one fingerprint, as nearly all have, need not be read.
        "SELECT f.issue_id, count(*), max(u.count), max(u.is_sketch) FROM json_each(?) AS asked"
        " CROSS JOIN issue_fingerprints AS f ON f.issue_id = asked.value"
        " CROSS JOIN fingerprint_users AS u ON u.fingerprint_id = f.id GROUP BY f.issue_id",
        (json.dumps(list(issue_ids)),),
    ).fetchall()
    return {
        issue_id: UserCount(count, is_exact=not is_sketch) if parts == 1 else _united(conn, issue_id)
        for issue_id, parts, count, is_sketch in rows
    }


def _united(conn: Connection, issue_id: int) -> UserCount:
    """Return the count of an issue of several fingerprints."""
    rows = conn.execute(
        "SELECT u.is_sketch, u.users FROM issue_fingerprints AS f"
        " CROSS JOIN fingerprint_users AS u ON u.fingerprint_id = f.id WHERE f.issue_id = ?",
        (issue_id,),
    )
    users = UserSet()
    for is_sketch, content in rows:
        users = users.united(read_set(content, is_exact=not is_sketch))
    return UserCount(users.count, users.is_exact)


def read_set(content: bytes, *, is_exact: bool) -> UserSet:
    """Return a set as it is stored; nobody of a damaged one, since no event is to be lost for the sake of a count."""
    try:
        return UserSet.decode(content, is_exact=is_exact)
    except ValueError as error:
        _log.error("stored users are damaged, their count begins anew", error=str(error))
        return UserSet()
