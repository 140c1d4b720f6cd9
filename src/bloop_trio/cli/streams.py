"""The three files that every process begins with, also where whoever started it has closed them."""

from __future__ import annotations

import os
import sys


def open_standard_streams() -> None:
    """Have the files 0, 1 and 2 open: on nothing, where they are closed.

    Otherwise the next file to be opened gets such a number, a database for one, and what is meant for a terminal goes
    into it. Python has no stream for what is closed at its start, and a command could not even say nothing.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free, which is this one
    if sys.stdout is None:
        sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    if sys.stderr is None:
        sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False)
