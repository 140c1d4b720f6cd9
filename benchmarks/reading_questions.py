"""What readers ask, with values that are common and values that are rare in the database at hand."""

from __future__ import annotations

import random
import sqlite3
from itertools import product
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

import attrs

from benchmarks.fill_texts import CAUSES, KINDS, SUBJECTS
from bloop_trio.http.cursors import write_cursor
from bloop_trio.issues.queries.filters import Group, Sort

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DEPTH: Final = 100_000
ORDERS: Final = tuple(product(Group, Sort))


@attrs.frozen
class Kind:
    """Requests that are to be answered equally fast."""

    name: str
    target_ms: float
    """For 95 of 100 answers."""


PAGE: Final = Kind("first page: any one filter, or status and one more", 25)
COMBINED: Final = Kind("first page: any other combination", 150)
DEEP: Final = Kind("page deep down, by cursor", 25)
SEARCH: Final = Kind("q=", 100)
DETAIL: Final = Kind("detail with samples", 30)
NUMBERS: Final = Kind("/v1/stats, /v1/trends", 10)
OTHER: Final = Kind("occurrences, sparklines, facets", 30)


@attrs.frozen
class Question:
    """Paths that differ in their values alone."""

    name: str
    kind: Kind
    paths: tuple[str, ...]


@attrs.frozen
class Listed:
    """Values of filters, for a list in every order and grouping."""

    name: str
    kind: Kind
    filters: tuple[dict[str, str | int], ...]
    """Requests take them in turn."""

    def question(self, group: Group, sort: Sort) -> Question:
        """Return the question in one order and grouping."""
        order = {"group": group.value, "sort": sort.value}
        paths = tuple(f"/v1/errors?{urlencode(filters | order)}" for filters in self.filters)
        return Question(f"{self.name}, {group.value}, {sort.value}", self.kind, paths)


