"""The JSON of the routes of grouping."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal, TypeAlias

import attrs
from msgspec import Meta

from bloop_trio.issues.grouping.rules import MAX_PATTERN_CHARS, MAX_RULES, MAX_TEMPLATE_CHARS, parse_rules
from bloop_trio.issues.grouping.why_grouped import Explanation  # noqa: TC001 - msgspec reads the annotations

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bloop_trio.issues.grouping.grouping import Version
    from bloop_trio.issues.grouping.rules import Rule
    from bloop_trio.issues.grouping.store import ProjectGrouping

Pattern: TypeAlias = Annotated[str, Meta(min_length=1, max_length=MAX_PATTERN_CHARS)]
MAX_PREVIEWED: Final = 5_000
"""Events that a preview looks at."""


@attrs.frozen(kw_only=True, slots=False)
class RuleMatch:
    """Which events a rule is about: those that match every pattern that is given.

    In a pattern `*` stands for any characters, and case does not matter. A pattern has at most 200 characters.
    """

    type: Pattern | None = None
    """Of the error type."""
    message: Pattern | None = None
    """Of the message, as it was sent."""
    source: Pattern | None = None
    """Of the source."""
    route: Pattern | None = None
    """Of the route or procedure, as it was sent."""
    environment: Pattern | None = None
    """Of the environment."""
    release: Pattern | None = None
    """Of the release."""
    top_frame: Pattern | None = None
    """Of the frame that counts, as the project's version of the fingerprint hashes it."""
    frame: Pattern | None = None
    """Of any frame of the stack, as its line was sent."""


@attrs.frozen(kw_only=True, slots=False)
class GroupingRule:
    """How some events are grouped."""

    match: RuleMatch
    """Which they are; at least one pattern."""
    fingerprint: Annotated[str, Meta(min_length=1, max_length=MAX_TEMPLATE_CHARS)]
    """What their fingerprint is made of, in at most 500 characters: literal text and placeholders such as `{{type}}`."""


@attrs.frozen(kw_only=True, slots=False)
class GroupingInfo:
    """How a project groups its events."""

    version: int
    """The version of the fingerprint, 1 or 2."""
    rules: list[GroupingRule]
    """The first that matches an event decides about it."""
    updated_at: int | None
    """When it was last changed, in epoch seconds; null if it never was."""


@attrs.frozen(kw_only=True, slots=False)
class GroupingInput:
    """How a project is to group its events from now on."""

    version: Annotated[int, Meta(ge=1, le=2)]
    """The version of the fingerprint."""
    rules: Annotated[list[GroupingRule], Meta(max_length=MAX_RULES)]
    """All rules, in their order; an empty list for none."""


@attrs.frozen(kw_only=True, slots=False)
class PreviewInput:
    """A grouping to try."""

    version: Annotated[int, Meta(ge=1, le=2)]
    """The version of the fingerprint."""
    rules: Annotated[list[GroupingRule], Meta(max_length=MAX_RULES)]
    """All rules, in their order; an empty list for none."""
    events: Annotated[int, Meta(ge=1, le=MAX_PREVIEWED)] = 1_000
    """How many of the newest stored events to look at."""


@attrs.frozen(kw_only=True, slots=False)
class IssueBefore:
    """An error as it is, and the events of it that are concerned."""

    fingerprint: str
    """What it is addressed by."""
    events: int
    """How many."""
    error_type: str
    """Of one of them."""
    message: str
    """Of one of them."""


@attrs.frozen(kw_only=True, slots=False)
class IssueAfter:
    """An error as it would be, and the events that it would get."""

    fingerprint: str
    """What it is addressed by, or would be."""
    is_new: bool
    """Whether it does not exist yet."""
    events: int
    """How many."""
    error_type: str
    """Of one of them."""
    message: str
    """Of one of them."""
    rule: int | None
    """The index of the rule that decided about one of them; null if none did."""


@attrs.frozen(kw_only=True, slots=False)
class Regrouping:
    """Errors whose events would be grouped otherwise."""

    kind: Literal["joined", "split", "moved", "mixed"]
    """`joined`: several become one; `split`: one becomes several; `moved`: one begins anew, under another fingerprint;
    `mixed`: several become several others."""
    events: int
    """How many events are concerned."""
    before: list[IssueBefore]
    """The errors as they are, those with the most events first; at most 20."""
    after: list[IssueAfter]
    """The errors as they would be, those with the most events first; at most 20."""


@attrs.frozen(kw_only=True, slots=False)
class GroupingPreview:
    """What would become of the newest events of a project, if they came again."""

    events: int
    """How many were looked at."""
    is_complete: bool
    """False if the time was over before as many as were asked for had been found, or all there are."""
    oldest_at: int | None
    """When the oldest of them was received, in epoch milliseconds; null if there is none."""
    errors_before: int
    """How many errors they belong to."""
    errors_after: int
    """How many they would belong to."""
    regrouped: int
    """How many of them are concerned by any of the changes."""
    rule_events: list[int]
    """How many of them each rule would decide about, in the order of the rules."""
    changes_total: int
    """How many changes there would be."""
    changes: list[Regrouping]
    """The changes, those with the most events first; at most 100."""


@attrs.frozen(kw_only=True, slots=False)
class FingerprintOrigin:
    """A fingerprint of an error, and where it comes from."""

    fingerprint: str
    """The fingerprint."""
    origin: Literal["own", "rule", "version_1", "version_2", "overflow", "unknown"]
    """What made it, by the newest event that has it: the client; a rule; a version of the fingerprint; the limit of new
    errors. `unknown`: rules that are no more, or texts that were cut when they were stored."""
    rule: int | None
    """The index of the rule."""
    is_merged: bool
    """Whether somebody has merged it into this error."""


@attrs.frozen(kw_only=True, slots=False)
class ErrorGrouping:
    """Why events belong to an error."""

    project_id: str
    """Id of its project."""
    fingerprint: str
    """What it is addressed by."""
    newest: Explanation | None
    """Why its newest stored event would be grouped as it would be now; null if none is stored."""
    is_current: bool
    """Whether that is into this error: false if the grouping of the project has changed since."""
    fingerprints: list[FingerprintOrigin]
    """All its fingerprints, the oldest first; at most 200."""


def grouping_info(found: ProjectGrouping) -> GroupingInfo:
    """Return a grouping as the API shows it."""
    rules = [
        GroupingRule(match=RuleMatch(**rule.match), fingerprint=rule.template.text) for rule in found.grouping.rules
    ]
    return GroupingInfo(version=found.grouping.version, rules=rules, updated_at=found.updated_secs)


def read_version(version: int) -> Version:
    """Return the version of a body, whose bounds were checked."""
    return 2 if version == 2 else 1


def read_rules(rules: Sequence[GroupingRule]) -> tuple[Rule, ...]:
    """Return the rules of a body.

    Raises:
        BadRequestError: one makes no sense; the message names it by its index.
    """
    return parse_rules(
        ({field: text for field, text in attrs.asdict(rule.match).items() if text is not None}, rule.fingerprint)
        for rule in rules
    )
