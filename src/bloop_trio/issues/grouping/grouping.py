"""How the events of a project are grouped: by which version of the fingerprint, and by which rules. Pure.

An event that brings its own fingerprint is grouped by that. Otherwise the first rule that matches decides, and where
none does, the version of the fingerprint that the project has chosen. A project that has used both versions gets both
fingerprints of an event, so that an issue of the other version is found again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import attrs
from xxhash import xxh3_64_hexdigest

from bloop_trio.flow.bounded_cache import BoundedCache
from bloop_trio.issues.grouping import fingerprint_v2
from bloop_trio.issues.grouping.fingerprint import Fingerprinter, normalise, own_fingerprint, top_frame
from bloop_trio.issues.grouping.rules import MAX_FRAMES, Rule, first_match
from bloop_trio.issues.grouping.stack_frames import list_frames

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bloop_trio.issues.events.event import Event

_CACHE_ENTRIES: Final = 512
_CACHE_MAX_CHARS: Final = 4096
"""Longer stacks are not cached, which bounds the cache's memory to a few megabytes."""

Version: TypeAlias = Literal[1, 2]

RULE_SEED: Final = 3
"""What a rule makes is hashed with a seed of its own: no text that a client sends as its fingerprint becomes the same."""


@attrs.frozen(kw_only=True)
class Grouping:
    """How the events of one project are grouped."""

    version: Version = 1
    rules: tuple[Rule, ...] = ()
    has_used_2: bool = False
    """Whether issues of version 2 may be there, although version 1 is used now."""

    @property
    def other_version(self) -> Version | None:
        """The version whose issues are to be found again, None if there can be none."""
        if self.version == 2:
            return 1
        return 2 if self.has_used_2 else None

    @property
    def is_usual(self) -> bool:
        """Whether it is what every project has that was never changed."""
        return self == USUAL


USUAL: Final = Grouping()


@attrs.frozen
class Grouped:
    """What an event is grouped by."""

    fingerprint: str
    older: str | None = None
    """Its fingerprint by the version that the project used before, if that is another one."""
    rule: int | None = None
    """The index of the rule that decided."""


class Groupings:
    """How each project groups its events; those that are not in here do as usual. Replaced as a whole."""

    def __init__(self, by_project: Mapping[int, Grouping] | None = None) -> None:
        self._by_project: Mapping[int, Grouping] = by_project or {}

    def of(self, project_no: int) -> Grouping | None:
        """Return the grouping of a project, None if it is the usual one."""
        return self._by_project.get(project_no)

    def replace(self, by_project: Mapping[int, Grouping]) -> None:
        """Use these from now on: an event is grouped by the one or by the other, never by parts of both."""
        self._by_project = {no: grouping for no, grouping in by_project.items() if not grouping.is_usual}


class Grouper:
    """Computes fingerprints, and remembers the costly parts of repeated events.

    Not thread-safe: one thread, or one task between two checkpoints, uses it at a time.
    """

    __slots__ = ("_frames", "v1", "v2")

    def __init__(self) -> None:
        self._frames: BoundedCache[str, tuple[tuple[str, ...], str]] = BoundedCache(_CACHE_ENTRIES)
        self.v1 = Fingerprinter()
        self.v2 = fingerprint_v2.Fingerprinter()

    def default(self, version: Version, event: Event) -> str:
        """Return the fingerprint of an event by a version, without regard to its own and to rules."""
        of = self.v1.of if version == 1 else self.v2.of
        return of(
            event.source or "", event.error_type or "", event.route_or_procedure, event.message or "", event.stack
        )

    def group(self, grouping: Grouping, event: Event) -> Grouped:
        """Return what an event is grouped by."""
        if event.fingerprint:
            return Grouped(own_fingerprint(event.fingerprint))
        rule = None
        if grouping.rules:
            rule = first_match(grouping.rules, EventFacts(self, grouping.version, event))
        fingerprint = self._by(grouping, grouping.version, rule, event)
        older = None
        if grouping.other_version is not None:
            older = self._by(grouping, grouping.other_version, rule, event)
        return Grouped(fingerprint, None if older == fingerprint else older, rule)

    def frames(self, event: Event) -> tuple[tuple[str, ...], str]:
        """Return the lines of an event's stack that rules look at, in lower case: one by one, and as one text."""
        stack, message = event.stack or "", event.message or ""
        known = self._frames.get(stack)
        if known is None or "\n" in message:  # such a message may be a part of the stack
            found = [frame.line for frame in list_frames(stack, message)[:MAX_FRAMES]]
            found = found or [line.strip() for line in stack.split("\n", MAX_FRAMES)[:MAX_FRAMES]]
            lines = tuple(line.lower() for line in found if line)
            known = lines, "\n".join(lines)
            if len(stack) <= _CACHE_MAX_CHARS and "\n" not in message:
                self._frames.put(stack, known)
        return known

    def _by(self, grouping: Grouping, version: Version, rule: int | None, event: Event) -> str:
        if rule is None:
            return self.default(version, event)
        template = grouping.rules[rule].template
        if template.is_default:
            return self.default(version, event)
        return rule_fingerprint(template.fill(EventFacts(self, version, event)))


