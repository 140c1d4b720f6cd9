"""Trying rules out on what has happened, on behalf of callers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from bloop_trio.alerts.rules.inputs import new_rule
from bloop_trio.alerts.rules.rights import get_visible
from bloop_trio.alerts.rules.rule import Unreadable
from bloop_trio.alerts.trials.dry_run import dry_run
from bloop_trio.clock import MS_PER_SEC
from bloop_trio.exceptions import ConflictError, UnavailableError
from bloop_trio.projects.store import get_project

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.alerts.rules.rule import Rule
    from bloop_trio.alerts.rules.shapes import AlertRuleInput
    from bloop_trio.alerts.trials.shapes import DryRun
    from bloop_trio.config.sections import RetentionConfig
    from bloop_trio.db.connection import Connection
    from bloop_trio.db.readers import Readers
    from bloop_trio.http.caller import Caller

MAX_AT_ONCE: Final = 2
"""Dry runs at a time: each keeps a reader busy for seconds."""
_RETRY_AFTER_SECS: Final = 10


@attrs.define(kw_only=True, eq=False)
class TrialDesk:
    """Runs rules without anybody being told of it."""

    readers: Readers
    clock: Callable[[], int]
    """Epoch milliseconds."""
    retention: RetentionConfig
    cooldown_secs: int
    _running: int = attrs.field(init=False, default=0)

    async def run_stored(self, caller: Caller, rule_id: int) -> DryRun:
        """Return what a stored rule would have fired, within what the caller may see.

        Raises:
            NotFoundError: As `rights.get_visible`.
            ConflictError: What is stored of it cannot be read.
            UnavailableError: Enough others are trying rules out.
        """

        def read(conn: Connection) -> Rule:
            return get_visible(conn, caller, rule_id).rule

        return await self._run(caller, read)

    async def run_input(self, caller: Caller, given: AlertRuleInput) -> DryRun:
        """Return what a rule would have fired that is not stored, within what the caller may see.

        Raises:
            BadRequestError: The rule makes no sense.
            NotFoundError: There is no such project, or a token asks for another one.
            UnavailableError: Enough others are trying rules out.
        """
        rule = new_rule(given, None, self.clock() // MS_PER_SEC)

        def read(conn: Connection) -> Rule:
            if given.project_id is None:
                return rule
            project = get_project(conn, given.project_id)
            if caller.user is None:
                caller.require_project(project.no)
            return attrs.evolve(rule, project_no=project.no)

        return await self._run(caller, read)

    async def _run(self, caller: Caller, read: Callable[[Connection], Rule]) -> DryRun:
        if self._running >= MAX_AT_ONCE:
            raise UnavailableError(
                "too many dry runs are under way, try again later", retry_after_secs=_RETRY_AFTER_SECS
            )
        self._running += 1
        try:
            rule = await self.readers.run(read)
            if isinstance(rule.config, Unreadable):
                raise ConflictError(f"the config of the alert rule cannot be read: {rule.config.problem}")
            if caller.user is None:
                # Of a rule for all projects, a token sees its own part.
                rule = attrs.evolve(rule, project_no=caller.project_no)
            return await dry_run(
                self.readers,
                rule,
                retention=self.retention,
                cooldown_secs=self.cooldown_secs,
                now_ms=self.clock(),
            )
        finally:
            self._running -= 1
