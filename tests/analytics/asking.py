"""A projection in memory, filled by hand, and questions to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs
import duckdb

from bloop_trio.analytics.questions.asked import Asked
from bloop_trio.analytics.schema import TABLES
from bloop_trio.clock import MS_PER_HOUR
from bloop_trio.issues.queries.scope import OneProject
from tests.conftest import NOW_MS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bloop_trio.analytics.insights import Question
    from tests.analytics.reference import Tables

DEFAULT: Final = OneProject(1, "default")
OTHER: Final = OneProject(2, "other")
HALF_PAST_MS: Final = NOW_MS + MS_PER_HOUR // 2
"""Where time stands: the hour is not over yet."""


@attrs.frozen(kw_only=True)
class Error:
    """An issue with the events of some hours, counted back: 1 is the last complete hour, 0 the one that runs."""

    no: int
    hours: dict[int, int] = attrs.field(factory=dict)
    fingerprint: str = attrs.field()
    project_no: int = 1
    environment: str = "prod"
    first_ago: int | None = None
    """Hours back that it was first seen; unless said, in the first of `hours`."""

    @fingerprint.default
    def _own(self) -> str:
        return f"fp{self.no}"

    @property
    def first_seen_ms(self) -> int:
        ago = max(self.hours, default=0) if self.first_ago is None else self.first_ago
        return hours_ago(ago) + 5 * 60_000


def hours_ago(count: int) -> int:
    """Return when the hour began that many hours before the running one."""
    return HALF_PAST_MS // MS_PER_HOUR * MS_PER_HOUR - count * MS_PER_HOUR


@attrs.define
class Projection:
    """Tables of the projection."""

    conn: duckdb.DuckDBPyConnection = attrs.field(factory=lambda: duckdb.connect(":memory:"))

    def __attrs_post_init__(self) -> None:
        self.conn.execute(TABLES)

    def insert(self, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
        found = list(rows)
        if found:
            places = ", ".join(["(" + ", ".join("?" * len(found[0])) + ")"] * len(found))
            self.conn.execute(f"INSERT INTO {table} VALUES {places}", [value for row in found for value in row])

    def add(self, *errors: Error) -> None:
        """Insert issues with their hours, and their environment with as many events in release 1.0."""
        for e in errors:
            self.insert(
                "issues",
                [(e.no, e.project_no, e.fingerprint, "TypeError", f"m{e.no}", e.first_seen_ms, hours_ago(0))],
            )
            rows = [(e.no, e.project_no, hours_ago(ago), e.environment, count) for ago, count in e.hours.items()]
            self.insert("hours", rows)
            self.release(e.no, "1.0", sum(e.hours.values()), project_no=e.project_no, environment=e.environment)

    def release(
        self,
        issue_id: int,
        release: str,
        count: int,
        *,
        first_ms: int = NOW_MS,
        last_ms: int | None = None,
        project_no: int = 1,
        environment: str = "prod",
    ) -> None:
        """Insert the events of an issue in a release and environment."""
        row = (issue_id, project_no, release, environment, count, first_ms, first_ms if last_ms is None else last_ms)
        self.insert("issue_releases", [row])

    def fill(self, tables: Tables) -> None:
        """Have these rows alone."""
        for table in attrs.fields(type(tables)):
            self.conn.execute(f"DELETE FROM {table.name}")
            self.insert(table.name, getattr(tables, table.name))

    def rows(self, question: Question, asked: Asked, now_ms: int = HALF_PAST_MS) -> list[tuple[Any, ...]]:
        """Return what the question's SQL finds."""
        statement = question.statement(asked, now_ms)
        return self.conn.execute(statement.sql, list(statement.values)).fetchall()

    def answer(self, question: Question, asked: Asked, now_ms: int = HALF_PAST_MS) -> Any:
        """Return the answer to a question."""
        return question.answer(asked, now_ms, self.rows(question, asked, now_ms))


def asking(**changes: Any) -> Asked:
    """Return a question about the project `default` over three days."""
    usual: dict[str, Any] = {"projects": (DEFAULT,), "hours": 72, "limit": 20}
    return Asked(**usual | changes)