def rule_fingerprint(text: str) -> str:
    """Return the fingerprint of what a rule's template was filled to."""
    return xxh3_64_hexdigest(text.encode(), seed=RULE_SEED)


class EventFacts:
    """What rules want to know of an event, by one version; each is found out when it is first asked for."""

    __slots__ = ("_event", "_frames", "_grouper", "_lowered", "_values", "_version")

    def __init__(self, grouper: Grouper, version: Version, event: Event) -> None:
        self._grouper = grouper
        self._version: Version = version
        self._event = event
        self._lowered: dict[str, str] = {}
        self._values: dict[str, str] = {}
        self._frames: tuple[tuple[str, ...], str] | None = None

    def lowered(self, field: str) -> str:
        """Return what the event says in `field`, in lower case."""
        known = self._lowered.get(field)
        if known is None:
            known = self._lowered[field] = self._said(field).lower()
        return known

    def top_frame(self) -> str:
        """Return the frame that counts, in lower case."""
        known = self._lowered.get("top_frame")
        if known is None:
            known = self._lowered["top_frame"] = self.value("frame").lower()
        return known

    def frames(self) -> Sequence[str]:
        """Return the lines of the stack that are frames, in lower case; all its lines if none is known for one."""
        return self._found_frames()[0]

    def all_frames(self) -> str:
        """Return all of them as one text."""
        return self._found_frames()[1]

    def _found_frames(self) -> tuple[tuple[str, ...], str]:
        if self._frames is None:
            self._frames = self._grouper.frames(self._event)
        return self._frames

    def value(self, placeholder: str) -> str:
        """Return what stands for a placeholder; types and routes are as the version hashes them."""
        known = self._values.get(placeholder)
        if known is None:
            known = self._values[placeholder] = self._find_value(placeholder)
        return known

    def _find_value(self, placeholder: str) -> str:
        if placeholder == "default":
            return self._grouper.default(self._version, self._event)
        if placeholder in {"message", "source"}:
            return self._said(placeholder)
        return self._value_1(placeholder) if self._version == 1 else self._value_2(placeholder)

    def _value_1(self, placeholder: str) -> str:
        if placeholder == "normalised_message":
            return normalise(self._event.message or "")
        return top_frame(self._event.stack) if placeholder == "frame" else self._said(placeholder)

    def _value_2(self, placeholder: str) -> str:
        event, fingerprinter = self._event, self._grouper.v2
        if placeholder == "type":
            return fingerprinter.error_type(event.error_type or "")
        if placeholder == "route":
            return fingerprinter.route(event.route_or_procedure)
        if placeholder == "normalised_message":
            return fingerprinter.message(event.message or "")
        return fingerprinter.frame(event.stack, event.error_type or "", event.message or "")

    def _said(self, field: str) -> str:
        event = self._event
        values = {
            "type": event.error_type,
            "message": event.message,
            "source": event.source,
            "route": event.route_or_procedure,
            "environment": event.environment,
            "release": event.release,
        }
        return values[field] or ""
