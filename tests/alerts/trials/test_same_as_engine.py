"""A dry run finds what the engine has fired for the same events, whatever they were."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import attrs
import trio
import trio.testing
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bloop_trio.alerts.delivery.outbox_store import Settled, settle
from bloop_trio.alerts.judging.engine import AGAIN_SECS
from bloop_trio.alerts.trials.dry_run import dry_run
from bloop_trio.config.sections import RetentionConfig
from bloop_trio.db.connection import Connection, open_connection
from bloop_trio.db.migrate import migrate
from bloop_trio.db.readers import open_readers
from bloop_trio.db.writer import open_writer
from tests.alerts.rigging import Rig, a_rule, build_rig
from tests.conftest import NOW_MS, insert_project, set_status

STEP_MS = 150_000
"""Between two looks; six of them are a cooldown."""
IN_PIECE_MS = 5_000
"""Each event is in the middle of a piece of ten seconds, so that both look at the same pieces."""
COOLDOWN_SECS = 900


@attrs.frozen
class Step:
    """What happens before a look."""

    events: tuple[tuple[str, str, str], ...]
    """(fingerprint, environment, release)"""
    resolved: str | None


EVENTS = st.tuples(st.sampled_from("abc"), st.sampled_from(["prod", "beta"]), st.sampled_from(["1.0", "2.0"]))
STEPS = st.lists(
    st.builds(
        Step,
        st.lists(EVENTS, max_size=4).map(tuple),
        st.none() | st.sampled_from("abc"),
    ),
    min_size=1,
    max_size=30,
)
WINDOWS = st.sampled_from([60, 300, 600, 3_600, 7_200])
CONFIGS = st.one_of(
    st.just({"type": "new_issue"}),
    st.just({"type": "new_issue", "regressions": False}),
    st.builds(
        lambda environment: {"type": "regression", "environment": environment}, st.sampled_from(["prod", "beta"])
    ),
    st.builds(
        lambda threshold, window, target: {
            "type": "threshold",
            "threshold": threshold,
            "window_secs": window,
            **target,
        },
        st.integers(0, 6),
        WINDOWS,
        st.sampled_from([{}, {"fingerprint": "b"}, {"route": "/pay"}]),
    ),
)
BURST = Step((("a", "prod", "1.0"),) * 4, None)
QUIET = Step((), None)


@example(steps=[BURST, *[QUIET] * 29], config={"type": "threshold", "threshold": 3, "window_secs": 3_600}, filters={})
@given(
    steps=STEPS,
    config=CONFIGS,
    filters=st.sampled_from([{}, {"environment_filter": "beta"}, {"release_filter": "2.0"}]),
)
@settings(max_examples=25, deadline=None)
def test_the_same_alerts_at_the_same_time(steps: list[Step], config: dict[str, Any], filters: dict[str, str]) -> None:
    if config["type"] == "threshold":
        filters = {name: value for name, value in filters.items() if name != "release_filter"}
    clock = trio.testing.MockClock()
    trio.run(_compare, steps, config, filters, clock, clock=clock)


async def _compare(
    steps: list[Step], config: dict[str, Any], filters: dict[str, str], clock: trio.testing.MockClock
) -> None:
    with TemporaryDirectory() as folder:
        path = _database(Path(folder))
        async with open_writer(path) as writer, open_readers(path, 1) as readers:
            rig = await build_rig(readers, writer)
            rig.now_ms = NOW_MS // STEP_MS * STEP_MS + IN_PIECE_MS
            rule_id = await rig.rule(filters=filters, **config)
            for step in steps:
                await _take(rig, step)
                clock.jump(AGAIN_SECS)
                await rig.look()
                await _deliver(rig)
                rig.now_ms += STEP_MS
            fired = await rig.rows("SELECT kind, subject, fired_ms FROM alerts WHERE rule_id = ?", rule_id)
            found = await dry_run(
                readers,
                a_rule(filters=filters, **config),
                retention=RetentionConfig(),
                cooldown_secs=COOLDOWN_SECS,
                now_ms=rig.now_ms - STEP_MS + IN_PIECE_MS,
            )
    assert sorted((one.kind, one.subject, one.fired_at // STEP_MS) for one in found.fired) == sorted(
        (kind, subject, fired_ms // STEP_MS) for kind, subject, fired_ms in fired
    )


def _database(folder: Path) -> Path:
    path = folder / "bloop.db"
    conn = open_connection(path)
    migrate(conn, path, NOW_MS // 1000)
    insert_project(conn, "default")
    conn.close()
    return path


async def _take(rig: Rig, step: Step) -> None:
    if step.resolved is not None:
        fingerprint = step.resolved
        await rig.writer.run(lambda conn: set_status(conn, "resolved", fingerprint, changed_ms=rig.now_ms))
    for fingerprint, environment, release in step.events:
        await rig.send(
            fingerprint=fingerprint,
            environment=environment,
            release=release,
            route_or_procedure="/pay" if fingerprint == "a" else "/cart",
        )


async def _deliver(rig: Rig) -> None:
    """Have everything delivered that is in the outbox."""

    def deliver(conn: Connection) -> None:
        rows = conn.execute("SELECT id, alert_id FROM alert_deliveries WHERE state = 'pending'").fetchall()
        sent = [
            Settled(id=id_, alert_id=alert_id, state="sent", attempts=1, next_ms=rig.now_ms) for id_, alert_id in rows
        ]
        settle(conn, sent, rig.now_ms, COOLDOWN_SECS * 1000)

    await rig.writer.run(deliver)
