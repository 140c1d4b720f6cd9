from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import bloop_trio
from bloop_trio.cli.main import build_parser

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Said


class TestExitCodes:
    """0 done, 1 failed, 2 command line or configuration not usable."""

    @pytest.mark.parametrize(
        "arguments", [["version"], ["--version"], ["--help"], ["project", "--help"], ["project", "list"], ["check"]]
    )
    def test_done(self, bloop: Callable[..., Said], arguments: list[str]) -> None:
        said = bloop(*arguments)
        assert (said.code, said.err) == (0, "")
        assert said.out != ""

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (
                ["project", "rotate-key", "nowhere"],
                "bloop: project not found: nowhere (`bloop project list` shows what there is)\n",
            ),
            (
                ["token", "revoke", "nowhere"],
                "bloop: token not found or already revoked: nowhere (`bloop token list` shows what there is)\n",
            ),
        ],
    )
    def test_failed(self, bloop: Callable[..., Said], arguments: list[str], message: str) -> None:
        said = bloop(*arguments)
        assert (said.code, said.out, said.err) == (1, "", message)

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["srve"], "bloop: argument COMMAND: invalid choice: 'srve'"),
            (["project"], "bloop: the following arguments are required: COMMAND (see `bloop project --help`)\n"),
            (["version", "--loud"], "bloop: unrecognized arguments: --loud (see `bloop --help`)\n"),
            (["version", "--js"], "bloop: unrecognized arguments: --js (see `bloop --help`)\n"),
            (["check", "--config", "absent.toml"], "bloop: absent.toml: no such file\n"),
            (["--config", "absent.toml", "check"], "bloop: absent.toml: no such file\n"),
            (["--config", "absent.toml"], "bloop: absent.toml: no such file\n"),
            (["serve", "-c", "absent.toml"], "bloop: absent.toml: no such file\n"),
        ],
    )
    def test_not_usable(self, bloop: Callable[..., Said], arguments: list[str], message: str) -> None:
        said = bloop(*arguments)
        assert (said.code, said.out) == (2, "")
        assert said.err.startswith(message)
        assert said.err.count("\n") == 1

    @pytest.mark.parametrize(
        "arguments", [["backup", "copy.db"], ["restore", "copy.db"], ["send-test-event"], ["import-rust", "copy.db"]]
    )
    def test_a_file_that_nobody_may_look_at_is_named_in_one_line(
        self, bloop: Callable[..., Said], folder: Path, arguments: list[str]
    ) -> None:
        (folder / "copy.db").touch()
        name = "x" * 300
        said = bloop(*arguments, BLOOP__DATABASE__PATH=name)
        assert (said.code, said.out, said.err) == (1, "", f"bloop: {name}: File name too long\n")

    def test_a_wrong_setting_is_not_usable_either(self, bloop: Callable[..., Said]) -> None:
        said = bloop("project", "list", BLOOP__SERVER__PORT="http")
        assert said.code == 2
        assert said.err == (
            "bloop: server.port = 'http' (BLOOP__SERVER__PORT): expected a whole number from 0 to 65535\n"
        )


class TestJson:
    @pytest.mark.parametrize("arguments", [["--json", "version"], ["version", "--json"]])
    def test_the_option_may_stand_before_and_behind_the_command(
        self, bloop: Callable[..., Said], arguments: list[str]
    ) -> None:
        assert bloop(*arguments).document == {"version": bloop_trio.__version__}

    @pytest.mark.parametrize(
        ("arguments", "code"),
        [
            (["project", "rotate-key", "nowhere", "--json"], 1),
            (["srve", "--json"], 2),
            (["check", "--json", "-c", "absent.toml"], 2),
        ],
    )
    def test_an_error_is_a_document_too(self, bloop: Callable[..., Said], arguments: list[str], code: int) -> None:
        said = bloop(*arguments)
        assert (said.code, said.err) == (code, "")
        assert list(said.document) == ["error"]


def test_names_cannot_drive_the_terminal(bloop: Callable[..., Said]) -> None:
    bloop("project", "create", "\x1b[31mred", "--slug", "red")
    assert "\x1b" not in bloop("project", "list").out
    assert "\x1b" not in bloop("project", "rotate-key", "\x1b[2J").err


class TestProcess:
    """As people start it: ``python -m bloop_trio``."""

    def python(self, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
        environ = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        return subprocess.run(
            [sys.executable, *arguments], cwd=folder, env=environ, capture_output=True, text=True, check=False
        )

    def test_the_module_is_the_command(self, folder: Path) -> None:
        done = self.python("-m", "bloop_trio", "version", folder=folder)
        assert (done.returncode, done.stdout, done.stderr) == (0, f"bloop {bloop_trio.__version__}\n", "")

    def test_the_exit_code_is_passed_on(self, folder: Path) -> None:
        assert self.python("-m", "bloop_trio", "srve", folder=folder).returncode == 2

    def test_a_command_whose_streams_are_closed_does_its_work(self, folder: Path) -> None:
        command = [sys.executable, "-m", "bloop_trio", "project", "create", "Shop", "--slug", "shop"]
        environ = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        done = subprocess.run(
            ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *command], cwd=folder, env=environ, check=False
        )
        assert done.returncode == 0
        assert "shop" in self.python("-m", "bloop_trio", "project", "list", folder=folder).stdout

    def test_commands_do_without_the_servers_libraries(self, folder: Path) -> None:
        script = (
            "import sys; from bloop_trio.cli.main import run_command_line as run; run(['project', 'list'], {});"
            "print(sorted({'trio', 'quart', 'hypercorn', 'structlog', 'httptools', 'msgspec'} & set(sys.modules)))"
        )
        done = self.python("-c", script, folder=folder)
        assert done.stdout.splitlines()[-1] == "[]"

    def test_a_reader_that_has_seen_enough_is_no_error_to_report(self, folder: Path) -> None:
        script = (
            "import os, sys; from bloop_trio.cli.main import run_command_line as run;"
            "read, write = os.pipe(); os.close(read); os.dup2(write, 1); sys.exit(run(['version'], {}))"
        )
        done = self.python("-c", script, folder=folder)
        assert (done.returncode, done.stderr) == (1, "")


def test_every_command_has_a_summary() -> None:
    for command in ("serve", "check", "health", "project", "token", "send-test-event", "version"):
        assert f"    {command} " in build_parser().format_help()
