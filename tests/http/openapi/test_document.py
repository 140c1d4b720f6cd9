from __future__ import annotations

from typing import Any

import attrs
import pytest

from bloop_trio.http.access import ANYONE, OPERATOR, SENDER, Access, reader_with
from bloop_trio.http.openapi.document import Endpoint, as_path, build_document
from bloop_trio.http.openapi.guide import Guide
from bloop_trio.http.operations import Body, Operation
from bloop_trio.http.parameters import LIMIT, Texts

GUIDE = Guide(
    introduction="Hello.",
    sections={"Sending events": "", "Reading errors": "Reading.", "Changing errors": "", "The server itself": ""},
    variables={"fingerprint": "An address."},
)


@attrs.frozen(slots=False)
class Thing:
    """A thing."""

    name: str
    """What it is called."""


def an_endpoint(rule: str = "/things", method: str = "GET", access: Access = ANYONE, **operation: Any) -> Endpoint:
    return Endpoint(method=method, rule=rule, access=access, operation=Operation(summary="A summary", **operation))


def operation_in(document: dict[str, Any]) -> dict[str, Any]:
    ((operation,),) = [item.values() for item in document["paths"].values()]
    found: dict[str, Any] = operation
    return found


def built(**changes: Any) -> dict[str, Any]:
    """Return the one operation of a document."""
    return operation_in(build_document([an_endpoint(**changes)], GUIDE, "1.2.3"))


def test_a_document_says_what_it_is_of() -> None:
    document = build_document([an_endpoint()], GUIDE, "1.2.3")
    assert document["openapi"] == "3.1.0"
    assert document["info"]["version"] == "1.2.3"
    assert document["info"]["description"] == "Hello."


@pytest.mark.parametrize(
    ("rule", "path"),
    [
        ("/v1/stats", "/v1/stats"),
        ("/v1/errors/<segment:fingerprint>.md", "/v1/errors/{fingerprint}.md"),
        ("/a/<b>/<int:c>", "/a/{b}/{c}"),
    ],
)
def test_a_path_has_its_variables_in_braces(rule: str, path: str) -> None:
    assert as_path(rule) == path


class TestAccess:
    @pytest.mark.parametrize(
        ("access", "security", "words", "tag"),
        [
            (ANYONE, [], "public", "The server itself"),
            (OPERATOR, [{}, {"metricsToken": []}], "operator", "The server itself"),
            (SENDER, [{"signature": [], "projectKey": []}, {"signature": []}], "signature", "Sending events"),
            (
                reader_with("errors:read"),
                [{"bearer": ["errors:read"]}, {"session": []}],
                "`errors:read`",
                "Reading errors",
            ),
        ],
    )
    def test_each_kind(self, access: Access, security: list[Any], words: str, tag: str) -> None:
        operation = built(access=access)
        assert (operation["security"], operation["x-access"], operation["tags"]) == (security, words, [tag])

    def test_what_writes_is_among_the_changes_unless_it_says_otherwise(self) -> None:
        writing = reader_with("errors:write")
        assert built(access=writing, method="POST")["tags"] == ["Changing errors"]
        assert built(access=writing, method="POST", tag="Sending events")["tags"] == ["Sending events"]

    def test_refusals_follow_from_it(self) -> None:
        assert set(built()["responses"]) == {"200", "500"}
        assert set(built(access=OPERATOR)["responses"]) == {"200", "403", "500"}
        assert set(built(access=reader_with("a"))["responses"]) == {"200", "401", "403", "500", "503"}


class TestAnswers:
    def test_a_refusal_has_the_body_of_all_refusals(self) -> None:
        answer = built(errors={404: "there is none"})["responses"]["404"]
        assert answer["description"] == "There is none."
        assert answer["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Error"}

    def test_another_status_can_have_the_same_body(self) -> None:
        responses = built(answer=Thing, same_body={503: "it is not well"})["responses"]
        assert responses["503"]["content"] == responses["200"]["content"]

    def test_or_either_of_two(self) -> None:
        answer = built(access=reader_with("a"), answer=Thing, same_body={503: "it is not well"})["responses"]["503"]
        assert len(answer["content"]["application/json"]["schema"]["anyOf"]) == 2
        assert answer["description"].startswith("It is not well. Or: ")

    def test_other_than_json_is_text(self) -> None:
        content = built(answer=Thing, content_types=("application/json", "text/csv; charset=utf-8"))["responses"][
            "200"
        ]["content"]
        assert content["application/json"]["schema"] == {"$ref": "#/components/schemas/Thing"}
        assert content["text/csv"]["schema"] == {"type": "string"}

    def test_an_etag_can_be_sent_back(self) -> None:
        operation = built(headers={"ETag": "Of the answer."})
        assert "304" in operation["responses"]
        assert [(p["name"], p["in"]) for p in operation["parameters"]] == [("If-None-Match", "header")]


class TestRequests:
    def test_parameters_can_be_refused(self) -> None:
        operation = built(parameters=(LIMIT, Texts("name", "Names.", max_items=2, required=True)))
        first, second = operation["parameters"]
        assert (first["required"], first["allowEmptyValue"], first["schema"]["type"]) == (False, True, "integer")
        assert (second["required"], second["allowEmptyValue"], second["schema"]["type"]) == (True, False, "array")
        assert {"400", "431"} <= set(operation["responses"])

    def test_a_variable_of_the_path_is_required(self) -> None:
        (parameter,) = built(rule="/e/<segment:fingerprint>")["parameters"]
        assert (parameter["name"], parameter["in"], parameter["required"]) == ("fingerprint", "path", True)

    def test_a_body_of_a_class(self) -> None:
        operation = built(method="POST", body=Thing, body_optional=True)
        assert operation["requestBody"] == {
            "required": False,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}},
        }
        assert {"413", "415"} <= set(operation["responses"])

    def test_a_body_of_its_own(self) -> None:
        body = Body(schema={"$ref": "#/components/schemas/Own"}, schemas={"Own": {"type": "object"}}, example={})
        document = build_document([an_endpoint(method="POST", body=body)], GUIDE, "1")
        assert document["components"]["schemas"]["Own"] == {"type": "object"}
        assert operation_in(document)["requestBody"]["content"]["application/json"]["example"] == {}


class TestRefusals:
    def test_a_variable_that_the_guide_does_not_know(self) -> None:
        with pytest.raises(RuntimeError, match=r"^the guide does not say what \{colour\} is in a path$"):
            built(rule="/e/<segment:colour>")

    def test_a_section_that_the_guide_does_not_have(self) -> None:
        with pytest.raises(RuntimeError, match=r"^sections that the guide does not have: \['Elsewhere'\]$"):
            built(tag="Elsewhere")
