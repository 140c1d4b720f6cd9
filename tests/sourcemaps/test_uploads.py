from __future__ import annotations

import contextlib
import gzip
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bloop_trio.exceptions import BadRequestError, BodyTooLargeError, RequestError, UnsupportedMediaTypeError
from bloop_trio.sourcemaps.decoding import unpack
from bloop_trio.sourcemaps.uploads import Form, read_boundary, read_form, read_map
from tests.sourcemaps.forms import BOUNDARY, a_form, a_part
from tests.sourcemaps.maps import DEBUG_ID, HOSTILE, a_map

MIB = 1 << 20
END = f"--{BOUNDARY}--\r\n".encode()
RELEASE = a_part('name="release"', b"1.0.0")
FILE = a_part('name="file"; filename="a.js.map"', b"{}")


def read(body: bytes) -> Form:
    return read_form(body, BOUNDARY.encode())


def test_release_and_files_are_read_and_other_parts_left_out() -> None:
    _, body = a_form({"release": " 1.0.0\n", "more": "x"}, {"a.js.map": b"{}", "dir/b.js.map": b"[]\r\n--"})
    assert read(body) == Form(release="1.0.0", files=(("a.js.map", b"{}"), ("dir/b.js.map", b"[]\r\n--")))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (FILE + END, "missing 'release' field"),
        (a_part('name="release"', b"  ") + FILE + END, "missing 'release' field"),
        (RELEASE + END, "missing 'file' field"),
        (RELEASE + a_part('name="other"; filename="a"', b"") + END, "missing 'file' field"),
        (RELEASE + a_part('name="file"', b"{}") + END, "missing file with filename"),
        (RELEASE + a_part('name="file"; filename=""', b"{}") + END, "missing file with filename"),
        (a_part('name="release"', b"\xff") + FILE + END, "release must be UTF-8"),
        (a_part('name="release"', b"a\x00b") + FILE + END, "release must not hold control characters"),
        (a_part('name="release"', b"r" * 1001) + FILE + END, "release must be at most 1000 characters"),
        (
            RELEASE + a_part(f'name="file"; filename="{"a" * 501}"', b"") + END,
            "filename must be at most 500 characters",
        ),
        (b"", "multipart error: "),
        (RELEASE, "multipart error: "),
        (b"{}", "multipart error: "),
        (b"--" + BOUNDARY.encode() + b"\r\n\r\nx\r\n" + END, "multipart error: "),
        (RELEASE + FILE * 300 + END, "multipart error: more than 200 parts"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(body: bytes, message: str) -> None:
    with pytest.raises(BadRequestError) as caught:
        read(body)
    assert caught.value.message.startswith(message)


@settings(max_examples=300)
@given(st.data())
def test_a_damaged_form_is_read_or_refused(data: st.DataObject) -> None:
    whole = RELEASE + FILE + END
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, len(whole)))
    with contextlib.suppress(BadRequestError):
        read(whole[:start] + data.draw(st.binary(max_size=20)) + whole[end:])


def test_only_forms_have_a_boundary() -> None:
    assert read_boundary('multipart/form-data; boundary="a b"') == b"a b"
    for content_type in (None, "", "application/json", "multipart/mixed; boundary=x"):
        with pytest.raises(UnsupportedMediaTypeError):
            read_boundary(content_type)
    for content_type in ("multipart/form-data", f"multipart/form-data; boundary={'x' * 300}"):
        with pytest.raises(BadRequestError):
            read_boundary(content_type)


class TestMaps:
    def test_a_map_is_kept_as_it_came(self) -> None:
        data = a_map(debugId=DEBUG_ID)
        found = read_map("a.js.map", data, MIB)
        assert (found.file, found.debug_id, found.size_bytes) == ("a.js.map", DEBUG_ID, len(data))
        assert unpack(found.content, MIB) == data

    def test_a_compressed_map_is_inflated_and_loses_its_ending(self) -> None:
        found = read_map("a.js.map.gz", gzip.compress(a_map()), MIB)
        assert (found.file, found.size_bytes) == ("a.js.map", len(a_map()))
        assert read_map("a.js.map.gz", a_map(), MIB).file == "a.js.map.gz"

    @pytest.mark.parametrize("data", [a_map() + b" " * MIB, gzip.compress(bytes(50 * MIB))], ids=["plain", "a bomb"])
    def test_one_that_is_too_large_is_refused(self, data: bytes) -> None:
        with pytest.raises(BodyTooLargeError, match="source map exceeds 1048576 bytes"):
            read_map("a.js.map", data, MIB)

    def test_bombs_in_bombs_are_not_looked_into(self) -> None:
        with pytest.raises(BadRequestError, match="invalid source map"):
            read_map("a.js.map", gzip.compress(gzip.compress(a_map())), MIB)

    @pytest.mark.parametrize("data", [b"\x1f\x8b", gzip.compress(a_map())[:-5], b"\x1f\x8b" + zlib.compress(b"x")])
    def test_a_damaged_archive_is_refused(self, data: bytes) -> None:
        with pytest.raises(BadRequestError, match="invalid source map"):
            read_map("a.js.map", data, MIB)

    @pytest.mark.parametrize("name", HOSTILE)
    def test_what_is_no_usable_map_is_refused(self, name: str) -> None:
        data, reason = HOSTILE[name]
        with pytest.raises(RequestError) as caught:
            read_map("a.js.map", data, 64 * MIB)
        assert caught.value.status == 400
        assert caught.value.message.startswith("invalid source map: ")
        assert reason in caught.value.message
