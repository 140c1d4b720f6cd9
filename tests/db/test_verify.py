"""What is not a whole backup of ours is refused."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from bloop_trio.db.backup import back_up
from bloop_trio.db.copying import copy_database
from bloop_trio.db.verify import verify_backup
from bloop_trio.exceptions import DatabaseRefusedError
from tests.conftest import accepted
from tests.db.files import damage, rename_project

if TYPE_CHECKING:
    from pathlib import Path

    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.writing.writer import BatchWriter


def test_a_damaged_backup_is_refused(database: Path, target: Path) -> None:
    back_up(database, target)
    damage(target)
    with pytest.raises(DatabaseRefusedError, match="is damaged"):
        verify_backup(target)


def test_one_that_was_cut_off_is_refused(database: Path, target: Path) -> None:
    back_up(database, target)
    os.truncate(target, target.stat().st_size // 2)
    with pytest.raises(DatabaseRefusedError):
        verify_backup(target)


def test_half_a_copy_is_refused(connection: Connection, target: Path, batches: BatchWriter) -> None:
    """The state of a file at every step of its making, were it to have the name already."""
    batches.write(connection, [accepted(fingerprint=str(n), stack="x" * 8000) for n in range(2000)])
    refused = []

    def verify(part: float) -> None:
        if part < 1:
            with pytest.raises(DatabaseRefusedError):
                verify_backup(target)
            refused.append(part)

    copy_database(connection, target, verify)
    assert refused != []
    assert verify_backup(target).rows["issues"] == 2000


def test_rows_without_their_parent_are_damage(database: Path, target: Path) -> None:
    back_up(database, target)
    with closing(sqlite3.connect(target)) as conn:  # which does not enforce references by itself
        conn.execute("DELETE FROM projects")
        conn.execute("INSERT INTO issue_fingerprints (id, project_no, fingerprint, issue_id) VALUES (1, 1, 'x', 99)")
        conn.commit()
    with pytest.raises(DatabaseRefusedError, match="row 1 of issue_fingerprints belongs to a row of issues"):
        verify_backup(target)


def test_an_empty_file_and_one_of_the_future_are_refused(database: Path, target: Path) -> None:
    target.touch()
    with pytest.raises(DatabaseRefusedError, match="is empty"):
        verify_backup(target)
    back_up(database, target, replace=True)
    with closing(sqlite3.connect(target)) as conn:
        conn.execute("INSERT INTO schema_migrations VALUES (999, '0999_future', 0)")
        conn.commit()
    with pytest.raises(DatabaseRefusedError, match="schema 999"):
        verify_backup(target)


def test_a_database_in_use_is_no_backup(connection: Connection, database: Path) -> None:
    rename_project(connection, "x")
    with pytest.raises(DatabaseRefusedError, match=r"bloop\.db-wal beside it"):
        verify_backup(database)
