"""The fingerprint: which events are the same issue. Pure.

Version 1 hashes ``source:error_type:route:message:frame`` with XXH3-64, where the message has its changing parts taken
out and the frame is the first line of the stack that is not a framework's. The result must not change by a bit between
releases: every stored issue hangs on it.
"""

from __future__ import annotations

import re
from typing import Final

from xxhash import xxh3_64_hexdigest

from bloop_trio.flow.bounded_cache import BoundedCache

OVERFLOW_FINGERPRINT: Final = "overflow"
"""Of the issue that takes the events of all issues that were not made; the same in every project."""

_UUID: Final = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
_IPV4: Final = re.compile(r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}")
_DIGITS: Final = re.compile(r"\d+")
_ASCII_DIGITS: Final = re.compile(r"[0-9]+")
_POSITION: Final = re.compile(r":\d+(?::\d+)?| line \d+")
_OWN_FINGERPRINT: Final = re.compile(r"[A-Za-z0-9._:-]{1,128}")

# Unicode's White_Space property. str.strip() without arguments would also eat U+001C to U+001F, which have it not.
_WHITE_SPACE: Final = (
    "\t\n\x0b\x0c\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)

# Anywhere in a line; "Foundation" stands for "CoreFoundation" as well. One search for each is faster than one
# regular expression for all, which has no literal beginning to look for.
_FRAMEWORK_MARKS: Final = (
    "node_modules/",
    "Foundation",
    "UIKitCore",
    "libdispatch",
    "SwiftUI",
    "java.lang.",
    "android.os.",
    "kotlin.",
    "com.apple.",
)

_CACHE_ENTRIES: Final = 1024
_CACHE_MAX_CHARS: Final = 4096
"""Longer inputs are not cached, which bounds the cache's memory to a few megabytes."""


def normalise(message: str) -> str:
    """Take the changing parts out of `message`: UUIDs, IPv4 addresses, numbers, letter case, outer white space."""
    if "-" in message:
        message = _UUID.sub("<uuid>", message)
    if "." in message:
        message = _IPV4.sub("<ip>", message)
    digits = _ASCII_DIGITS if message.isascii() else _DIGITS  # the same digits, and a quarter faster
    return "<n>".join(digits.split(message)).lower().strip(_WHITE_SPACE)


def replaced_in(message: str) -> list[tuple[str, str, str]]:
    """Return what `normalise` takes out of a message, in the order in which it does: kind, piece, placeholder."""
    replaced: list[tuple[str, str, str]] = []
    for kind, placeholder, pattern in (
        ("uuid", "<uuid>", _UUID),
        ("address", "<ip>", _IPV4),
        ("number", "<n>", _DIGITS),
    ):
        replaced += [(kind, piece, placeholder) for piece in pattern.findall(message)]
        message = pattern.sub(placeholder, message)
    return replaced


def framework_mark(line: str) -> str | None:
    """Return the name by which a line of a stack counts as a framework's, None if it does not."""
    return next((mark for mark in _FRAMEWORK_MARKS if mark in line), None)


def top_frame(stack: str | None) -> str:
    """Return the first line of `stack` that is not a framework's, without its line and column numbers.

    A line ends at a line feed and nowhere else; blank ones do not count. With framework lines only, it is the first
    line as it stands; without any line it is empty.
    """
    if not stack:
        return ""
    fallback = ""
    start = 0
    while True:
        end = stack.find("\n", start)
        line = (stack[start:] if end < 0 else stack[start:end]).strip(_WHITE_SPACE)
        if line:
            if not _is_framework(line):
                return _POSITION.sub("", line).strip(_WHITE_SPACE)
            fallback = fallback or line
        if end < 0:
            return fallback
        start = end + 1


def _is_framework(line: str) -> bool:
    for mark in _FRAMEWORK_MARKS:  # noqa: SIM110 - a generator for any() costs more than the searches
        if mark in line:
            return True
    return False


def fingerprint(*, source: str, error_type: str, route: str | None, message: str, stack: str | None) -> str:
    """Return the fingerprint of an event, 16 lower-case hexadecimal digits (XXH3-64, seed 0)."""
    text = fingerprint_input(source=source, error_type=error_type, route=route, message=message, stack=stack)
    return xxh3_64_hexdigest(text.encode())


def fingerprint_input(*, source: str, error_type: str, route: str | None, message: str, stack: str | None) -> str:
    """Return the text that is hashed, for people who ask why two events are the same issue."""
    return _joined(source, error_type, route, normalise(message), top_frame(stack))


def _joined(source: str, error_type: str, route: str | None, normalised: str, frame: str) -> str:
    return f"{source}:{error_type}:{route or ''}:{normalised}:{frame}"


def own_fingerprint(given: str) -> str:
    """Return the fingerprint to group by when a client brings its own, which is not empty.

    1 to 128 characters of ``A-Z a-z 0-9 . _ : -`` are taken as they are; anything else could not be put into a URL
    or an index safely and is hashed.
    """
    if _OWN_FINGERPRINT.fullmatch(given):
        return given
    return xxh3_64_hexdigest(given.encode())


class Fingerprinter:
    """Computes fingerprints and remembers the costly parts of repeated events (two bounded caches).

    Messages and stacks are remembered apart: the usual stream of one issue has one stack and many messages.
    """

    __slots__ = ("_frames", "_messages")

    def __init__(self, max_entries: int = _CACHE_ENTRIES) -> None:
        self._messages: BoundedCache[str, str] = BoundedCache(max_entries)
        self._frames: BoundedCache[str, str] = BoundedCache(max_entries)

    def of(self, source: str, error_type: str, route: str | None, message: str, stack: str | None) -> str:
        """Return `fingerprint(...)`; equal inputs give equal results whether remembered or not."""
        normalised = self._messages.get(message)
        if normalised is None:
            normalised = normalise(message)
            if len(message) <= _CACHE_MAX_CHARS:
                self._messages.put(message, normalised)
        frame = ""
        if stack:
            known = self._frames.get(stack)
            frame = top_frame(stack) if known is None else known
            if known is None and len(stack) <= _CACHE_MAX_CHARS:
                self._frames.put(stack, frame)
        return xxh3_64_hexdigest(_joined(source, error_type, route, normalised, frame).encode())
