"""How fast the page of errors is: ``python -m benchmarks.dashboard [--issues N] [--visits N] [--loaded N]``.

A real server over a database that was filled directly, in front of it a real Chromium, and the figures that the page
notes about itself. They are told beside what they should be, and held to nothing: machines differ and are noisy.
"""

from __future__ import annotations

import argparse
import math
import tempfile
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final

from playwright.sync_api import expect, sync_playwright
from tests.browser.many_issues import PROJECT, furnish_many
from tests.browser.visiting import FLAGS, Visitor, find_chromium, open_site

from benchmarks.dashboard_page import BYTES, JUMP, MEASURED, NODES, PRESSED, SCROLL, WATCH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from playwright.sync_api import Browser, Page
    from tests.browser.visiting import Site

PATH: Final = f"/issues?project={PROJECT}"
ROWS: Final = ".issue[role=row]"
LISTED: Final = "issues-listed"
"""The measure that the page makes from a question for rows until they are painted."""
FRAME_MS: Final = 1000 / 60
PAINT_MS: Final = 300
FILTER_MS: Final = 100
QUERIES: Final = (
    *(
        "is:resolved",
        "pallet",
        "source:api",
        "is:all pallet",
        "release:1.0",
        "pallet place",
        "Error99",
        "12345",
        "nowhere",
    ),
    *("env:prod", "pallet 99999", "where"),
)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dashboard", description=__doc__)
    parser.add_argument("--issues", type=int, default=100_000, help="issues in the database")
    parser.add_argument("--visits", type=int, default=10, help="times that the page is opened, with each kind of cache")
    parser.add_argument("--presses", type=int, default=100, help="times that j and k are pressed")
    parser.add_argument("--loaded", type=int, default=100_000, help="rows to load before the list is scrolled again")
    options = parser.parse_args()
    path = find_chromium()
    if path is None:
        raise SystemExit("no Chromium: install one, or name it in BLOOP_TEST_CHROMIUM")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        cookie = furnish_many(Path(folder) / "bloop.db", options.issues)
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        with open_site(Path(folder)) as site:
            site.cookies = [{"name": "bloop_session", "value": cookie, "url": site.origin}]
            print(f"{options.issues:,} issues, server and browser on the same processors\n")
            print("| figure | median | p95 | should be | |\n|---|---|---|---|---|")
            _open_again_and_again(browser, site, options.visits)
            with _visiting(browser, site) as page:
                _filter(page)
                _open(page)
                _walk(page, options.presses, "among the first")
                _scroll(page, "while rows come in")
                _weigh(page, f"{_loaded(page):,} rows loaded")
                _load(page, min(options.loaded, options.issues))
                _walk(page, options.presses, f"{_loaded(page):,} rows loaded")
                _scroll(page, f"{_loaded(page):,} rows loaded")
                _weigh(page, f"{_loaded(page):,} rows loaded")
        browser.close()


@contextmanager
def _visiting(browser: Browser, site: Site) -> Iterator[Page]:
    """Open the page with empty caches, and close it again."""
    visitor = Visitor.arrive(browser, site)
    visitor.context.add_cookies(site.cookies)
    visitor.context.add_init_script(WATCH)
    _open(visitor.page)
    yield visitor.page
    visitor.leave()


def _open(page: Page) -> None:
    page.goto(PATH)
    page.wait_for_function(MEASURED, arg=[LISTED, 1])
    expect(page.locator(ROWS).first).to_be_visible()


def _open_again_and_again(browser: Browser, site: Site, visits: int) -> None:
    found: dict[str, list[list[float]]] = {}
    weight: dict[str, int] = {}
    for number in range(visits + 1):
        with _visiting(browser, site) as page:
            kinds = ["empty cache", "cached"]
            for kind in kinds:
                if kind == "cached":
                    _open(page)
                elif number == 0:
                    page.wait_for_timeout(500)  # what is loaded when all else is there is weighed too
                    weight = page.evaluate(BYTES)
                paints = page.evaluate("window.bench.paints")
                ((began, took), *_) = page.evaluate(f"window.bench.measures['{LISTED}']")
                if number:  # the first is for warming up
                    figures = [paints["first-contentful-paint"], began, began + took]
                    found.setdefault(kind, []).append(figures)
    for kind, times in found.items():
        paints, asked, listed = zip(*times, strict=True)
        _row(f"first contentful paint, {kind}", paints, PAINT_MS)
        _row(f"rows asked for, {kind}", asked)
        _row(f"rows painted, {kind}", listed)
    sizes = ", ".join(f"{kind} {size / 1000:.1f} kB" for kind, size in sorted(weight.items()))
    print(f"| loaded by the first visit, as sent | {sizes} | | | |", flush=True)


