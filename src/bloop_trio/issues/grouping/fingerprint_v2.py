"""Version 2 of the fingerprint: sees more than version 1, and joins what that one takes apart. Pure.

It hashes five lines (source, type, route, message, frame) with XXH3-64, of which each has its changing parts taken out
and holds no line feed, so that no two different events are joined to the same text. The hash has a seed of its own:
what one version has hashed is never taken for what the other has. As with version 1, the result must not change by a
bit between releases.
"""

from __future__ import annotations

from typing import Final

from xxhash import xxh3_64_hexdigest

from bloop_trio.flow.bounded_cache import BoundedCache
from bloop_trio.issues.grouping.normalising import normalise_message, normalise_route, normalise_type
from bloop_trio.issues.grouping.stack_frames import own_frame, quick_frame, without_header

SEED: Final = 2
_CACHE_ENTRIES: Final = 1024
_CACHE_MAX_CHARS: Final = 4096
"""Longer inputs are not cached, which bounds the cache's memory to a few megabytes."""
_SHORT_MAX_CHARS: Final = 500
"""The same, of types and routes."""


def fingerprint(*, source: str, error_type: str, route: str | None, message: str, stack: str | None) -> str:
    """Return the fingerprint of an event, 16 lower-case hexadecimal digits (XXH3-64, seed 2)."""
    return hashed(
        joined(
            source,
            normalise_type(error_type),
            normalise_route(route),
            normalise_message(message),
            own_frame(stack, error_type, message),
        )
    )


def joined(source: str, error_type: str, route: str, message: str, frame: str) -> str:
    """Return the text that is hashed; none of the parts, which are normalised, holds a line feed."""
    return f"{source}\n{error_type}\n{route}\n{message}\n{frame}"


def hashed(text: str) -> str:
    """Return the hash of what `joined` has returned."""
    return xxh3_64_hexdigest(text.encode(), seed=SEED)


class Fingerprinter:
    """Computes fingerprints and remembers the costly parts of repeated events (bounded caches)."""

    __slots__ = ("_frames", "_messages", "_routes", "_types")

    def __init__(self, max_entries: int = _CACHE_ENTRIES) -> None:
        self._messages: BoundedCache[str, str] = BoundedCache(max_entries)
        self._frames: BoundedCache[str, str] = BoundedCache(max_entries)
        self._types: BoundedCache[str, str] = BoundedCache(max_entries)
        self._routes: BoundedCache[str, str] = BoundedCache(max_entries)

    def of(self, source: str, error_type: str, route: str | None, message: str, stack: str | None) -> str:
        """Return `fingerprint(...)`; equal inputs give equal results whether remembered or not."""
        return hashed(
            joined(
                source,
                self.error_type(error_type),
                self.route(route),
                self.message(message),
                self.frame(stack, error_type, message),
            )
        )

    def error_type(self, error_type: str) -> str:
        """Return `normalise_type(error_type)`."""
        known = self._types.get(error_type)
        if known is None:
            known = normalise_type(error_type)
            if len(error_type) <= _SHORT_MAX_CHARS:
                self._types.put(error_type, known)
        return known

    def route(self, route: str | None) -> str:
        """Return `normalise_route(route)`."""
        if not route:
            return ""
        known = self._routes.get(route)
        if known is None:
            known = normalise_route(route)
            if len(route) <= _SHORT_MAX_CHARS:
                self._routes.put(route, known)
        return known

    def message(self, message: str) -> str:
        """Return `normalise_message(message)`."""
        known = self._messages.get(message)
        if known is None:
            known = normalise_message(message)
            if len(message) <= _CACHE_MAX_CHARS:
                self._messages.put(message, known)
        return known

    def frame(self, stack: str | None, error_type: str, message: str) -> str:
        """Return `own_frame(stack, error_type, message)`."""
        if not stack:
            return ""
        if "\n" in message:
            return own_frame(stack, error_type, message)  # the message may be a part of the stack
        lines = without_header(stack, error_type, message)  # which has the message, and differs from event to event
        known = self._frames.get(lines)
        if known is None:
            found = quick_frame(lines, message)
            if found is None:
                return own_frame(stack, error_type, message)
            known = found
            if len(lines) <= _CACHE_MAX_CHARS:
                self._frames.put(lines, known)
        return known
