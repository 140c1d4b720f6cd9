"""Alert rules of the other server, and where they send their alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs
import msgspec

from bloop_trio.alerts.channels import parse_channel
from bloop_trio.alerts.rules.channel_store import insert_channel
from bloop_trio.alerts.rules.config_schema import CONFIG_SCHEMAS
from bloop_trio.alerts.rules.inputs import MAX_DESCRIPTION_CHARS
from bloop_trio.alerts.rules.rule import Config, Rule, RuleType, check_filters, parse_config
from bloop_trio.alerts.rules.store import insert_rule
from bloop_trio.exceptions import BadRequestError
from bloop_trio.http.names import MAX_NAME_CHARS, check_name
from bloop_trio.importing.rust_database import SourceTable
from bloop_trio.importing.tally import Reason, Tally
from bloop_trio.importing.values import as_source, as_text, as_time_secs, as_whole

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bloop_trio.db.connection import Connection
    from bloop_trio.importing.step import Row

ALERT_RULES: Final = SourceTable(
    name="alert_rules",
    columns=(
        "project_id",
        "id",
        "name",
        "rule_type",
        "config",
        "enabled",
        "description",
        "environment_filter",
        "source_filter",
        "created_at",
        "updated_at",
    ),
    order=("id",),
)
ALERT_CHANNELS: Final = SourceTable(
    name="alert_channels", columns=("id", "rule_id", "channel_type", "config", "created_at"), order=("id",)
)


@attrs.frozen
class AlertRulesStep:
    """Copies rules to the projects that theirs have become, or as rules for all projects; none alerts of the import."""

    _numbers: Mapping[str, int]
    _import_id: int
    table: SourceTable = ALERT_RULES

    def write(self, conn: Connection, rows: Sequence[Row]) -> Tally:
        """Write a slice; see `Step`."""
        tally = Tally()
        for row in rows:
            rule = self._read(row)
            if isinstance(rule, Reason):
                tally.skipped(rule)
            else:
                insert_rule(conn, rule, created_by=_origin(self._import_id, row[1]))
                tally.imported()
        return tally

    def settle(self, conn: Connection) -> None:
        """Nothing to do."""

    def _read(self, row: Row) -> Rule | Reason:
        """Return the rule of a row, without an id, or why it cannot be used."""
        project_id, _, name, rule_type, config, enabled, description, environment, source, created_at, updated_at = row
        number = None if project_id is None else self._numbers.get(as_text(project_id) or "")
        if number is None and project_id is not None:
            return Reason.PROJECT
        created_secs = as_time_secs(created_at) or 0
        try:
            return check_filters(
                Rule(
                    id=0,
                    project_no=number,
                    name=_usable_name(name),
                    config=_read_config(rule_type, config),
                    is_enabled=enabled is None or bool(as_whole(enabled)),
                    description=(as_text(description) or "")[:MAX_DESCRIPTION_CHARS] or None,
                    environment_filter=as_text(environment) or None,
                    source_filter=as_source(source) if source else None,
                    created_secs=created_secs,
                    updated_secs=as_time_secs(updated_at) or created_secs,
                )
            )
        except BadRequestError:
            return Reason.RULE


@attrs.frozen
class AlertChannelsStep:
    """Copies the channels of the rules that were copied. Where they lead is judged when something is sent."""

    _import_id: int
    table: SourceTable = ALERT_CHANNELS

    def write(self, conn: Connection, rows: Sequence[Row]) -> Tally:
        """Write a slice; see `Step`."""
        tally = Tally()
        for _, rule_id, channel_type, config, created_at in rows:
            found = conn.execute(
                "SELECT id FROM alert_rules WHERE created_by = ?", (_origin(self._import_id, rule_id),)
            ).fetchone()
            if found is None:
                tally.skipped(Reason.RULE_GONE)
                continue
            try:
                channel = parse_channel({"type": as_text(channel_type)} | _object(config), allow_private=True)
            except BadRequestError:
                tally.skipped(Reason.CHANNEL)
                continue
            insert_channel(conn, found[0], channel, created_secs=as_time_secs(created_at) or 0)
            tally.imported()
        return tally

    def settle(self, conn: Connection) -> None:
        """Nothing to do."""


def skip_alerts(conn: Connection) -> None:
    """Have no rule judge what has been stored up to now; to be called in the transaction that stores it."""
    conn.execute(
        "UPDATE alert_marks SET value = s.value FROM sequences AS s WHERE s.name = alert_marks.name"
        " AND s.value > alert_marks.value"
    )


def _origin(import_id: int, rule_id: Any) -> str:
    """Return what a rule has in place of its creator: by it, its channels find it."""
    return f"import:{import_id}:{as_text(rule_id)}"


def _read_config(rule_type: Any, config: Any) -> Config:
    """Return the config of a rule; raises BadRequestError if there is no such rule here."""
    raw = {"type": as_text(rule_type)} | _object(config)
    known = CONFIG_SCHEMAS[RuleType(raw["type"])]["properties"] if raw["type"] in list(RuleType) else raw
    return parse_config({name: value for name, value in raw.items() if name in known})


def _object(stored: Any) -> dict[str, Any]:
    try:
        return msgspec.json.decode(as_text(stored) or "", type=dict[str, Any])
    except (ValueError, RecursionError):
        return {}


def _usable_name(name: Any) -> str:
    try:
        return check_name((as_text(name) or "").strip()[:MAX_NAME_CHARS])
    except BadRequestError:
        return "imported"
