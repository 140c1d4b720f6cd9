"""Exact accounting: where every event that was received has gone, by project and outcome.

Two equations hold at any moment, for each project and in total:

    received = accepted + dropped + rejected
    accepted = stored + duplicate + dead-lettered + lost + in buffer

A payload that cannot be read as events (a wrong signature, broken JSON) counts as one. What has no known project is
counted under the project `""`.

Whatever is stored is counted; two numbers beside the equations say of how much of it something is missing: events of
issues that were not made, and events that left no row of their own.
"""

from __future__ import annotations

import enum
from collections import Counter

import attrs

from bloop_trio.flow.recent import RecentCounts

NO_PROJECT = ""


class Drop(enum.StrEnum):
    """Why an acceptable event was not kept."""

    BUFFER_FULL = "buffer_full"
    RATE_LIMITED = "rate_limited"


class Rejection(enum.StrEnum):
    """Why a payload, or one event of a batch, was refused."""

    MISSING_SIGNATURE = "missing_signature"
    INVALID_SIGNATURE_ENCODING = "invalid_signature_encoding"
    UNREADABLE_BODY = "unreadable_body"
    INVALID_PROJECT_KEY = "invalid_project_key"
    INVALID_SIGNATURE = "invalid_signature"
    CONTENT_TYPE = "content_type"
    MALFORMED_JSON = "malformed_json"
    BATCH_TOO_LARGE = "batch_too_large"
    INVALID_EVENT = "invalid_event"


class Loss(enum.StrEnum):
    """What the counts of the last minutes tell apart."""

    BUFFER_FULL = Drop.BUFFER_FULL.value
    RATE_LIMITED = Drop.RATE_LIMITED.value
    LOST = "lost"


@attrs.define(eq=False)
class Tally:
    """The counts of one project since the start of the process."""

    received: int = 0
    accepted: int = 0
    dropped: Counter[Drop] = attrs.field(factory=Counter)
    rejected: Counter[Rejection] = attrs.field(factory=Counter)
    stored: int = 0
    duplicate: int = 0
    """Events whose `event_id` had been stored before."""
    dead_lettered: int = 0
    """Events that could not be stored although the rest of their batch could; they are kept as dead letters."""
    lost: int = 0
    """Events that were accepted and could not be stored: in durable mode their sender was told so."""
    overflowed: int = 0
    """Of those stored, events of issues that were not made, as too many new ones came."""
    thinned: int = 0
    """Of those stored, events that were only counted, as their issue floods."""

    @property
    def in_buffer(self) -> int:
        """Events that were accepted and are not settled yet."""
        return self.accepted - self.stored - self.duplicate - self.dead_lettered - self.lost

    @property
    def dropped_total(self) -> int:
        """Dropped events, whatever the reason."""
        return sum(self.dropped.values())

    @property
    def rejected_total(self) -> int:
        """Rejected events, whatever the reason."""
        return sum(self.rejected.values())


@attrs.frozen(kw_only=True)
class ProjectCounts:
    """The counts of one project at one moment."""

    project: str
    """The project's slug; empty for payloads of no known project."""
    received: int
    accepted: int
    dropped: dict[Drop, int]
    rejected: dict[Rejection, int]
    stored: int
    duplicate: int
    dead_lettered: int
    lost: int
    overflowed: int
    thinned: int
    in_buffer: int


@attrs.frozen(kw_only=True)
class AccountingSnapshot:
    """All counts at one moment."""

    projects: tuple[ProjectCounts, ...]

    @property
    def dropped_total(self) -> int:
        """Dropped events of all projects."""
        return sum(sum(p.dropped.values()) for p in self.projects)

    @property
    def lost_total(self) -> int:
        """Lost events of all projects."""
        return sum(p.lost for p in self.projects)


class Accounting:
    """The tallies of all projects, by project number."""

    def __init__(self) -> None:
        self._tallies: dict[int, Tally] = {}
        self._slugs: dict[int, str] = {}
        self.unknown = Tally()
        """What has no known project."""
        self.recent: RecentCounts[Loss] = RecentCounts()
        """What was dropped and lost in the last minutes, of all projects."""

    def of(self, project_no: int, slug: str) -> Tally:
        """Return the tally of a project, the same object at every call."""
        tally = self._tallies.get(project_no)
        if tally is None:
            tally = self._tallies[project_no] = Tally()
            self._slugs[project_no] = slug
        return tally

    def by_no(self, project_no: int) -> Tally:
        """Return the tally of a project that `of` has been asked for before."""
        return self._tallies[project_no]

    def counts_of(self, project_no: int) -> ProjectCounts | None:
        """Return the counts of a project; None if `of` has not been asked for it yet."""
        tally = self._tallies.get(project_no)
        return None if tally is None else _counts(self._slugs[project_no], tally)

    def snapshot(self) -> AccountingSnapshot:
        """Return all counts; taken between two checkpoints, so both equations hold in it.

        A project that was deleted, and another one that got its slug, have one row: they cannot be told apart by it.
        """
        by_slug: dict[str, Tally] = {}
        for no, tally in self._tallies.items():
            slug = self._slugs[no]
            by_slug[slug] = tally if slug not in by_slug else _sum(by_slug[slug], tally)
        rows = [_counts(NO_PROJECT, self.unknown), *(_counts(slug, tally) for slug, tally in by_slug.items())]
        return AccountingSnapshot(projects=tuple(rows))


def _sum(one: Tally, other: Tally) -> Tally:
    return Tally(*(getattr(one, field.name) + getattr(other, field.name) for field in attrs.fields(Tally)))


def _counts(project: str, tally: Tally) -> ProjectCounts:
    return ProjectCounts(
        project=project,
        received=tally.received,
        accepted=tally.accepted,
        dropped=dict(tally.dropped),
        rejected=dict(tally.rejected),
        stored=tally.stored,
        duplicate=tally.duplicate,
        dead_lettered=tally.dead_lettered,
        lost=tally.lost,
        overflowed=tally.overflowed,
        thinned=tally.thinned,
        in_buffer=tally.in_buffer,
    )
