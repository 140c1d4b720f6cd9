"""Which of two releases is the later one: by their versions where both have one, else by when they came. Pure.

Versions are read leniently: `1.2.3`, `v1.2`, `2026.11.21`, `1.2.0-rc.1`, `1.2rc1`, `1.2+build`, `1.2.3-5-gabc1234`, and
each of them behind the name of a package and an at sign. Those of different packages are not compared.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterable

_VERSION: Final = re.compile(
    # What was read is never given back: a name costs what its length costs, and a thousand of them are compared at once.
    r"[vV]?(?P<numbers>[0-9]{1,18}+(?:\.[0-9]{1,18}+(?![0-9]))*+)"
    r"(?:(?P<after>(?:[-.]?post[-.]?|-)[0-9]{1,18}(?=-g[0-9a-f]{4,40}\Z)(?:-g[0-9a-f]{4,40})|[-.]?post[-.]?[0-9]{0,18})"
    r"|[-.](?P<before>[0-9A-Za-z][0-9A-Za-z.-]*+)|(?P<joined>[A-Za-z][0-9A-Za-z.-]*+))?"
    r"(?:\+[0-9A-Za-z.-]*+)?"
)
_RUNS: Final = re.compile(r"[0-9]+|[^0-9]+")
_BEFORE, _ITSELF, _AFTER = -1, 0, 1
_MAX_CHARS: Final = 500
"""Longer names are no versions."""


@attrs.frozen
class Version:
    """What the name of a release says about its place among others."""

    package: str
    """Empty if none is named."""
    key: tuple[Any, ...]
    """In the order of versions."""


def parse_version(name: str) -> Version | None:
    """Return the version in the name of a release; None if it has none.

    Numbers are compared one by one, and missing ones are zero. What follows a hyphen, or letters behind the numbers,
    comes before the release itself, as semantic versions have it; `post` and the commits that git counts since a tag
    come after it. What follows a plus does not count.
    """
    package, at, rest = name.rpartition("@")
    found = _VERSION.fullmatch(rest) if len(name) <= _MAX_CHARS else None
    if found is None or (at and not package):
        return None
    numbers = [int(number) for number in found["numbers"].split(".")]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    if found["after"] is not None:
        counted = re.search("[0-9]+", found["after"])
        return Version(package, (tuple(numbers), _AFTER, int(counted[0]) if counted else 0))
    before = found["before"] or found["joined"]
    if before is not None:
        return Version(package, (tuple(numbers), _BEFORE, _parts(before)))
    return Version(package, (tuple(numbers), _ITSELF))


def _parts(text: str) -> tuple[tuple[tuple[int, Any], ...], ...]:
    """Return the parts between dots of what comes before a release: numbers by value, and before texts."""
    return tuple(
        # int("…") of very many digits is refused by Python: as text they still have an order.
        tuple((0, int(run)) if run.isdigit() and len(run) <= 18 else (1, run.lower()) for run in _RUNS.findall(part))
        for part in text.split(".")
    )


@attrs.frozen(slots=False)
class Release:
    """A release of a project."""

    name: str
    first_seen_ms: int

    @cached_property
    def version(self) -> Version | None:
        """Return what its name says about its place."""
        return parse_version(self.name)


def is_later(release: Release, than: Release) -> bool:
    """Whether a release comes after another one.

    Of two with different names exactly one does. Among those with a version of the same package, and among those
    without any, this is one order; between the two kinds, when they came decides.
    """
    one, other = release.version, than.version
    if one is not None and other is not None and one.package == other.package and one.key != other.key:
        return bool(one.key > other.key)
    return (release.first_seen_ms, release.name) > (than.first_seen_ms, than.name)


def is_same(release: Release, other: Release) -> bool:
    """Whether two releases have one name, or one version of the same package."""
    return release.name == other.name or (release.version is not None and release.version == other.version)


def newest(releases: Iterable[Release]) -> Release | None:
    """Return the release that no other comes after; None if there is none.

    In the order in which they came, each takes the place of the newest before it if it is later.
    """
    found: Release | None = None
    for release in sorted(releases, key=lambda release: (release.first_seen_ms, release.name)):
        if found is None or is_later(release, found):
            found = release
    return found
