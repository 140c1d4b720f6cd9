"""What Schemathesis has to be told about requests: who signs or sends them, and which paths name what there is."""

from __future__ import annotations

import hashlib
import hmac
import os
from typing import TYPE_CHECKING, Any

import schemathesis
from hypothesis import strategies as st
from requests.auth import AuthBase

if TYPE_CHECKING:
    from requests import PreparedRequest

EXPORTS = ("jsonl", "csv")
"""Formats that answer with everything there is; their tests are written by hand, as those of whole routes that
`schemathesis.toml` leaves out."""


class SignedBody(AuthBase):
    """Signs the bytes that go over the wire, whatever they are."""

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        key = os.environ["PROJECT_KEY"]
        body = request.body or b""
        raw = body.encode() if isinstance(body, str) else body
        request.headers["X-Project-Key"] = key
        request.headers["X-Signature"] = hmac.new(key.encode(), raw, hashlib.sha256).hexdigest()
        return request


class SignedIn(AuthBase):
    """Sends the session of an administrator."""

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["Cookie"] = f"bloop_session={os.environ['BLOOP_SESSION']}"
        return request


schemathesis.auth.set_from_requests(SignedBody()).apply_to(path_regex="^/v1/ingest")


class EitherWay(SignedIn):
    """Sends the session in place of the token with about half of all requests."""

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        if len(request.url or "") % 2:
            return request
        del request.headers["Authorization"]
        return super().__call__(request)


schemathesis.auth.set_from_requests(EitherWay()).apply_to(
    path_regex="^/v1/(errors|releases|facets|error-trends|trends|stats|server)(/|$)"
)
schemathesis.auth.set_from_requests(SignedIn()).apply_to(path_regex="^/v1/(me|admin|projects|tokens|views)(/|$)")

# Only the server makes cursors; an empty one is as good as none.
schemathesis.openapi.format("cursor", st.just(""))


@schemathesis.hook
def map_path_parameters(_context: Any, parameters: dict[str, Any] | None) -> dict[str, Any] | None:
    """Let about half of all fingerprints be those of issues that exist, and half of all ids those of the first rule.

    Occurrences of these issues are asked for too.
    """
    if parameters is not None and "rule_id" in parameters:
        return {name: "1" if len(str(value)) % 2 else value for name, value in parameters.items()}
    text = str((parameters or {}).get("fingerprint", ""))
    if parameters is None or len(text) % 2:
        return parameters
    number = len(text) % 20
    beside = {"occurrence_id": str(number + 1)} if "occurrence_id" in parameters else {}
    return {**parameters, "fingerprint": f"issue-{number}", **beside}


@schemathesis.hook
def filter_case(_context: Any, case: Any) -> bool:
    """Leave out exports, and bodies that are against rules that their schema does not have."""
    if isinstance(case.query, dict) and case.query.get("format") in EXPORTS:
        return False
    if case.operation.path != "/v1/status-changes" or not isinstance(case.body, dict):
        return True
    fingerprints, chosen = case.body.get("fingerprints"), case.body.get("filter")
    if (fingerprints is None) == (chosen is None):
        return False
    means_all = isinstance(chosen, dict) and all(value is None for value in chosen.values())
    return case.body.get("all", False) is means_all
