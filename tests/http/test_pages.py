from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bloop_trio.http.pages import Place, local_target

HERE = "https://bloop.example"


class TestWhereToGoAfterSigningIn:
    @pytest.mark.parametrize("path", ["/", "/issues", "/issues/a%2Fb?project=shop&q=%C3%A4", "/settings/users#top"])
    def test_a_path_of_this_site_is_kept(self, path: str) -> None:
        assert local_target(path) == path

    @pytest.mark.parametrize(
        "text",
        [
            None,
            "",
            "issues",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            " //evil.example",
            "https://evil.example/",
            "javascript:alert(1)",
            "/issues\r\nset-cookie: a=b",
            "/ü",
        ],
    )
    def test_anything_else_is_the_start_page(self, text: str | None) -> None:
        assert local_target(text) == "/"

    @given(st.text(st.sampled_from("/\\.:@?#%\t\r\n evil")) | st.text())
    @example("/\\/evil")
    def test_it_never_leaves_this_site(self, text: str) -> None:
        target = local_target(text)
        # Browsers drop tabs and line ends, and take a backslash for a slash.
        seen = target.translate(str.maketrans("\\", "/", "\t\r\n"))
        assert urlsplit(urljoin(HERE, seen)).netloc == "bloop.example"


class TestWhereItHasToBeOpened:
    place = Place("localhost", "http://localhost:5332")

    @pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:5332", "[::1]", "[::1]:5332"])
    def test_an_address_of_this_machine_leads_to_its_name(self, host: str) -> None:
        assert self.place.better(host) == "http://localhost:5332"

    @pytest.mark.parametrize("host", ["", "localhost", "localhost:5332", "10.0.0.1", "127.0.0.1.evil.example", "[::1"])
    def test_any_other_name_is_left_alone(self, host: str) -> None:
        assert self.place.better(host) is None

    def test_a_server_with_a_name_of_its_own_is_left_alone(self) -> None:
        assert Place("bloop.example", HERE).better("127.0.0.1") is None
