from __future__ import annotations

from bloop_trio.http.openapi.guide import read_guide

GUIDE = """
It begins.

## Not a section

<!-- routes -->

<!-- sections -->

## First

Words.

### Within

## Second

<!-- variables -->

- `name`: What it is called.
- `other`: Something: else.
"""


def test_it_is_read_into_its_parts() -> None:
    guide = read_guide(GUIDE)
    assert guide.introduction == "It begins.\n\n## Not a section\n\n<!-- routes -->"
    assert guide.sections == {"First": "Words.\n\n### Within", "Second": ""}
    assert guide.variables == {"name": "What it is called.", "other": "Something: else."}


def test_the_one_of_the_package_is_found() -> None:
    guide = read_guide()
    assert "<!-- routes -->" in guide.introduction
    assert {"Sending events", "Reading errors", "The server itself"} <= guide.sections.keys()
