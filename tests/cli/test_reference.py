"""The reference page names what the parser takes, and nothing else."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bloop_trio.auth.scopes import SCOPES
from bloop_trio.cli.main import build_parser

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
SECTIONS = {section.splitlines()[0]: section for section in PAGE.split("\n## ")[1:]}
EVERYWHERE = {"-c PATH", "--config PATH", "--json", "-h", "--help"}


def commands(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """The parsers of the commands, without those that only have commands of their own."""
    groups = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not groups:
        yield parser
    for group in groups:
        for below in group.choices.values():
            yield from commands(below)


def arguments(parser: argparse.ArgumentParser) -> set[str]:
    """Options and arguments as the page writes them: ``--slug SLUG``, ``NAME``."""
    found: set[str] = set()
    for action in parser._actions:
        if action.option_strings:
            takes = "" if action.nargs == 0 else f" {action.metavar}"
            found |= {option + takes for option in action.option_strings}
        else:
            found.add(str(action.metavar))
    return found


COMMANDS = {parser.prog: parser for parser in commands(build_parser())}
every_command = pytest.mark.parametrize("command", COMMANDS)


def test_the_page_has_a_section_for_each_command_and_no_other() -> None:
    assert {title for title in SECTIONS if title.startswith("bloop ")} == set(COMMANDS)


@every_command
def test_a_section_lists_the_options_of_its_command(command: str) -> None:
    options = re.findall(r"^\| `((?:-|[A-Z]).*?)` \|", SECTIONS[command], flags=re.MULTILINE)
    assert set(options) == arguments(COMMANDS[command]) - EVERYWHERE


@every_command
def test_each_command_takes_what_stands_at_the_top(command: str) -> None:
    assert arguments(COMMANDS[command]) >= EVERYWHERE
    assert all(f"`{option}`" in PAGE.split("\n## ")[0] for option in EVERYWHERE)


def test_the_page_lists_every_scope() -> None:
    listed = re.findall(r"^\| `(\w+:\w+)` \|", SECTIONS["bloop token create"], flags=re.MULTILINE)
    assert tuple(listed) == SCOPES


def test_the_page_lists_every_exit_code() -> None:
    assert re.findall(r"^\| (\d) \|", SECTIONS["Exit codes"], flags=re.MULTILINE) == ["0", "1", "2"]
