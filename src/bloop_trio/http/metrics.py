"""Metrics in the text format that Prometheus reads (version 0.0.4). Pure.

Whoever counts something returns `Family` values; nothing here knows what is counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

Kind = Literal["counter", "gauge"]


@attrs.frozen
class Sample:
    """One number, told apart from its siblings by its labels."""

    value: float
    labels: Mapping[str, str] = attrs.field(factory=dict)


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


def render(families: Iterable[Family]) -> bytes:
    """Return the page that a scraper reads. A family without samples still announces itself."""
    return "".join(line + "\n" for family in families for line in _lines(family)).encode()


def _lines(family: Family) -> Iterator[str]:
    yield f"# HELP {family.name} {_escaped(family.help)}"
    yield f"# TYPE {family.name} {family.kind}"
    for sample in family.samples:
        labels = ",".join(f'{name}="{_quoted(value)}"' for name, value in sample.labels.items())
        yield f"{family.name}{{{labels}}} {sample.value!r}" if labels else f"{family.name} {sample.value!r}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n")


def _quoted(text: str) -> str:
    return _escaped(text).replace('"', r"\"")
