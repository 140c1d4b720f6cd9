from __future__ import annotations

import pytest

from bloop_trio.auth.scopes import SCOPES, allows, check_scopes
from bloop_trio.exceptions import BadRequestError

STANDS_IN = {
    ("errors:read", "analytics:read"),
    ("errors:read", "llm:read"),
    ("errors:write", "llm:write"),
    ("sourcemaps:write", "sourcemaps:upload"),
}


@pytest.mark.parametrize("granted", SCOPES)
@pytest.mark.parametrize("needed", SCOPES)
def test_a_scope_opens_itself_and_what_it_stands_in_for(granted: str, needed: str) -> None:
    assert allows([granted], needed) == (granted == needed or (granted, needed) in STANDS_IN)


def test_one_of_several_scopes_is_enough() -> None:
    assert allows(("alerts:read", "errors:read"), "llm:read")


def test_no_scope_opens_nothing() -> None:
    assert not any(allows((), needed) for needed in SCOPES)


def test_what_needs_an_unknown_scope_stays_shut() -> None:
    assert not allows(SCOPES, "errors:delete")


def test_scopes_are_kept_in_order_and_once() -> None:
    assert check_scopes(["llm:read", "errors:read", "llm:read"]) == ("llm:read", "errors:read")


@pytest.mark.parametrize(
    ("scopes", "message"),
    [
        ([], "at least one scope is required"),
        (["errors:read", "errors:delete"], "invalid scope: errors:delete"),
        (["Errors:read"], "invalid scope: Errors:read"),
        ([""], "invalid scope: "),
    ],
)
def test_any_other_list_of_scopes_is_refused(scopes: list[str], message: str) -> None:
    with pytest.raises(BadRequestError, match=f"^{message}$"):
        check_scopes(scopes)
