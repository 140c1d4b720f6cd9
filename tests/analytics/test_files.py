"""Only the projection is ever removed, and whatever else lies in its place is kept."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from bloop_trio.analytics.files import (
    clear_temp,
    discard,
    is_in_the_way,
    look_at_projection,
    projection_path,
    temp_path,
)

if TYPE_CHECKING:
    from pathlib import Path

OURS = b"\0" * 8 + b"DUCK" + b"\0" * 100


@pytest.mark.parametrize(
    ("database", "name"),
    [
        ("bloop.db", "bloop.analytics.duckdb"),
        ("bloop", "bloop.analytics.duckdb"),
        ("bloop.sqlite", "bloop.sqlite.analytics.duckdb"),
        ("a.b.db", "a.b.analytics.duckdb"),
    ],
)
def test_it_lies_beside_the_database(tmp_path: Path, database: str, name: str) -> None:
    assert projection_path(tmp_path / database) == tmp_path / name


def test_it_goes_with_its_log_and_what_it_has_spilled(tmp_path: Path) -> None:
    path = tmp_path / "e.duckdb"
    path.write_bytes(OURS)
    (tmp_path / "e.duckdb.wal").write_bytes(b"log")
    temp_path(path).mkdir()
    (temp_path(path) / "spilled").write_bytes(b"x")
    assert discard(path) is None
    assert list(tmp_path.iterdir()) == []


def test_that_there_is_none_is_fine(tmp_path: Path) -> None:
    assert discard(tmp_path / "e.duckdb") is None


def test_what_is_something_else_is_kept_each_time(tmp_path: Path) -> None:
    path = tmp_path / "e.duckdb"
    for number, text in enumerate(("a letter", "another"), start=1):
        path.write_text(text)
        assert discard(path) == tmp_path / f"e.duckdb.set-aside-{number}"
    assert (tmp_path / "e.duckdb.set-aside-1").read_text() == "a letter"


def test_a_folder_and_a_link_are_kept_as_well(tmp_path: Path) -> None:
    path = tmp_path / "e.duckdb"
    path.mkdir()
    aside = discard(path)
    assert aside is not None
    assert aside.is_dir()
    (tmp_path / "elsewhere").write_bytes(OURS)
    path.symlink_to(tmp_path / "elsewhere")
    aside = discard(path)
    assert aside is not None
    assert aside.is_symlink()
    assert (tmp_path / "elsewhere").exists()


def test_what_is_to_be_kept_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "e.duckdb"
    path.write_bytes(OURS)
    assert discard(path, keep=True) == tmp_path / "e.duckdb.set-aside-1"


def test_a_pipe_is_neither_opened_nor_removed(tmp_path: Path) -> None:
    path = tmp_path / "e.duckdb"
    os.mkfifo(path)
    assert is_in_the_way(path)
    assert discard(path) == tmp_path / "e.duckdb.set-aside-1"
    assert not is_in_the_way(path)
    path.write_bytes(OURS)
    assert not is_in_the_way(path)
    os.mkfifo(tmp_path / "e.duckdb.wal")
    assert is_in_the_way(path)
    assert discard(path) == tmp_path / "e.duckdb.wal.set-aside-1"
    assert not is_in_the_way(path)


def test_what_a_killed_process_has_spilled_goes_and_what_is_no_folder_of_ours_is_kept(tmp_path: Path) -> None:
    path, others = tmp_path / "e.duckdb", tmp_path / "others"
    temp_path(path).mkdir()
    (temp_path(path) / "duckdb_temp_1_0_storage_DEFAULT-0.tmp").write_bytes(b"x")
    assert clear_temp(path) is None
    assert not temp_path(path).exists()
    others.mkdir()
    temp_path(path).symlink_to(others)
    assert clear_temp(path) == tmp_path / "e.duckdb.tmp.set-aside-1"
    temp_path(path).write_text("a letter")
    assert discard(path) == tmp_path / "e.duckdb.tmp.set-aside-2"
    assert others.is_dir()


def test_a_look_tells_what_is_there(tmp_path: Path) -> None:
    database = tmp_path / "bloop.db"
    assert look_at_projection(database).size_bytes is None
    projection_path(database).write_text("a letter")
    discard(projection_path(database))
    projection_path(database).write_bytes(OURS)
    look = look_at_projection(database)
    assert (look.size_bytes, look.set_aside) == (len(OURS), ("bloop.analytics.duckdb.set-aside-1",))
