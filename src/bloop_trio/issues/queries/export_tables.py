"""Walks over what is kept of a project's issues, slice by slice, for an export.

Every walk is in the order of an index and goes on behind the last key that it has seen, so that a slice costs the same
wherever it begins, and what is written meanwhile disturbs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

import attrs
from msgspec import Raw

from bloop_trio.issues.queries.export_lines import (
    ActivityRecord,
    CountRecord,
    HourlyCountRecord,
    IssueRecord,
    SampleRecord,
    StatusChangeRecord,
    StoredEvent,
    encode_lines,
    read_payload,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.stored.payload import PayloadReader

_SLICE_ROWS: Final = 1_000
_SLICE_SAMPLES: Final = 128
"""A sample can be forty times as large as other rows."""
_SLICE_PARENTS: Final = 2_000
"""Issues that a slice looks at, most of which may have no row of the kind."""


class Section(Protocol):
    """The lines of one kind."""

    @property
    def name(self) -> str:
        """Return what the last line of the export counts them under."""

    lines: int
    """How many there were so far."""

    def next_part(self, conn: Connection) -> bytes | None:
        """Return some more lines, maybe none; None when there are no more. Called in a snapshot."""


def project_sections(project_no: int, project_id: str, payloads: PayloadReader) -> list[Section]:
    """Return what an export says of a project's issues, in order."""
    return [
        _Issues(project_no),
        *(
            _Children(project_no, kind)
            for kind in (_COUNTS, _MERGED_COUNTS, _HOURLY_COUNTS, _STATUS_CHANGES, _ACTIVITY)
        ),
        _Children(project_no, _samples(project_id, payloads)),
    ]


@attrs.define(eq=False)
class _Issues:
    """The issues themselves, by fingerprint."""

    _project_no: int
    _after: str = ""
    name: str = "issues"
    lines: int = 0

    def next_part(self, conn: Connection) -> bytes | None:
        rows = conn.execute(
            "SELECT fingerprint, (SELECT json_group_array(f.fingerprint) FROM issue_fingerprints AS f"
            " WHERE f.issue_id = i.id), status, total_count, first_seen_ms, last_seen_ms, regressed_ms, error_type,"
            " message, source, route_or_procedure, screen FROM issues AS i"
            " WHERE project_no = ? AND fingerprint > ? ORDER BY fingerprint LIMIT ?",
            (self._project_no, self._after, _SLICE_ROWS),
        ).fetchall()
        if not rows:
            return None
        self._after = rows[-1][0]
        self.lines += len(rows)
        return encode_lines(
            [IssueRecord(fingerprint, Raw(others.encode()), *rest) for fingerprint, others, *rest in rows]
        )


@attrs.frozen(kw_only=True)
class _Kind:
    """Rows that hang on an issue or on one of its fingerprints."""

    name: str
    parents: str
    """What follows FROM; `p` has the fingerprint by which the walk goes, and the id on which rows hang."""
    table: str
    link: str
    """The column with the parent's id."""
    key: tuple[str, ...]
    """The columns that tell the rows of a parent apart, in the order of an index that begins with `link`."""
    columns: str
    """What `encode` is given of each row."""
    encode: Callable[[Connection, Sequence[Sequence[Any]]], bytes]
    where: str = "TRUE"
    """What else is demanded of a parent."""
    slice_rows: int = _SLICE_ROWS


