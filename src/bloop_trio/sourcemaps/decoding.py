"""Reading source maps: the one module that speaks to `symbolic`, which decodes them. No I/O, but slow: for threads.

What a map may cost is judged before it is decoded: a file of a few megabytes can ask for many gigabytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs
import msgspec
import zstandard

from bloop_trio.sourcemaps.frames import Frame, Place
from bloop_trio.sourcemaps.matching import normalised_debug_id

if TYPE_CHECKING:
    from symbolic.sourcemap import SourceMapTokenMatch, SourceMapView

MAX_SEGMENTS: Final = 5_000_000
"""Of the mappings of one map; each takes `_SEGMENT_BYTES` once decoded."""
MAX_SOURCE_NAMES_BYTES: Final = 64 * 1024 * 1024
"""Of all names of sources, each with the `sourceRoot` before it."""
CONTEXT_LINES: Final = 3
MAX_CONTEXT_CHARS: Final = 400
"""Of one line of a source; sources may be minified themselves."""
MAX_NAME_CHARS: Final = 1_000
"""Of a source's name, and of a name in it."""
_SEGMENT_BYTES: Final = 32
_NONE: Final = 2**32 - 1
"""What stands for no source in a decoded map."""
_GUARD: Final = b")]}'"
"""Some servers put it before JSON, on a line of its own."""


class InvalidMapError(Exception):
    """A file is no source map, or one that cannot be used; the message says why."""


class _Part(msgspec.Struct):
    """What is looked at of a map before it is decoded."""

    version: int | float | str | None = None
    mappings: str | None = None
    sources: list[str | None] | None = None
    source_root: str | None = msgspec.field(name="sourceRoot", default=None)
    sections: list[_Section] | None = None
    debug_id: Any = msgspec.field(name="debugId", default=None)
    other_debug_id: Any = msgspec.field(name="debug_id", default=None)


class _Section(msgspec.Struct):
    map: _Part | None = None


@attrs.frozen(kw_only=True)
class Checked:
    """What is known of a map that was found to be in order."""

    debug_id: str | None
    segments: int
    """At most so many."""


@attrs.frozen(kw_only=True, eq=False)
class ParsedMap:
    """A map that positions can be looked up in, from any thread."""

    view: SourceMapView
    debug_id: str | None
    weight_bytes: int
    """About what it takes in memory."""

    def look_up(self, place: Place, raw_frame: str) -> Frame | None:
        """Return the frame of a position in the script, None if the map tells nothing of it."""
        line = place.line - 1
        if line < 0:
            return None
        token = self.view.lookup(line, max(0, place.column - 1))
        # A position behind the last segment of a line is that segment's; one of a line without any is nobody's.
        if token is None or token.dst_line != line or token.src is None or token.src_id in {None, _NONE}:
            return None
        before, context_line, after = self._context(token)
        return Frame(
            original_file=token.src[:MAX_NAME_CHARS],
            original_line=token.src_line + 1,
            original_column=token.src_col,
            original_name=None if token.name is None else token.name[:MAX_NAME_CHARS],
            raw_frame=raw_frame,
            pre_context=before,
            context_line=context_line,
            post_context=after,
        )

    def _context(self, token: SourceMapTokenMatch) -> tuple[list[str], str | None, list[str]]:
        source = self.view.get_sourceview(token.src_id or 0)
        if source is None:
            return [], None, []
        first = max(0, token.src_line - CONTEXT_LINES)
        lines = [line.rstrip("\r")[:MAX_CONTEXT_CHARS] for line in source[first : token.src_line + CONTEXT_LINES + 1]]
        at = token.src_line - first
        if at >= len(lines):
            return [], None, []
        return lines[:at], lines[at], lines[at + 1 :]


def check_map(data: bytes) -> Checked:
    """Return what there is to know about a map before it is decoded.

    Raises:
        InvalidMapError: it is none, or would take too much memory.
    """
    try:
        part = msgspec.json.decode(_unguarded(data), type=_Part)
        segments, names_bytes = _measure(part)
    except RecursionError:
        raise InvalidMapError("nested too deeply") from None
    except ValueError as error:
        raise InvalidMapError(f"{error}") from None
    if names_bytes > MAX_SOURCE_NAMES_BYTES:
        raise InvalidMapError("the names of its sources are too long")
    if segments > MAX_SEGMENTS:
        raise InvalidMapError(f"more than {MAX_SEGMENTS} mappings")
    return Checked(
        debug_id=normalised_debug_id(part.debug_id) or normalised_debug_id(part.other_debug_id), segments=segments
    )


def parse_map(data: bytes) -> ParsedMap:
    """Return a map that is ready to be used.

    Raises:
        InvalidMapError: it is none, or would take too much memory.
    """
    # Takes a while to load and some memory, so only servers that have maps do so.
    from symbolic.exceptions import SymbolicError  # noqa: PLC0415 - see above
    from symbolic.sourcemap import SourceMapView  # noqa: PLC0415 - see above

    checked = check_map(data)
    try:
        view = SourceMapView.from_json_bytes(_unguarded(data))
    except SymbolicError as error:
        raise InvalidMapError(str(error).partition("\n")[0]) from None
    return ParsedMap(view=view, debug_id=checked.debug_id, weight_bytes=len(data) + checked.segments * _SEGMENT_BYTES)


def pack(data: bytes) -> bytes:
    """Return a map as it is stored."""
    return zstandard.ZstdCompressor(level=3).compress(data)


def unpack(content: bytes, max_bytes: int) -> bytes:
    """Return a map as it was before it was stored.

    Raises:
        InvalidMapError: what is stored is damaged, or has more than `max_bytes`.
    """
    try:
        frame = zstandard.get_frame_parameters(content)
        if frame.content_size > max_bytes:
            raise InvalidMapError(f"more than {max_bytes} bytes")
        return zstandard.ZstdDecompressor().decompress(content)
    except zstandard.ZstdError as error:
        raise InvalidMapError(f"{error}") from None


def _measure(part: _Part) -> tuple[int, int]:
    """Return the segments of a map and all its sections, and the size of the names of its sources."""
    if part.sections is None and part.mappings is None:
        raise InvalidMapError("it has neither mappings nor sections")
    if part.version not in {3, "3"}:
        raise InvalidMapError(f"version {str(part.version)[:20]} is not known")
    sources = part.sources or []
    names_bytes = sum(map(len, filter(None, sources))) + len(part.source_root or "") * len(sources)
    mappings = part.mappings or ""
    segments = mappings.count(",") + mappings.count(";") + 1
    for section in part.sections or []:
        if section.map is None:
            raise InvalidMapError("a section has no map of its own")
        more_segments, more_bytes = _measure(section.map)
        segments, names_bytes = segments + more_segments, names_bytes + more_bytes
    return segments, names_bytes


def _unguarded(data: bytes) -> bytes:
    return data.partition(b"\n")[2] if data.startswith(_GUARD) else data.removeprefix(b"\xef\xbb\xbf")
