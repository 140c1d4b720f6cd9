"""The sliding counts of all rules with a threshold: filled from the store once, and then by every batch."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Final

import structlog
import trio

from bloop_trio.alerts.judging.firing import MAX_AT_ONCE
from bloop_trio.alerts.judging.judging import covers, needed_windows
from bloop_trio.alerts.judging.thresholds import Excess
from bloop_trio.alerts.judging.windows import MAX_PIECES, IssueWindow, Windows
from bloop_trio.clock import MS_PER_SEC
from bloop_trio.db.snapshot import snapshot
from bloop_trio.issues.events.batch import RECENT_BUCKET_MS
from bloop_trio.issues.grouping.fingerprint import own_fingerprint

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence
    from collections.abc import Set as AbstractSet

    from bloop_trio.alerts.judging.judging import RuleBook
    from bloop_trio.alerts.rules.rule import Rule, Threshold
    from bloop_trio.db.connection import Connection
    from bloop_trio.db.readers import Readers
    from bloop_trio.issues.writing.writer import BatchResult

_log = structlog.get_logger("bloop.alerts")

FILL_LIMIT_MS: Final = 30_000
"""How long reading the counts of the longest window may take."""
_LOOKED_AT_ONCE: Final = 20
"""Issues that are held against every rule before other tasks have their turn."""
_AT_ONCE: Final = 500
"""Issues of which something is read or dropped before other tasks have their turn."""


class ThresholdCounts:
    """The windows of the rules in use.

    `add` is called for every committed batch, in their order. What is counted is always what the store holds, up to the
    last batch that was added: filling reads one state of the store, and leaves out the batches that were in it.
    """

    def __init__(self) -> None:
        self._windows: dict[int, Windows] = {}
        self._projects: dict[int, bool] = {}
        """Whether the events of a project have to be counted."""
        self._book: RuleBook | None = None
        self._missed: list[BatchResult] | None = None
        """Batches that were committed while the windows are being filled."""
        self._routes: dict[int, str | None] = {}
        self._over: dict[int, set[int]] = {}
        """By length of pieces, the issues that were over a threshold when they were last looked at."""

    @property
    def issues(self) -> int:
        """Issues whose events are counted."""
        return sum(map(len, self._windows.values()))

    def take_evicted(self) -> int:
        """Return how many issues were let go for want of room since the last call."""
        evicted = 0
        for windows in self._windows.values():
            evicted, windows.evicted = evicted + windows.evicted, 0
        return evicted

    def add(self, result: BatchResult) -> bool:
        """Count a batch; returns whether any rule has to be judged for it."""
        if self._missed is not None:
            self._missed.append(result)
        is_counted = False
        for windows in self._windows.values():
            is_counted |= self._add(windows, result)
        return is_counted

    def _add(self, windows: Windows, result: BatchResult) -> bool:
        refs, combined = result.refs, result.combined
        wanted = self._projects
        if not any(wanted.get(project_no, True) for project_no in combined.projects):
            return False
        if windows.piece_ms == RECENT_BUCKET_MS:
            for (bucket_ms, key, environment, source), count in combined.recent.items():
                if self._is_wanted(key[0]):
                    windows.add(key, refs[key].issue_id, bucket_ms, environment, source, count)
        else:
            for (key, hour_ms, environment, source), count in combined.hours.items():
                if self._is_wanted(key[0]):
                    windows.add(key, refs[key].issue_id, hour_ms, environment, source, count)
        return True

    def _is_wanted(self, project_no: int) -> bool:
        known = self._projects.get(project_no)
        if known is None:
            known = self._projects[project_no] = self._book is not None and self._book.counts_project(project_no)
        return known

    async def use(self, book: RuleBook, readers: Readers, now_ms: int) -> None:
        """Count for the rules of `book`, from now on and as far back as they look."""
        needed = needed_windows(book)
        were_counted = [no for no, is_wanted in self._projects.items() if is_wanted]
        is_wider = self._book is None or any(
            book.counts_project(no) for no, is_wanted in self._projects.items() if not is_wanted
        )
        self._book = book
        self._projects = {no: True for no in were_counted if book.counts_project(no)}
        self._over.clear()
        if is_wider or not covers(self._windows, needed):
            try:
                await self._fill(needed, readers, now_ms)
            except BaseException:
                self._book = None  # what is held is not enough: the next call fills anew
                raise
        self._windows = {piece_ms: windows for piece_ms, windows in self._windows.items() if piece_ms in needed}
        for windows in self._windows.values():
            windows.touch([window.issue_id for window in windows])

    async def _fill(self, needed: dict[int, int], readers: Readers, now_ms: int) -> None:
        if not needed:
            return
        self._missed = []
        try:
            filled, last_event_id = await readers.run(
                partial(self._read, needed=needed, now_ms=now_ms), time_limit_ms=FILL_LIMIT_MS
            )
            self._windows = filled
            for result in self._missed:
                if result.last_event_id > last_event_id:
                    for windows in filled.values():
                        self._add(windows, result)
        finally:
            self._missed = None
        _log.debug("alert counts read", issues=self.issues, windows=[w.horizon_ms for w in filled.values()])

    def _read(self, conn: Connection, *, needed: dict[int, int], now_ms: int) -> tuple[dict[int, Windows], int]:
        filled = {}
        with snapshot(conn):
            (last_event_id,) = conn.execute("SELECT value FROM sequences WHERE name = 'event_id'").fetchone()
            for piece_ms, horizon_ms in needed.items():
                windows = filled[piece_ms] = Windows(piece_ms, horizon_ms)
                table, column = (
                    ("event_counts_recent", "bucket_ms")
                    if piece_ms == RECENT_BUCKET_MS
                    else ("event_counts_hourly", "hour_ms")
                )
                rows = conn.execute(
                    f"SELECT f.project_no, f.fingerprint, f.issue_id, c.{column}, c.environment, c.source, c.count"
                    f" FROM (SELECT * FROM {table} WHERE {column} BETWEEN ? AND ? ORDER BY {column} DESC LIMIT ?) AS c"
                    f" CROSS JOIN issue_fingerprints AS f ON f.id = c.fingerprint_id ORDER BY c.{column}",
                    (now_ms - horizon_ms, now_ms, MAX_PIECES),
                )
                for project_no, fingerprint, issue_id, *piece in rows:
                    if self._is_wanted(project_no):
                        windows.add((project_no, fingerprint), issue_id, *piece)
        return filled, last_event_id

    async def judge(
        self, book: RuleBook, now_ms: int, judge: Callable[[Sequence[Excess]], Awaitable[None]], *, again: bool
    ) -> None:
        """Have judged, some of them at a time, where issues with new events are over a threshold.

        With `again`, also those that were before.
        """
        found: list[Excess] = []
        for piece_ms, windows in self._windows.items():
            over = self._over.setdefault(piece_ms, set())
            if again:
                windows.touch(over)
            touched = windows.take_touched()
            for number, issue_id in enumerate(touched):
                if number % _LOOKED_AT_ONCE == _LOOKED_AT_ONCE - 1:
                    await trio.lowlevel.checkpoint()
                window = windows.get(issue_id)
                excesses = [] if window is None else _excesses_of(book, window, piece_ms, now_ms)
                (over.add if excesses else over.discard)(issue_id)
                found += excesses
                if len(found) >= MAX_AT_ONCE:
                    await judge(found)
                    found = []
            found += await self._routes_over(book, windows, touched, now_ms, again=again)
        if found:
            await judge(found)

    def touch(self) -> None:
        """Have all issues looked at again: the last look came to nothing."""
        for windows in self._windows.values():
            windows.touch([window.issue_id for window in windows])

    async def _routes_over(
        self, book: RuleBook, windows: Windows, touched: set[int], now_ms: int, *, again: bool
    ) -> list[Excess]:
        rules = book.route_rules(windows.piece_ms)
        routes = {config.route for _, config in rules}
        if not rules or not (again or any(self._routes.get(issue_id) in routes for issue_id in touched)):
            return []
        found = []
        members = await self._members(windows, routes)
        totals = {place: sum(window.total for window in of_route) for place, of_route in members.items()}
        # Rules that differ in their threshold alone share what they count.
        known: dict[tuple[object, ...], dict[int, int]] = {}
        for rule, config in rules:
            await trio.lowlevel.checkpoint()
            for place, of_route in members.items():
                project_no, route = place
                if route != config.route or rule.project_no not in {None, project_no}:
                    continue
                if totals[place] <= config.threshold:
                    continue
                asked = (place, config.window_secs, rule.environment_filter, rule.source_filter)
                if asked not in known:
                    known[asked] = await _count_each(of_route, rule, config, now_ms)
                if sum(known[asked].values()) > config.threshold:
                    found.append(Excess(rule=rule, config=config, project_no=project_no, counts=known[asked]))
        return found

    async def _members(
        self, windows: Windows, routes: AbstractSet[str | None]
    ) -> dict[tuple[int, str], list[IssueWindow]]:
        """Return the issues of each of these routes, by (project number, route)."""
        members: dict[tuple[int, str], list[IssueWindow]] = {}
        for number, window in enumerate(list(windows)):
            if number % _AT_ONCE == _AT_ONCE - 1:
                await trio.lowlevel.checkpoint()
            route = self._routes.get(window.issue_id)
            if route is not None and route in routes:
                members.setdefault((window.project_no, route), []).append(window)
        return members

    def unknown_routes(self, book: RuleBook) -> list[int]:
        """Return the issues whose route has to be known, and is not."""
        if not any(config.route is not None for _, config in book.thresholds):
            return []
        # An issue has to be known from its first event on, of which it is touched.
        return sorted({i for windows in self._windows.values() for i in windows.touched if i not in self._routes})

    def learn_routes(self, routes: dict[int, str | None]) -> None:
        """Remember the routes of issues."""
        self._routes |= routes

    async def forget_old(self, now_ms: int) -> None:
        """Let go of what no window holds any more."""
        for windows in self._windows.values():
            held = [window.issue_id for window in windows]
            for start in range(0, len(held), _AT_ONCE):
                windows.forget_old(now_ms, held[start : start + _AT_ONCE])
                await trio.lowlevel.checkpoint()
        still = {window.issue_id for windows in self._windows.values() for window in windows}
        self._routes = {issue_id: route for issue_id, route in self._routes.items() if issue_id in still}

    async def regroup(self, readers: Readers) -> None:
        """Follow fingerprints that belong to another issue since issues were merged or taken apart."""
        keys = {key for windows in self._windows.values() for key in windows.held_keys()}
        if keys:
            owners = await readers.run(partial(read_owners, keys=keys))
            for windows in self._windows.values():
                windows.reassign({key: owners[key] for key in windows.held_keys() if key in owners})
        self._routes.clear()
        self.touch()


async def _count_each(windows: Sequence[IssueWindow], rule: Rule, config: Threshold, now_ms: int) -> dict[int, int]:
    """Return the events that a rule counts, of each issue that had any."""
    counts: dict[int, int] = {}
    first_ms = now_ms - config.window_secs * MS_PER_SEC
    for number, window in enumerate(windows):
        if number % _AT_ONCE == _AT_ONCE - 1:
            await trio.lowlevel.checkpoint()
        count = window.between(first_ms, now_ms, rule.environment_filter, rule.source_filter)
        if count:
            counts[window.issue_id] = count
    return counts


def _excesses_of(book: RuleBook, window: IssueWindow, piece_ms: int, now_ms: int) -> list[Excess]:
    return [
        Excess(rule=rule, config=config, project_no=window.project_no, counts={window.issue_id: count})
        for rule, config, count in book.exceeded(window, piece_ms, now_ms)
    ]


def read_owners(conn: Connection, *, keys: Iterable[tuple[int, str]]) -> dict[tuple[int, str], int]:
    """Return the issues that fingerprints belong to, by (project number, fingerprint)."""
    rows = conn.execute(
        "SELECT f.project_no, f.fingerprint, f.issue_id FROM json_each(?) AS asked"
        " CROSS JOIN issue_fingerprints AS f ON f.project_no = json_extract(asked.value, '$[0]')"
        " AND f.fingerprint = json_extract(asked.value, '$[1]')",
        (json.dumps(list(keys)),),
    )
    return {(project_no, fingerprint): issue_id for project_no, fingerprint, issue_id in rows}


def read_targets(conn: Connection, book: RuleBook) -> dict[tuple[int, str], int]:
    """Return the issues that rules name by a fingerprint, by (project number, fingerprint as the rule has it)."""
    targets = {}
    for fingerprint in {config.fingerprint for _, config in book.thresholds if config.fingerprint is not None}:
        found = issues_named(conn, fingerprint)
        targets.update({(project_no, fingerprint): issue_id for project_no, issue_id in found.items()})
    return targets


def issues_named(conn: Connection, fingerprint: str) -> dict[int, int]:
    """Return the issues that a rule means by a fingerprint, by the number of their project."""
    rows = conn.execute(
        "SELECT f.project_no, f.issue_id FROM projects AS p"
        " CROSS JOIN issue_fingerprints AS f ON f.project_no = p.no AND f.fingerprint = ?",
        (own_fingerprint(fingerprint),),
    )
    return dict(rows.fetchall())


def read_routes(conn: Connection, issue_ids: Iterable[int]) -> dict[int, str | None]:
    """Return the routes of issues."""
    rows = conn.execute(
        "SELECT i.id, i.route_or_procedure FROM json_each(?) AS asked CROSS JOIN issues AS i ON i.id = asked.value",
        (json.dumps(list(issue_ids)),),
    )
    return dict(rows.fetchall())
