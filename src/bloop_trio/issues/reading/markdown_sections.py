"""Parts of an issue's Markdown: what people have decided about it, whom it affects, and why it is one issue. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bloop_trio.issues.reading.markup import code_span, fenced, moment, shortened

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bloop_trio.issues.grouping.why_grouped import Explanation
    from bloop_trio.issues.queries.overview_shapes import FixedIn, Merged, MutedUntil, Remark, Standing
    from bloop_trio.issues.queries.tag_counts import ErrorTags, Tag
    from bloop_trio.issues.stored.user_set import UserCount

_MAX_REMARK_CHARS: Final = 2_000
_MAX_PART_CHARS: Final = 300
"""Of what a fingerprint is made of."""
_MAX_TAGS: Final = 10
_TOP_VALUES: Final = 3
_SHOWN_ELSEWHERE: Final = frozenset({"release", "environment", "source"})


def section(title: str, lines: Iterable[str]) -> Iterator[str]:
    """Yield a heading with what stands under it."""
    yield ""
    yield f"## {title}"
    yield ""
    yield from lines


def bullets(values: Mapping[str, str | None]) -> Iterator[str]:
    """Yield a line for each value that is known."""
    for name, value in values.items():
        if value is not None:
            yield f"- {name}: {code_span(value)}"


def more(count: int) -> Iterator[str]:
    """Yield that there are so many more, if there are."""
    if count:
        yield f"- and {count:,} more"


def users(found: UserCount) -> Iterator[str]:
    """Yield how many users are affected, unless no event names one."""
    if found.count:
        yield f"- Users affected: {'' if found.is_exact else 'about '}{found.count:,}"


def standing(found: Standing) -> Iterator[str]:
    """Yield whose the issue is, and what ends its status by itself."""
    yield from bullets({"Assigned to": found.assignee})
    if found.snooze is not None:
        yield f"- Muted until: {', or '.join(_ends(found.snooze))}"
    if found.fix is not None:
        yield f"- Fixed in: {_fixed(found.fix)}"


def _ends(snooze: MutedUntil) -> Iterator[str]:
    if snooze.time_ms is not None:
        yield moment(snooze.time_ms)
    if snooze.total_count is not None:
        yield f"{snooze.total_count:,} events in total"
    if snooze.users is not None:
        yield f"{snooze.users:,} users in total"
    if snooze.after_release is not None:
        yield f"an event of a release after {code_span(snooze.after_release)}"


def _fixed(fix: FixedIn) -> str:
    return f"the release after {code_span(fix.release)}" if fix.is_next else code_span(fix.release)


def remarks(found: Standing) -> Iterator[str]:
    """Yield the comments, each in a block of its own."""
    for number, remark in enumerate(found.remarks):
        if number:
            yield ""
        yield f"{moment(remark.at_ms)} by {_author(remark)}{' (edited)' if remark.is_edited else ''}:"
        yield ""
        yield fenced(shortened(remark.text, _MAX_REMARK_CHARS))
    if found.older_remarks:
        yield ""
        yield from more(found.older_remarks)


def _author(remark: Remark) -> str:
    name = remark.author_name or remark.author
    return "the server" if name is None else code_span(name)


def merged(found: Merged) -> Iterator[str]:
    """Yield the fingerprints that were merged into the issue."""
    for fingerprint in found.fingerprints:
        yield f"- {code_span(fingerprint)}"
    yield from more(found.left_out)


def tags(found: ErrorTags) -> Iterator[str]:
    """Yield the section of the keys that most events have, with their most frequent values; nothing without any."""
    # A key with another value for each event tells nothing about what they have in common.
    telling = [tag for tag in found.tags if tag.key not in _SHOWN_ELSEWHERE and (found.events == 1 or _repeats(tag))]
    if telling:
        yield from section("Tags", _list(found, telling))


def _list(found: ErrorTags, telling: Sequence[Tag]) -> Iterator[str]:
    if found.events == 1:
        yield "Of its only event:" if found.is_complete else "Of its newest event:"
    else:
        yield f"Of {'all' if found.is_complete else 'the newest'} {found.events:,} events:"
    yield ""
    for tag in telling[:_MAX_TAGS]:
        yield f"- {code_span(tag.key)}: {', '.join(_values(tag))}"
    yield from more(len(telling[_MAX_TAGS:]) + found.other_tags)


def _repeats(tag: Tag) -> bool:
    return tag.values[0].count > 1


def _values(tag: Tag) -> Iterator[str]:
    for value in tag.values[:_TOP_VALUES]:
        yield f"{code_span(value.value)} {value.share:.0%}"
    others = len(tag.values[_TOP_VALUES:]) + tag.other_values
    if others:
        yield f"{others:,} others"


def grouping(why: Explanation, *, is_current: bool) -> Iterator[str]:
    """Yield what the fingerprint of the newest sample is made of."""
    if not is_current:
        yield "As the project groups its events by now, the newest sample would be of another error."
        yield ""
    if why.by == "own":
        yield f"By the fingerprint that the client sent: {_part(why.hashed_text)}"
    elif why.by == "rule":
        number = 0 if why.rule is None else why.rule + 1
        yield f"By rule {number} of the project, which makes the fingerprint of {_part(why.rule_fingerprint or '')}"
    else:
        yield f"By version {why.version} of the fingerprint, which is made of:"
        yield ""
        yield from _parts(why)


def _parts(why: Explanation) -> Iterator[str]:
    named = {
        "Source": why.parts.source,
        "Type": why.parts.error_type,
        "Route": why.parts.route,
        "Message": why.parts.message,
        "Frame": why.parts.frame,
    }
    for name, text in named.items():
        if text:
            yield f"- {name}: {_part(text)}"


def _part(text: str) -> str:
    return code_span(shortened(text, _MAX_PART_CHARS))
