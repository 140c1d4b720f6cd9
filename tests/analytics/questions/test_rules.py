"""What insights say of alert rules, alert rules take as it stands."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bloop_trio.alerts.rules.rule import Direction, Mover, Spike, parse_config
from bloop_trio.analytics.questions.movers import mover_rule
from bloop_trio.analytics.questions.spikes import spike_rule

COUNTS = st.one_of(st.integers(0, 100), st.integers(0, 10**12))
HOURS = st.integers(1, 720)


@given(count=COUNTS, hours=HOURS, others=COUNTS)
def test_the_rule_of_a_spike(count: int, hours: int, others: int) -> None:
    mean = (count + others) / hours
    if 0 < mean < count:
        config = parse_config(spike_rule("cart", count, mean, hours))
        assert isinstance(config, Spike)
        assert count > config.multiplier * mean or config.multiplier == 1.01


@given(events=COUNTS, previous=COUNTS, hours=HOURS)
def test_the_rule_of_a_mover(events: int, previous: int, hours: int) -> None:
    config = parse_config(mover_rule("cart", events, previous, hours))
    assert isinstance(config, Mover)
    assert config.direction is (Direction.DOWN if events < previous else Direction.UP)
    assert config.window_secs == min(hours, 24) * 3600
