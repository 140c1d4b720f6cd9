from __future__ import annotations

import attrs

from bloop_trio.http.codec import answer, encode


@attrs.frozen(slots=False)
class Thing:
    zebra: int
    apple: str | None
    tags: tuple[str, ...] = ()


def test_fields_keep_their_order_and_none_is_null() -> None:
    assert encode(Thing(1, None)) == b'{"zebra":1,"apple":null,"tags":[]}'


def test_lists_are_bare_and_text_is_utf_8() -> None:
    assert encode([Thing(1, "é\n")]) == '[{"zebra":1,"apple":"é\\n","tags":[]}]'.encode()


def test_an_answer_is_json_with_its_status_and_headers_of_its_own() -> None:
    body, status, headers = answer({"a": 1}, 201)
    assert (body, status, headers) == (b'{"a":1}', 201, {"content-type": "application/json"})
    headers["x"] = "changed"
    assert answer(None)[2] == {"content-type": "application/json"}
