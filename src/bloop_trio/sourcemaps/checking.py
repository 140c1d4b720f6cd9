"""What a source map may cost is judged before it is decoded: a file of a few megabytes can ask for many gigabytes. Pure.

Lists are counted in the text as it stands, without making anything of them.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import Any, Final

import attrs
import msgspec
from msgspec import UNSET, Raw, UnsetType

from bloop_trio.sourcemaps.matching import normalised_debug_id

MAX_SEGMENTS: Final = 5_000_000
"""Of the mappings of one map; each takes `_SEGMENT_BYTES` once decoded."""
MAX_VALUES: Final = 1_000_000
"""Sources, their contents, and names of one map; each takes `_VALUE_BYTES` once decoded, however short it is."""
MAX_SOURCE_NAMES_BYTES: Final = 64 * 1024 * 1024
"""Of all names of sources, each with the `sourceRoot` before it."""
_SEGMENT_BYTES: Final = 32
_VALUE_BYTES: Final = 96
_LINE_BYTES: Final = 8
"""Of a source, beside its text."""
_MAX_DEBUG_ID_BYTES: Final = 100
_OBJECT: Final = re.compile(rb"[:,\[]\s*\{")
"""Where an object begins within another value; scripts have the like of it."""
_GUARD: Final = b")]}'"
"""Some servers put it before JSON, on a line of its own."""


class InvalidMapError(Exception):
    """A file is no source map, or one that cannot be used; the message says why."""


class _Part(msgspec.Struct, omit_defaults=True):
    """What is used of a map; what it has beside that is left out, as some of it takes more memory than all the rest."""

    version: int | float | str | None = None
    mappings: str | None = None
    range_mappings: str | None = msgspec.field(name="rangeMappings", default=None)
    sources: Raw | UnsetType = UNSET
    contents: Raw | UnsetType = msgspec.field(name="sourcesContent", default=UNSET)
    names: Raw | UnsetType = UNSET
    source_root: str | None = msgspec.field(name="sourceRoot", default=None)
    sections: Raw | UnsetType = UNSET
    debug_id: Raw | UnsetType = msgspec.field(name="debugId", default=UNSET)
    other_debug_id: Raw | UnsetType = msgspec.field(name="debug_id", default=UNSET)


class _Section(msgspec.Struct, omit_defaults=True):
    offset: Raw | UnsetType = UNSET
    map: _Part | None = None


class _Index(msgspec.Struct):
    """What is used of a map that is made of others."""

    version: int | float | str | None
    sections: list[_Section]


@attrs.frozen(kw_only=True)
class Checked:
    """A map that was found to be in order, as far as that can be told without decoding it."""

    debug_id: str | None
    weight_bytes: int
    """About what it takes in memory once decoded, at most."""
    json: bytes = attrs.field(repr=False)
    """What is used of it."""


@attrs.define
class _Size:
    """What a map has, all its sections included; rather too much than too little."""

    segments: int = 0
    values: int = 0
    lines: int = 0
    names_bytes: int = 0


def check_map(data: bytes) -> Checked:
    """Return what there is to know about a map before it is decoded.

    Raises:
        InvalidMapError: it is none, or would take too much memory.
    """
    size = _Size()
    try:
        part = msgspec.json.decode(_unguarded(data), type=_Part)
        debug_id = _take_debug_id(part)
        used = part if _is_null(part.sections) else _measured_index(part, size)
        _measure(part, size)
        json = msgspec.json.encode(used)
    except RecursionError:
        raise InvalidMapError("nested too deeply") from None
    except ValueError as error:
        raise InvalidMapError(f"{error}") from None
    if size.names_bytes > MAX_SOURCE_NAMES_BYTES:
        raise InvalidMapError("the names of its sources are too long")
    if size.segments > MAX_SEGMENTS:
        raise InvalidMapError(f"more than {MAX_SEGMENTS} mappings")
    if size.values > MAX_VALUES:
        raise InvalidMapError(f"more than {MAX_VALUES} sources and names")
    more_bytes = size.segments * _SEGMENT_BYTES + size.values * _VALUE_BYTES + size.lines * _LINE_BYTES
    return Checked(debug_id=debug_id, weight_bytes=len(json) + size.names_bytes + more_bytes, json=json)


def _measured_index(part: _Part, size: _Size) -> _Index:
    """Return what is used of a map that has sections, each of which has been measured."""
    raw = _bytes(part.sections)
    # Before anything is made of them: each would take hundreds of bytes, and keep all other threads waiting.
    if next(islice(_OBJECT.finditer(raw), MAX_VALUES, None), None) is not None:
        raise InvalidMapError(f"more than {MAX_VALUES} objects in its sections")
    sections = msgspec.json.decode(raw, type=list[_Section])
    for section in sections:
        if section.map is None:
            raise InvalidMapError("a section has no map of its own")
        if not _is_null(section.map.sections):
            raise InvalidMapError("a section has sections of its own")
        _take_debug_id(section.map)
        _measure(section.map, size)
    return _Index(version=part.version, sections=sections)


def _measure(part: _Part, size: _Size) -> None:
    if part.mappings is None and _is_null(part.sections):
        raise InvalidMapError("it has neither mappings nor sections")
    if part.version not in {3, "3"}:
        raise InvalidMapError(f"version {str(part.version)[:20]} is not known")
    sources, contents, names = (_bytes(raw) for raw in (part.sources, part.contents, part.names))
    source_count = _count_values(sources)
    mappings = part.mappings or ""
    size.segments += mappings.count(",") + mappings.count(";") + 1
    size.values += source_count + _count_values(names) + _count_texts(contents)
    size.lines += contents.count(b"\\n")
    size.names_bytes += len(sources) + len(part.source_root or "") * source_count


def _count_values(raw: bytes) -> int:
    """Return how many values a list has, those of lists within it included; commas in its texts count as well."""
    return raw.count(b",") + raw.count(b"[") + raw.count(b"{")


def _count_texts(raw: bytes) -> int:
    """Return how many texts and nulls a list has, at most twice as many as there are; commas would be those of scripts.

    A quotation mark that begins a text never has a backslash before it, and one that ends it may have.
    """
    return raw.count(b'"') - raw.count(b'\\"') + raw.count(b"null")


def _take_debug_id(part: _Part) -> str | None:
    """Return the debug id of a map, and take it out of what is decoded."""
    found = _read_debug_id(part.debug_id) or _read_debug_id(part.other_debug_id)
    part.debug_id = part.other_debug_id = UNSET
    return found


def _read_debug_id(raw: Raw | UnsetType) -> str | None:
    if _is_null(raw):
        return None
    text = _bytes(raw)
    decoded: Any = msgspec.json.decode(text) if len(text) <= _MAX_DEBUG_ID_BYTES else None
    found = normalised_debug_id(decoded)
    if found is None:
        raise InvalidMapError("its debug id is no UUID")
    return found


def _is_null(raw: Raw | UnsetType) -> bool:
    return _bytes(raw) in {b"", b"null"}


def _bytes(raw: Raw | UnsetType) -> bytes:
    return b"" if isinstance(raw, UnsetType) else bytes(raw)


def _unguarded(data: bytes) -> bytes:
    return data.partition(b"\n")[2] if data.startswith(_GUARD) else data.removeprefix(b"\xef\xbb\xbf")
