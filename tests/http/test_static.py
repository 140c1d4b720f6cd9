from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

from bloop_trio.http.static import StaticFile, read_files

if TYPE_CHECKING:
    from pathlib import Path

TEXT = b"body { color: red }" * 20
PACKED = gzip.compress(TEXT)
CSS = StaticFile(content_type="text/css", body=TEXT, copies={"br": b"small", "gzip": PACKED})


def accepts(text: str) -> Accept:
    return parse_accept_header(text, Accept)


class TestAnAnswer:
    @pytest.mark.parametrize(
        ("accepted", "coding"),
        [
            ("gzip, deflate, br, zstd", "br"),
            ("gzip", "gzip"),
            ("br;q=0, gzip;q=0.1", "gzip"),
            ("*", "br"),
            ("identity", None),
            ("", None),
            ("gzip;q=0", None),
            ("nonsense;;;=", None),
        ],
    )
    def test_it_comes_in_the_smallest_form_that_is_accepted(self, accepted: str, coding: str | None) -> None:
        body, status, headers = CSS.answer(accepts(accepted), None, {})
        assert (status, headers.get("content-encoding")) == (200, coding)
        assert body == (TEXT if coding is None else CSS.copies[coding])
        assert headers["content-type"] == "text/css"

    def test_caches_are_told_on_what_it_depends(self) -> None:
        for accepted in ("gzip", ""):
            assert CSS.answer(accepts(accepted), None, {})[2]["vary"] == "Accept-Encoding, Origin"

    def test_whoever_has_it_is_told_so(self) -> None:
        headers = CSS.answer(accepts("gzip"), None, {"cache-control": "no-cache"})[2]
        body, status, again = CSS.answer(accepts("gzip"), headers["etag"], {"cache-control": "no-cache"})
        assert (body, status) == (b"", 304)
        assert again == {name: headers[name] for name in ("etag", "vary", "cache-control")}

    def test_each_form_has_a_tag_of_its_own(self) -> None:
        tags = {CSS.answer(accepts(accepted), None, {})[2]["etag"] for accepted in ("br", "gzip", "")}
        assert len(tags) == 3

    def test_another_content_has_another_tag(self) -> None:
        other = StaticFile(content_type="text/css", body=TEXT + b" ")
        assert other.digest != CSS.digest


class TestReading:
    def test_files_are_named_by_their_path_and_copies_belong_to_them(self, tmp_path: Path) -> None:
        (tmp_path / "assets").mkdir()
        (tmp_path / "index.html").write_bytes(b"<p>")
        (tmp_path / "assets" / "a.js").write_bytes(TEXT)
        (tmp_path / "assets" / "a.js.gz").write_bytes(PACKED)
        (tmp_path / "assets" / "font.woff2").write_bytes(b"f")
        files = read_files(tmp_path)
        assert files.keys() == {"index.html", "assets/a.js", "assets/font.woff2"}
        assert files["assets/a.js"].copies == {"gzip": PACKED}
        assert files["index.html"].content_type == "text/html; charset=utf-8"
        assert files["assets/font.woff2"].content_type == "font/woff2"

    def test_a_compressed_file_without_its_original_is_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "backup.gz").write_bytes(PACKED)
        assert read_files(tmp_path)["backup.gz"].content_type == "application/octet-stream"

    def test_no_folder_has_no_files(self, tmp_path: Path) -> None:
        assert read_files(tmp_path / "nothing") == {}
