"""An OpenAPI document as a page to read: HTML with its stylesheet within, no script, and nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from bloop_trio.http.openapi.guide import ROUTES_MARK
from bloop_trio.http.openapi.markdown import anchor, inline, table, to_html
from bloop_trio.http.openapi.reference import routes_table
from bloop_trio.http.openapi.words import answer_in_words, curl, operations, remarks, type_in_words

if TYPE_CHECKING:
    from collections.abc import Iterator

_STYLE: Final = files("bloop_trio.http.openapi").joinpath("page.css").read_text(encoding="utf-8")
_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

CONTENT_SECURITY_POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""What the page may load: its own stylesheet, known by its hash, and nothing else."""

_SHAPES: Final = "Bodies and answers"


def render_page(document: dict[str, Any]) -> str:
    """Return the page."""
    title = f"{document['info']['title']} {document['info']['version']}: HTTP API"
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(title)}</title>",
            f"<style>{_STYLE}</style>",
            "</head>",
            "<body>",
            *_contents(document),
            "<main>",
            f"<h1>{escape(title)}</h1>",
            to_html(document["info"]["description"].replace(ROUTES_MARK, routes_table(document))),
            *_sections(document),
            *_shapes(document),
            "</main>",
            "</body>",
            "</html>",
            "",
        ]
    )


def _contents(document: dict[str, Any]) -> Iterator[str]:
    yield '<nav aria-label="Contents">'
    for tag in document["tags"]:
        yield f"<strong>{escape(tag['name'])}</strong><ul>"
        for method, path, _ in operations(document, tag["name"]):
            yield f'<li><a href="#{_anchor(method, path)}">{_heading(method, path)}</a></li>'
        yield "</ul>"
    yield f"<strong>{_SHAPES}</strong><ul>"
    for name in document["components"]["schemas"]:
        yield f'<li><a href="#{escape(name.lower())}">{escape(name)}</a></li>'
    yield "</ul></nav>"


def _anchor(method: str, path: str) -> str:
    return escape(anchor(f"{method} {path}"))


def _heading(method: str, path: str) -> str:
    return f'<code><span class="{method.lower()}">{method}</span> {escape(path)}</code>'


def _sections(document: dict[str, Any]) -> Iterator[str]:
    for tag in document["tags"]:
        yield f'<h2 id="{escape(anchor(tag["name"]))}">{escape(tag["name"])}</h2>'
        yield to_html(tag["description"])
        for method, path, operation in operations(document, tag["name"]):
            yield from _operation(method, path, operation, document)


def _operation(method: str, path: str, operation: dict[str, Any], document: dict[str, Any]) -> Iterator[str]:
    yield f'<section><h3 id="{_anchor(method, path)}">{_heading(method, path)}</h3>'
    yield f'<p>{escape(operation["summary"])}. <span class="access">Access: {inline(operation["x-access"])}.</span></p>'
    yield to_html(operation.get("description", ""), top_level=4)
    parameters = [
        [
            f"<code>{escape(parameter['name'])}</code>",
            escape(parameter["in"]),
            inline(type_in_words(parameter["schema"])),
            inline(remarks(parameter["schema"], parameter["description"])),
        ]
        for parameter in operation.get("parameters", ())
    ]
    if parameters:
        yield table(["parameter", "in", "type", "what it does"], parameters)
    if "requestBody" in operation:
        kinds = [
            f"{inline(type_in_words(content['schema']))} as <code>{escape(media_type)}</code>"
            for media_type, content in operation["requestBody"]["content"].items()
        ]
        yield f"<p>Body: {', or '.join(kinds)}.</p>"
    yield f"<pre><code>{escape(curl(method, path, operation, document))}</code></pre>"
    yield table(["status", "body", "when"], [_response(*item) for item in operation["responses"].items()])
    yield "</section>"


def _response(status: str, response: dict[str, Any]) -> list[str]:
    headers = "".join(
        f"<br>Header <code>{escape(name)}</code>: {inline(header['description'])}"
        for name, header in response.get("headers", {}).items()
    )
    return [escape(status), inline(answer_in_words(response)), inline(response["description"]) + headers]


def _shapes(document: dict[str, Any]) -> Iterator[str]:
    yield f'<h2 id="{anchor(_SHAPES)}">{_SHAPES}</h2>'
    for name, schema in document["components"]["schemas"].items():
        yield f'<section><h3 id="{escape(name.lower())}"><code>{escape(name)}</code></h3>'
        yield to_html(schema.get("description", ""), top_level=4)
        required = schema.get("required", ())
        rows = [
            [
                f"<code>{escape(field)}</code>",
                inline(type_in_words(part)),
                "always" if field in required else "",
                inline(remarks(part)),
            ]
            for field, part in schema.get("properties", {}).items()
        ]
        if rows:
            yield table(["field", "type", "there", "what it is"], rows)
        else:
            yield f"<p>{inline(remarks({**schema, 'description': None}))}</p>"
        yield "</section>"