@attrs.define(eq=False)
class _Children:
    """Rows of one kind, by their parents' fingerprint and then by their own key."""

    _project_no: int
    _kind: _Kind
    _after: str = ""
    """The fingerprint up to which all is through."""
    _within: tuple[Any, ...] | None = None
    """The next fingerprint and the key of its last row, if it is half through."""
    lines: int = 0

    @property
    def name(self) -> str:
        return self._kind.name

    def next_part(self, conn: Connection) -> bytes | None:
        size = self._kind.slice_rows
        rows: list[Any] = []
        if self._within is not None:
            self._after = self._within[0]
            rows = self._rest_of_parent(conn, self._within, size)
        if len(rows) < size:
            last = self._last_parent(conn)
            if last is None and not rows:
                return None
            if last is not None:
                rows += self._next_parents(conn, last, size - len(rows))
                if len(rows) < size:
                    self._after = last
        self._within = rows[-1][: 1 + len(self._kind.key)] if len(rows) == size else None
        self.lines += len(rows)
        return self._kind.encode(conn, [row[1 + len(self._kind.key) :] for row in rows])

    def _last_parent(self, conn: Connection) -> str | None:
        """Return the last of the parents that a slice looks at, None if there are no more."""
        (last,) = conn.execute(
            f"SELECT max(fingerprint) FROM (SELECT p.fingerprint FROM {self._kind.parents}"
            " WHERE p.project_no = ? AND p.fingerprint > ? ORDER BY p.fingerprint LIMIT ?)",
            (self._project_no, self._after, _SLICE_PARENTS),
        ).fetchone()
        return None if last is None else str(last)

    def _rest_of_parent(self, conn: Connection, within: tuple[Any, ...], limit: int) -> list[Any]:
        marks = ", ".join("?" * len(self._kind.key))
        return conn.execute(
            f"{self._select} AND p.project_no = ? AND p.fingerprint = ? AND ({', '.join(self._key)}) > ({marks})"
            f" ORDER BY {', '.join(self._key)} LIMIT ?",
            (self._project_no, *within, limit),
        ).fetchall()

    def _next_parents(self, conn: Connection, last: str, limit: int) -> list[Any]:
        return conn.execute(
            f"{self._select} AND p.project_no = ? AND p.fingerprint > ? AND p.fingerprint <= ?"
            f" ORDER BY p.fingerprint, {', '.join(self._key)} LIMIT ?",
            (self._project_no, self._after, last, limit),
        ).fetchall()

    @property
    def _key(self) -> list[str]:
        return [f"c.{column}" for column in self._kind.key]

    @property
    def _select(self) -> str:
        # CROSS JOIN means the same as a comma, and SQLite then keeps the order of the tables.
        kind = self._kind
        return (
            f"SELECT p.fingerprint, {', '.join(self._key)}, {kind.columns}"
            f" FROM {kind.parents} CROSS JOIN {kind.table} AS c WHERE c.{kind.link} = p.id AND {kind.where}"
        )


_COUNTS: Final = _Kind(
    name="counts",
    parents="issue_fingerprints AS p",
    table="issue_counts",
    link="fingerprint_id",
    key=("release", "environment"),
    columns="p.fingerprint, c.release, c.environment, c.total_count, c.first_seen_ms, c.last_seen_ms",
    encode=lambda _, rows: encode_lines([CountRecord(*row) for row in rows]),
    # The counts of a head are sums, of which each fingerprint has its part elsewhere.
    where="p.head_id IS NULL",
)
_MERGED_COUNTS: Final = attrs.evolve(_COUNTS, table="merged_counts", where="p.head_id IS NOT NULL")
_HOURLY_COUNTS: Final = _Kind(
    name="hourly_counts",
    parents="issue_fingerprints AS p",
    table="event_counts_hourly",
    link="fingerprint_id",
    key=("hour_ms", "environment", "source"),
    columns="p.fingerprint, c.hour_ms, c.environment, c.source, c.count",
    encode=lambda _, rows: encode_lines([HourlyCountRecord(*row) for row in rows]),
)
_STATUS_CHANGES: Final = _Kind(
    name="status_changes",
    parents="issues AS p",
    table="status_changes",
    link="issue_id",
    key=("changed_ms", "id"),
    columns="c.id, p.fingerprint, c.old_status, c.new_status, c.changed_by, c.changed_ms, c.reason",
    encode=lambda _, rows: encode_lines([StatusChangeRecord(*row) for row in rows]),
)


_ACTIVITY: Final = _Kind(
    name="activity",
    parents="issues AS p",
    table="issue_activity",
    link="issue_id",
    key=("id",),
    columns="c.id, p.fingerprint, c.kind, c.actor, c.at_ms, c.edited_ms, c.content",
    encode=lambda _, rows: encode_lines([ActivityRecord(*(*row[:-1], Raw(row[-1].encode()))) for row in rows]),
)


def _samples(project_id: str, payloads: PayloadReader) -> _Kind:
    def encode(conn: Connection, rows: Sequence[Sequence[Any]]) -> bytes:
        contents = payloads.unpack(conn, [row[-1] for row in rows])
        lines = []
        for (*columns, _), content in zip(rows, contents, strict=True):
            event = StoredEvent(*columns)
            lines.append(
                SampleRecord(
                    id=event.id,
                    fingerprint=event.fingerprint,
                    project_id=project_id,
                    captured_at=event.received_ms,
                    source=event.source,
                    environment=event.environment,
                    release=event.release,
                    **_fields_of(read_payload(event, content)),
                )
            )
        return encode_lines(lines)

    return _Kind(
        name="samples",
        parents="issue_fingerprints AS p",
        table="issues AS i ON i.id = p.issue_id CROSS JOIN samples",
        link="fingerprint_id",
        key=("slot",),
        columns="c.event_id, c.timestamp_ms, c.received_ms, c.source, c.environment, c.release, i.fingerprint,"
        " i.error_type, i.message, c.payload",
        encode=encode,
        slice_rows=_SLICE_SAMPLES,
    )


def _fields_of(payload: Any) -> dict[str, Raw]:
    return {name: getattr(payload, name) for name in payload.__struct_fields__}
