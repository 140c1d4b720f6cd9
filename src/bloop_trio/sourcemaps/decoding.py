"""Reading source maps: the one module that speaks to `symbolic`, which decodes them. No I/O, but slow: for threads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
import zstandard

from bloop_trio.sourcemaps.checking import InvalidMapError, check_map
from bloop_trio.sourcemaps.frames import Frame, Place

if TYPE_CHECKING:
    from symbolic.sourcemap import SourceMapTokenMatch, SourceMapView

CONTEXT_LINES: Final = 3
MAX_CONTEXT_CHARS: Final = 400
"""Of one line of a source; sources may be minified themselves."""
MAX_NAME_CHARS: Final = 1_000
"""Of a source's name, and of a name in it."""
_NONE: Final = 2**32 - 1
"""What stands for no source in a decoded map."""


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
        view = SourceMapView.from_json_bytes(checked.json)
    except SymbolicError as error:
        raise InvalidMapError(str(error).partition("\n")[0]) from None
    return ParsedMap(view=view, debug_id=checked.debug_id, weight_bytes=checked.weight_bytes)


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
