from __future__ import annotations

import inspect

import msgspec
import pytest

from bloop_trio import exceptions
from bloop_trio.exceptions import AuthenticationError, BadRequestError, RateLimitedError, RequestError
from bloop_trio.http.problems import from_request_error, from_status, unexpected


@pytest.mark.parametrize(
    "error_type",
    [t for _, t in inspect.getmembers(exceptions, inspect.isclass) if issubclass(t, RequestError)],
)
def test_an_error_that_was_raised_on_purpose_speaks_for_itself(error_type: type[RequestError]) -> None:
    body, status, headers = from_request_error(error_type("what was wrong")).answer()
    assert status == error_type.status
    assert msgspec.json.decode(body) == {"error": "what was wrong"}
    assert headers["content-type"] == "application/json"


def test_a_refusal_for_a_time_says_how_long() -> None:
    _, status, headers = from_request_error(RateLimitedError("too many requests", retry_after_secs=7)).answer()
    assert (status, headers["retry-after"]) == (429, "7")
    assert "retry-after" not in from_request_error(BadRequestError("no")).answer()[2]


def test_a_missing_credential_names_the_scheme() -> None:
    assert from_request_error(AuthenticationError("authentication required")).headers == {"www-authenticate": "Bearer"}


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (400, "bad request"),
        (404, "not found"),
        (405, "method not allowed"),
        (413, "request body too large"),
        (418, "i'm a teapot"),
    ],
)
def test_a_status_of_the_framework_gets_words(status: int, message: str) -> None:
    body, answered, _ = from_status(status).answer()
    assert (answered, msgspec.json.decode(body)) == (status, {"error": message})


def test_of_the_headers_of_the_framework_only_those_for_the_client_are_kept() -> None:
    problem = from_status(405, {"Allow": "GET, HEAD", "Content-Type": "text/html", "Content-Length": "153"})
    assert problem.headers == {"allow": "GET, HEAD"}
    assert problem.answer()[2] == {"content-type": "application/json", "allow": "GET, HEAD"}


def test_a_bug_tells_its_id_and_nothing_else() -> None:
    body, status, headers = unexpected("0123").answer()
    assert status == 500
    assert msgspec.json.decode(body) == {"error": "internal server error"}
    assert headers["x-request-id"] == "0123"
