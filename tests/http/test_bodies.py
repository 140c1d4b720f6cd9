"""A JSON body becomes the attrs class that the route asked for, or a sentence that names what is wrong."""

from __future__ import annotations

import enum
from typing import Annotated, Any

import attrs
import pytest
from msgspec import Meta
from quart import g, request
from quart_trio import QuartTrio

from bloop_trio.exceptions import AuthenticationError, BadRequestError, RequestError, UnsupportedMediaTypeError
from bloop_trio.http.bodies import check_content_type, decode_json, read_json, read_optional_json
from bloop_trio.http.problems import from_request_error

MAX_BYTES = 100


class Colour(enum.StrEnum):
    RED = "red"
    GREEN = "green"
    BLUE = "blue"


@attrs.frozen(kw_only=True)
class Size:
    width: int
    unit: Annotated[str, Meta(min_length=1)] | None = None


@attrs.frozen(kw_only=True)
class Order:
    colour: Colour
    names: Annotated[list[Annotated[str, Meta(max_length=3)]], Meta(min_length=1, max_length=2)] | None = None
    size: Size | None = None
    note: Annotated[str, Meta(min_length=2, max_length=5)] | None = None
    sizes: list[Size] | None = None
    prices: dict[str, int] | None = None
    gift: bool = False
    count: Annotated[int, Meta(ge=1, le=9)] = 1


def test_a_body_becomes_an_instance_with_defaults_for_what_is_absent() -> None:
    assert decode_json(b'{"colour": "red"}', Order) == Order(colour=Colour.RED)
    whole = b'{"colour":"blue","names":["a","b"],"size":{"width":3,"unit":"m"},"note":"ab","gift":true}'
    assert decode_json(whole, Order) == Order(
        colour=Colour.BLUE, names=["a", "b"], size=Size(width=3, unit="m"), note="ab", gift=True
    )


def test_null_is_as_good_as_absent_where_a_field_is_optional() -> None:
    assert decode_json(b'{"colour":"red","names":null,"size":null,"note":null}', Order) == Order(colour=Colour.RED)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{}", "colour is required"),
        (b"[]", "the body must be an object"),
        (b"null", "the body must be an object"),
        (b'"red"', "the body must be an object"),
        (b'{"colour":null}', "colour must be red, green or blue"),
        (b'{"colour":"pink"}', "colour must be red, green or blue"),
        (b'{"colour":1}', "colour must be red, green or blue"),
        (b'{"colour":"red","names":"a"}', "names must be a list of 1 to 2 entries"),
        (b'{"colour":"red","names":[]}', "names must be a list of 1 to 2 entries"),
        (b'{"colour":"red","names":["a","b","c"]}', "names must be a list of 1 to 2 entries"),
        (b'{"colour":"red","names":["a",1]}', "names[1] must be a string of at most 3 characters"),
        (b'{"colour":"red","names":["abcd"]}', "names[0] must be a string of at most 3 characters"),
        (b'{"colour":"red","size":[]}', "size must be an object"),
        (b'{"colour":"red","size":{}}', "size.width is required"),
        (b'{"colour":"red","count":0}', "count must be a whole number from 1 to 9"),
        (b'{"colour":"red","count":10}', "count must be a whole number from 1 to 9"),
        (b'{"colour":"red","count":null}', "count must be a whole number from 1 to 9"),
        (b'{"colour":"red","size":{"width":"3"}}', "size.width must be a whole number"),
        (b'{"colour":"red","size":{"width":3.5}}', "size.width must be a whole number"),
        (b'{"colour":"red","size":{"width":true}}', "size.width must be a whole number"),
        (b'{"colour":"red","size":{"width":3,"unit":""}}', "size.unit must be a string of at least 1 characters"),
        (b'{"colour":"red","note":"a"}', "note must be a string of 2 to 5 characters"),
        (b'{"colour":"red","note":{}}', "note must be a string of 2 to 5 characters"),
        (b'{"colour":"red","gift":1}', "gift must be true or false"),
        (b'{"colour":"red","gift":null}', "gift must be true or false"),
        (b'{"colour":"red","color":"red"}', "there is no field color"),
        (b'{"colour":"red","size":{"width":3,"height":4}}', "there is no field size.height"),
        (b'{"colour":"red","sizes":[{"width":1},{"width":3,"height":4}]}', "there is no field sizes[1].height"),
        (b'{"colour":"red","sizes":[{"width":1},{}]}', "sizes[1].width is required"),
        (b'{"colour":"red","prices":[]}', "prices must be an object"),
        (b'{"colour":"red","prices":{"a.b":1,"c":"2"}}', "prices[...] must be a whole number"),
        (b'{"":1}', "there is no field "),
    ],
)
def test_the_message_names_the_field_and_what_it_has_to_be(body: bytes, message: str) -> None:
    with pytest.raises(BadRequestError) as caught:
        decode_json(body, Order)
    assert caught.value.message == message


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"{'colour': 'red'}",
        b'{"colour":"red"} x',
        b'{"colour":NaN}',
        b'{"colour":"\xff"}',
        b'{"colour":"\\ud800"}',
        b"\xef\xbb\xbf{}",
        b'{"colour":' + b"9" * 5000 + b"}",
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
    ids=lambda body: repr(body[:20]),
)
def test_what_is_not_json_is_malformed(body: bytes) -> None:
    with pytest.raises(BadRequestError, match=r"^malformed JSON: [^\n]+$"):
        decode_json(body, Order)


