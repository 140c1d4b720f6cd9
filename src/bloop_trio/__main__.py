"""``python -m bloop_trio``, the console script ``bloop``, and the entry of the zipapp."""

from __future__ import annotations

import os
import sys

from bloop_trio.cli.main import run_command_line
from bloop_trio.cli.streams import open_standard_streams


def main() -> int:
    """Run the command line and return its exit code."""
    open_standard_streams()
    return run_command_line(sys.argv[1:], os.environ)


if __name__ == "__main__":
    sys.exit(main())
