"""Keeping a budget on a disk that is full at first: ``python -m tests.retention.full_disk FOLDER``.

`FOLDER` is a small file system of its own. Prints what the store said, and the sizes of the file before and after.
"""

from __future__ import annotations

import random
import sys
from contextlib import closing
from pathlib import Path

import trio

from bloop_trio.config.sections import RetentionConfig
from bloop_trio.db.connection import StoreError, open_connection
from bloop_trio.db.migrate import migrate
from bloop_trio.db.writer import open_writer
from bloop_trio.issues.writing.writer import BatchWriter
from bloop_trio.projects.project import DEFAULT_SLUG
from bloop_trio.retention.purges import Purges
from tests.conftest import NOW_MS, accepted, insert_project
from tests.issues.writing.test_day_counts import counted, kept


def fill(folder: Path) -> Path:
    """Use up the last byte."""
    ballast = folder / "ballast"
    with ballast.open("ab", buffering=0) as file:
        for size in (65536, 4096, 1):
            try:
                while file.write(b"\0" * size):
                    pass
            except OSError:
                continue
    return ballast


async def main(folder: Path) -> None:
    path, chance = folder / "bloop.db", random.Random(1)
    with closing(open_connection(path)) as conn:
        migrate(conn, path, 0)
        insert_project(conn, DEFAULT_SLUG)
        batches = BatchWriter(conn, sample_reservoir_size=1)
        for _ in range(10):
            batches.write(conn, [accepted(fingerprint="f", stack=chance.randbytes(1_000).hex()) for _ in range(300)])
            conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    before = path.stat().st_size
    config = RetentionConfig(max_database_bytes=before * 3 // 4)
    async with open_writer(path) as writer:
        purges = Purges(writer=writer, config=config, clock=lambda: NOW_MS)
        ballast = fill(folder)
        try:
            await purges.keep_budgets()
        except StoreError as error:
            sys.stderr.write(f"refused: {error}\n")
        ballast.unlink()
        await purges.keep_budgets()
    with closing(open_connection(path)) as conn:
        same = kept(conn) == counted(conn)
        sound = conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    sys.stderr.write(f"{path.stat().st_size <= config.max_database_bytes} {same} {sound}\n")


if __name__ == "__main__":
    trio.run(main, Path(sys.argv[1]))
