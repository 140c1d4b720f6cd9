"""`/docs`: a page that reads well everywhere, needs no other host and runs nothing."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest

from bloop_trio.http.openapi.page import render_page

if TYPE_CHECKING:
    from tests.client import Client

VOID = {"meta", "br"}


class Page(HTMLParser):
    """Reads a page, and fails at a tag that is closed wrongly."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def attributes(self, name: str) -> list[str]:
        """Return each value that an attribute has anywhere."""
        return [value for _, attributes in self.tags if (value := attributes.get(name)) is not None]


@pytest.fixture
async def html(client: Client) -> str:
    answer = await client.request("GET", "/docs", peer="203.0.113.9")
    assert (answer.status, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    return answer.body.decode()


class TestWhatItLoads:
    async def test_its_policy_allows_its_own_stylesheet_and_nothing_else(self, client: Client, html: str) -> None:
        policy = (await client.get("/docs")).headers["content-security-policy"]
        (style,) = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        assert policy.split("; ") == [
            "default-src 'none'",
            f"style-src 'sha256-{digest}'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ]

    async def test_it_has_nothing_that_would_load_or_run(self, html: str) -> None:
        page = Page(html)
        assert {tag for tag, _ in page.tags} & {"script", "link", "img", "iframe", "object", "form", "svg"} == set()
        assert page.attributes("src") == page.attributes("style") == page.attributes("onclick") == []
        assert "url(" not in html
        assert "@import" not in html

    async def test_other_headers_are_those_of_every_answer(self, client: Client) -> None:
        headers = (await client.get("/docs")).headers
        assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "no-referrer")
        assert headers["cache-control"] == "no-cache"


class TestWhatItShows:
    async def test_every_operation_has_its_anchor_its_place_in_the_contents_and_a_command(
        self, client: Client, html: str
    ) -> None:
        document = (await client.get("/openapi.json")).json
        page = Page(html)
        operations = [
            (method.upper(), path, operation)
            for path, item in document["paths"].items()
            for method, operation in item.items()
        ]
        assert html.count("<pre><code>curl") >= len(operations)
        for method, path, operation in operations:
            anchor = re.sub(r"[^\w\- ]", "", f"{method} {path}".lower()).replace(" ", "-")
            assert anchor in page.attributes("id")
            assert f"#{anchor}" in page.attributes("href")
            assert operation["summary"] in page.text
            for parameter in operation.get("parameters", ()):
                assert parameter["name"] in page.text

    async def test_every_link_leads_to_a_place_on_the_page(self, html: str) -> None:
        page = Page(html)
        ids = page.attributes("id")
        assert len(set(ids)) == len(ids)
        assert {link for link in page.attributes("href") if not link.startswith("https://")} <= {f"#{i}" for i in ids}

    async def test_every_field_is_in_a_table(self, client: Client, html: str) -> None:
        schemas = (await client.get("/openapi.json")).json["components"]["schemas"]
        for name, schema in schemas.items():
            section = html.partition(f'<h3 id="{name.lower()}">')[2].partition("</section>")[0]
            for field in schema.get("properties", {}):
                assert f"<td><code>{field}</code></td>" in section

    async def test_it_suits_a_phone_and_the_dark(self, html: str) -> None:
        assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in html
        assert "prefers-color-scheme: dark" in html
        assert "color-scheme: light dark" in html


async def test_whatever_a_document_holds_is_escaped(client: Client) -> None:
    document = (await client.get("/openapi.json")).json
    hostile = '"><script>alert(1)</script>'

    def spoiled(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: value if key in {"$ref", "type", "in"} else spoiled(value) for key, value in value.items()}
        if isinstance(value, list):
            return [spoiled(part) for part in value]
        return f"{value} {hostile}" if isinstance(value, str) else value

    spoiled_document = spoiled({key: document[key] for key in ("info", "components")})
    operation = spoiled(document["paths"]["/v1/errors"]["get"]) | {"tags": ["A"]}
    html = render_page(
        {
            **spoiled_document,
            "tags": [{"name": "A", "description": hostile}],
            "paths": {f"/{hostile}": {"get": operation}},
        }
    )
    assert "<script" not in html
    assert "&lt;script&gt;" in html


@pytest.mark.parametrize("query", ["", "?a=<script>", "?lang=%00", "?" + "x" * 5000])
async def test_no_parameter_changes_it(client: Client, html: str, query: str) -> None:
    assert (await client.get(f"/docs{query}")).body.decode() == html
