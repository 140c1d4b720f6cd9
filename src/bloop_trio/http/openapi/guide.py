"""What no route can say of itself: the introduction, the text of each section, and what stands for what in a path.

It is written by hand in `guide.md`: an introduction, then the sections that operations are sorted into, and at the end
a list of the variables of paths. The table of routes goes where ``<!-- routes -->`` stands.
"""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping

ROUTES_MARK: Final = "<!-- routes -->"
_SECTIONS_MARK: Final = "<!-- sections -->"
_VARIABLES_MARK: Final = "<!-- variables -->"
_HEADING: Final = re.compile(r"^## (.+)$", re.MULTILINE)
_VARIABLE: Final = re.compile(r"^- `(\w+)`: (.+)$", re.MULTILINE)


@attrs.frozen(kw_only=True)
class Guide:
    """The hand-written part of the documents, in Markdown."""

    introduction: str
    sections: Mapping[str, str]
    """The text of each section by its name, in their order; it may be empty."""
    variables: Mapping[str, str]
    """What each variable of a path is."""


def read_guide(text: str | None = None) -> Guide:
    """Return the guide in `text`, by default the one that comes with the package."""
    if text is None:
        text = files("bloop_trio.http.openapi").joinpath("guide.md").read_text(encoding="utf-8")
    introduction, _, rest = text.partition(_SECTIONS_MARK)
    sections, _, variables = rest.partition(_VARIABLES_MARK)
    _, *parts = _HEADING.split(sections)
    return Guide(
        introduction=introduction.strip(),
        sections={name: body.strip() for name, body in zip(parts[::2], parts[1::2], strict=True)},
        variables=dict(_VARIABLE.findall(variables)),
    )
