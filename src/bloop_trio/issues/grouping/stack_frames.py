"""The frames of a stack, and the one that an error is known by. Pure.

A frame is recognised by how its language writes it; what no language writes so is a header, a line of source, or a
note, and is left out. The frame that counts is the innermost one of the application's own code. Nearly all languages
write the innermost frame first. Python writes it last, as Ruby did for a while, and of several tracebacks in a row the
last one is the exception that was reported.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Final

import attrs

from bloop_trio.issues.grouping.frame_lines import RawFrame, read_frame
from bloop_trio.issues.grouping.framework_marks import framework_mark
from bloop_trio.issues.grouping.normalising import is_changing_part, normalise_message, one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAX_FRAMES: Final = 400
"""Frames that are looked at, from the innermost; a stack that overflowed has no more to tell."""
MAX_LINE_CHARS: Final = 1_000
"""Of a longer line, the beginning is looked at."""

_TRACEBACK: Final = "Traceback (most recent call last):"
_HEADER: Final = re.compile(
    r"(?i:traceback \(most recent|stack ?(?:back)?trace|exception in |caused by|suppressed:|goroutine \d|panic:|fatal |uncaught "
    r"|unhandled |terminating |thread |\[signal |next |thrown in |php |--- end |---> |during handling of "
    r"|the above exception |\.\.\. )|[\w.$\\]++(?: \([\w.]++\))?+: "
)
_ORIGIN: Final = re.compile(r"^[a-zA-Z][\w+.-]{1,20}://[^/]*+")
_VERSION: Final = re.compile(r"v?\d{1,9}(?:\.\d{1,9}){1,5}")
_HASH: Final = re.compile(r"(?=[a-z]*+\d)[\da-z]{6,}+", re.IGNORECASE)
_ADDRESS: Final = re.compile(r"0x[0-9a-fA-F]++")
_LAMBDA: Final = re.compile(r"(?<=\$\$Lambda)[\w$/]*+")
_COUNTED: Final = re.compile(
    r"(?<=__)\d++(?:_\d++)*+|(?<=DisplayClass)\d++(?:_\d++)*+|(?<=\$)\d++|(?<=\.func)\d++(?:\.\d++)*+|(?<=#)\d++"
    r"|(?<=Accessor)\d++|(?<=Proxy)\d++"
)


@attrs.frozen
class Frame:
    """One frame of a stack."""

    line_no: int
    """Its line in the stack, from 0."""
    line: str
    """The line, without white space at its ends."""
    text: str
    """Function and file, without anything that changes between two builds or two runs."""
    framework: str | None
    """What shows that it is not the application's own; None if it is."""
    language: str


def own_frame(stack: str | None, error_type: str, message: str) -> str:
    """Return the text of the frame that an error is known by.

    Without any frame it is the first line that is no header, with placeholders; without such a line it is empty.
    """
    found = quick_frame(without_header(stack or "", error_type, message), message)
    return _first_line(stack, error_type, message) if found is None else found


def without_header(stack: str, error_type: str, message: str) -> str:
    """Return a stack without its first line if that says what happened, whatever else it looks like.

    Of a message of several lines it stays, as the message is looked for in the stack.
    """
    is_header = error_type and "\n" not in message and stack.startswith(f"{error_type}: ")
    return stack.partition("\n")[2] if is_header else stack


def quick_frame(stack: str | None, message: str) -> str | None:
    """Return what `own_frame` does where the stack has a frame, None where it has none; reads no further than it must."""
    first: Frame | None = None
    for line_no, line, raw in islice(_raw_frames(stack, message), MAX_FRAMES):
        if first is None and is_outermost_first(stack or "", raw.language):
            chosen = choose(list_frames(stack, message))
            return None if chosen is None else chosen.text
        frame = _frame(line_no, line, raw)
        if frame.framework is None:
            return frame.text
        first = first or frame
    return None if first is None else first.text


def list_frames(stack: str | None, message: str) -> list[Frame]:
    """Return the frames of `stack` from the innermost; a message of several lines that it repeats is left out of it.

    In a chain of Python tracebacks, the frames of the last one come first.
    """
    raw = list(_raw_frames(stack, message))
    if raw and is_outermost_first(stack or "", raw[0][2].language):
        raw.reverse()
    return [_frame(*found) for found in raw[:MAX_FRAMES]]


