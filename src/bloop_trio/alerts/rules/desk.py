"""Reading and changing alert rules and their channels on behalf of callers, so that it is effective at once."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Final

import attrs

from bloop_trio.alerts.channels import parse_channel
from bloop_trio.alerts.rules.channel_store import (
    StoredChannel,
    add_channel,
    change_channel,
    list_channels,
    remove_channel,
)
from bloop_trio.alerts.rules.inputs import change_to, new_rule
from bloop_trio.alerts.rules.masking import check_unmasked, unmasked
from bloop_trio.alerts.rules.rights import AsOfNow, find_own_project, get_own, get_visible, get_with_channels
from bloop_trio.alerts.rules.store import OwnedRule, change_rule, create_rule, delete_rule, list_rules
from bloop_trio.audit.entry import Action
from bloop_trio.audit.store import notes_by
from bloop_trio.clock import MS_PER_SEC
from bloop_trio.db.changing import change
from bloop_trio.db.connection import transaction
from bloop_trio.exceptions import RateLimitedError
from bloop_trio.http.ratelimit import TokenBuckets
from bloop_trio.projects.store import find_project

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from typing import TypeVar

    from bloop_trio.alerts.rules.outcome_shapes import ChannelOutcome
    from bloop_trio.alerts.rules.shapes import AlertRuleChange, AlertRuleInput
    from bloop_trio.db.connection import Connection
    from bloop_trio.db.readers import Readers
    from bloop_trio.db.writer import Writer
    from bloop_trio.http.caller import Caller

    T = TypeVar("T")


TESTS_AT_ONCE: Final = 5
"""Of the channels of one rule."""
TEST_SECS: Final = 10
"""After which one more is possible."""


async def send_nothing(_: int) -> Sequence[ChannelOutcome]:
    """Stand in for what sends tests, where nothing does."""
    return ()


@attrs.frozen(kw_only=True)
class AlertDesk:
    """Reads and changes alert rules; each change is noted in the audit log, in the same transaction."""

    readers: Readers
    writer: Writer
    clock: Callable[[], int]
    """Epoch milliseconds."""
    as_of_now: AsOfNow
    on_changed: Callable[[], None]
    """Told when rules or channels have changed; neither waits nor raises."""
    send_test: Callable[[int], Awaitable[Sequence[ChannelOutcome]]]
    """Sends a test to the channels of the rule with this id, and says what has become of it."""
    allow_private: bool
    """Whether channels may lead into the own network."""
    _tests: TokenBuckets = attrs.field(init=False, factory=lambda: TokenBuckets(1 / TEST_SECS, TESTS_AT_ONCE))
    """By the id of a rule; used in the writer's turn alone."""

    async def list_all(self, caller: Caller, named: str | None) -> list[OwnedRule]:
        """Return the rules that watch a token's project, or the project that is named, or any."""

        def read(conn: Connection) -> list[OwnedRule]:
            if caller.user is None:
                return list_rules(conn, caller.project_no)
            if named is None:
                return list_rules(conn)
            project = find_project(conn, named)
            return [] if project is None else list_rules(conn, project.no)

        return await self.readers.run(read)

    async def get(self, caller: Caller, rule_id: int) -> OwnedRule:
        """Return a rule; raises as `rights.get_visible`."""

        def read(conn: Connection) -> OwnedRule:
            return get_visible(conn, caller, rule_id)

        return await self.readers.run(read)

    async def create(self, caller: Caller, given: AlertRuleInput) -> OwnedRule:
        """Create a rule; raises as `inputs.new_rule`, `rights.find_own_project` and `store.create_rule`."""
        now_ms = self.clock()
        rule = new_rule(given, None, now_ms // MS_PER_SEC)

        def create(conn: Connection) -> OwnedRule:
            number = find_own_project(conn, caller, given.project_id, self.as_of_now)
            owned = attrs.evolve(rule, project_no=number)
            return create_rule(conn, owned, created_by=caller.actor, note=notes_by(caller, now_ms))

        return await self._change(create)

    async def change(self, caller: Caller, rule_id: int, given: AlertRuleChange) -> OwnedRule:
        """Change a rule; raises as `inputs.change_to`, `rights.get_own` and `store.change_rule`."""
        now_ms, evolve = self.clock(), change_to(given)

        def work(conn: Connection) -> OwnedRule:
            get_own(conn, caller, rule_id, self.as_of_now)
            return change_rule(conn, rule_id, evolve, now_ms=now_ms, note=notes_by(caller, now_ms))

        return await self._change(work)

    async def delete(self, caller: Caller, rule_id: int) -> None:
        """Delete a rule with its channels; raises as `rights.get_own`."""
        now_ms = self.clock()

        def work(conn: Connection) -> OwnedRule:
            get_own(conn, caller, rule_id, self.as_of_now)
            return delete_rule(conn, rule_id, now_ms=now_ms, note=notes_by(caller, now_ms))

        await self._change(work)

    async def list_channels(self, caller: Caller, rule_id: int) -> list[StoredChannel]:
        """Return the channels of a rule; raises as `rights.get_with_channels`."""

        def read(conn: Connection) -> list[StoredChannel]:
            get_with_channels(conn, caller, rule_id)
            return list_channels(conn, rule_id)

        return await self.readers.run(read)

    async def add_channel(self, caller: Caller, rule_id: int, raw: object) -> StoredChannel:
        """Give a rule the channel that `raw` describes.

        Raises:
            BadRequestError: The channel cannot be used.
            RequestError: As `rights.get_own` and `channel_store.add_channel`.
        """
        now_ms = self.clock()
        config = parse_channel(check_unmasked(raw), allow_private=self.allow_private)

        def work(conn: Connection) -> StoredChannel:
            owned = get_own(conn, caller, rule_id, self.as_of_now)
            note = notes_by(caller, now_ms)
            return add_channel(conn, owned, config, now_secs=now_ms // MS_PER_SEC, note=note)

        return await self._change(work)

    async def change_channel(self, caller: Caller, rule_id: int, channel_id: int, raw: object) -> StoredChannel:
        """Make a channel what `raw` describes, where a masked value stands for the stored one; raises as `add_channel`."""
        note = notes_by(caller, self.clock())

        def work(conn: Connection) -> StoredChannel:
            owned = get_own(conn, caller, rule_id, self.as_of_now)
            return change_channel(
                conn,
                owned,
                channel_id,
                lambda before: parse_channel(unmasked(raw, before), allow_private=self.allow_private),
                note=note,
            )

        return await self._change(work)

    async def remove_channel(self, caller: Caller, rule_id: int, channel_id: int) -> None:
        """Take a channel from a rule; raises as `rights.get_own` and `channel_store.remove_channel`."""
        now_ms = self.clock()

        def work(conn: Connection) -> None:
            owned = get_own(conn, caller, rule_id, self.as_of_now)
            remove_channel(conn, owned, channel_id, now_ms=now_ms, note=notes_by(caller, now_ms))

        await self._change(work)

    async def test(self, caller: Caller, rule_id: int) -> Sequence[ChannelOutcome]:
        """Send a test to the channels of a rule at once, and return what has become of it.

        Raises:
            RateLimitedError: There were enough of them.
            RequestError: As `rights.get_own`.
        """
        await change(self.writer, partial(self._note_test, caller, rule_id), what="test")
        return await self.send_test(rule_id)

    def _note_test(self, caller: Caller, rule_id: int, conn: Connection) -> None:
        note = notes_by(caller, self.clock())
        with transaction(conn):
            owned = get_own(conn, caller, rule_id, self.as_of_now)
            if self._tests.reserve(str(rule_id), time.monotonic(), max_wait_secs=0.0) is None:
                raise RateLimitedError("too many tests of this alert rule, try again later", retry_after_secs=TEST_SECS)
            note(
                conn,
                Action.ALERT_RULE_TESTED,
                target=str(rule_id),
                target_name=owned.rule.name,
                project_id=owned.project_id,
            )

    async def _change(self, work: Callable[[Connection], T]) -> T:
        """Return what `work` returns; raises StoreUnavailableError if the store refuses."""
        done = await change(self.writer, work, what="change")
        self.on_changed()
        return done
