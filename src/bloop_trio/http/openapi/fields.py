"""What the fields of a class mean, read from the texts that stand under them in the source."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from functools import cache


@cache
def field_descriptions(cls: type) -> dict[str, str]:
    """Return the description of each field that has one: the string literal under it, as one line of Markdown.

    A field that is inherited has the description of the class that it comes from.
    """
    found: dict[str, str] = {}
    for owner in reversed(cls.__mro__):
        if "__annotations__" in vars(owner) and owner.__module__.partition(".")[0] == cls.__module__.partition(".")[0]:
            found.update(_described_fields(owner))
    return found


def class_description(cls: type) -> str:
    """Return the first paragraph of a class's docstring as Markdown, empty if it has none of its own."""
    return as_markdown(inspect.cleandoc(vars(cls).get("__doc__") or "").partition("\n\n")[0])


def as_markdown(text: str) -> str:
    """Return a docstring with its literals in the quotes of Markdown."""
    return re.sub(r"``(.+?)``", r"`\1`", text)


def _described_fields(cls: type) -> dict[str, str]:
    (node,) = ast.parse(textwrap.dedent(inspect.getsource(cls))).body
    assert isinstance(node, ast.ClassDef)  # noqa: S101 - what else could the source of a class be
    found = {}
    for field, below in zip(node.body, node.body[1:], strict=False):
        if not isinstance(field, ast.AnnAssign) or not isinstance(field.target, ast.Name):
            continue
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant) and isinstance(below.value.value, str):
            # Behind a name that Python has for itself stands an underscore, which JSON does not have.
            found[field.target.id.removesuffix("_")] = as_markdown(" ".join(below.value.value.split()))
    return found
