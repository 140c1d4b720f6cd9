"""The OpenAPI 3.1 document of a set of routes. Pure, and the same bytes for the same routes."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import attrs

from bloop_trio.http.access import Access, Who
from bloop_trio.http.openapi.schemas import describe, reference
from bloop_trio.http.operations import Body, Operation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bloop_trio.http.openapi.guide import Guide
    from bloop_trio.http.parameters import Parameter, Schema

JSON: Final = "application/json"
ERROR: Final = "Error"
USUAL: Final = "x-usual"
"""Marks an answer of an operation that many others have too, and that a reader does not need to be told each time."""

_VARIABLE: Final = re.compile(r"<(?:[^:<>]+:)?(\w+)>")
_ERROR_SCHEMA: Final[Schema] = {
    "description": "A request that was refused.",
    "type": "object",
    "properties": {"error": {"type": "string", "description": "What is wrong, in a sentence."}},
    "required": ["error"],
}
_SECURITY_SCHEMES: Final[Mapping[str, Schema]] = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "A token of one project, made with `bloop token create`.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "bloop_session",
        "description": "The session of somebody who has signed in.",
    },
    "signature": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Signature",
        "description": "HMAC-SHA256 of the body as sent, in hexadecimal, made with the project's key.",
    },
    "projectKey": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Project-Key",
        "description": "The key of the project that the events belong to.",
    },
    "metricsToken": {
        "type": "http",
        "scheme": "bearer",
        "description": "`server.metrics_token`; not needed by requests from the server's own host.",
    },
}
_NOBODY: Final = "nobody is signed in"
_FOREIGN: Final = "another site made a browser send the request"
_BUSY: Final = "the database did not answer in time, or the store refuses"
_REFUSALS_BY_ACCESS: Final[Mapping[Who, Mapping[int, str]]] = {
    Who.ANYONE: {},
    Who.SENDER: {},
    Who.OPERATOR: {403: "the request comes from another host and without the token"},
    Who.READER: {
        401: "there is neither a bearer token nor a session, or it is not valid",
        403: "the token lacks the scope, or another site made a browser send the request",
        503: "the query took longer than it may, or the server is busy",
    },
    Who.USER: {401: _NOBODY, 403: _FOREIGN, 503: _BUSY},
    Who.OWNER: {401: _NOBODY, 403: f"the user has no say in the project, or {_FOREIGN}", 503: _BUSY},
    Who.ADMIN: {401: _NOBODY, 403: f"the user is no administrator, or {_FOREIGN}", 503: _BUSY},
}
_REFUSALS_OF_QUERIES: Final[Mapping[int, str]] = {
    400: "a parameter cannot be understood",
    431: "the request line and the headers are over 16 KiB",
}
_REFUSALS_OF_BODIES: Final[Mapping[int, str]] = {
    413: "the body is too large",
    415: "the `Content-Type` is not `application/json`",
}
_BUG: Final = "a bug; the header `X-Request-Id` finds it in the server's log"
_TAGS_BY_ACCESS: Final = {
    Who.ANYONE: "The server itself",
    Who.OPERATOR: "The server itself",
    Who.SENDER: "Sending events",
}


@attrs.frozen(kw_only=True)
class Endpoint:
    """A route as the app has it."""

    method: str
    rule: str
    """As the framework writes it: ``/v1/errors/<segment:fingerprint>``."""
    access: Access
    operation: Operation

    @property
    def path(self) -> str:
        """Return the path with its variables in braces."""
        return as_path(self.rule)

    @property
    def tag(self) -> str:
        """Return the section that it belongs to."""
        if self.operation.tag is not None:
            return self.operation.tag
        reads = "Reading errors" if self.method == "GET" else "Changing errors"
        return _TAGS_BY_ACCESS.get(self.access.who, reads)


def as_path(rule: str) -> str:
    """Return a rule of the framework as a path with its variables in braces."""
    return _VARIABLE.sub(r"{\1}", rule)


def in_words(access: Access) -> str:
    """Return who may use a route, as the documents write it."""
    words = {
        Who.ANYONE: "public",
        Who.SENDER: "signature",
        Who.OPERATOR: "operator",
        Who.READER: f"`{access.scope}`",
        Who.USER: "session",
        Who.OWNER: f"`{access.scope}` or project owner" if access.scope else "project owner",
        Who.ADMIN: "administrator",
    }
    return words[access.who]


def build_document(endpoints: Sequence[Endpoint], guide: Guide, version: str) -> dict[str, Any]:
    """Return the document, its operations in the order of `endpoints`.

    Raises:
        RuntimeError: something in it has no words: a field, a variable of a path, a section.
    """
    bodies = {e.operation.body for e in endpoints if isinstance(e.operation.body, type)}
    answers = [e.operation.answer for e in endpoints if e.operation.answer is not None]
    schemas, components = describe(answers, sorted(bodies, key=lambda cls: cls.__name__))
    for endpoint in endpoints:
        if isinstance(endpoint.operation.body, Body):
            components.update(endpoint.operation.body.schemas)
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        written = _operation(endpoint, guide, schemas)
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = written
    used = {endpoint.tag for endpoint in endpoints}
    if used - guide.sections.keys():
        msg = f"sections that the guide does not have: {sorted(used - guide.sections.keys())}"
        raise RuntimeError(msg)
    return {
        "openapi": "3.1.0",
        "info": {"title": "bloop", "version": version, "description": guide.introduction, "license": _LICENSE},
        "servers": [{"url": "/", "description": "This server"}],
        "tags": [{"name": name, "description": text} for name, text in guide.sections.items() if name in used],
        "paths": paths,
        "components": {
            "schemas": dict(sorted({**components, ERROR: _ERROR_SCHEMA}.items())),
            "securitySchemes": dict(_SECURITY_SCHEMES),
        },
    }


_LICENSE: Final = {"name": "Apache-2.0", "identifier": "Apache-2.0"}


def _operation(endpoint: Endpoint, guide: Guide, schemas: Mapping[Any, Schema]) -> dict[str, Any]:
    operation = endpoint.operation
    written: dict[str, Any] = {
        "operationId": _operation_id(endpoint),
        "tags": [endpoint.tag],
        "summary": operation.summary,
    }
    if operation.description:
        written["description"] = operation.description
    written["security"] = _security(endpoint.access)
    written["x-access"] = in_words(endpoint.access)
    parameters = [
        *(_path_parameter(name, guide) for name in _VARIABLE.findall(endpoint.rule)),
        *(_query_parameter(parameter) for parameter in operation.parameters),
        *(_header_parameter(name, text) for name, text in _request_headers(operation).items()),
    ]
    if parameters:
        written["parameters"] = parameters
    if operation.body is not None:
        written["requestBody"] = _request_body(operation.body, required=not operation.body_optional)
    written["responses"] = _responses(endpoint, schemas)
    return written


def _operation_id(endpoint: Endpoint) -> str:
    return "_".join([endpoint.method.lower(), *re.findall(r"\w+", endpoint.path.replace("-", "_"))])


def _security(access: Access) -> list[dict[str, list[str]]]:
    if access.takes_tokens:
        return [{"bearer": [access.scope] if access.scope else []}, {"session": []}]
    if access.who in {Who.USER, Who.OWNER, Who.ADMIN}:
        return [{"session": []}]
    if access.who is Who.SENDER:
        return [{"signature": [], "projectKey": []}, {"signature": []}]
    if access.who is Who.OPERATOR:
        return [{}, {"metricsToken": []}]
    return []


def _path_parameter(name: str, guide: Guide) -> dict[str, Any]:
    if name not in guide.variables:
        msg = f"the guide does not say what {{{name}}} is in a path"
        raise RuntimeError(msg)
    schema = {"type": "string", "minLength": 1}
    return {"name": name, "in": "path", "required": True, "description": guide.variables[name], "schema": schema}


def _query_parameter(parameter: Parameter[Any]) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": "query",
        "required": parameter.required,
        "allowEmptyValue": not parameter.required,
        "description": parameter.description,
        "schema": parameter.schema(),
    }


def _header_parameter(name: str, text: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": False, "description": text, "schema": {"type": "string"}}


def _request_headers(operation: Operation) -> dict[str, str]:
    headers = dict(operation.request_headers)
    if _has_etag(operation):
        headers.setdefault("If-None-Match", "An `ETag` of before; 304 as long as nothing has changed since.")
    return headers


def _has_etag(operation: Operation) -> bool:
    return any(name.lower() == "etag" for name in operation.headers)


def _request_body(body: type | Body, *, required: bool) -> dict[str, Any]:
    if isinstance(body, type):
        return {"required": required, "content": {JSON: {"schema": reference(body.__name__)}}}
    content: dict[str, Any] = {"schema": body.schema}
    if body.example is not None:
        content["example"] = body.example
    return {"required": required, "content": dict.fromkeys(body.media_types, content)}


def _responses(endpoint: Endpoint, schemas: Mapping[Any, Schema]) -> dict[str, Any]:
    operation = endpoint.operation
    content = {
        _essence(name): {"schema": _content_schema(name, operation, schemas)} for name in operation.content_types
    }
    headers = {
        name: {"description": text, "schema": {"type": "string"}} for name, text in sorted(operation.headers.items())
    }
    responses: dict[int, dict[str, Any]] = {}
    for status, text in {operation.status: _phrase(operation.status), **operation.same_body}.items():
        responses[status] = {"description": _sentence(text), **({"headers": headers} if headers else {})}
        if status != HTTPStatus.NO_CONTENT:
            responses[status]["content"] = content
    if _has_etag(operation):
        responses[304] = {"description": "Nothing has changed since the `ETag` that the request names.", USUAL: True}
    for status, text, usual in _refusals(endpoint):
        if status in responses:
            # A status can carry two kinds of body: the answer in full, or a refusal.
            kinds = [responses[status]["content"][JSON]["schema"], reference(ERROR)]
            responses[status]["description"] += f" Or: {text}."
            responses[status]["content"] = {JSON: {"schema": {"anyOf": kinds}}}
            continue
        responses[status] = {"description": _sentence(text), "content": {JSON: {"schema": reference(ERROR)}}}
        if usual:
            responses[status][USUAL] = True
    return {str(status): response for status, response in sorted(responses.items())}


def _content_schema(content_type: str, operation: Operation, schemas: Mapping[Any, Schema]) -> Schema:
    if _essence(content_type) != JSON:
        return {"type": "string"}
    return {} if operation.answer is None else schemas[operation.answer]


def _essence(content_type: str) -> str:
    return content_type.partition(";")[0].strip()


def _refusals(endpoint: Endpoint) -> Iterator[tuple[int, str, bool]]:
    """Yield each status with when it is given, and whether that goes without saying."""
    usual = {**_REFUSALS_BY_ACCESS[endpoint.access.who], 500: _BUG}
    if isinstance(endpoint.operation.body, type):
        usual |= _REFUSALS_OF_BODIES
    if endpoint.operation.parameters:
        usual |= _REFUSALS_OF_QUERIES
    own = endpoint.operation.errors
    for status in sorted({*usual, *own}):
        texts = [texts[status] for texts in (usual, own) if status in texts]
        yield status, "; or ".join(texts), status not in own


def _phrase(status: int) -> str:
    return "All is well" if status == HTTPStatus.OK else HTTPStatus(status).phrase


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith(".") else ".")
