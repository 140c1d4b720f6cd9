"""The channels of alert rules in the database, with their secrets, which never leave the server.

Every change bumps the generation ``alert_rules`` in its own transaction, as those of rules do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs
import msgspec

from bloop_trio.alerts.channels import ChannelConfig, load_channel, stored, type_of
from bloop_trio.alerts.rules.store import GENERATION
from bloop_trio.audit.entry import Action
from bloop_trio.db.connection import transaction
from bloop_trio.db.generations import bump
from bloop_trio.db.sequences import take_numbers
from bloop_trio.exceptions import ConflictError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.alerts.rules.store import OwnedRule
    from bloop_trio.audit.store import Note
    from bloop_trio.db.connection import Connection

MAX_CHANNELS: Final = 20
"""Of one rule."""

_SELECT: Final = "SELECT id, rule_id, channel_type, config, created_secs FROM alert_channels"


@attrs.frozen(kw_only=True)
class StoredChannel:
    """A channel of a rule."""

    id: int
    """Never given to another channel."""
    rule_id: int
    type: str
    config: ChannelConfig | None
    """None if what is stored cannot be read."""
    created_secs: int
    problem: str | None = None
    """Why it cannot be read."""


def list_channels(conn: Connection, rule_id: int) -> list[StoredChannel]:
    """Return the channels of a rule by their ids."""
    return [_channel(row) for row in conn.execute(f"{_SELECT} WHERE rule_id = ? ORDER BY id", (rule_id,))]


def get_channel(conn: Connection, rule_id: int, channel_id: int) -> StoredChannel:
    """Return a channel of a rule.

    Raises:
        NotFoundError: The rule has no such channel.
    """
    row = conn.execute(f"{_SELECT} WHERE rule_id = ? AND id = ?", (rule_id, channel_id)).fetchone()
    if row is None:
        raise NotFoundError(f"alert channel {channel_id} not found")
    return _channel(row)


def add_channel(
    conn: Connection, owned: OwnedRule, config: ChannelConfig, *, now_secs: int, note: Note | None = None
) -> StoredChannel:
    """Give a rule another channel, and return it.

    Raises:
        ConflictError: The rule has no room for more.
    """
    with transaction(conn):
        (count,) = conn.execute("SELECT count(*) FROM alert_channels WHERE rule_id = ?", (owned.rule.id,)).fetchone()
        if count >= MAX_CHANNELS:
            raise ConflictError(f"the alert rule has {MAX_CHANNELS} channels already: delete one first")
        channel = insert_channel(conn, owned.rule.id, config, created_secs=now_secs)
        _tell(note, conn, Action.ALERT_CHANNEL_ADDED, owned, channel)
    return channel


def insert_channel(conn: Connection, rule_id: int, config: ChannelConfig, *, created_secs: int) -> StoredChannel:
    """Do what `add_channel` does within the caller's transaction, however many channels there are."""
    (channel_id,) = take_numbers(conn, "alert_channel_id", 1)
    conn.execute(
        "INSERT INTO alert_channels (id, rule_id, channel_type, config, created_secs) VALUES (?, ?, ?, ?, ?)",
        (channel_id, rule_id, type_of(config), _encoded(config), created_secs),
    )
    bump(conn, GENERATION)
    return StoredChannel(id=channel_id, rule_id=rule_id, type=type_of(config), config=config, created_secs=created_secs)


def change_channel(
    conn: Connection,
    owned: OwnedRule,
    channel_id: int,
    evolve: Callable[[ChannelConfig | None], ChannelConfig],
    *,
    note: Note | None = None,
) -> StoredChannel:
    """Replace a channel by what `evolve` makes of it, and return it. What is on its way goes to the new place.

    Raises:
        NotFoundError: The rule has no such channel.
        BadRequestError: From `evolve`.
    """
    with transaction(conn):
        before = get_channel(conn, owned.rule.id, channel_id)
        config = evolve(before.config)
        channel = attrs.evolve(before, type=type_of(config), config=config, problem=None)
        conn.execute(
            "UPDATE alert_channels SET channel_type = ?, config = ? WHERE id = ?",
            (channel.type, _encoded(config), channel_id),
        )
        bump(conn, GENERATION)
        _tell(note, conn, Action.ALERT_CHANNEL_CHANGED, owned, channel)
    return channel


def remove_channel(
    conn: Connection, owned: OwnedRule, channel_id: int, *, now_ms: int, note: Note | None = None
) -> None:
    """Take a channel from a rule. What it was still to be sent is cancelled; the log stays.

    Raises:
        NotFoundError: The rule has no such channel.
    """
    with transaction(conn):
        channel = get_channel(conn, owned.rule.id, channel_id)
        conn.execute(
            "UPDATE alert_deliveries SET state = 'cancelled', finished_ms = ? WHERE state = 'pending' AND channel_id = ?",
            (now_ms, channel_id),
        )
        conn.execute("DELETE FROM alert_channels WHERE id = ?", (channel_id,))
        bump(conn, GENERATION)
        _tell(note, conn, Action.ALERT_CHANNEL_REMOVED, owned, channel)


def _tell(note: Note | None, conn: Connection, action: Action, owned: OwnedRule, channel: StoredChannel) -> None:
    if note is not None:
        note(
            conn,
            action,
            target=str(owned.rule.id),
            target_name=owned.rule.name,
            project_id=owned.project_id,
            details={"channel_id": channel.id, "channel_type": channel.type},
        )


def _encoded(config: ChannelConfig) -> str:
    return msgspec.json.encode(stored(config)).decode()


def _channel(row: tuple[Any, ...]) -> StoredChannel:
    channel_id, rule_id, channel_type, text, created_secs = row
    config, problem = None, None
    try:
        config = load_channel(text)
    except ValueError as error:
        problem = str(error)
    return StoredChannel(
        id=channel_id,
        rule_id=rule_id,
        type=channel_type,
        config=config,
        created_secs=created_secs,
        problem=problem,
    )
