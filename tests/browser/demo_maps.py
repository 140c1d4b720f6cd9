"""What the build of the demonstration's company has uploaded: the map of its web shop, with sources, and others' names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bloop_trio.sourcemaps.uploads import read_map
from tests.browser.demo_people import insert
from tests.sourcemaps.maps import a_map, vlq

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection

_DAY: Final = 86_400
_STOREFRONT: Final = 2
_WAREHOUSE: Final = 3
_SCRIPT: Final = "https://shop.example.com/assets/app.js"
_FILE: Final = "assets/app.js.map"

_TOTALS: Final = """\
import type { Line, Totals } from "./types";
import { vatOf } from "./vat";

/** What the lines of a basket come to, before shipping. */
export function totalsOf(lines: Line[]): Totals {
  let net = 0;
  for (const line of lines) {
    net += lineTotal(line);
  }
  return { net, vat: vatOf(net), lines: lines.length };
}

function lineTotal(line: Line): number {
  // An offer ends at midnight, and a basket may be older.
  const offer = line.offers.find((one) => one.isCurrent);
  return offer.price * line.quantity;
}
"""
_SUMMARY: Final = """\
import { totalsOf } from "./totals";
import type { Basket } from "./types";

interface Props {
  basket: Basket;
}

export function BasketSummary({ basket }: Props) {
  const totals = totalsOf(basket.lines);
  return <dl class="summary">{rowsOf(totals)}</dl>;
}
"""
_SOURCES: Final = {
    "src/basket/totals.ts": _TOTALS,
    "src/basket/BasketSummary.tsx": _SUMMARY,
    "node_modules/preact/src/diff/index.js": None,
    "node_modules/preact/src/component.js": None,
}
_FRAMES: Final = [
    (18204, "p", "src/basket/totals.ts", 15, 15, "price"),
    (18131, "m", "src/basket/totals.ts", 7, 11, "lineTotal"),
    (19377, "v", "src/basket/BasketSummary.tsx", 8, 17, "totalsOf"),
    (4410, "D", "node_modules/preact/src/diff/index.js", 274, 13, "BasketSummary"),
    (3982, "R", "node_modules/preact/src/diff/index.js", 211, 21, "diff"),
    (2271, "k", "node_modules/preact/src/component.js", 139, 5, "diff"),
]
"""Column in the script, and what is called there; file, line and column of the sources from 0, and what they call."""

MINIFIED: Final = "\n".join(
    [
        "TypeError: Cannot read properties of undefined (reading 'price')",
        *(f"    at {name} ({_SCRIPT}:1:{column + 1})" for column, name, *_ in _FRAMES),
    ]
)
"""The stack of an error in the web shop, as a browser writes it."""


def add_maps(conn: Connection, now: int) -> None:
    """Store the maps of the last releases; those of the warehouse have no content."""
    read = read_map(_FILE, _web_map(), 1_000_000)
    for number, (release, days) in enumerate([("4.12.0", 0.9), ("4.11.3", 2.2), ("4.11.2", 6.1)]):
        insert(
            conn,
            "source_maps",
            id=f"60000000-0000-4000-8000-{100 + number:012d}",
            project_no=_STOREFRONT,
            release=release,
            file=read.file,
            debug_id=read.debug_id,
            size_bytes=1_482_113 - number * 2_309,  # as large as such maps are
            stored_bytes=len(read.content),
            uploaded_secs=now - int(days * _DAY),
            uploaded_by="token:40000000-0000-4000-8000-000000000000",
            content=read.content,
        )
    for number, (release, file, size, days) in enumerate(
        [
            ("2.7.1", "assets/scanner.js.map", 1_840_112, 2),
            ("2.7.1", "assets/vendor.js.map", 6_201_377, 2),
            ("2.7.0", "assets/scanner.js.map", 1_836_008, 16),
            ("2.7.0", "assets/vendor.js.map", 6_201_377, 16),
        ]
    ):
        insert(
            conn,
            "source_maps",
            id=f"60000000-0000-4000-8000-{number:012d}",
            project_no=_WAREHOUSE,
            release=release,
            file=file,
            debug_id=f"7d1f9ac0-3f5b-4a0e-9c11-{number:012d}",
            size_bytes=size,
            stored_bytes=0,
            uploaded_secs=now - days * _DAY,
            uploaded_by="token:40000000-0000-4000-8000-000000000000",
            content=b"",
        )


def _web_map() -> bytes:
    files, names = list(_SOURCES), sorted({frame[-1] for frame in _FRAMES})
    segments, before = [], (0, 0, 0, 0, 0)
    for column, _, file, line, source_column, name in sorted(_FRAMES):
        place = (column, files.index(file), line, source_column, names.index(name))
        segments.append("".join(vlq(now - then) for now, then in zip(place, before, strict=True)))
        before = place
    return a_map(
        sources=files,
        sourcesContent=list(_SOURCES.values()),
        names=names,
        mappings=",".join(segments),
        debugId="2b1c7f04-93de-4a58-8f6e-5d0a41c6e9b7",
    )
