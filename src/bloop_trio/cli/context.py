"""What every command is given, and the parser that says in one line what was wrong with a command line."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias

import attrs

from bloop_trio.config import Loaded, load_config
from bloop_trio.exceptions import BadRequestError, BloopError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bloop_trio.cli.output import Output


class UsageError(BloopError):
    """The command line makes no sense: exit code 2, one line."""


@attrs.frozen(kw_only=True)
class Context:
    """One call of the command line."""

    arguments: argparse.Namespace
    environ: Mapping[str, str]
    output: Output

    def load(self) -> Loaded:
        """Return the configuration that the command works with.

        Raises:
            ConfigError: It cannot be used.
        """
        path = getattr(self.arguments, "config", None)
        return load_config(None if path is None else Path(path), self.environ)


class Parser(argparse.ArgumentParser):
    """Raises what argparse would print with the whole usage before it."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(allow_abbrev=False, **settings)

    def error(self, message: str) -> NoReturn:
        """Refuse the command line.

        Raises:
            UsageError: Always.
        """
        raise UsageError(f"{message} (see `{self.prog} --help`)")


Commands: TypeAlias = "argparse._SubParsersAction[Parser]"  # noqa: SLF001 - argparse has no public name for it
"""What a group of commands adds its parsers to."""


def add_command(commands: Commands, name: str, run: Callable[[Context], int], summary: str) -> Parser:
    """Add a command with the options that all commands have, and return its parser for more.

    `run` returns the exit code, and raises a `BloopError` when it cannot do its work.
    """
    parser = commands.add_parser(name, help=summary, description=summary)
    add_common_options(parser)
    parser.set_defaults(run=run)
    return parser


def checked(check: Callable[[str], str]) -> Callable[[str], str]:
    """Return the check of a value as an argument's type, so that a wrong value is a wrong command line."""

    def read(text: str) -> str:
        try:
            return check(text)
        except BadRequestError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return read


def add_group(commands: Commands, name: str, summary: str) -> Commands:
    """Add a command that only has commands of its own, and return the place for those."""
    parser = commands.add_parser(name, help=summary, description=summary)
    return parser.add_subparsers(title="commands", metavar="COMMAND", required=True)


def add_common_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that may stand before and behind a command's name."""
    parser.add_argument(
        "-c",
        "--config",
        metavar="PATH",
        default=argparse.SUPPRESS,
        help="configuration file (default: config.toml in the working directory, if there is one)",
    )
    parser.add_argument(
        "--json", action="store_true", default=argparse.SUPPRESS, help="print one JSON document instead of text"
    )
