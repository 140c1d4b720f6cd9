"""One line of a stack, read as each language writes its frames. Pure.

Every reader looks at the line from an end, or for one mark in it, so that a line costs what its length costs.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable

_POSITION: Final = re.compile(r"(?::\d{1,9}){1,2}$")
_JAVA_PLACE: Final = re.compile(r"[\w$.-]++(?::\d{1,9})?+|Native Method|Unknown Source|")
_JAVA_FILE: Final = re.compile(r"(?:java|kt|kts|scala|groovy|clj)(?::\d{1,9})?+")
_JAVA_FUNCTION: Final = re.compile(r"(?:[\w.@-]*+/{1,2})?+(?P<function>[\w.$<>/-]++)")
_JS_PLACES: Final = ("<anonymous>", "native", "eval at ", "index ")
_PYTHON: Final = re.compile(r'File "(?P<file>[^"]*+)", line \d++(?:, in (?P<function>.++))?+')
_PYTHON_MARGIN: Final = "|+- "
_PHP: Final = re.compile(r"#\d{1,6} ++(?P<rest>.++)")
_PHP_PLACE: Final = re.compile(r"(?P<file>[^(]++)\(\d++\): ")
_DART_PLACE: Final = re.compile(r"\((?P<file>(?:package|dart|file):[^()]++)\)$")
_APPLE: Final = re.compile(r"(?:\d{1,6} ++)?+(?P<library>[\w?][^\s(]*+) ++0x[0-9a-fA-F]++ (?P<function>.++)")
_APPLE_LIBRARY: Final = re.compile(r"\d|[A-Z]|lib|dyld")
_APPLE_END: Final = re.compile(r" \+ \d++(?: \([^()]*+\))?+$| \([\w.+-]++:\d++\)$| line \d++$")
_RUBY_NUMBER: Final = re.compile(r"\d{1,6}: (?=from )")
_RUBY_PLACE: Final = re.compile(r":\d++(?::in [`'](?P<function>[^'`]++)')?+")
_RUBY_FUNCTION: Final = re.compile(r":in [`']")
_DOTNET_PLACE: Final = re.compile(r":line \d++$")
_GO_OFFSET: Final = re.compile(r" \+0x[0-9a-f]++$")
_GO_FUNCTION: Final = re.compile(r"(?:created by )?+[\w./~*()\[\]-]++(?:\{.*\})?")
_MODULE_ASYNC: Final = ("async ", "new ")


@attrs.frozen
class RawFrame:
    """What a line says about a frame, as it says it."""

    language: str
    function: str
    """Empty if it has no name."""
    file: str
    """A path, an address, or the name of a library; empty if there is none."""


def read_frame(line: str, next_line: str) -> RawFrame | None:
    """Return the frame that `line` is, None if it is none; one of Go reaches into the next line."""
    for starts, read in _BY_START:
        if line.startswith(starts):
            found = read(line)
            if found is not None:
                return found
    return _read_ruby(line) or _read_gecko(line) or _read_apple(line) or _read_go(line, next_line)


def _read_at(line: str) -> RawFrame | None:
    """Read ``at …``: JavaScript in V8, Java and Kotlin, .NET."""
    body = line[3:].strip(" ")
    if _DOTNET_PLACE.search(body[-20:]) and " in " in body:
        function, _, file = body.partition(" in ")
        return RawFrame("dotnet", function, file.rpartition(":line ")[0])
    if not body.endswith(")"):
        return _read_bare_at(body)
    start = body.find("(")
    function, place = body[:start].rstrip(" "), body[start + 1 : -1]
    if _JAVA_PLACE.fullmatch(place) and (
        place in {"Native Method", "Unknown Source", "SourceFile", ""} or _JAVA_FILE.fullmatch(place.rpartition(".")[2])
    ):
        named = _JAVA_FUNCTION.fullmatch(function)
        if named is not None and ("." in function or place):
            return RawFrame("java", named["function"], place.partition(":")[0] if "." in place else "")
    if _POSITION.search(place[-24:]) or place.startswith(_JS_PLACES):
        if place.startswith("eval at "):
            place = "<anonymous>"
        return RawFrame("javascript", _js_function(function), _without_position(place))
    if "." in function:
        return RawFrame("dotnet", body, "")
    return RawFrame("javascript", _js_function(function), place)


def _read_bare_at(body: str) -> RawFrame | None:
    if _POSITION.search(body[-24:]):
        return RawFrame("javascript", "", _without_position(body.removeprefix("async ")))
    if len(body.split(" ", 3)) <= 3 and ":" not in body:  # a sentence may begin with "at" too
        return RawFrame("javascript", _js_function(body), "")
    return None


def _js_function(function: str) -> str:
    for word in _MODULE_ASYNC:
        function = function.removeprefix(word)
    return function.partition(" [as ")[0]


def _without_position(place: str) -> str:
    return _POSITION.sub("", place[-24:]) if len(place) <= 24 else place[:-24] + _POSITION.sub("", place[-24:])


def _read_python(line: str) -> RawFrame | None:
    found = _PYTHON.fullmatch(line.lstrip(_PYTHON_MARGIN))
    return None if found is None else RawFrame("python", found["function"] or "", found["file"])


def _read_numbered(line: str) -> RawFrame | None:
    """Read ``#0 …``: PHP, Dart."""
    found = _PHP.fullmatch(line)
    if found is None:
        return None
    rest = found["rest"]
    dart = _DART_PLACE.search(rest)
    if dart is not None:
        return RawFrame("dart", rest[: dart.start()].strip(" "), _without_position(dart["file"]))
    if rest == "{main}":
        return RawFrame("php", rest, "")
    place = _PHP_PLACE.match(rest)
    if place is not None:
        return RawFrame("php", rest[place.end() :].partition("(")[0], place["file"])
    internal = "[internal function]: "
    if rest.startswith(internal):
        return RawFrame("php", rest[len(internal) :].partition("(")[0], "[internal function]")
    return None


