from __future__ import annotations

import shlex
from typing import Any

import pytest

from bloop_trio.http.openapi.words import answer_in_words, curl, example_of, remarks, type_in_words

DOCUMENT: dict[str, Any] = {
    "components": {
        "schemas": {
            "Size": {"type": "string", "enum": ["small", "large"]},
            "Shirt": {
                "type": "object",
                "properties": {
                    "size": {"$ref": "#/components/schemas/Size"},
                    "holes": {"type": ["integer", "null"]},
                    "tags": {"type": "array", "items": {"type": "string"}},
                },
                "required": ["size", "tags"],
            },
        }
    }
}


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "integer"}, "integer"),
        ({"type": ["string", "number", "null"]}, "text, number or null"),
        ({"$ref": "#/components/schemas/Size"}, "[`Size`](#size)"),
        ({"type": "array", "items": {"$ref": "#/components/schemas/Size"}}, "list of [`Size`](#size)"),
        ({"anyOf": [{"$ref": "#/components/schemas/Size"}, {"type": "null"}]}, "[`Size`](#size) or null"),
        ({"anyOf": [{"type": "string"}, {"type": ["number", "boolean"]}]}, "text, number or boolean"),
        ({"anyOf": [{"type": "string"}, {}]}, "text"),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, "object of integer"),
        ({"type": "object", "additionalProperties": True}, "object"),
        ({"type": "array"}, "list of any JSON"),
        ({}, "any JSON"),
    ],
)
def test_types_have_names(schema: dict[str, Any], words: str) -> None:
    assert type_in_words(schema) == words


@pytest.mark.parametrize(
    ("schema", "sentences"),
    [
        ({}, ""),
        ({"type": "string", "maxLength": 9}, "At most 9 characters."),
        ({"type": "string", "maxLength": 500}, ""),
        ({"enum": ["a", None], "default": "a"}, "One of `a`. Default `a`."),
        ({"default": False, "description": "Whether"}, "Whether. Default `false`."),
        ({"maxItems": 3}, "At most 3 of them."),
    ],
)
def test_what_a_value_has_to_keep_to_is_said_in_sentences(schema: dict[str, Any], sentences: str) -> None:
    assert remarks(schema) == sentences


def test_what_is_required_comes_first_and_the_outer_description_before_the_inner() -> None:
    assert remarks({"description": "1 to 3."}, "How many.", required=True) == "Required. How many. 1 to 3."


def test_an_answer_names_what_it_may_be() -> None:
    content = {"application/json": {"schema": {"type": "integer"}}, "text/csv": {"schema": {"type": "string"}}}
    assert answer_in_words({"content": content}) == "integer or `text/csv`"
    assert answer_in_words({}) == "nothing"


def test_an_example_has_what_is_required() -> None:
    assert example_of({"$ref": "#/components/schemas/Shirt"}, DOCUMENT) == {"size": "small", "tags": ["…"]}


class TestCurl:
    def test_of_a_route_that_anyone_may_use(self) -> None:
        assert curl("GET", "/health", {"security": []}, DOCUMENT).split() == ["curl", "http://localhost:5332/health"]

    def test_a_token_is_left_to_the_shell(self) -> None:
        command = curl("POST", "/v1/errors/{fingerprint}/mute", {"security": [{"bearer": []}]}, DOCUMENT)
        assert shlex.split(command.replace("\\\n", ""))[1:5] == [
            "-X",
            "POST",
            "-H",
            "Authorization: Bearer $BLOOP_TOKEN",
        ]
        assert "{" not in command

    def test_a_body_is_quoted(self) -> None:
        content = {"application/json": {"schema": {}, "example": {"message": "it's"}}}
        operation = {"security": [{"signature": [], "projectKey": []}], "requestBody": {"content": content}}
        words = shlex.split(curl("POST", "/v1/ingest", operation, DOCUMENT).replace("\\\n", ""))
        assert words[words.index("-d") + 1] == '{"message": "it\'s"}'
        assert "X-Signature: $signature" in words
