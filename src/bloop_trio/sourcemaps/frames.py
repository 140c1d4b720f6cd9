"""The frames of a stack: where each points to, and what is answered about it. Pure."""

from __future__ import annotations

import re
from typing import Final

import attrs

MAX_FRAMES: Final = 200
"""Lines of one stack that are looked at; further ones are left out."""
MAX_LINE_CHARS: Final = 4_096
"""Longer lines are no frames that a browser writes."""
_POSITION: Final = re.compile(r":([0-9]{1,9}):([0-9]{1,9})$")
_CALL: Final = re.compile(r"^at (?:async |new )*")


@attrs.frozen(kw_only=True, slots=False)
class Frame:
    """One line of a stack, and the place in the sources that it stands for."""

    original_file: str | None
    """Source file, as the map names it; null as all the others but `raw_frame`, where the line could not be mapped."""
    original_line: int | None
    """Line in that file, from 1."""
    original_column: int | None
    """Column in that line, from 0."""
    original_name: str | None
    """What is called or used there, if the map knows."""
    raw_frame: str
    """The line as it came, without white space around it."""
    pre_context: list[str]
    """Up to three lines of the source before it; empty if the map does not hold the sources."""
    context_line: str | None
    """The line of the source."""
    post_context: list[str]
    """Up to three lines of the source after it."""


@attrs.frozen(kw_only=True, slots=False)
class UnmappedFrame:
    """A line of a stack that names a place in a script, and why no map leads from there to the sources."""

    raw_frame: str
    """The line as it came, without white space around it."""
    reason: str
    """Why it could not be mapped."""


@attrs.frozen(kw_only=True)
class Stack:
    """A stack as it was sent."""

    release: str
    text: str
    debug_ids: dict[str, str] = attrs.field(factory=dict)
    """The debug ids of scripts, by the file as the stack names it."""


@attrs.frozen(kw_only=True)
class MappedStack:
    """What became of a stack."""

    frames: tuple[Frame, ...] = ()
    """Every line that is not blank, in order; empty if not one was mapped."""
    unmapped: tuple[UnmappedFrame, ...] = ()
    """Lines with a position that were not mapped; empty if the project has no maps at all."""


@attrs.frozen(kw_only=True)
class Place:
    """A position in a script, as a line of a stack names it."""

    file: str
    line: int
    """From 1."""
    column: int
    """From 1."""


def split_stack(text: str) -> list[str]:
    """Return the lines of a stack that are not blank, without white space around them."""
    return [line for line in map(str.strip, text.splitlines()) if line]


def find_place(line: str) -> Place | None:
    """Return the position that a line of a stack ends in, None if it names none.

    Understood are ``at name (file:line:column)``, ``at file:line:column``, ``name@file:line:column`` and
    ``file:line:column``.
    """
    if len(line) > MAX_LINE_CHARS:
        return None
    inner = line.rstrip(")")
    position = _POSITION.search(inner)
    if position is None:
        return None
    file = _file_in(inner[: position.start()], in_parentheses=inner != line)
    if not file:
        return None
    return Place(file=file, line=int(position[1]), column=int(position[2]))


def unmapped_frame(line: str) -> Frame:
    """Return the frame of a line that could not be mapped."""
    return Frame(
        original_file=None,
        original_line=None,
        original_column=None,
        original_name=None,
        raw_frame=line,
        pre_context=[],
        context_line=None,
        post_context=[],
    )


def _file_in(text: str, *, in_parentheses: bool) -> str:
    if in_parentheses:
        # Folders may have parentheses in their names, hence the blank.
        before, blank, file = text.rpartition(" (")
        return file if blank else before + file.lstrip("(")
    if text.startswith("at "):
        return _CALL.sub("", text)
    name, separator, file = text.partition("@")
    # Folders such as `node_modules/@scope` have that character too.
    return file if separator and "/" not in name else text
