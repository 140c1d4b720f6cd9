"""What is known about a route beside its code and its access: what it takes, what it answers, and what it is for.

A route is documented where it is written::

    @routes.get("/v1/stats")
    @documented(Operation(summary="The project in numbers", answer=ProjectStats))
    async def stats() -> Answer: ...

The app refuses to be built as long as a route is not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bloop_trio.http.parameters import Parameter, Schema

_MARK: Final = "_bloop_operation"

F = TypeVar("F", bound="Callable[..., Any]")


@attrs.frozen(kw_only=True)
class Body:
    """A request body that no attrs class describes."""

    schema: Schema
    schemas: Mapping[str, Schema] = attrs.field(factory=dict)
    """Schemas that `schema` refers to as ``#/components/schemas/<name>``."""
    media_types: tuple[str, ...] = ("application/json",)
    example: Any = None
    """A value as it may be sent."""


@attrs.frozen(kw_only=True)
class Operation:
    """One route as its users see it."""

    summary: str
    """A few words, without a full stop."""
    description: str = ""
    """What one has to know beyond that; Markdown, a sentence a line."""
    tag: str | None = None
    """The section of the documents; unless said, it follows from the method and the access."""
    parameters: tuple[Parameter[Any], ...] = ()
    """Of the query string; those of the path follow from the rule."""
    body: type | Body | None = None
    """The attrs class that the JSON of the request body is read into."""
    body_optional: bool = False
    """Whether the request may come without a body."""
    answer: Any = None
    """The type of the JSON answer: an attrs class, ``list[…]`` or ``dict[str, …]`` of one."""
    content_types: tuple[str, ...] = ("application/json",)
    """What the answer may be; only JSON has the schema of `answer`."""
    status: int = 200
    """Of the answer when all goes well."""
    same_body: Mapping[int, str] = attrs.field(factory=dict)
    """Other statuses that come with the body of `answer`, and when each is given."""
    request_headers: Mapping[str, str] = attrs.field(factory=dict)
    """Headers of the request, beside credentials, and what they do."""
    headers: Mapping[str, str] = attrs.field(factory=dict)
    """Headers of the answer and what they say; an `ETag` among them means that 304 is answered too."""
    errors: Mapping[int, str] = attrs.field(factory=dict)
    """Statuses of refusals and when each is given, but for those that follow from the route's access."""


def documented(operation: Operation) -> Callable[[F], F]:
    """Attach `operation` to the function of a route; stands between the function and its rule."""

    def attach(function: F) -> F:
        setattr(function, _MARK, operation)
        return function

    return attach


def operation_of(function: Any) -> Operation | None:
    """Return what `documented` has attached to a function."""
    found: Operation | None = getattr(function, _MARK, None)
    return found
