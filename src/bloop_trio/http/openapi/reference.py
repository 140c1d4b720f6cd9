"""An OpenAPI document as the page of the reference in `docs/`: Markdown, a sentence a line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from bloop_trio.http.openapi.document import USUAL
from bloop_trio.http.openapi.guide import ROUTES_MARK
from bloop_trio.http.openapi.words import answer_in_words, operations, remarks, type_in_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_HEAD: Final = """\
# HTTP API

<!-- Written by `nox -s docs -- --write` from the routes and from src/bloop_trio/http/openapi/guide.md. -->

"""
# The end of a sentence within a line; a dot in a code span or an abbreviation is followed by no capital.
_SENTENCE_END: Final = re.compile(r"(?<=[a-z`)][.?!]) (?=[A-Z`])")


def render_reference(document: dict[str, Any]) -> str:
    """Return the page."""
    introduction = document["info"]["description"].replace(ROUTES_MARK, routes_table(document))
    parts = [introduction]
    for tag in document["tags"]:
        parts += [f"## {tag['name']}", tag["description"]]
        for method, path, operation in operations(document, tag["name"]):
            parts += _operation(method, path, operation)
    parts.append("## What the answers and bodies are made of")
    for name, schema in document["components"]["schemas"].items():
        parts += _component(name, schema)
    return _HEAD + "\n\n".join(part.strip() for part in parts if part.strip()) + "\n"


def routes_table(document: dict[str, Any]) -> str:
    """Return the table of all routes and who may use them."""
    rows = [
        (f"`{method} {path}`", operation["x-access"])
        for tag in document["tags"]
        for method, path, operation in operations(document, tag["name"])
    ]
    return _table(("route", "access"), rows)


def _operation(method: str, path: str, operation: dict[str, Any]) -> Iterator[str]:
    yield f"### `{method} {path}`"
    yield _prose(operation["summary"] + ".")
    yield _prose(operation.get("description", ""))
    parameters = operation.get("parameters", ())
    for place, head in (("query", "parameter"), ("header", "header")):
        rows = [
            (
                f"`{parameter['name']}`",
                type_in_words(parameter["schema"]),
                _cell(remarks(parameter["schema"], parameter["description"])),
            )
            for parameter in parameters
            if parameter["in"] == place and parameter["name"] != "If-None-Match"
        ]
        if rows:
            yield _table((head, "type", ""), rows)
    if "requestBody" in operation:
        ((_, content), *_) = operation["requestBody"]["content"].items()
        yield f"The body is {_article(type_in_words(content['schema']))}."
    yield _table(
        ("status", "body", "when"),
        [
            (status, _cell(answer_in_words(response)), _cell(response["description"]))
            for status, response in operation["responses"].items()
            if not response.get(USUAL)
        ],
    )
    headers = {
        name: header["description"]
        for response in operation["responses"].values()
        for name, header in response.get("headers", {}).items()
        if name != "ETag"
    }
    if headers:
        yield _table(("header of the answer", ""), [(f"`{name}`", _cell(text)) for name, text in headers.items()])


def _component(name: str, schema: dict[str, Any]) -> Iterator[str]:
    yield f"### {name}"
    yield _prose(schema.get("description", ""))
    if "properties" not in schema:
        yield _prose(remarks({**schema, "description": None}))
        return
    required = schema.get("required", ())
    is_body = schema.get("additionalProperties") is not None
    rows = []
    for field, part in schema["properties"].items():
        texts = remarks(part, required=is_body and field in required)
        rows.append((f"`{field}`", type_in_words(part), _cell(texts)))
    yield _table(("field", "type", ""), rows)


def _article(words: str) -> str:
    return words if words.startswith(("list", "any")) else f"an {words}" if words[1:3] == "`E" else f"a {words}"


def _prose(text: str) -> str:
    return "\n".join(_SENTENCE_END.sub("\n", line) for line in text.splitlines())


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("|" + "|".join(f" {cell} " if cell != "---" else cell for cell in line) + "|" for line in lines)
