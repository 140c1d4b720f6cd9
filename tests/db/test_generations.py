from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bloop_trio.db.connection import transaction
from bloop_trio.db.generations import bump, read_generations

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection


def test_a_change_raises_its_own_number_alone(connection: Connection) -> None:
    before = read_generations(connection)
    bump(connection, "tokens")
    assert read_generations(connection) == before | {"tokens": before["tokens"] + 1}


def test_a_name_that_is_new_starts_at_one(connection: Connection) -> None:
    bump(connection, "prices")
    assert read_generations(connection)["prices"] == 1


def test_a_change_that_is_rolled_back_raises_nothing(connection: Connection) -> None:
    before = read_generations(connection)

    def change_and_fail() -> None:
        with transaction(connection):
            bump(connection, "tokens")
            raise LookupError

    with pytest.raises(LookupError):
        change_and_fail()
    assert read_generations(connection) == before
