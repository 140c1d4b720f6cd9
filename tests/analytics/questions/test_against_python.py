"""On random projections, each question finds what plain Python finds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings

from bloop_trio.analytics.questions.correlations import MIN_CORRELATION, CorrelationsQuestion
from bloop_trio.analytics.questions.environments import EnvironmentsQuestion
from bloop_trio.analytics.questions.movers import MoversQuestion
from bloop_trio.analytics.questions.releases import ReleasesQuestion
from bloop_trio.analytics.questions.spikes import SpikesQuestion
from tests.analytics import reference
from tests.analytics.asking import Projection
from tests.analytics.made_up import as_request, requests, tables

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from bloop_trio.analytics.questions.asked import Asked
    from tests.analytics.reference import Tables


def nearly(values: tuple[float, ...]) -> Any:
    return pytest.approx(values, rel=1e-9, abs=1e-9)


@pytest.fixture(scope="module")
def everything() -> Iterator[Projection]:
    """A projection that each example fills anew."""
    made = Projection()
    yield made
    made.conn.close()


@settings(max_examples=50, deadline=None)
@given(made=tables(), asked=requests())
def test_spikes(everything: Projection, made: Tables, asked: Asked) -> None:
    everything.fill(made)
    threshold = 1.7
    found = everything.answer(SpikesQuestion(threshold), asked).spikes
    expected = reference.spikes(made, as_request(asked), threshold)
    assert {s.fingerprint: (s.hour_bucket, s.count, s.mean, s.stddev, s.zscore, s.hours) for s in found} == {
        name: nearly(spike) for name, spike in expected.items()
    }
    assert len(found) == len(expected)
    scores = [spike.zscore for spike in found]
    assert scores == sorted(scores, reverse=True)


@settings(max_examples=50, deadline=None)
@given(made=tables(), asked=requests())
def test_movers(everything: Projection, made: Tables, asked: Asked) -> None:
    everything.fill(made)
    found = everything.answer(MoversQuestion(), asked).movers
    expected = reference.movers(made, as_request(asked))
    assert {m.fingerprint: (m.count_current, m.count_previous, m.delta_pct, m.moved_at) for m in found} == {
        name: (*move[:2], pytest.approx(move[2]), move[3]) for name, move in expected.items()
    }
    assert len(found) == len(expected)
    changes = [abs(mover.delta) for mover in found]
    assert changes == sorted(changes, reverse=True)
    moves = [mover.moved_at for mover in found if mover.moved_at is not None]
    assert [m.moved_at for m in found if m.moved_first] == [min(moves)] * moves.count(min(moves)) if moves else True


@settings(max_examples=50, deadline=None)
@given(made=tables(), asked=requests())
def test_correlations(everything: Projection, made: Tables, asked: Asked) -> None:
    everything.fill(made)
    found = everything.answer(CorrelationsQuestion(), asked).pairs
    expected = {
        names: pair
        for names, pair in reference.correlations(made, as_request(asked)).items()
        if pair[0] >= MIN_CORRELATION
    }
    assert {(p.fingerprint_a, p.fingerprint_b): (p.correlation, p.shared_hours, p.overlap) for p in found} == {
        names: nearly(pair) for names, pair in expected.items()
    }
    assert len(found) == len(expected)
    coefficients = [pair.correlation for pair in found]
    assert coefficients == sorted(coefficients, reverse=True)


@settings(max_examples=50, deadline=None)
@given(made=tables(), asked=requests())
def test_releases(everything: Projection, made: Tables, asked: Asked) -> None:
    everything.fill(made)
    found = everything.answer(ReleasesQuestion(), asked).releases
    numbers = {project.id: project.no for project in asked.projects}
    assert [
        (
            numbers[r.project_id],
            r.release,
            r.first_seen,
            r.error_count,
            r.unique_fingerprints,
            r.new_fingerprints,
            r.error_delta,
            r.impact_score,
        )
        for r in found
    ] == [(*row[:-1], pytest.approx(row[-1])) for row in reference.releases(made, as_request(asked))]


@settings(max_examples=50, deadline=None)
@given(made=tables(), asked=requests())
def test_environments(everything: Projection, made: Tables, asked: Asked) -> None:
    everything.fill(made)
    found = everything.answer(EnvironmentsQuestion(), asked)
    expected = reference.environments(made, as_request(asked))
    numbers = {project.id: project.no for project in asked.projects}
    assert {
        (numbers[e.project_id], e.environment): (
            e.total_count,
            e.unique_errors,
            e.hours,
            e.p50_hourly,
            e.p90_hourly,
            e.p99_hourly,
        )
        for e in found.environments
    } == {place: nearly(load) for place, load in expected.items()}
    assert found.total_count == sum(load[0] for load in expected.values())
    assert sum(e.pct_of_total for e in found.environments) == pytest.approx(100 if expected else 0)