def _filter(page: Page) -> None:
    """Choose statuses, and type queries: from the last key or press to the rows being painted."""
    pressed: list[float] = []
    for _ in range(4):
        for status in ("All", "Unresolved"):
            button = page.locator(".segment").filter(has_text=status).first
            pressed.append(_until_listed(page, button.click))
    entered = [_type(page, query, "Enter") for query in QUERIES]
    typed = [_type(page, query, query[-1]) for query in QUERIES if ":" not in query]
    _row("status chosen to rows painted", pressed, FILTER_MS)
    _row("Enter behind a query to rows painted", entered, FILTER_MS)
    _row("last letter of words to rows painted", typed, FILTER_MS)


def _type(page: Page, query: str, last: str) -> float:
    """Type into the filter of the usual list, and return how long it takes from the last key to the rows."""
    page.goto(PATH)
    page.wait_for_function(MEASURED, arg=[LISTED, 1])
    page.wait_for_timeout(300)  # until all else is there
    page.keyboard.press("/")
    page.keyboard.type(query if last == "Enter" else query[:-1])
    return _until_listed(page, lambda: page.keyboard.press(last))


def _until_listed(page: Page, act: Callable[[], object]) -> float:
    made = "(window.bench.measures['issues-listed'] ?? [])"
    count = page.evaluate(f"{made}.length")
    act()
    page.wait_for_function(MEASURED, arg=[LISTED, count + 1])
    page.wait_for_timeout(100)
    took: float = page.evaluate(f"{made}.at(-1)[0] + {made}.at(-1)[1] - window.bench.actedAt")
    return took


def _walk(page: Page, presses: int, where: str) -> None:
    page.evaluate("scrollTo(0, 0); window.bench.presses = []; window.bench.events = []")
    page.keyboard.press("j")
    for number in range(presses):
        page.keyboard.press("k" if number % 10 == 9 else "j")
        page.wait_for_function(PRESSED, arg=number + 2)
    found = page.evaluate("window.bench.presses")[1:]
    slow = sum(duration > 2 * FRAME_MS for duration in page.evaluate("window.bench.events"))
    late = sum(not moved for _, moved in found)
    _row(f"j or k to painted, {where}", [took for took, _ in found], 2 * FRAME_MS)
    verdict = "met" if late == 0 else "MISSED"
    print(f"| the same: not in the next frame | {late} of {len(found)} | | 0 | {verdict} |")
    print(
        f"| the same: over two frames by event timing | {slow} of {len(found)} | | 0 | {_verdict(slow, 0)} |",
        flush=True,
    )


def _scroll(page: Page, where: str) -> None:
    page.evaluate("scrollTo(0, 0)")
    usual = page.evaluate(SCROLL, [240, 0])
    gaps = page.evaluate(SCROLL, [480, 90])
    _row(f"frame while nothing moves, {where}", usual)
    _row(f"frame while scrolling 90 px each, {where}", gaps, 1.5 * FRAME_MS)
    dropped, of = _dropped(gaps), len(gaps)
    print(f"| frames dropped by it | {dropped} of {of} (at rest {2 * _dropped(usual)}) | | | |")
    _row(f"jump to anywhere to painted, {where}", page.evaluate(JUMP, 40), 3 * FRAME_MS)


def _dropped(gaps: Sequence[float]) -> int:
    return sum(round(gap / FRAME_MS) - 1 for gap in gaps if gap > 1.5 * FRAME_MS)


def _loaded(page: Page) -> int:
    heights = "rows => [rows.clientHeight, rows.firstElementChild.getBoundingClientRect().height]"
    whole, one = page.locator(".virtual-rows").evaluate(heights)
    return int(whole / one)


def _load(page: Page, rows: int) -> None:
    """Go to the end, until so many rows are loaded."""
    tries = 0
    before = _loaded(page)
    while before < rows and tries < 50:
        page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        page.wait_for_timeout(20)
        now = _loaded(page)
        tries = tries + 1 if now == before else 0
        before = now


def _weigh(page: Page, where: str) -> None:
    cdp = page.context.new_cdp_session(page)
    cdp.send("HeapProfiler.collectGarbage")
    used = cdp.send("Runtime.getHeapUsage")["usedSize"]
    print(f"| memory of scripts, {where} | {used / 1e6:.1f} MB | | | |")
    print(f"| elements, {where} | {page.evaluate(NODES):,} | | | |", flush=True)
    cdp.detach()


def _row(name: str, times_ms: Sequence[float], should_ms: float | None = None) -> None:
    ordered = sorted(times_ms)
    middle, late = median(ordered), ordered[math.ceil(len(ordered) * 0.95) - 1]
    target = "" if should_ms is None else f"{should_ms:.0f} ms"
    verdict = "" if should_ms is None else _verdict(middle, should_ms)
    print(f"| {name} | {middle:.1f} ms | {late:.1f} ms | {target} | {verdict} |", flush=True)


def _verdict(found: float, should: float) -> str:
    return "met" if found <= should else "MISSED"


if __name__ == "__main__":
    main()
