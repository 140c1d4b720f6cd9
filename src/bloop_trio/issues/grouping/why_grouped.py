"""Why an event is grouped as it is: all that went into its fingerprint, in words that can be shown. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

import attrs
import msgspec

from bloop_trio.issues.events.event import Event
from bloop_trio.issues.grouping import fingerprint_v2
from bloop_trio.issues.grouping.fingerprint import fingerprint_input, framework_mark, normalise, replaced_in, top_frame
from bloop_trio.issues.grouping.grouping import EventFacts, Grouper, Grouping, Version
from bloop_trio.issues.grouping.normalising import normalise_message, normalise_route, normalise_type
from bloop_trio.issues.grouping.stack_frames import (
    choose,
    headers,
    is_outermost_first,
    lines_of,
    list_frames,
    own_frame,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_SKIPPED: Final = 30
"""Lines of a stack of which it is told why they do not count."""
MAX_REPLACED: Final = 50
"""Pieces of a message of which it is told what became of them."""


@attrs.frozen(kw_only=True, slots=False)
class ReplacedPiece:
    """A piece of a text that changes from event to event."""

    kind: str
    """What it was taken for, such as `number`, `uuid`, `e-mail` or `time`."""
    found: str
    """The piece; version 2 looks at messages in lower case."""
    placeholder: str
    """What is hashed instead."""


@attrs.frozen(kw_only=True, slots=False)
class SkippedLine:
    """A line of the stack that does not count."""

    line: str
    """The line, without white space at its ends."""
    reason: str
    """Why not: `framework`, with what shows it; `header`; or `no frame`."""


@attrs.frozen(kw_only=True, slots=False)
class GroupingParts:
    """What an event's fingerprint is made of where it is made of its content."""

    source: str
    """Where it comes from."""
    error_type: str
    """The type, as it is hashed."""
    route: str
    """The route or procedure, as it is hashed; empty if there is none."""
    message: str
    """The message, as it is hashed."""
    replaced: list[ReplacedPiece]
    """What was taken out of the message, at most 50 pieces."""
    frame: str
    """The frame that counts, as it is hashed; empty if there is none."""
    frame_line: str | None
    """The line of the stack that it was made of."""
    skipped: list[SkippedLine]
    """The lines that were passed over until then, at most 30."""


@attrs.frozen(kw_only=True, slots=False)
class Explanation:
    """Why an event is grouped as it is."""

    by: Literal["own", "rule", "version"]
    """`own`: the event brought a fingerprint; `rule`: a rule of the project decided; `version`: its content alone."""
    version: int
    """The version of the fingerprint that the project uses, 1 or 2."""
    rule: int | None
    """The index of the rule that matched, from 0."""
    rule_fingerprint: str | None
    """What that rule makes the fingerprint of, with its placeholders."""
    hashed_text: str
    """The text that is hashed; for an own fingerprint, what the client sent."""
    fingerprint: str
    """What comes out."""
    older_fingerprint: str | None
    """What comes out by the other version, where its errors are to be found again."""
    parts: GroupingParts
    """What the event's content is made into, whether it was needed or not."""


def explain(event: Event, grouping: Grouping, grouper: Grouper | None = None) -> Explanation:
    """Return why `event` is grouped as it is by `grouping`."""
    grouper = grouper or Grouper()
    grouped = grouper.group(grouping, event)
    parts = explain_parts(event, grouping.version)
    by: Literal["own", "rule", "version"] = "version"
    text, template = hashed_text(event, grouping.version, parts), None
    if event.fingerprint:
        by, text = "own", event.fingerprint
    elif grouped.rule is not None:
        by, template = "rule", grouping.rules[grouped.rule].template
        if not template.is_default:
            text = template.fill(EventFacts(grouper, grouping.version, event))
    return Explanation(
        by=by,
        version=grouping.version,
        rule=grouped.rule,
        rule_fingerprint=None if template is None else template.text,
        hashed_text=text,
        fingerprint=grouped.fingerprint,
        older_fingerprint=grouped.older,
        parts=parts,
    )


