from __future__ import annotations

import attrs
import pytest

from bloop_trio.importing.aggregates import Aggregate, joint_status

ONE = Aggregate(
    release="1",
    environment="prod",
    count=1,
    first_ms=0,
    last_ms=0,
    error_type="T",
    message="m",
    source="api",
    route=None,
    screen=None,
    status="unresolved",
)


@pytest.mark.parametrize(
    ("oldest_first", "joint"),
    [
        (["unresolved", "resolved", "ignored"], "unresolved"),
        (["ignored", "resolved", "muted"], "resolved"),
        (["ignored", "muted"], "muted"),
        (["muted", "ignored"], "ignored"),
        (["resolved", "lost"], "unresolved"),
        (["ignored"], "ignored"),
    ],
)
def test_an_error_has_the_status_that_hides_least(oldest_first: list[str], joint: str) -> None:
    found = [attrs.evolve(ONE, status=status, last_ms=number) for number, status in enumerate(oldest_first)]
    assert joint_status(found) == joint_status(found[::-1]) == joint
