"""The reference of the HTTP API is made from the routes: ``nox -s docs -- --write`` brings it up to date."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from bloop_trio import __version__
from bloop_trio.access import ACCESS
from bloop_trio.http.openapi.document import build_document
from bloop_trio.http.openapi.endpoints import collect_endpoints
from bloop_trio.http.openapi.guide import ROUTES_MARK, read_guide
from bloop_trio.http.openapi.reference import render_reference

if TYPE_CHECKING:
    import pytest

    from tests.client import Client

PAGE: Final = Path(__file__).parents[2] / "docs" / "reference" / "http-api.md"


async def test_the_page_is_what_the_routes_say(client: Client, pytestconfig: pytest.Config) -> None:
    document = build_document(collect_endpoints(client.app, ACCESS), read_guide(), __version__)
    made = render_reference(document)
    if pytestconfig.getoption("--write", default=False):
        PAGE.write_text(made, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == made, "write it anew: nox -s docs -- --write"


def test_the_page_has_all_that_was_written_by_hand() -> None:
    guide, page = read_guide(), PAGE.read_text(encoding="utf-8")
    for text in (*guide.introduction.split(ROUTES_MARK), *guide.sections.values()):
        assert text.strip() in page
