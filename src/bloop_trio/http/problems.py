"""Whatever goes wrong becomes ``{"error": message}`` with its status, in one place. Pure.

An error that was raised on purpose speaks for itself. A status that the framework came up with gets the words below.
Anything else is a bug: the client learns nothing but an id, by which the log can be searched.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import attrs

from bloop_trio.http.codec import JSON_HEADERS, Answer, encode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bloop_trio.exceptions import RequestError

REQUEST_ID_HEADER: Final = "x-request-id"

MESSAGES: Final[Mapping[int, str]] = {
    400: "bad request",
    404: "not found",
    405: "method not allowed",
    408: "the request took too long to arrive",
    413: "request body too large",
    415: "unsupported content type",
    500: "internal server error",
}
"""What a status says when nothing more is known."""

# What the framework attaches to a refusal and the client needs; its own content headers describe a page of HTML.
_KEPT_HEADERS: Final = frozenset({"allow", "retry-after"})


@attrs.frozen(kw_only=True)
class Problem:
    """A refusal on its way to the client."""

    status: int
    message: str
    headers: Mapping[str, str] = attrs.field(factory=dict)

    def answer(self) -> Answer:
        """Return what a route returns to answer with this problem."""
        return encode({"error": self.message}), self.status, {**JSON_HEADERS, **self.headers}


def from_request_error(error: RequestError) -> Problem:
    """Return the problem that `error` was raised to report."""
    headers = {}
    if error.retry_after_secs is not None:
        headers["retry-after"] = str(error.retry_after_secs)
    if error.status == HTTPStatus.UNAUTHORIZED:
        headers["www-authenticate"] = "Bearer"
    return Problem(status=error.status, message=error.message, headers=headers)


def from_status(status: int, headers: Mapping[str, str] | None = None) -> Problem:
    """Return the problem for a status that the framework answers with."""
    kept = {name.lower(): value for name, value in (headers or {}).items() if name.lower() in _KEPT_HEADERS}
    message = MESSAGES.get(status) or HTTPStatus(status).phrase.lower()
    return Problem(status=status, message=message, headers=kept)


def unexpected(request_id: str) -> Problem:
    """Return the problem for a bug that was logged under `request_id`."""
    return Problem(status=500, message=MESSAGES[500], headers={REQUEST_ID_HEADER: request_id})
