"""The releases of a project are found again by their names, whatever these are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bloop_trio.issues.lifecycle.release_order import Release
from bloop_trio.issues.lifecycle.releases import NOT_SEEN_MS, note_releases, read_releases

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection


def test_each_is_found_by_its_whole_name(connection: Connection) -> None:
    names = ["a\0b", "a\0", "a", "\0", "", '"', "\\u0000", "1", "\U0001f600"]
    note_releases(connection, [(1, name, number) for number, name in enumerate(names)])
    found = read_releases(connection, [(1, name) for name in [*names, "a\0c"]])
    seen = {(1, name): Release(name, number) for number, name in enumerate(names)}
    assert found == seen | {(1, "a\0c"): Release("a\0c", NOT_SEEN_MS)}
