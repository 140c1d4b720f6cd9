"""What a database takes of its disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bloop_trio.db.sizes import measure_store

if TYPE_CHECKING:
    from pathlib import Path

    from bloop_trio.db.connection import Connection


def test_the_files_and_the_disk_are_measured(connection: Connection, database: Path) -> None:
    connection.execute("UPDATE projects SET name = 'new'")
    sizes = measure_store(database)
    assert sizes.database_bytes == database.stat().st_size > 0
    assert sizes.wal_bytes == database.with_name("bloop.db-wal").stat().st_size > 0
    assert 0 < sizes.free_bytes <= sizes.disk_bytes


def test_what_is_not_there_yet_has_no_size(tmp_path: Path) -> None:
    sizes = measure_store(tmp_path / "new.db")
    assert (sizes.database_bytes, sizes.wal_bytes) == (0, 0)


def test_a_folder_that_is_gone_cannot_be_measured(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        measure_store(tmp_path / "gone" / "bloop.db")