def hashed_text(event: Event, version: Version, parts: GroupingParts) -> str:
    """Return the text that a version hashes."""
    if version == 1:
        return fingerprint_input(
            source=event.source or "",
            error_type=event.error_type or "",
            route=event.route_or_procedure,
            message=event.message or "",
            stack=event.stack,
        )
    return fingerprint_v2.joined(parts.source, parts.error_type, parts.route, parts.message, parts.frame)


def explain_parts(event: Event, version: Version) -> GroupingParts:
    """Return what a version makes of the content of an event."""
    return _parts_1(event) if version == 1 else _parts_2(event)


def stored_event(payload: dict[str, Any], *, source: str, environment: str, release: str) -> Event:
    """Return the event in a stored payload, with what the columns beside it say.

    What was cut before it was stored stays cut, so that its fingerprint may be another one than at the time.
    """
    known = {name: payload[name] for name in Event.__struct_fields__ if name in payload}
    event = msgspec.convert(known, Event, strict=False)
    event.source, event.environment, event.release = source, environment, release
    return event


def _parts_1(event: Event) -> GroupingParts:
    message = event.message or ""
    frame = top_frame(event.stack)
    line: str | None = None
    skipped: list[SkippedLine] = []
    lines = [line for line in lines_of(event.stack or "") if line]
    for candidate in lines:
        mark = framework_mark(candidate)
        if mark is None:
            line = candidate
            break
        skipped.append(SkippedLine(line=candidate, reason=f"framework: {mark}"))
    else:
        if lines:
            line, skipped = lines[0], skipped[1:]
    return GroupingParts(
        source=event.source or "",
        error_type=event.error_type or "",
        route=event.route_or_procedure or "",
        message=normalise(message),
        replaced=_told(replaced_in(message)),
        frame=frame,
        frame_line=line,
        skipped=skipped[:MAX_SKIPPED],
    )


def _parts_2(event: Event) -> GroupingParts:
    message, error_type = event.message or "", event.error_type or ""
    replaced: list[tuple[str, str, str]] = []
    normalised = normalise_message(message, lambda *piece: replaced.append(piece))
    line, skipped = _frame_2(event.stack, error_type, message)
    return GroupingParts(
        source=event.source or "",
        error_type=normalise_type(error_type),
        route=normalise_route(event.route_or_procedure),
        message=normalised,
        replaced=_told(replaced),
        frame=own_frame(event.stack, error_type, message),
        frame_line=line,
        skipped=skipped[:MAX_SKIPPED],
    )


def _frame_2(stack: str | None, error_type: str, message: str) -> tuple[str | None, list[SkippedLine]]:
    """Return the line that counts, and those before it, in the order in which they are looked at."""
    lines = lines_of(stack or "")
    frames = list_frames(stack, message)
    by_line = {frame.line_no: frame for frame in frames}
    chosen, is_header = choose(frames), headers(error_type, message)
    skipped: list[SkippedLine] = []
    numbers: Iterable[int] = range(len(lines))
    if frames and is_outermost_first(stack or "", frames[0].language):
        numbers = reversed(range(len(lines)))
    for number in numbers:
        frame, line = by_line.get(number), lines[number]
        if chosen is not None and number == chosen.line_no:
            return line, skipped
        if frame is not None:
            skipped.append(SkippedLine(line=line, reason=f"framework: {frame.framework}"))
        elif line:
            header = is_header(line)
            if chosen is None and not header:
                return line, skipped
            skipped.append(SkippedLine(line=line, reason="header" if header else "no frame"))
    return None, skipped


def _told(pieces: list[tuple[str, str, str]]) -> list[ReplacedPiece]:
    return [
        ReplacedPiece(kind=kind, found=found, placeholder=placeholder)
        for kind, found, placeholder in pieces[:MAX_REPLACED]
    ]
