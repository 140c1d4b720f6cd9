from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bloop_trio.http.openapi.markdown import anchor, inline, table, to_html


class TestInline:
    @pytest.mark.parametrize(
        ("text", "html"),
        [
            ("plain", "plain"),
            ("`GET /docs`", "<code>GET /docs</code>"),
            ("an *error*", "an <em>error</em>"),
            ("2 * 3 * 4", "2 * 3 * 4"),
            ("[here](#there)", '<a href="#there">here</a>'),
            ("[there](https://example.org/?a=1&b=2)", '<a href="https://example.org/?a=1&amp;b=2">there</a>'),
            ("[errors](errors.md)", "errors"),
            ("[x](javascript:alert(1))", "x)"),
            ("`a` or [`B`](#b)", '<code>a</code> or <a href="#b"><code>B</code></a>'),
        ],
    )
    def test_each_mark(self, text: str, html: str) -> None:
        assert inline(text) == html

    @pytest.mark.parametrize(
        "text",
        ["<script>", "`<script>`", "*<script>*", "[<script>](#a)", '[a](#"><script>)', '[a](https://x"><script>)'],
    )
    def test_everything_is_escaped(self, text: str) -> None:
        assert "<script>" not in inline(text)
        assert '"><' not in inline(text)

    @given(st.text(alphabet='<>&"`*[]()#|- \nab', max_size=60))
    def test_no_text_makes_a_tag_of_its_own(self, text: str) -> None:
        known = ("<code>", "<em>", "<a href=", "<p>", "<ul>", "<li>", "<h", "<pre>", "<table>", "<div", "<t", "</")
        html = to_html(text)
        assert all(html.startswith(known, at) for at, char in enumerate(html) if char == "<")


class TestBlocks:
    def test_lines_of_a_paragraph_are_joined(self) -> None:
        assert to_html("One.\nTwo.\n\nThree.") == "<p>One. Two.</p>\n<p>Three.</p>"

    def test_a_heading_has_an_anchor(self) -> None:
        assert to_html("## Who may use what") == '<h2 id="who-may-use-what">Who may use what</h2>'
        assert to_html("### `GET /x`", top_level=4) == '<h5 id="get-x"><code>GET /x</code></h5>'

    def test_a_list(self) -> None:
        assert to_html("- one\n- `two`") == "<ul><li>one</li><li><code>two</code></li></ul>"

    def test_a_table(self) -> None:
        html = to_html("| a | b |\n|---|---|\n| `1` | <2> |")
        assert html == table(["a", "b"], [["<code>1</code>", "&lt;2&gt;"]])

    def test_a_block_of_code_is_left_as_it_is(self) -> None:
        assert to_html("```sh\na | b  # `c`\n\n## d\n```\nafter") == (
            "<pre><code>a | b  # `c`\n\n## d</code></pre>\n<p>after</p>"
        )

    def test_a_block_that_nobody_closes_ends_with_the_text(self) -> None:
        assert to_html("```\na") == "<pre><code>a</code></pre>"

    def test_a_comment_is_left_out(self) -> None:
        assert to_html("<!-- routes -->\nText") == "<p>Text</p>"


def test_an_anchor_is_that_of_the_reference() -> None:
    assert anchor("`GET /v1/errors/{fingerprint}`") == "get-v1errorsfingerprint"