class Values:
    """What there is in a database."""

    def __init__(self, database: Path) -> None:
        self._conn = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
        self.rng = random.Random(3)
        self.newest_ms, self.oldest_ms = self._conn.execute(
            "SELECT max(last_seen_ms), min(first_seen_ms) FROM issues"
        ).fetchone()

    def close(self) -> None:
        """Close the database."""
        self._conn.close()

    def common(self, facet: str, count: int) -> list[str]:
        """Return the values of a facet that most events have."""
        return self._facet(facet, "DESC", count)

    def rare(self, facet: str, count: int) -> list[str]:
        """Return the values of a facet that the fewest events have."""
        return self._facet(facet, "ASC", count)

    def _facet(self, facet: str, order: str, count: int) -> list[str]:
        sql = f"SELECT value FROM facet_counts WHERE facet = ? ORDER BY total_count {order} LIMIT ?"
        return [value for (value,) in self._conn.execute(sql, (facet, count))]

    def fingerprints(self, count: int, *, busiest: bool = False) -> list[str]:
        """Return fingerprints from anywhere, or those of the issues with the most events."""
        if busiest:
            sql = "SELECT fingerprint FROM issues ORDER BY total_count DESC LIMIT ?"
            return [fingerprint for (fingerprint,) in self._conn.execute(sql, (count,))]
        (newest,) = self._conn.execute("SELECT max(id) FROM issues").fetchone()
        return [
            self._conn.execute(
                "SELECT fingerprint FROM issues WHERE id >= ?", (self.rng.randrange(newest),)
            ).fetchone()[0]
            for _ in range(count)
        ]

    def depth(self) -> int:
        """Return how deep a deep page is: in a small list, its middle."""
        (rows,) = self._conn.execute("SELECT count(*) FROM issues").fetchone()
        return min(DEPTH, int(rows) // 2)

    def cursors(self, group: Group, sort: Sort, count: int) -> list[str]:
        """Return cursors to places deep down in a list."""
        sql = f"SELECT {sort.column}, id FROM {group.table} ORDER BY 1 DESC, 2 DESC LIMIT ? OFFSET ?"
        rows = self._conn.execute(sql, (count * 7, self.depth())).fetchall()
        return [write_cursor(f"{group.value}.{sort.value}", *place) for place in rows[::7]]

    def moment(self, age: float) -> int:
        """Return a time: 0 is the newest sighting, 1 the oldest."""
        return int(self.newest_ms - (self.newest_ms - self.oldest_ms) * age)

    def moments(self, low: float, high: float) -> list[int]:
        """Return times of such an age."""
        return [self.moment(low + (high - low) * self.rng.random()) for _ in range(20)]


def pages(values: Values) -> list[Listed]:
    """Return the lists of the first target: one filter, or a status and one more."""
    single = _single(values)
    statuses = ("unresolved", "resolved", "muted")
    alone = [Listed("no filter", PAGE, ({},)), *(Listed(name, PAGE, tuple(f)) for name, f in single.items())]
    alone += [Listed(f"status={status}", PAGE, ({"status": status},)) for status in statuses]
    more = [
        Listed(f"status={status} + {name}", PAGE, tuple({"status": status, **filters} for filters in of_name))
        for status, (name, of_name) in product(statuses, single.items())
    ]
    return alone + more


def _single(values: Values) -> dict[str, list[dict[str, str | int]]]:
    found: dict[str, list[dict[str, str | int]]] = {}
    for facet, common, rare in (("release", 40, 5), ("environment", 1, 1), ("source", 3, 1), ("route", 20, 20)):
        found[f"common {facet}"] = [{facet: value} for value in values.common(facet, common)]
        found[f"rare {facet}"] = [{facet: value} for value in values.rare(facet, rare)]
    found["source family"] = [{"source": "api"}]
    found["value that is not there"] = [{"release": "no such"}]
    found["since lately"] = [{"since": at} for at in values.moments(0.0, 0.01)]
    found["since long ago"] = [{"since": at} for at in values.moments(0.5, 0.99)]
    found["until lately"] = [{"until": at} for at in values.moments(0.01, 0.5)]
    found["until long ago"] = [{"until": at} for at in values.moments(0.99, 0.999)]
    return found


def combinations(values: Values) -> list[Listed]:
    """Return lists by several filters at once."""
    single = _single(values)
    names = [
        ("common release", "common environment"),
        ("common release", "rare environment"),
        ("common release", "rare source"),
        ("common release", "common route"),
        ("common environment", "common source"),
        ("common environment", "rare route"),
        ("rare environment", "common source"),
        ("common source", "common route"),
        ("common release", "since lately"),
        ("common release", "until long ago"),
        ("common source", "until long ago"),
        ("rare source", "since long ago"),
        ("rare environment", "until lately"),
        ("common release", "common environment", "common source"),
        ("common release", "rare environment", "common route", "since long ago"),
    ]
    found = []
    for together in names:
        merged = [_merged(values.rng.choice(single[name]) for name in together) for _ in range(30)]
        found.append(Listed(" + ".join(together), COMBINED, tuple(merged)))
        with_status = tuple(filters | {"status": "unresolved"} for filters in merged)
        found.append(Listed(" + ".join(("status", *together)), COMBINED, with_status))
    searched: list[dict[str, str | int]] = [
        {"q": "failed", "status": "resolved"},
        {"q": "failed", "environment": "prod"},
    ]
    return [*found, Listed("q=common + one more", COMBINED, tuple(searched))]


def _merged(filters: Iterator[dict[str, str | int]]) -> dict[str, str | int]:
    merged: dict[str, str | int] = {}
    for some in filters:
        merged |= some
    return merged


def searches(values: Values) -> list[Listed]:
    """Return lists by words."""
    rng = values.rng
    texts = {
        "q=common word": ["failed", "customer", "shard"],
        "q=some words": [f"{subject} {kind.lower()}" for subject in SUBJECTS for kind in KINDS[:3]],
        "q=rare word": [f"s{rng.randrange(4_000)}x" for _ in range(30)],
        "q=number": [str(rng.randrange(250_000)) for _ in range(30)],
        "q=phrase": [f'"{cause}"' for cause in CAUSES],
        "q=prefix": ["conn*", "per*", "pay*", "fail*", "s1*"],
        "q=nothing": [f"no{rng.randrange(10**6)}such" for _ in range(30)],
    }
    return [Listed(name, SEARCH, tuple({"q": text} for text in of_name)) for name, of_name in texts.items()]


def deep_pages(values: Values) -> list[Question]:
    """Return the pages deep down in the unfiltered list, found by cursor."""
    questions = []
    for group, sort in ORDERS:
        order = {"group": group.value, "sort": sort.value}
        cursors = values.cursors(group, sort, 30)
        paths = tuple(f"/v1/errors?{urlencode(order | {'cursor': cursor})}" for cursor in cursors)
        questions.append(Question(f"depth {values.depth():,}, {group.value}, {sort.value}", DEEP, paths))
    return questions


def others(values: Values) -> list[Question]:
    """Return everything that is not a list."""
    some, busiest = values.fingerprints(60), values.fingerprints(30, busiest=True)
    trends = (urlencode([("fingerprint", fingerprint) for fingerprint in values.fingerprints(50)]) for _ in range(20))
    return [
        Question("detail with samples, any", DETAIL, tuple(f"/v1/errors/{fingerprint}" for fingerprint in some)),
        Question("detail with samples, busiest", DETAIL, tuple(f"/v1/errors/{fingerprint}" for fingerprint in busiest)),
        Question("occurrences, any", OTHER, tuple(f"/v1/errors/{fingerprint}/occurrences" for fingerprint in some)),
        Question(
            "occurrences, busiest", OTHER, tuple(f"/v1/errors/{fingerprint}/occurrences" for fingerprint in busiest)
        ),
        Question("/v1/stats", NUMBERS, ("/v1/stats",)),
        Question("/v1/trends", NUMBERS, ("/v1/trends?hours=72", "/v1/trends?hours=720")),
        Question("/v1/error-trends of 50", OTHER, tuple(f"/v1/error-trends?{asked}" for asked in trends)),
        Question("/v1/facets", OTHER, ("/v1/facets", "/v1/facets?prefix=/api/v1/", "/v1/facets?prefix=4")),
    ]
