"""Rules of thresholds: what they count, and when they fire."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from tests.conftest import set_status
from tests.issues.mergers import put_together, take_apart

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.db.connection import Connection
    from bloop_trio.db.readers import Readers
    from tests.alerts.rigging import Rig


class TestThresholds:
    async def test_it_fires_over_the_threshold_and_not_at_it(self, rig: Rig) -> None:
        await rig.rule(type="threshold", threshold=5, window_secs=60)
        await rig.send(5, fingerprint="one")
        assert await rig.look() == []
        await rig.send(fingerprint="one")
        assert await rig.look() == [("threshold", 1, "one")]
        (content,) = await rig.contents()
        assert content["figures"] == {"count": 6, "threshold": 5, "window_secs": 60}

    @pytest.mark.parametrize(("later_ms", "alerts"), [(60_000, 1), (60_001, 0)])
    async def test_the_window_ends_to_ten_seconds(self, rig: Rig, later_ms: int, alerts: int) -> None:
        await rig.rule(type="threshold", threshold=5, window_secs=60)
        await rig.send(5, fingerprint="one")
        rig.now_ms += later_ms
        await rig.send(fingerprint="one")
        assert len(await rig.look()) == alerts

    async def test_only_matching_events_count(self, rig: Rig) -> None:
        await rig.rule(type="threshold", threshold=1, window_secs=60, filters={"environment_filter": "prod"})
        await rig.send(fingerprint="one", environment="prod")
        await rig.send(5, fingerprint="one", environment="beta")
        assert await rig.look() == []
        await rig.send(fingerprint="one", environment="prod")
        assert len(await rig.look()) == 1

    async def test_a_release_is_counted_by_the_stored_events(self, rig: Rig) -> None:
        await rig.rule(type="threshold", threshold=1, window_secs=60, filters={"release_filter": "2.0"})
        await rig.send(9, fingerprint="one", release="1.0")
        await rig.send(fingerprint="one", release="2.0")
        assert await rig.look() == []
        await rig.send(fingerprint="one", release="2.0")
        await rig.look()
        assert (await rig.contents())[0]["figures"]["count"] == 2

    async def test_a_fingerprint_narrows_it_to_one_issue(self, rig: Rig) -> None:
        await rig.rule(type="threshold", threshold=1, window_secs=60, fingerprint="two")
        await rig.send(5, fingerprint="one")
        await rig.send(2, fingerprint="two")
        assert await rig.look() == [("threshold", 1, "two")]

    async def test_a_route_is_counted_over_all_its_issues(self, rig: Rig) -> None:
        await rig.rule(type="threshold", threshold=3, window_secs=60, route="/pay")
        await rig.send(2, fingerprint="one", route_or_procedure="/pay")
        await rig.send(9, fingerprint="other", route_or_procedure="/other")
        assert await rig.look() == []
        await rig.send(2, fingerprint="two", route_or_procedure="/pay")
        assert await rig.look() == [("threshold", 1, "/pay")]
        assert (await rig.contents())[0]["figures"]["count"] == 4

    @pytest.mark.parametrize("status", ["ignored", "muted"])
    async def test_silenced_issues_count_for_nothing(self, rig: Rig, status: str) -> None:
        await rig.rule(type="threshold", threshold=3, window_secs=60)
        await rig.rule(type="threshold", threshold=3, window_secs=60, route="/api/users")
        await rig.send(9, fingerprint="one")
        await rig.writer.run(lambda conn: set_status(conn, status))
        assert await rig.look() == []

    async def test_merged_issues_count_together(self, rig: Rig) -> None:
        await rig.rule(type="threshold", threshold=5, window_secs=60)
        await rig.send(3, fingerprint="one")
        await rig.send(3, fingerprint="two")
        assert await rig.look() == []
        await rig.writer.run(lambda conn: put_together(conn, rig.batches, "one", "two"))
        rig.engine.reload()
        assert await rig.look() == [("threshold", 1, "one")]

    async def test_a_rule_finds_the_issue_that_its_fingerprint_was_merged_into(self, rig: Rig) -> None:
        await rig.rule(type="threshold", threshold=5, window_secs=60, fingerprint="two")
        await rig.send(fingerprint="two")
        await rig.send(fingerprint="one")
        rig.now_ms += 3_600_000
        await rig.writer.run(lambda conn: put_together(conn, rig.batches, "one", "two"))
        await rig.send(6, fingerprint="one")
        assert await rig.look() == [("threshold", 1, "one")]

    async def test_what_is_taken_apart_counts_by_itself_and_is_not_new_again(self, rig: Rig) -> None:
        await rig.rule(type="new_issue")
        await rig.rule(type="threshold", threshold=5, window_secs=60)
        await rig.send(3, fingerprint="one")
        await rig.send(1, fingerprint="two")
        await rig.look()
        await rig.writer.run(lambda conn: put_together(conn, rig.batches, "one", "two"))
        rig.engine.reload()
        await rig.look()
        await rig.writer.run(lambda conn: take_apart(conn, rig.batches, "one"))
        rig.engine.reload()
        await rig.send(2, fingerprint="one")
        assert await rig.look() == [("new_issue", 1, "one"), ("new_issue", 1, "two")]

    async def test_a_long_window_begins_with_a_whole_hour(self, rig: Rig) -> None:
        await rig.rule(type="threshold", threshold=5, window_secs=86_400)
        await rig.send(3, fingerprint="one")  # at twelve
        rig.now_ms += 86_400_000
        await rig.send(3, fingerprint="one")
        assert len(await rig.look()) == 1
        rig.now_ms += 3_600_000
        await rig.send(3, fingerprint="two", received_ms=rig.now_ms - 3_600_000 * 24 - 1)
        await rig.send(3, fingerprint="two")
        assert len(await rig.look()) == 1

    async def test_a_clock_that_jumps_ahead_starts_no_storm(self, rig: Rig) -> None:
        await rig.rule(type="threshold", threshold=5, window_secs=60)
        await rig.send(5, fingerprint="one")
        rig.now_ms += 7 * 86_400_000
        await rig.send(5, fingerprint="one")
        assert await rig.look() == []
        await rig.send(fingerprint="one")
        assert len(await rig.look()) == 1

    @pytest.mark.parametrize(("more", "alerts"), [(0, 0), (1, 1)])
    async def test_no_event_is_missed_or_counted_twice_while_the_counts_are_read(
        self, rig: Rig, more: int, alerts: int
    ) -> None:
        await rig.rule(type="threshold", threshold=9, window_secs=60)
        await rig.send(3, fingerprint="one")

        async def read(query: Callable[[Connection], Any], **limits: int) -> Any:
            """Read while events come in: before, and behind the state that is read."""
            is_filling = bool(limits)
            if is_filling:
                await rig.send(3, fingerprint="one")
            found = await rig.readers.run(query, **limits)
            if is_filling:
                await rig.send(3, fingerprint="one")
            return found

        rig.engine.readers = cast("Readers", SimpleNamespace(run=read))
        await rig.look()
        for _ in range(more):
            await rig.send(fingerprint="one")
        assert len(await rig.look()) == alerts
