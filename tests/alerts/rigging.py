"""An engine upon a real store, with a clock of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import msgspec

from bloop_trio.alerts.judging.engine import Engine
from bloop_trio.alerts.judging.firing import Fallbacks
from bloop_trio.alerts.rules.rule import Rule, parse_config
from bloop_trio.alerts.rules.store import create_rule
from bloop_trio.config.sections import RetentionConfig
from bloop_trio.issues.writing.writer import BatchResult, BatchWriter
from tests.conftest import NOW_MS, accepted

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from bloop_trio.db.readers import Readers
    from bloop_trio.db.writer import Writer
    from bloop_trio.issues.events.batch import AcceptedEvent


def a_rule(project_no: int | None = 1, *, filters: dict[str, Any] | None = None, **config: Any) -> Rule:
    """Return a rule that is not stored yet."""
    return Rule(
        id=0, project_no=project_no, name="a rule", config=parse_config(config), is_enabled=True, **(filters or {})
    )


@attrs.define(eq=False)
class Rig:
    """A store, its writer, and an engine that is told of each batch."""

    readers: Readers
    writer: Writer
    batches: BatchWriter
    engine: Engine
    now_ms: int = NOW_MS
    outbox_nudges: int = 0

    async def rule(self, *args: Any, **kwargs: Any) -> int:
        """Store a rule, and return its id."""
        rule = a_rule(*args, **kwargs)
        return (await self.writer.run(lambda conn: create_rule(conn, rule, created_by=None))).rule.id

    async def store(self, *events: AcceptedEvent) -> BatchResult:
        """Commit a batch of which nobody is told."""
        return await self.writer.run(lambda conn: self.batches.write(conn, events))

    async def send(self, count: int = 1, **changes: Any) -> None:
        """Commit so many equal events that have just been received, and tell the engine."""
        changes.setdefault("received_ms", self.now_ms)
        self.engine.on_batch(await self.store(*(accepted(**changes) for _ in range(count))))

    async def look(self) -> list[tuple[str, int, str]]:
        """Have the engine look; returns (kind, project number, subject) of all alerts so far, in their order."""
        await self.engine.look()
        return await self.alerts()

    async def alerts(self) -> list[tuple[str, int, str]]:
        """Return (kind, project number, subject) of all alerts so far, in their order."""
        rows = await self.rows("SELECT kind, project_no, subject FROM alerts ORDER BY id")
        return [(kind, project_no, subject) for kind, project_no, subject in rows]

    async def contents(self) -> list[dict[str, Any]]:
        """Return what the alerts so far say."""
        rows = await self.rows("SELECT content FROM alerts ORDER BY id")
        return [msgspec.json.decode(content) for (content,) in rows]

    async def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Return the rows that a query finds."""
        return await self.readers.run(lambda conn: conn.execute(sql, values).fetchall())

    async def execute(self, sql: str, *values: Any) -> None:
        """Change the store beside the product."""

        def run(conn: Connection) -> None:
            conn.execute(sql, values)

        await self.writer.run(run)

    def restart(self) -> None:
        """Have an engine that knows nothing, as after a restart of the server."""
        self.engine = build_engine(self)

    def nudged(self) -> None:
        """Count a nudge of the outbox."""
        self.outbox_nudges += 1


def build_engine(rig: Rig) -> Engine:
    """Return an engine of the rig's store and clock."""
    return Engine(
        readers=rig.readers,
        writer=rig.writer,
        fallbacks=Fallbacks(("webhook",)),
        cooldown_secs=900,
        retention=RetentionConfig(),
        on_fired=rig.nudged,
        now_ms=lambda: rig.now_ms,
    )


async def build_rig(readers: Readers, writer: Writer) -> Rig:
    """Return a rig upon an empty store."""
    batches = await writer.run(lambda conn: BatchWriter(conn, sample_reservoir_size=5))
    rig = Rig(readers, writer, batches, engine=None)  # type: ignore[arg-type]  # it is made of the rig
    rig.restart()
    return rig