def test_a_long_name_of_a_field_does_not_come_back_in_full() -> None:
    with pytest.raises(BadRequestError) as caught:
        decode_json(b'{"%b":1}' % (b"x" * 10_000), Order)
    assert len(caught.value.message) < 200


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "Application/JSON; charset=utf-8", " application/json ;x", "application/merge-patch+json"],
)
def test_these_are_types_of_json(content_type: str) -> None:
    check_content_type(content_type)


@pytest.mark.parametrize(
    "content_type", [None, "", "text/plain", "text/json", "application/jsonp", "multipart/form-data", "json", "x+json"]
)
def test_these_are_not(content_type: str | None) -> None:
    with pytest.raises(UnsupportedMediaTypeError, match=r"^the Content-Type must be application/json$"):
        check_content_type(content_type)


class TestReading:
    """Of a whole request, through the framework."""

    @pytest.fixture
    def app(self) -> QuartTrio:
        app = QuartTrio("test", static_folder=None)
        app.config["MAX_CONTENT_LENGTH"] = 10 * MAX_BYTES

        @app.errorhandler(RequestError)
        async def refuse(error: RequestError) -> Any:
            return from_request_error(error).answer()

        @app.before_request
        async def admit() -> None:
            async def readmit() -> None:
                if "x-revoked" in request.headers:
                    raise AuthenticationError("authentication required")

            g.readmit = readmit

        @app.post("/needed")
        async def needed() -> str:
            return repr(await read_json(request, Order, max_bytes=MAX_BYTES))

        @app.post("/optional")
        async def optional() -> str:
            return repr(await read_optional_json(request, Order, max_bytes=MAX_BYTES))

        return app

    @staticmethod
    async def post(app: QuartTrio, path: str, body: bytes, content_type: str | None) -> tuple[int, str]:
        headers = {"content-type": content_type} if content_type else {}
        response = await app.test_client().post(path, data=body, headers=headers)
        return response.status_code, await response.get_data(as_text=True)

    @pytest.mark.parametrize("path", ["/needed", "/optional"])
    async def test_json_is_read(self, app: QuartTrio, path: str) -> None:
        status, text = await self.post(app, path, b'{"colour":"red"}', "application/json")
        assert (status, text) == (200, repr(Order(colour=Colour.RED)))

    @pytest.mark.parametrize("path", ["/needed", "/optional"])
    async def test_another_type_is_refused(self, app: QuartTrio, path: str) -> None:
        for content_type in (None, "text/plain", "application/x-www-form-urlencoded"):
            status, text = await self.post(app, path, b'{"colour":"red"}', content_type)
            assert (status, text) == (415, '{"error":"the Content-Type must be application/json"}')

    async def test_an_empty_body_is_none_where_it_may_be(self, app: QuartTrio) -> None:
        for content_type in (None, "text/plain", "application/json"):
            assert await self.post(app, "/optional", b"", content_type) == (200, "None")

    async def test_an_empty_body_is_no_json_where_one_is_needed(self, app: QuartTrio) -> None:
        assert (await self.post(app, "/needed", b"", "application/json"))[0] == 400

    @pytest.mark.parametrize("path", ["/needed", "/optional"])
    @pytest.mark.parametrize("size", [MAX_BYTES + 1, 9 * MAX_BYTES, 20 * MAX_BYTES])
    async def test_a_body_over_the_cap_is_too_large_whatever_it_is(self, app: QuartTrio, path: str, size: int) -> None:
        status, text = await self.post(app, path, b"x" * size, "application/json")
        assert (status, text) == (413, '{"error":"request body exceeds 100 bytes"}')

    async def test_a_body_of_just_the_cap_is_read(self, app: QuartTrio) -> None:
        body = b'{"colour":"red"}'.ljust(MAX_BYTES)
        assert (await self.post(app, "/needed", body, "application/json"))[0] == 200

    @pytest.mark.parametrize("path", ["/needed", "/optional"])
    async def test_whoever_has_lost_the_credential_meanwhile_is_refused(self, app: QuartTrio, path: str) -> None:
        headers = {"content-type": "application/json", "x-revoked": "yes"}
        response = await app.test_client().post(path, data=b'{"colour":"red"}', headers=headers)
        assert response.status_code == 401