def _read_ruby(line: str) -> RawFrame | None:
    line = _RUBY_NUMBER.sub("", line, count=1) if line[:1].isdigit() else line
    begins = line.startswith("from ")
    if not begins and ":in " not in line:
        return None
    body = line[5:] if begins else line
    mark = _RUBY_FUNCTION.search(body)
    if mark is None:
        file = _POSITION.sub("", body[-24:]) if begins and _POSITION.search(body[-24:]) else None
        return None if file is None else RawFrame("ruby", "", _without_position(body))
    place = _RUBY_PLACE.fullmatch(body[body.rfind(":", 0, mark.start()) :].partition(": ")[0])
    file = body[: body.rfind(":", 0, mark.start())]
    if place is None or ": " in file:
        return None
    return RawFrame("ruby", place["function"] or "", file)


def _read_gecko(line: str) -> RawFrame | None:
    """Read ``function@place``: JavaScript in Firefox and Safari."""
    function, at, place = line.partition("@")
    if not at or " " in place.strip(" ") or " " in function:
        return None if place != "[native code]" else RawFrame("javascript", function, place)
    if not _POSITION.search(place[-24:]):
        return None
    return RawFrame("javascript", function, _without_position(place))


def _read_apple(line: str) -> RawFrame | None:
    found = _APPLE.fullmatch(line)
    if found is None or not _APPLE_LIBRARY.match(line):
        return None
    return RawFrame("apple", _APPLE_END.sub("", found["function"]), found["library"])


def _read_go(line: str, next_line: str) -> RawFrame | None:
    file, colon, number = _GO_OFFSET.sub("", next_line).rpartition(":")
    if not colon or not number.isdigit() or not file.endswith((".go", ".s")):
        return None
    function = line.removeprefix("created by ").partition(" in goroutine ")[0]
    if function.endswith(")"):
        start = function.rfind("(")
        function = function[:start] if start > 0 else function
    if _GO_FUNCTION.fullmatch(function) is None:
        return None
    return RawFrame("go", function, file)


_BY_START: Final[tuple[tuple[str | tuple[str, ...], Callable[[str], RawFrame | None]], ...]] = (
    ("at ", _read_at),
    (('File "', "| ", "+ "), _read_python),
    ("#", _read_numbered),
)
