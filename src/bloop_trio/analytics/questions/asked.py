"""What a question is about, and how that gets into its SQL. Pure.

The texts keep to what DuckDB and PostgreSQL have in common: numbered parameters, each with its type, and standard
aggregates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from bloop_trio.clock import MS_PER_HOUR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bloop_trio.issues.queries.scope import OneProject


@attrs.frozen(kw_only=True)
class Asked:
    """What a question is about."""

    projects: tuple[OneProject, ...]
    """One or more."""
    hours: int
    """Length of the window."""
    limit: int
    """Rows of the answer."""
    environment: str | None = None
    """Only events of this environment count."""

    def project_id(self, project_no: int) -> str:
        """Return the id of one of the projects."""
        return next(project.id for project in self.projects if project.no == project_no)


@attrs.frozen(kw_only=True)
class Window:
    """The hours that began within so many hours before now."""

    now_ms: int
    hours: int

    @property
    def first_ms(self) -> int:
        """Return when the first of them began."""
        return -(-(self.now_ms - self.hours * MS_PER_HOUR) // MS_PER_HOUR) * MS_PER_HOUR

    @property
    def running_ms(self) -> int:
        """Return when the hour began that is not over yet; those before it are complete."""
        return self.now_ms // MS_PER_HOUR * MS_PER_HOUR


@attrs.frozen
class Statement:
    """A text of SQL with the values of its parameters."""

    sql: str
    values: Sequence[Any]


class Values:
    """The values of a statement, numbered as they come."""

    def __init__(self) -> None:
        self._values: list[Any] = []

    def bind(self, value: Any, sql_type: str) -> str:
        """Add a value and return what stands for it in the text."""
        self._values.append(value)
        return f"CAST(${len(self._values)} AS {sql_type})"

    def of_projects(self, asked: Asked) -> str:
        """Return the condition that a row belongs to the projects."""
        numbers = [project.no for project in asked.projects]
        if len(numbers) == 1:
            return f"project_no = {self.bind(numbers[0], 'INTEGER')}"
        return f"project_no IN (SELECT unnest({self.bind(numbers, 'INTEGER[]')}))"

    def of_environment(self, asked: Asked) -> str:
        """Return the condition that a row belongs to the environment, with the ``AND`` before it."""
        return "" if asked.environment is None else f" AND environment = {self.bind(asked.environment, 'VARCHAR')}"

    def statement(self, sql: str) -> Statement:
        """Return the statement with these values."""
        return Statement(sql, tuple(self._values))
