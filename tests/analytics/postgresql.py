"""A PostgreSQL of its own, for as long as a test needs it: what Debian has, in a folder that goes away."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any, Final

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bloop_trio.analytics.questions.asked import Statement

BINARIES: Final = max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)
USER: Final = "postgres"
"""Who it runs as where the tests run as root, which it refuses to serve."""
_NULL: Final = "\\N"


def is_there() -> bool:
    """Return whether it is installed, and can be started by whoever runs the tests."""
    return BINARIES is not None and (BINARIES / "initdb").exists() and (os.getuid() != 0 or _has_user())


def _has_user() -> bool:
    return subprocess.run(["id", USER], capture_output=True, check=False).returncode == 0


@attrs.frozen
class PostgreSql:
    """A running server, asked through its own client."""

    folder: Path

    def script(self, sql: str) -> str:
        """Run statements and return what the last of them prints, as CSV."""
        return _run(
            "psql",
            "--no-psqlrc",
            "--quiet",
            "--csv",
            "--tuples-only",
            f"--pset=null={_NULL}",
            "--set=ON_ERROR_STOP=1",
            f"--host={self.folder}",
            f"--username={USER}",
            "--dbname=postgres",
            input_text=sql,
        )

    def fill(self, table: str, rows: Iterable[Sequence[Any]]) -> None:
        """Have these rows alone in a table."""
        lines = "".join(
            f"INSERT INTO {table} VALUES ({', '.join(as_literal(value) for value in row)});\n" for row in rows
        )
        self.script(f"TRUNCATE {table};\n{lines}")

    def rows(self, statement: Statement, like: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """Return what a statement finds, each column of the type that it has in `like`."""
        values = ", ".join(as_literal(value) for value in statement.values)
        printed = self.script(f"PREPARE question AS {statement.sql};\nEXECUTE question({values});\n")
        types = [next((type(row[n]) for row in like if row[n] is not None), str) for n in range(len(like[0]))]
        return [
            tuple(None if text == _NULL else made(text) for made, text in zip(types, row, strict=True))
            for row in csv.reader(StringIO(printed))
        ]


def as_literal(value: Any) -> str:
    """Return a value as SQL has it, without a type."""
    if isinstance(value, int | float):
        return str(value)
    text = "{" + ", ".join(map(str, value)) + "}" if isinstance(value, list) else str(value)
    return "'" + text.replace("'", "''") + "'"


@contextmanager
def run_postgresql() -> Iterator[PostgreSql]:
    """Make a database and serve it on a socket in its folder."""
    folder = Path(mkdtemp(prefix="pg-"))  # short, since the path of a socket has to be
    try:
        if os.getuid() == 0:
            shutil.chown(folder, USER)
        data = folder / "data"
        _run("initdb", "--auth=trust", f"--username={USER}", "--encoding=UTF8", "--no-sync", f"--pgdata={data}")
        options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
        _run("pg_ctl", f"--pgdata={data}", f"--log={folder / 'log'}", f"--options={options}", "--wait", "start")
        try:
            yield PostgreSql(folder)
        finally:
            _run("pg_ctl", f"--pgdata={data}", "--mode=immediate", "--wait", "stop")
    finally:
        shutil.rmtree(folder)


def _run(name: str, *arguments: str, input_text: str | None = None) -> str:
    assert BINARIES is not None
    done = subprocess.run(
        [BINARIES / name, *arguments],
        input=input_text,
        stdin=subprocess.DEVNULL if input_text is None else None,
        stdout=subprocess.PIPE if name == "psql" else subprocess.DEVNULL,
        stderr=subprocess.PIPE if name == "psql" else subprocess.DEVNULL,
        text=True,
        check=False,
        cwd="/",
        user=USER if os.getuid() == 0 else None,
    )
    assert done.returncode == 0, (name, done.stderr)
    return done.stdout or ""
