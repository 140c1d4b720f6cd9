"""One line of the audit log, before it is stored. Pure."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any, Final

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bloop_trio.http.caller import Caller

SHELL: Final = "shell"
"""Who a command acts as: whoever can read the database file."""
SERVER: Final = "server"
"""Who acts when nobody asked for it just now."""


class Action(enum.StrEnum):
    """What was done."""

    USER_REGISTERED = "user.registered"
    USER_REMOVED = "user.removed"
    USER_ROLE_CHANGED = "user.role_changed"
    PASSKEY_ADDED = "passkey.added"
    PASSKEY_RENAMED = "passkey.renamed"
    PASSKEY_REMOVED = "passkey.removed"
    SESSION_STARTED = "session.started"
    SESSION_ENDED = "session.ended"
    INVITE_CREATED = "invite.created"
    INVITE_REVOKED = "invite.revoked"
    PEOPLE_RESET = "people.reset"
    PROJECT_CREATED = "project.created"
    PROJECT_RENAMED = "project.renamed"
    PROJECT_KEY_ROTATED = "project.key_rotated"
    PROJECT_DELETED = "project.deleted"
    PROJECT_PURGED = "project.purged"
    GROUPING_CHANGED = "project.grouping_changed"
    TOKEN_CREATED = "token.created"  # noqa: S105 - the name of an act
    TOKEN_REVOKED = "token.revoked"  # noqa: S105 - the name of an act
    RETENTION_CHANGED = "storage.retention_changed"
    STORAGE_PURGED = "storage.purged"
    STATUS_CHANGED = "status.changed"
    STATUS_UNDONE = "status.undone"
    ERROR_ASSIGNED = "error.assigned"
    COMMENT_DELETED = "comment.deleted"
    ERRORS_MERGED = "error.merged"
    ERRORS_UNMERGED = "error.unmerged"
    SOURCE_MAP_UPLOADED = "source_map.uploaded"
    SOURCE_MAP_DELETED = "source_map.deleted"
    ALERT_RULE_CREATED = "alert_rule.created"
    ALERT_RULE_CHANGED = "alert_rule.changed"
    ALERT_RULE_DELETED = "alert_rule.deleted"
    ALERT_RULE_TESTED = "alert_rule.tested"
    ALERT_CHANNEL_ADDED = "alert_channel.added"
    ALERT_CHANNEL_CHANGED = "alert_channel.changed"
    ALERT_CHANNEL_REMOVED = "alert_channel.removed"


@attrs.frozen(kw_only=True)
class Entry:
    """An act, by whom, and from where."""

    actor: str | None
    """User id, ``token:`` and a token's id, or None: the server itself, or a command."""
    actor_name: str
    address: str | None
    action: Action
    target: str | None = None
    """The id of what it was done to."""
    target_name: str | None = None
    """The name that it had."""
    project_id: str | None = None
    details: Mapping[str, Any] = attrs.field(factory=dict)
    """What else is worth knowing; JSON, and no secrets."""


def by(caller: Caller, action: Action, **fields: Any) -> Entry:
    """Return the entry of what `caller` does; `fields` are the others of `Entry`."""
    return Entry(actor=caller.actor, actor_name=caller.name, address=caller.address, action=action, **fields)


def by_shell(action: Action, **fields: Any) -> Entry:
    """Return the entry of what a command does."""
    return Entry(actor=None, actor_name=SHELL, address=None, action=action, **fields)


def by_server(action: Action, **fields: Any) -> Entry:
    """Return the entry of what the server does by itself."""
    return Entry(actor=None, actor_name=SERVER, address=None, action=action, **fields)
