"""An OpenAPI document in the words that both the page and the reference use: types, examples, commands."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from bloop_trio.http.parameters import MAX_TEXT_CHARS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bloop_trio.http.parameters import Schema

HOST: Final = "http://localhost:5332"
_METHODS: Final = ("get", "put", "post", "delete", "patch")
_NAMES: Final = {"string": "text", "number": "number", "integer": "integer", "boolean": "boolean", "null": "null"}


def operations(document: dict[str, Any], tag: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield method, path and operation of each operation in a section."""
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method in item and tag in item[method]["tags"]:
                yield method.upper(), path, item[method]


def component_name(schema: Schema) -> str | None:
    """Return the name of the component that a schema refers to, or None."""
    reference = schema.get("$ref")
    return None if reference is None else str(reference).rpartition("/")[2]


def type_in_words(schema: Schema) -> str:
    """Return a type as Markdown: ``text or null``, ``list of [`Sample`](#sample)``."""
    name = component_name(schema)
    if name is not None:
        return f"[`{name}`](#{name.lower()})"
    if "anyOf" in schema:
        return _either([type_in_words(part) for part in schema["anyOf"] if part])
    types = schema.get("type")
    if isinstance(types, list):
        return _either([_simple({**schema, "type": one}) for one in types])
    return "any JSON" if types is None else _simple(schema)


def _simple(schema: Schema) -> str:
    if schema["type"] == "array":
        return f"list of {type_in_words(schema.get('items', {}))}"
    if schema["type"] == "object":
        values = schema.get("additionalProperties")
        return f"object of {type_in_words(values)}" if isinstance(values, dict) else "object"
    return _NAMES[schema["type"]]


def _either(words: list[str]) -> str:
    *others, last = dict.fromkeys(part for word in words for part in word.split(" or "))
    return f"{', '.join(others)} or {last}" if others else last


def remarks(schema: Schema, description: str | None = None, *, required: bool = False) -> str:
    """Return what a value is and what it has to keep to, in sentences; its own description comes after another's."""
    found = ["Required"] if required else []
    found += filter(None, [description, schema.get("description")])
    if "enum" in schema:
        found.append("One of " + ", ".join(f"`{value}`" for value in schema["enum"] if value is not None))
    # The introduction has the cap of most texts, which is not worth a word with each of them.
    if schema.get("maxLength", MAX_TEXT_CHARS) != MAX_TEXT_CHARS:
        found.append(f"At most {schema['maxLength']} characters")
    if schema.get("maxItems"):
        found.append(f"At most {schema['maxItems']} of them")
    if schema.get("default") is not None:
        found.append(f"Default `{json.dumps(schema['default']).strip(chr(34))}`")
    return " ".join(text if text.endswith((".", "!")) else f"{text}." for text in found)


def answer_in_words(response: dict[str, Any]) -> str:
    """Return what a response holds, as Markdown."""
    kinds = []
    for media_type, content in response.get("content", {}).items():
        schema = content["schema"]
        kinds.append(type_in_words(schema) if media_type == "application/json" and schema else f"`{media_type}`")
    return _either(kinds) if kinds else "nothing"


def curl(method: str, path: str, operation: dict[str, Any], document: dict[str, Any]) -> str:
    """Return a command that calls an operation."""
    filled = path.replace("{fingerprint}", "4f1c2a90").replace("{release}", quote("1.0.0"))
    words = ["curl"]
    if method != "GET":
        words += ["-X", method] if "requestBody" not in operation else []
    schemes = operation["security"][0] if operation["security"] else {}
    quoted = [shlex.join(words)]
    if "bearer" in schemes:
        quoted.append('-H "Authorization: Bearer $BLOOP_TOKEN"')
    if "signature" in schemes:
        quoted += ['-H "X-Project-Key: $PROJECT_KEY"', '-H "X-Signature: $signature"']
    if "requestBody" in operation:
        (media_type, content) = next(iter(operation["requestBody"]["content"].items()))
        example = content.get("example") or example_of(content["schema"], document)
        quoted += [f"-H 'Content-Type: {media_type}'", f"-d {shlex.quote(json.dumps(example, ensure_ascii=False))}"]
    quoted.append(shlex.quote(HOST + filled))
    return " ".join(quoted) if len(quoted) == 2 else " \\\n     ".join(quoted)


def example_of(schema: Schema, document: dict[str, Any]) -> Any:
    """Return a small value that a schema takes: what is required, and one entry of each list."""
    name = component_name(schema)
    if name is not None:
        return example_of(document["components"]["schemas"][name], document)
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return example_of(schema["anyOf"][0], document)
    types = schema.get("type", "string")
    kind = types[0] if isinstance(types, list) else types
    if kind == "object":
        wanted = schema.get("required") or list(schema.get("properties", {}))[:1]
        return {field: example_of(schema["properties"][field], document) for field in wanted}
    if kind == "array":
        return [example_of(schema.get("items", {}), document)]
    return {"integer": 1, "number": 1.5, "boolean": True, "null": None}.get(kind, "…")
