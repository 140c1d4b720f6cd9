"""From a command line to an exit code: 0 done, 1 failed, 2 command line or configuration not usable."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from bloop_trio import __version__
from bloop_trio.cli import (
    backup,
    check,
    doctor,
    export,
    health,
    import_rust,
    people,
    projects,
    restore,
    send_test_event,
    serve,
    source_maps,
    tokens,
    version,
)
from bloop_trio.cli.context import Context, Parser, UsageError, add_common_options
from bloop_trio.cli.output import Output
from bloop_trio.exceptions import BloopError, ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DONE, FAILED, UNUSABLE = 0, 1, 2
_GROUPS = (
    serve,
    check,
    health,
    doctor,
    backup,
    restore,
    import_rust,
    export,
    projects,
    tokens,
    source_maps,
    people,
    send_test_event,
    version,
)
_INTERRUPTED = 130


def build_parser() -> Parser:
    """Return the parser of the whole command line."""
    parser = Parser(prog="bloop", description="Self-hosted error tracker. Without a command: serve.")
    add_common_options(parser)
    parser.add_argument("--version", action="version", version=f"bloop {__version__}")
    parser.set_defaults(run=serve.run)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for group in _GROUPS:
        group.add_to(commands)
    return parser


def run_command_line(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Do what the arguments say and return the exit code; what cannot be done is said in one line."""
    # A command line that cannot be parsed still says how its errors are to be told.
    output = Output(as_json="--json" in arguments)
    try:
        parsed = build_parser().parse_args(arguments)
        code: int = parsed.run(Context(arguments=parsed, environ=environ, output=output))
        sys.stdout.flush()
    except (UsageError, ConfigError) as error:
        output.error(str(error))
        return UNUSABLE
    except BrokenPipeError:
        # Whoever read the output has seen enough. Python would complain once more when it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except (BloopError, OSError) as error:
        if isinstance(error, OSError) and error.filename is None:
            raise
        # A file is mostly one of the server's user, when somebody else calls: its name is all they need.
        output.error(str(error) if isinstance(error, BloopError) else f"{error.filename}: {error.strerror}")
        return FAILED
    except KeyboardInterrupt:
        return _INTERRUPTED
    except SystemExit as leaving:  # argparse after --help and --version
        return DONE if leaving.code is None else int(leaving.code)
    return code
