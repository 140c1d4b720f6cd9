"""Giving an issue another fingerprint when its project groups by another version, so that it does not split.

An event whose fingerprint is new, and whose fingerprint by the other version is not, belongs to the issue of the latter.
Its new fingerprint is put down as another one of that issue, in the transaction of the batch that brought it. What
becomes of an event is the same whether its batch is written as a whole or in pieces: each is judged by what was there
before it, in the order in which they came.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from bloop_trio.issues.grouping.fingerprint import OVERFLOW_FINGERPRINT
from bloop_trio.issues.stored.finding import Head, IssueRef, find

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.events.batch import CombinedBatch, FingerprintKey

MAX_LINKED: Final = 100
"""Fingerprints of an issue, beyond which a new one makes an issue of its own: each is looked for in whatever is read."""
MAX_COPIED_ROWS: Final = 20_000
"""Releases and environments of an issue that gets its second fingerprint: its counts are copied once, while events
wait. One that has more gets none."""


@attrs.frozen
class Links:
    """What linking has done."""

    refs: dict[FingerprintKey, IssueRef] = attrs.field(factory=dict)
    """Where fingerprints of the batch live now: those that were linked, and those that others were linked to."""
    elsewhere: dict[FingerprintKey, IssueRef] = attrs.field(factory=dict)
    """The same, of fingerprints that are not in the batch."""
    waiting: frozenset[FingerprintKey] = frozenset()
    """Those that belong to an issue that the batch is yet to create."""


def link(
    conn: Connection,
    combined: CombinedBatch,
    refs: dict[FingerprintKey, IssueRef],
    new: Sequence[FingerprintKey],
    linked_before: AbstractSet[FingerprintKey] = frozenset(),
) -> Links:
    """Link those of `new` whose older fingerprint the database has; `refs` is where the others of the batch live.

    Those of `refs` that were `linked_before` in this batch are there from their first event on, and not before.
    """
    wanted, links = frozenset(new), Links()
    ordered = [key for key in combined.heads if key in wanted or key in linked_before]
    older = {key: _older(combined, key) for key in wanted}
    unknown = {key for key in older.values() if key is not None and key not in refs and key not in wanted}
    known = {key: ref for key, ref in refs.items() if key not in linked_before} if linked_before else dict(refs)
    known.update(find(conn, sorted(unknown)))
    waiting: set[FingerprintKey] = set()
    will_be: set[FingerprintKey] = set()
    for key in ordered:
        if key in linked_before:
            known[key] = refs[key]
            continue
        anchor = older[key]
        if anchor is not None and anchor in known:
            linked = _link(conn, key, anchor, known[anchor])
            if linked is not None:
                known[anchor], known[key] = linked
                (links.refs if anchor in combined.issues else links.elsewhere)[anchor] = known[anchor]
                links.refs[key] = known[key]
                continue
        if anchor in will_be:
            waiting.add(key)
        will_be.add(key)
    return attrs.evolve(links, waiting=frozenset(waiting))


def _older(combined: CombinedBatch, key: FingerprintKey) -> FingerprintKey | None:
    older = combined.heads[key].older_fingerprint
    # What went into the overflow has lost what it was grouped by.
    return None if older is None or key[1] == OVERFLOW_FINGERPRINT else (key[0], older)


def _link(
    conn: Connection, key: FingerprintKey, anchor: FingerprintKey, ref: IssueRef
) -> tuple[IssueRef, IssueRef] | None:
    """Make `key` another fingerprint of the issue that `anchor` belongs to; returns where both live now.

    None if the issue has no room for another.
    """
    if ref.head is None:
        head = _have_head(conn, anchor, ref)
        if head is None:
            return None
        ref = attrs.evolve(ref, head=head)
    (count,) = conn.execute("SELECT count(*) FROM issue_fingerprints WHERE issue_id = ?", (ref.issue_id,)).fetchone()
    if count >= MAX_LINKED:
        return None
    # What was merged into another issue takes its further fingerprints along when it is taken out again.
    (fingerprint_id,) = conn.execute(
        "INSERT INTO issue_fingerprints (project_no, fingerprint, issue_id, home_issue_id, head_id)"
        " SELECT project_no, ?, issue_id, home_issue_id, head_id FROM issue_fingerprints WHERE id = ? RETURNING id",
        (key[1], ref.fingerprint_id),
    ).fetchone()
    return ref, IssueRef(fingerprint_id, ref.issue_id, ref.head)


def _have_head(conn: Connection, anchor: FingerprintKey, ref: IssueRef) -> Head | None:
    """Have the only fingerprint of an issue count apart from those that are to come; None if it counts too much."""
    (rows,) = conn.execute(
        "SELECT count(*) FROM (SELECT 1 FROM issue_counts WHERE fingerprint_id = ? LIMIT ?)",
        (ref.fingerprint_id, MAX_COPIED_ROWS + 1),
    ).fetchone()
    if rows > MAX_COPIED_ROWS:
        return None
    conn.execute(
        "INSERT INTO merged_counts (fingerprint_id, release, environment, total_count, first_seen_ms, last_seen_ms)"
        " SELECT fingerprint_id, release, environment, total_count, first_seen_ms, last_seen_ms"
        " FROM issue_counts WHERE fingerprint_id = ?",
        (ref.fingerprint_id,),
    )
    conn.execute("UPDATE issue_fingerprints SET head_id = id WHERE id = ?", (ref.fingerprint_id,))
    return Head(ref.fingerprint_id, anchor[1])
