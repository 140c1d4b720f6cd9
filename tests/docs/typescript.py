"""The classes of the API as interfaces of TypeScript, from its OpenAPI document."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from bloop_trio.http.openapi.words import component_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HEAD: Final = """\
// Written by `nox -s docs -- --write` from the server's own OpenAPI document. Do not change it by hand.

/** Any JSON, where the server says no more. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
"""
_NAMES: Final = {"string": "string", "number": "number", "integer": "number", "boolean": "boolean", "null": "null"}


def render_types(document: Mapping[str, Any]) -> str:
    """Return the module: one type for each component, in the order of their names."""
    schemas = document["components"]["schemas"]
    return HEAD + "".join(f"\n{part}\n" for name in sorted(schemas) for part in _component(name, schemas[name]))


def as_type(schema: Mapping[str, Any]) -> str:
    """Return a schema as an expression of TypeScript."""
    name = component_name(dict(schema))
    if name is not None:
        return name
    if "enum" in schema:
        return " | ".join(json.dumps(value) for value in schema["enum"])
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(as_type(part) for part in schema["anyOf"]))
    kinds = schema.get("type")
    if kinds is None:
        return "Json"
    kinds = kinds if isinstance(kinds, list) else [kinds]
    return " | ".join(dict.fromkeys(_simple(kind, schema) for kind in kinds))


def _simple(kind: str, schema: Mapping[str, Any]) -> str:
    if kind == "array":
        item = as_type(schema.get("items", {}))
        return f"({item})[]" if " | " in item else f"{item}[]"
    if kind == "object":
        values = schema.get("additionalProperties")
        return f"Record<string, {as_type(values) if isinstance(values, dict) else 'Json'}>"
    return _NAMES[kind]


def _component(name: str, schema: Mapping[str, Any]) -> Iterator[str]:
    text = _comment(schema.get("description", ""))
    if "properties" not in schema:
        yield f"{text}export type {name} = {as_type(schema)};"
        return
    required = schema.get("required", ())
    lines = [f"{text}export interface {name} {{"]
    for field, part in schema["properties"].items():
        key = field if field.isidentifier() else json.dumps(field)
        lines.append(
            _comment(part.get("description", ""), "  ") + f"  {key}{'' if field in required else '?'}: {as_type(part)};"
        )
    yield "\n".join([*lines, "}"])


def _comment(text: str, margin: str = "") -> str:
    words = " ".join(text.split()).replace("*/", "* /")
    return f"{margin}/** {words} */\n" if words else ""
