"""Dry runs are few at a time, as each keeps a reader busy."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from bloop_trio.alerts.rules.shapes import AlertRuleInput
from bloop_trio.alerts.trials.desk import MAX_AT_ONCE, TrialDesk
from bloop_trio.config.sections import RetentionConfig
from bloop_trio.exceptions import UnavailableError
from bloop_trio.http.caller import Caller
from tests.conftest import NOW_MS

if TYPE_CHECKING:
    from bloop_trio.db.readers import Readers

TOKEN = Caller(actor="token:1", name="ci", project_no=1, project_id="default")
GIVEN = AlertRuleInput(name="r", rule_type="new_issue")


async def test_one_too_many_is_refused_until_another_is_done(readers: Readers) -> None:
    desk = TrialDesk(readers=readers, clock=lambda: NOW_MS, retention=RetentionConfig(), cooldown_secs=0)
    free = threading.Event()
    done: list[int] = []

    async def run() -> None:
        done.append((await desk.run_input(TOKEN, GIVEN)).total)

    async with trio.open_nursery() as nursery:
        for _ in range(2):  # both readers
            nursery.start_soon(readers.run, lambda _: free.wait())
        await wait_all_tasks_blocked()
        for _ in range(MAX_AT_ONCE):
            nursery.start_soon(run)
        await wait_all_tasks_blocked()
        with pytest.raises(UnavailableError, match=r"^too many dry runs are under way, try again later$") as refused:
            await desk.run_input(TOKEN, GIVEN)
        assert refused.value.retry_after_secs == 10
        free.set()
    assert done == [0] * MAX_AT_ONCE
    assert (await desk.run_input(TOKEN, GIVEN)).total == 0
