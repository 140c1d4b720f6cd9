"""The rules by which a project groups its events: an ordered list, of which the first that matches decides. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Protocol

import attrs

from bloop_trio.exceptions import BadRequestError
from bloop_trio.issues.grouping.glob import Glob

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MAX_RULES: Final = 100
MAX_PATTERN_CHARS: Final = 200
MAX_TEMPLATE_CHARS: Final = 500
MAX_FRAMES: Final = 100
"""Frames of a stack that are held against a pattern, from the innermost."""

TEXT_FIELDS: Final = ("type", "message", "source", "route", "environment", "release")
"""What a rule can look at, of the event as it was sent."""
FRAME_FIELDS: Final = ("top_frame", "frame")
"""What a rule can look at, of the stack: the frame that counts, or any."""
FIELDS: Final = (*TEXT_FIELDS, *FRAME_FIELDS)
PLACEHOLDERS: Final = ("type", "message", "normalised_message", "route", "source", "frame", "default")

_PLACEHOLDER: Final = re.compile(r"\{\{([^{}]{0,100}+)\}\}")
_DEFAULT: Final = "default"
_BY_VERSION: Final = frozenset({"type", "normalised_message", "route", "frame", _DEFAULT})


class Facts(Protocol):
    """What is known of an event, by one version of the fingerprint."""

    def lowered(self, field: str) -> str:
        """Return one of `TEXT_FIELDS`, as it was sent, in lower case."""

    def top_frame(self) -> str:
        """Return the frame that counts, in lower case."""

    def frames(self) -> Sequence[str]:
        """Return the frames, in lower case, from the innermost."""

    def all_frames(self) -> str:
        """Return all frames as one text."""

    def value(self, placeholder: str) -> str:
        """Return what stands for one of `PLACEHOLDERS`."""


@attrs.frozen
class Template:
    """A text with placeholders, which makes the fingerprint of the events that a rule matches."""

    text: str
    _pieces: tuple[str, ...]
    """Literal and placeholder in turn; the first is a literal."""

    @property
    def is_default(self) -> bool:
        """Whether it leaves the fingerprint as it is without a rule."""
        return self._pieces == ("", _DEFAULT, "")

    @property
    def depends_on_version(self) -> bool:
        """Whether another version of the fingerprint may fill it with something else."""
        return not _BY_VERSION.isdisjoint(self._pieces[1::2])

    def fill(self, facts: Facts) -> str:
        """Return the text with what stands for its placeholders."""
        return "".join(facts.value(piece) if position % 2 else piece for position, piece in enumerate(self._pieces))


@attrs.frozen
class Rule:
    """Events that match all of its conditions get the fingerprint that its template makes."""

    conditions: tuple[tuple[str, Glob], ...]
    """Field and pattern, the cheap ones first."""
    template: Template

    @property
    def match(self) -> dict[str, str]:
        """Pattern by field, as it was given."""
        return {field: glob.pattern for field, glob in self.conditions}

    def matches(self, facts: Facts) -> bool:
        """Whether an event meets every condition."""
        for field, glob in self.conditions:
            if field == "frame":
                # One look at all frames is enough to know that most patterns match none.
                if glob.core not in facts.all_frames() or not any(map(glob.matches, facts.frames())):
                    return False
            elif not glob.matches(facts.top_frame() if field == "top_frame" else facts.lowered(field)):
                return False
        return True


def first_match(rules: Sequence[Rule], facts: Facts) -> int | None:
    """Return the index of the rule that decides about an event, None if none matches."""
    for index, rule in enumerate(rules):
        if rule.matches(facts):
            return index
    return None


def parse_rules(raw: Iterable[tuple[dict[str, str], str]]) -> tuple[Rule, ...]:
    """Return the rules of pairs of conditions (pattern by field) and template.

    Raises:
        BadRequestError: One makes no sense; the message begins with its index.
    """
    rules = tuple(parse_rule(f"rules[{index}]", match, template) for index, (match, template) in enumerate(raw))
    if len(rules) > MAX_RULES:
        raise BadRequestError(f"rules must be a list of at most {MAX_RULES} entries")
    return rules


def parse_rule(name: str, match: dict[str, str], template: str) -> Rule:
    """Return one rule.

    Raises:
        BadRequestError: It makes no sense; the message begins with `name`.
    """
    if not match:
        raise BadRequestError(f"{name}.match needs at least one pattern; * matches everything")
    for field, pattern in match.items():
        if field not in FIELDS:
            raise BadRequestError(f"{name}.match has no field {field[:100]}")
        if not 1 <= len(pattern) <= MAX_PATTERN_CHARS:
            raise BadRequestError(f"{name}.match.{field} must be 1 to {MAX_PATTERN_CHARS} characters")
    conditions = tuple((field, Glob.of(match[field])) for field in FIELDS if field in match)
    return Rule(conditions, _parse_template(name, template))


def _parse_template(name: str, text: str) -> Template:
    if not text.strip():
        raise BadRequestError(f"{name}.fingerprint is required")
    if len(text) > MAX_TEMPLATE_CHARS:
        raise BadRequestError(f"{name}.fingerprint must be at most {MAX_TEMPLATE_CHARS} characters")
    pieces = [piece.strip() if position % 2 else piece for position, piece in enumerate(_PLACEHOLDER.split(text))]
    for placeholder in pieces[1::2]:
        if placeholder not in PLACEHOLDERS:
            known = ", ".join(f"{{{{{known}}}}}" for known in PLACEHOLDERS)
            raise BadRequestError(f"{name}.fingerprint: {{{{{placeholder}}}}} is none of {known}")
    return Template(text, tuple(pieces))
