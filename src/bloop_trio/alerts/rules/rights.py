"""Whose alert rules are whose to see and to change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from bloop_trio.alerts.rules.store import OwnedRule, get_rule, no_rule
from bloop_trio.exceptions import ForbiddenError
from bloop_trio.projects.store import get_project

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.db.connection import Connection
    from bloop_trio.http.caller import Caller

AsOfNow: TypeAlias = "Callable[[Connection, Caller], Caller]"
"""Returns whoever is signed in with the role of now, right before they change something; raises if they are not."""

_FOR_ADMINISTRATORS: Final = "rules for all projects are for administrators to change"


def get_visible(conn: Connection, caller: Caller, rule_id: int) -> OwnedRule:
    """Return a rule that the caller may see: a user any, a token those that watch its project.

    Raises:
        NotFoundError: There is none; a token learns no more of those of other projects.
    """
    owned = get_rule(conn, rule_id)
    if caller.user is None and owned.rule.project_no not in {None, caller.project_no}:
        raise no_rule(rule_id)
    return owned


def get_with_channels(conn: Connection, caller: Caller, rule_id: int) -> OwnedRule:
    """Return a rule of which the caller may see where its alerts go: a user any, a token those of its project.

    Raises:
        NotFoundError: There is none.
        ForbiddenError: It is for all projects, and the caller is a token.
    """
    owned = get_visible(conn, caller, rule_id)
    if caller.user is None and owned.rule.project_no is None:
        raise ForbiddenError("channels of rules for all projects are for users to see")
    return owned


def get_own(conn: Connection, caller: Caller, rule_id: int, as_of_now: AsOfNow) -> OwnedRule:
    """Return a rule that the caller may change, right before they do.

    Raises:
        AuthenticationError: Whoever was signed in is not any more.
        NotFoundError: There is no such rule, or a token asks for one of another project.
        ForbiddenError: It is somebody else's.
    """
    owned = get_visible(conn, caller, rule_id)
    if owned.rule.project_no is None:
        _check_administrator(conn, caller, as_of_now)
    elif caller.user is not None:
        as_of_now(conn, caller).require_owner(owned.project_owner)
    return owned


def find_own_project(conn: Connection, caller: Caller, named: str | None, as_of_now: AsOfNow) -> int | None:
    """Return the number of the project that a new rule is for: the one that was named, else a token's own; None for all.

    Raises:
        AuthenticationError: Whoever was signed in is not any more.
        NotFoundError: There is no such project, or a token asks for another one.
        ForbiddenError: It is somebody else's, or all are for administrators.
    """
    if named is None:
        if caller.user is not None:
            _check_administrator(conn, caller, as_of_now)
        return caller.project_no
    project = get_project(conn, named)
    if caller.user is None:
        caller.require_project(project.no)
    else:
        as_of_now(conn, caller).require_owner(project.created_by)
    return project.no


def _check_administrator(conn: Connection, caller: Caller, as_of_now: AsOfNow) -> None:
    if caller.user is None or not as_of_now(conn, caller).signed_in().is_admin:
        raise ForbiddenError(_FOR_ADMINISTRATORS)
