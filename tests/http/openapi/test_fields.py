from __future__ import annotations

import attrs
import msgspec

from bloop_trio.http.openapi.fields import as_markdown, class_description, field_descriptions


@attrs.frozen
class Base:
    """The base of ``others``.

    More about it.
    """

    name: str
    """What it is called,
    in one or more lines."""
    silent: int


@attrs.frozen
class Derived(Base):
    silent: int
    """Not any more."""
    count: int = 0
    """How many."""
    "Not a docstring of a field."


class Message(msgspec.Struct):
    """A message."""

    text: str | None = None
    """What it says: ``null`` if nothing."""


def test_what_stands_under_a_field_describes_it() -> None:
    assert field_descriptions(Base) == {"name": "What it is called, in one or more lines."}
    assert field_descriptions(Message) == {"text": "What it says: `null` if nothing."}


def test_what_is_inherited_keeps_its_words() -> None:
    assert field_descriptions(Derived) == {
        "name": "What it is called, in one or more lines.",
        "silent": "Not any more.",
        "count": "How many.",
    }


def test_of_a_class_the_first_paragraph_is_taken() -> None:
    assert class_description(Base) == "The base of `others`."
    assert class_description(Derived) == ""


def test_literals_are_quoted_as_markdown_does() -> None:
    assert as_markdown("``a`` or `b`, not ``c d``") == "`a` or `b`, not `c d`"
