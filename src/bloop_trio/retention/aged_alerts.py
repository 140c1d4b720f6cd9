"""What was alerted long ago, and cooldowns that are over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bloop_trio.clock import MS_PER_DAY
from bloop_trio.retention.deleting import delete

if TYPE_CHECKING:
    from bloop_trio.retention.pacing import PacedWriter


async def remove_aged_alerts(paced: PacedWriter, *, days: int, now_ms: int) -> int:
    """Remove alerts that fired more than `days` ago, with their deliveries; returns how many alerts.

    One that is still on its way to somewhere stays until it is there.

    Raises:
        StoreError: the store refused; what was removed until then stays removed.
    """
    before_ms = now_ms - days * MS_PER_DAY
    await delete(paced, "alert_deliveries", "id", "created_ms < ? AND state <> 'pending'", before_ms)
    await delete(paced, "alert_cooldowns", "rule_id, project_no, subject", "until_ms <= ?", now_ms)
    is_settled = "NOT EXISTS (SELECT 1 FROM alert_deliveries AS d WHERE d.alert_id = alerts.id)"
    return await delete(paced, "alerts", "id", f"fired_ms < ? AND {is_settled}", before_ms)