def choose(frames: list[Frame]) -> Frame | None:
    """Return the innermost own frame, else the innermost frame of all."""
    return next((frame for frame in frames if frame.framework is None), frames[0] if frames else None)


def headers(error_type: str, message: str) -> Callable[[str], bool]:
    """Return what tells whether a line that is no frame says what happened, rather than where."""
    told = [line.strip() for line in message.split("\n")]
    repeated, ending = frozenset(told), f": {told[0]}" if told[0] else None

    def is_header(line: str) -> bool:
        if line in repeated or _HEADER.match(line) or (error_type and line.startswith(error_type)):
            return True
        return ending is not None and line.endswith(ending)

    return is_header


def is_outermost_first(stack: str, language: str) -> bool:
    """Whether the frames of a stack stand in the order of their calls, the innermost last."""
    return language == "python" or (language == "ruby" and stack.lstrip().startswith(_TRACEBACK))


def _raw_frames(stack: str | None, message: str) -> Iterator[tuple[int, str, RawFrame]]:
    """Yield line number, line and frame of each frame, in the order of the stack; all are of one language."""
    if not stack:
        return
    lines = lines_of(stack)
    told = _lines_of_message(lines, message)
    language = None
    for number, line in enumerate(lines):
        if not line or number in told:
            continue
        found = read_frame(line, lines[number + 1] if number + 1 < len(lines) else "")
        if found is None or language not in {None, found.language}:
            continue
        language = found.language
        yield number, line, found


def lines_of(stack: str) -> list[str]:
    """Return the lines of a stack, without white space at their ends and cut to what is looked at."""
    return [line[:MAX_LINE_CHARS].strip() for line in stack.split("\n")]


def _lines_of_message(lines: list[str], message: str) -> range:
    """Return the lines that only repeat `message`, which may look like frames themselves."""
    told = lines_of(message.strip())
    if len(told) == 1:
        return range(0)
    text, repeated = "\n".join(lines), "\n".join(told)
    start = text.find(repeated)
    if start < 0 or text[start + len(repeated) : start + len(repeated) + 1] not in {"", "\n"}:
        return range(0)
    first = text.count("\n", 0, start)
    return range(first, first + len(told))


def _frame(line_no: int, line: str, raw: RawFrame) -> Frame:
    file = raw.file.replace("\\", "/")
    function = _stable_function(raw)
    name = file if raw.language == "apple" else _stable_file(file)
    text = f"{function} ({name})" if function and name else function or name
    return Frame(line_no, line, text, framework_mark(raw.language, raw.function, file), raw.language)


def _stable_function(raw: RawFrame) -> str:
    function = one_line(raw.function)
    if function.isascii() and function.isalpha():
        return function
    function = _ADDRESS.sub("<hex>", _LAMBDA.sub("", function))
    return _COUNTED.sub("<n>", function)


def _stable_file(file: str) -> str:
    """Return a path without scheme, host, query, numbers and ids in its folders, and build hashes in its name."""
    path = _ORIGIN.sub("", one_line(file)).partition("?")[0].partition("#")[0]
    *folders, name = path.split("/")
    return "/".join([*map(_stable_folder, folders), _stable_name(name)])


def _stable_folder(folder: str) -> str:
    return "<n>" if _VERSION.fullmatch(folder) or is_changing_part(folder) else folder


def _stable_name(name: str) -> str:
    """Return the name of a file without the hash of its build: ``app.3f2a1b.js`` and ``app-Bk3xYz12.js`` are ``app.js``."""
    first, *rest = name.split(".")
    if not rest:
        return name
    *middle, extension = rest
    kept = [part for part in middle if not _HASH.fullmatch(part)]
    return ".".join([_without_hash(first), *kept, extension])


def _without_hash(name: str) -> str:
    """Return a name without the eight characters that Vite and others add; a word in them has no such mix of letters."""
    base, ending = name[:-9], name[-8:]
    if not base or name[-9] not in "-_":
        return name
    is_hash = any(char.isdigit() for char in ending) or sum(char.isupper() for char in ending[1:]) >= 2
    return base if is_hash else name


def _first_line(stack: str | None, error_type: str, message: str) -> str:
    lines = lines_of(stack or "")
    told, is_header = _lines_of_message(lines, message), headers(error_type, message)
    for number, line in enumerate(lines):
        if line and number not in told and not is_header(line):
            return normalise_message(line)
    return ""
