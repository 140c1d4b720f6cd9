from __future__ import annotations

import enum
from typing import Annotated, Any, Literal

import attrs
import msgspec
import pytest

from bloop_trio.http.openapi.schemas import describe, simplified


class Size(enum.StrEnum):
    """How large."""

    SMALL = "small"
    LARGE = "large"
    MEDIUM = "medium"


@attrs.frozen(kw_only=True, slots=False)
class Button:
    """What holds a shirt together.

    A second paragraph is for readers of the code.
    """

    holes: int | None = None
    """Holes, ``2`` or ``4``."""


@attrs.frozen(kw_only=True, slots=False)
class Shirt:
    """Something to wear."""

    name: Annotated[str, msgspec.Meta(max_length=9)] | None
    """What it is
    called."""
    size: Size | None
    """How large it is."""
    fit: Literal["slim", "loose"]
    """How it falls."""
    buttons: list[Button]
    """From top to bottom."""
    spare: Button | None
    """One more."""
    washed: dict[str, int]
    """How often, by temperature."""
    notes: Any = None
    """Anything."""


@attrs.frozen(kw_only=True, slots=False)
class Pocket:
    """Something in a shirt."""

    money: int | msgspec.UnsetType = msgspec.UNSET
    """For its owner's eyes."""
    depth: int | None
    """How deep."""


class TestAnswers:
    def test_a_field_that_can_be_left_out_is_not_required(self) -> None:
        component = describe([Pocket], [])[1]["Pocket"]
        assert component["properties"]["money"] == {"type": "integer", "description": "For its owner's eyes."}
        assert component["required"] == ["depth"]

    def test_each_class_is_a_component_with_the_words_of_its_source(self) -> None:
        schemas, components = describe([list[Shirt]], [])
        assert schemas[list[Shirt]] == {"type": "array", "items": {"$ref": "#/components/schemas/Shirt"}}
        assert list(components) == ["Button", "Shirt", "Size"]
        assert components["Button"] == {
            "description": "What holds a shirt together.",
            "type": "object",
            "properties": {"holes": {"type": ["integer", "null"], "description": "Holes, `2` or `4`."}},
            "required": ["holes"],
        }
        assert components["Size"] == {
            "description": "How large.",
            "enum": ["small", "large", "medium"],
            "type": "string",
        }

    def test_types_are_those_that_the_encoder_writes(self) -> None:
        properties = describe([Shirt], [])[1]["Shirt"]["properties"]
        assert {name: {k: v for k, v in part.items() if k != "description"} for name, part in properties.items()} == {
            "name": {"type": ["string", "null"], "maxLength": 9},
            "size": {"anyOf": [{"$ref": "#/components/schemas/Size"}, {"type": "null"}]},
            "fit": {"enum": ["loose", "slim"], "type": "string"},
            "buttons": {"type": "array", "items": {"$ref": "#/components/schemas/Button"}},
            "spare": {"anyOf": [{"$ref": "#/components/schemas/Button"}, {"type": "null"}]},
            "washed": {"type": "object", "additionalProperties": {"type": "integer"}},
            "notes": {},
        }
        assert properties["name"]["description"] == "What it is called."

    def test_one_or_another(self) -> None:
        answer = list[Shirt] | list[Button]
        parts = describe([answer], [])[0][answer]["anyOf"]
        assert [part["items"]["$ref"].rpartition("/")[2] for part in parts] == ["Shirt", "Button"]

    def test_an_answer_has_all_its_fields(self) -> None:
        shirt = describe([Shirt], [])[1]["Shirt"]
        assert shirt["required"] == list(shirt["properties"])
        assert "additionalProperties" not in shirt


class TestBodies:
    def test_only_fields_without_a_default_are_required_and_no_other_ones_allowed(self) -> None:
        components = describe([], [Shirt])[1]
        assert "notes" not in components["Shirt"]["required"]
        assert components["Button"]["required"] == []
        assert components["Shirt"]["additionalProperties"] is components["Button"]["additionalProperties"] is False


class TestRefusals:
    def test_a_field_without_words(self) -> None:
        @attrs.frozen(slots=False)
        class Silent:
            spoken: int
            """It is."""
            silent: int

        with pytest.raises(RuntimeError, match=r"^Silent: fields without a description: silent$"):
            describe([Silent], [])

    def test_two_classes_of_one_name(self) -> None:
        @attrs.frozen(slots=False)
        class Another:
            pass

        Another.__name__ = "Button"
        with pytest.raises(RuntimeError, match=r"^classes of the API that share a name: Button$"):
            describe([Button, Another], [])


@pytest.mark.parametrize(
    ("schema", "simple"),
    [
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, {"type": ["string", "null"]}),
        ({"anyOf": [{"enum": ["a"]}, {"type": "null"}]}, {"type": ["string", "null"], "enum": ["a", None]}),
        ({"anyOf": [{"$ref": "#/a"}, {"type": "null"}]}, {"anyOf": [{"$ref": "#/a"}, {"type": "null"}]}),
        ({"enum": ["a"]}, {"enum": ["a"], "type": "string"}),
        ({"items": {"anyOf": [{"type": "null"}, {"type": "integer"}]}}, {"items": {"type": ["integer", "null"]}}),
    ],
)
def test_what_may_be_null_is_one_type_with_two_names(schema: dict[str, Any], simple: dict[str, Any]) -> None:
    assert simplified(schema) == simple
