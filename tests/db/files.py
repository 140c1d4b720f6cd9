"""What tests of backups do to database files, and see in them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from bloop_trio.db.connection import transaction

if TYPE_CHECKING:
    from pathlib import Path

    from bloop_trio.db.connection import Connection


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def slugs(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as conn:
        return [slug for (slug,) in conn.execute("SELECT slug FROM projects ORDER BY no")]


def rename_project(conn: Connection, slug: str) -> None:
    with transaction(conn):
        conn.execute("UPDATE projects SET slug = ?", (slug,))


def damage(path: Path) -> None:
    """Overwrite a page in the middle."""
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 16384 * 8192)
        file.write(b"\xff" * 8192)
