from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from bloop_trio.cli.main import run_command_line

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@attrs.frozen
class Said:
    """What one call of the command line came to."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The JSON document on standard output; there is exactly one."""
        return json.loads(self.out)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, empty at first."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def bloop(folder: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Calls the command line: ``bloop("project", "list", "--json", BLOOP__SERVER__PORT="1")``."""

    def call(*arguments: str, **environ: str) -> Said:
        capsys.readouterr()
        code = run_command_line(arguments, environ)
        captured = capsys.readouterr()
        return Said(code, captured.out, captured.err)

    return call
