"""The fingerprint: which events are the same issue. Pure.

Version 1 hashes ``source:error_type:route:message:frame`` with XXH3-64, where the message has its changing parts taken
out and the frame is the first line of the stack that is not a framework's. The result must not change by a bit between
releases: every stored issue hangs on it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from xxhash import xxh3_64_hexdigest

from bloop_trio.flow.bounded_cache import BoundedCache

if TYPE_CHECKING:
    from collections.abc import Iterator

_UUID: Final = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
_IPV4: Final = re.compile(r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}")
_DIGITS: Final = re.compile(r"\d+")
_POSITION: Final = re.compile(r":\d+(?::\d+)?| line \d+")
_OWN_FINGERPRINT: Final = re.compile(r"[A-Za-z0-9._:-]{1,128}")

# Unicode's White_Space property. str.strip() without arguments would also eat U+001C to U+001F, which have it not.
_WHITE_SPACE: Final = (
    "\t\n\x0b\x0c\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)

# Anywhere in a line; "Foundation" stands for "CoreFoundation" as well.
_FRAMEWORK: Final = re.compile(
    r"node_modules/|UIKitCore|libdispatch|Foundation|SwiftUI|java\.lang\.|android\.os\.|kotlin\.|com\.apple\."
)

_CACHE_ENTRIES: Final = 2048
_CACHE_MAX_CHARS: Final = 4096
"""Longer inputs are not cached, which bounds the cache's memory to a few megabytes."""


def normalise(message: str) -> str:
    """Take the changing parts out of `message`: UUIDs, IPv4 addresses, numbers, letter case, outer white space."""
    if "-" in message:
        message = _UUID.sub("<uuid>", message)
    if "." in message:
        message = _IPV4.sub("<ip>", message)
    return _DIGITS.sub("<n>", message).lower().strip(_WHITE_SPACE)


def top_frame(stack: str | None) -> str:
    """Return the first line of `stack` that is not a framework's, without its line and column numbers.

    With framework lines only, it is the first line as it stands; without any line it is empty.
    """
    fallback = ""
    for line in _lines(stack or ""):
        if not _FRAMEWORK.search(line):
            return _POSITION.sub("", line).strip(_WHITE_SPACE)
        fallback = fallback or line
    return fallback


def _lines(stack: str) -> Iterator[str]:
    """Yield the trimmed lines that are not blank; a line ends at a line feed and nowhere else."""
    start = 0
    while start <= len(stack):
        end = stack.find("\n", start)
        if end < 0:
            end = len(stack)
        line = stack[start:end].strip(_WHITE_SPACE)
        if line:
            yield line
        start = end + 1


def fingerprint(*, source: str, error_type: str, route: str | None, message: str, stack: str | None) -> str:
    """Return the fingerprint of an event, 16 lower-case hexadecimal digits (XXH3-64, seed 0)."""
    text = f"{source}:{error_type}:{route or ''}:{normalise(message)}:{top_frame(stack)}"
    return xxh3_64_hexdigest(text.encode())


def own_fingerprint(given: str) -> str:
    """Return the fingerprint to group by when a client brings its own, which is not empty.

    1 to 128 characters of ``A-Z a-z 0-9 . _ : -`` are taken as they are; anything else could not be put into a URL
    or an index safely and is hashed.
    """
    if _OWN_FINGERPRINT.fullmatch(given):
        return given
    return xxh3_64_hexdigest(given.encode())


class Fingerprinter:
    """Computes fingerprints and remembers those of repeated events (a bounded cache)."""

    __slots__ = ("_cache",)

    def __init__(self, max_entries: int = _CACHE_ENTRIES) -> None:
        self._cache: BoundedCache[tuple[str, str, str | None, str, str | None], str] = BoundedCache(max_entries)

    def of(self, source: str, error_type: str, route: str | None, message: str, stack: str | None) -> str:
        """Return `fingerprint(...)`; equal inputs give equal results whether remembered or not."""
        key = (source, error_type, route, message, stack)
        known = self._cache.get(key)
        if known is not None:
            return known
        made = fingerprint(source=source, error_type=error_type, route=route, message=message, stack=stack)
        if len(message) + len(stack or "") <= _CACHE_MAX_CHARS:
            self._cache.put(key, made)
        return made
