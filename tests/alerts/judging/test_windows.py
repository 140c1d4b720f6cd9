"""Sliding counts: equal to counting every event anew, and bounded."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bloop_trio.alerts.judging.windows import Pieces, Windows

PIECE_MS = 10_000
KEY = (1, "one")


def filled(windows: Windows, events: list[tuple[str, int, str, str, int]], owners: dict[str, int]) -> None:
    for fingerprint, start_ms, environment, source, count in events:
        windows.add((1, fingerprint), owners[fingerprint], start_ms, environment, source, count)


EVENTS = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.integers(0, 40).map(lambda piece: piece * PIECE_MS),
        st.sampled_from(["prod", "beta"]),
        st.sampled_from(["api", "ios"]),
        st.integers(1, 5),
    ),
    max_size=60,
)


@given(
    events=EVENTS,
    first_ms=st.integers(-10_000, 420_000),
    span_ms=st.integers(0, 420_000),
    environment=st.none() | st.sampled_from(["prod", "beta"]),
    source=st.none() | st.sampled_from(["api", "ios"]),
)
def test_a_window_holds_what_counting_every_event_gives(
    events: list[tuple[str, int, str, str, int]],
    first_ms: int,
    span_ms: int,
    environment: str | None,
    source: str | None,
) -> None:
    windows = Windows(PIECE_MS, 600_000)
    filled(windows, events, {"a": 1, "b": 1, "c": 2})
    for issue_id, fingerprints in ((1, "ab"), (2, "c")):
        expected = sum(
            count
            for fingerprint, start_ms, of_environment, of_source, count in events
            if fingerprint in fingerprints
            and first_ms <= start_ms <= first_ms + span_ms
            and environment in {None, of_environment}
            and source in {None, of_source}
        )
        window = windows.get(issue_id)
        held = 0 if window is None else window.between(first_ms, first_ms + span_ms, environment, source)
        assert held == expected
    assert windows.take_touched() == {1 if event[0] in "ab" else 2 for event in events}


@given(events=EVENTS, now_ms=st.integers(0, 500_000), moved=st.dictionaries(st.sampled_from("abc"), st.integers(1, 4)))
def test_forgetting_and_regrouping_keep_the_books(
    events: list[tuple[str, int, str, str, int]], now_ms: int, moved: dict[str, int]
) -> None:
    horizon_ms = 100_000
    owners = {"a": 1, "b": 1, "c": 2}
    windows = Windows(PIECE_MS, horizon_ms)
    filled(windows, events, owners)
    windows.reassign({(1, fingerprint): issue_id for fingerprint, issue_id in (owners | moved).items()})
    windows.forget_old(now_ms, [window.issue_id for window in windows])
    kept = [event for event in events if now_ms - horizon_ms <= event[1] <= now_ms + PIECE_MS]
    totals: dict[int, int] = {}
    for fingerprint, _, _, _, count in kept:
        owner = (owners | moved)[fingerprint]
        totals[owner] = totals.get(owner, 0) + count
    assert {window.issue_id: window.total for window in windows} == totals
    assert windows.pieces == len({event[:4] for event in kept}) == sum(window.pieces for window in windows)
    assert set(windows.held_keys()) == {(1, event[0]) for event in kept}


def test_a_fingerprint_whose_issue_is_gone_is_let_go() -> None:
    windows = Windows(PIECE_MS, 100_000)
    windows.add(KEY, 1, 0, "prod", "api", 3)
    windows.reassign({})
    assert (len(windows), windows.pieces, windows.held_keys()) == (0, 0, [])


def test_the_issues_that_were_quiet_longest_make_room() -> None:
    windows = Windows(PIECE_MS, 100_000, max_issues=10)
    for number in range(10):
        windows.add((1, str(number)), number, 0, "prod", "api", 1)
    windows.take_touched()
    windows.add((1, "0"), 0, 0, "prod", "api", 1)
    windows.add((1, "10"), 10, 0, "prod", "api", 1)
    assert [window.issue_id for window in windows] == [3, 4, 5, 6, 7, 8, 9, 0, 10]
    assert (windows.evicted, windows.pieces) == (2, 9)


def test_pieces_are_bounded_too() -> None:
    windows = Windows(PIECE_MS, 10_000_000, max_pieces=100)
    for number in range(1_000):
        windows.add((1, str(number % 5)), number % 5, number * PIECE_MS, "prod", "api", 1)
        assert windows.pieces <= 100


def test_events_that_come_late_stand_where_they_belong() -> None:
    pieces = Pieces()
    for start_ms in (30_000, 10_000, 20_000, 10_000):
        pieces.add(start_ms, 1)
    assert [pieces.between(start, start) for start in (10_000, 20_000, 30_000)] == [2, 1, 1]
    assert pieces.keep(20_000, 20_000) == (2, 3)
    assert (len(pieces), pieces.total) == (1, 1)
