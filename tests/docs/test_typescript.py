"""The dashboard's types of the API are those that the server has: ``nox -s docs -- --write`` brings them up to date."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from bloop_trio import __version__
from bloop_trio.access import ACCESS
from bloop_trio.http.openapi.document import build_document
from bloop_trio.http.openapi.endpoints import collect_endpoints
from bloop_trio.http.openapi.guide import read_guide
from tests.docs.typescript import as_type, render_types

if TYPE_CHECKING:
    from tests.client import Client

MODULE: Final = Path(__file__).parents[2] / "web" / "src" / "api" / "types.ts"


async def test_the_types_are_those_of_the_server(client: Client, pytestconfig: pytest.Config) -> None:
    made = render_types(build_document(collect_endpoints(client.app, ACCESS), read_guide(), __version__))
    if pytestconfig.getoption("--write", default=False):
        MODULE.write_text(made, encoding="utf-8")
    assert MODULE.read_text(encoding="utf-8") == made, "write them anew: nox -s docs -- --write"


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "integer"}, "number"),
        ({"type": ["string", "null"]}, "string | null"),
        ({"type": ["integer", "number"]}, "number"),
        ({"type": "string", "enum": ["on", "off"]}, '"on" | "off"'),
        ({"type": ["string", "null"], "enum": ["on", None]}, '"on" | null'),
        ({"$ref": "#/components/schemas/Sample"}, "Sample"),
        ({"anyOf": [{"$ref": "#/components/schemas/Sample"}, {"type": "null"}]}, "Sample | null"),
        ({"type": "array", "items": {"type": "string"}}, "string[]"),
        ({"type": "array", "items": {"type": ["string", "null"]}}, "(string | null)[]"),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, "Record<string, number>"),
        ({}, "Json"),
    ],
)
def test_a_schema_becomes_a_type(schema: dict[str, Any], expected: str) -> None:
    assert as_type(schema) == expected


def test_a_field_that_may_be_left_out_is_optional_and_keeps_its_description() -> None:
    thing = {
        "description": "A thing.",
        "properties": {"a": {"type": "string", "description": "Ends */ here."}, "b": {"type": "integer"}},
        "required": ["a"],
    }
    made = render_types({"components": {"schemas": {"Thing": thing}}})
    assert made.endswith(
        "\n/** A thing. */\nexport interface Thing {\n  /** Ends * / here. */\n  a: string;\n  b?: number;\n}\n"
    )
