"""Combining a batch must count exactly as writing its events one by one would."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from bloop_trio.clock import MS_PER_HOUR
from bloop_trio.issues.events.batch import AcceptedEvent, combine, newest_by_fingerprint
from bloop_trio.issues.events.event import Event
from tests.conftest import NOW_MS

events = st.builds(
    lambda project_no, fingerprint, release, environment, source, route, offset_ms: AcceptedEvent(
        Event(
            timestamp=NOW_MS,
            source=source,
            environment=environment,
            release=release,
            error_type="E",
            message="m",
            route_or_procedure=route,
        ),
        project_no,
        fingerprint,
        NOW_MS + offset_ms,
    ),
    st.integers(1, 2),
    st.sampled_from("abc"),
    st.sampled_from(["1.0", "1.1"]),
    st.sampled_from(["prod", "test"]),
    st.sampled_from(["api", "ios"]),
    st.sampled_from([None, "", "/a", "/b"]),
    st.integers(-2 * MS_PER_HOUR, 2 * MS_PER_HOUR),
)


@given(st.lists(events, max_size=40))
def test_every_count_equals_counting_one_by_one(batch: list[AcceptedEvent]) -> None:
    combined = combine(batch)

    def hour(a: AcceptedEvent) -> int:
        return a.received_ms // MS_PER_HOUR * MS_PER_HOUR

    def counted(spans: dict) -> dict:  # type: ignore[type-arg]  # any key
        return {key: span.count for key, span in spans.items()}

    assert counted(combined.issues) == Counter(a.key for a in batch)
    assert counted(combined.releases) == Counter((a.key, a.event.release, a.event.environment) for a in batch)
    assert combined.hours == Counter((a.key, hour(a), a.event.environment, a.event.source) for a in batch)
    assert combined.recent == Counter(
        (a.received_ms // 10_000 * 10_000, a.key, a.event.environment, a.event.source) for a in batch
    )
    assert combined.project_hours == Counter((a.project_no, hour(a)) for a in batch)
    assert counted(combined.facets) == Counter(
        (a.project_no, facet, value)
        for a in batch
        for facet, value in (
            ("release", a.event.release),
            ("environment", a.event.environment),
            ("source", a.event.source),
            ("route", a.event.route_or_procedure),
        )
        if value
    )
    assert combined.projects == Counter(a.project_no for a in batch)


@given(st.lists(events, max_size=40))
def test_first_and_last_are_the_extremes(batch: list[AcceptedEvent]) -> None:
    for key, span in combine(batch).issues.items():
        times = [a.received_ms for a in batch if a.key == key]
        assert (span.first_ms, span.last_ms) == (min(times), max(times))


@given(st.lists(events, max_size=40))
def test_the_head_of_a_fingerprint_is_its_first_event(batch: list[AcceptedEvent]) -> None:
    for key, head in combine(batch).heads.items():
        assert head is next(a for a in batch if a.key == key)


@given(st.lists(events, max_size=40))
def test_keys_come_in_ascending_order(batch: list[AcceptedEvent]) -> None:
    combined = combine(batch)
    for keys in (combined.issues, combined.releases, combined.hours, combined.recent, combined.facets):
        assert list(keys) == sorted(keys)


@given(st.lists(events, max_size=40), st.integers(1, 5))
def test_the_newest_of_each_fingerprint_are_found_oldest_first(batch: list[AcceptedEvent], limit: int) -> None:
    newest = newest_by_fingerprint(batch, limit)
    for key in {a.key for a in batch}:
        assert newest[key] == [n for n, a in enumerate(batch) if a.key == key][-limit:]
