"""Metrics in the text format that Prometheus reads (version 0.0.4). Pure.

Whoever counts something returns `Family` values; nothing here knows what is counted.
"""

from __future__ import annotations

from bisect import bisect_left
from math import inf
from typing import TYPE_CHECKING, Final, Literal

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

Kind = Literal["counter", "gauge", "histogram"]


@attrs.frozen
class Sample:
    """One number, told apart from its siblings by its labels."""

    value: float
    labels: Mapping[str, str] = attrs.field(factory=dict)
    suffix: str = ""
    """What follows the family's name: the parts of a histogram have one each."""


@attrs.frozen
class Family:
    """All numbers of one name."""

    name: str
    """Lower case with the unit at the end; a counter's name ends in `_total`."""
    kind: Kind
    help: str
    """One sentence for people."""
    samples: tuple[Sample, ...]

    @classmethod
    def single(cls, name: str, kind: Kind, help: str, value: float) -> Family:  # noqa: A002 - the format's own word
        """Return a family of one number without labels."""
        return cls(name, kind, help, (Sample(value),))


class Histogram:
    """Counts durations by size. To note one costs a search in a short tuple, and no memory.

    The numbers behind the bounds never go down, so that a scraper can take differences.
    """

    __slots__ = ("_buckets", "bounds_secs", "sum_secs")

    def __init__(self, bounds_secs: tuple[float, ...]) -> None:
        self.bounds_secs = bounds_secs
        """Upper ends of the buckets, ascending; what is longer than the last goes into one more."""
        self.sum_secs = 0.0
        self._buckets = [0] * (len(bounds_secs) + 1)

    @property
    def count(self) -> int:
        """How many durations were noted."""
        return sum(self._buckets)

    def note(self, secs: float) -> None:
        """Count one duration."""
        self._buckets[bisect_left(self.bounds_secs, secs)] += 1
        self.sum_secs += secs

    def samples(self, labels: Mapping[str, str] | None = None) -> tuple[Sample, ...]:
        """Return the buckets, each with what is in the ones below it, then the sum and the count."""
        labels = labels or {}
        below = 0
        samples = []
        for bound, count in zip((*self.bounds_secs, inf), self._buckets, strict=True):
            below += count
            samples.append(Sample(below, {**labels, "le": _number(bound)}, "_bucket"))
        return (*samples, Sample(self.sum_secs, labels, "_sum"), Sample(below, labels, "_count"))


def render(families: Iterable[Family]) -> bytes:
    """Return the page that a scraper reads. A family without samples still announces itself."""
    return "".join(line + "\n" for family in families for line in _lines(family)).encode()


def _lines(family: Family) -> Iterator[str]:
    yield f"# HELP {family.name} {_escaped(family.help)}"
    yield f"# TYPE {family.name} {family.kind}"
    for sample in family.samples:
        labels = ",".join(f'{name}="{_quoted(value)}"' for name, value in sample.labels.items())
        name = family.name + sample.suffix
        yield f"{name}{{{labels}}} {_number(sample.value)}" if labels else f"{name} {_number(sample.value)}"


def _number(value: float) -> str:
    return "+Inf" if value == inf else repr(value)


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n")


def _quoted(text: str) -> str:
    return _escaped(text).replace('"', r"\"")
