"""What an upload holds: a release, and files that have to be source maps. No I/O, but slow: for threads."""

from __future__ import annotations

import zlib
from typing import Final

import attrs
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData

from bloop_trio.exceptions import BadRequestError, BodyTooLargeError, UnsupportedMediaTypeError
from bloop_trio.sourcemaps.checking import InvalidMapError
from bloop_trio.sourcemaps.decoding import pack, parse_map

MULTIPART: Final = "multipart/form-data"
MAX_PARTS: Final = 200
MAX_RELEASE_CHARS: Final = 1_000
MAX_FILE_CHARS: Final = 500
_MAX_BOUNDARY_BYTES: Final = 200
_GZIP: Final = b"\x1f\x8b"
_GZIP_WINDOW: Final = 31
"""For zlib: the largest window, with the header of gzip."""


@attrs.frozen(kw_only=True)
class Form:
    """What is looked at of the parts of an upload."""

    release: str
    files: tuple[tuple[str, bytes], ...]
    """Name and content of each; there is at least one."""


@attrs.frozen(kw_only=True)
class ReadMap:
    """A map that was uploaded and is in order."""

    file: str
    debug_id: str | None
    size_bytes: int
    content: bytes = attrs.field(repr=False)
    """As it is stored."""


def read_boundary(content_type: str | None) -> bytes:
    """Return what separates the parts of a body.

    Raises:
        UnsupportedMediaTypeError: it has no parts.
        BadRequestError: its parts are not separated by anything.
    """
    essence, options = parse_options_header(content_type)
    if essence != MULTIPART:
        raise UnsupportedMediaTypeError("the Content-Type must be multipart/form-data")
    boundary = options.get("boundary", "").encode("utf-8", "replace")
    if not boundary or len(boundary) > _MAX_BOUNDARY_BYTES:
        raise BadRequestError("multipart error: no boundary that could be used")
    return boundary


def read_form(body: bytes, boundary: bytes) -> Form:
    """Return the release and the files of a body; parts of other names are left out.

    Raises:
        BadRequestError: one of them is missing or cannot be used, or the body is not made of parts.
    """
    release, files = "", []
    for name, file, content in _parts(body, boundary):
        if name == "release" and file is None:
            release = _text(content, "release", MAX_RELEASE_CHARS)
        elif name == "file":
            if not file:
                raise BadRequestError("missing file with filename")
            files.append((_checked(file, "filename", MAX_FILE_CHARS), content))
    if not release:
        raise BadRequestError("missing 'release' field")
    if not files:
        raise BadRequestError("missing 'file' field")
    return Form(release=release, files=tuple(files))


def read_map(file: str, content: bytes, max_bytes: int) -> ReadMap:
    """Return a file as a map; it may come compressed with gzip.

    Raises:
        BodyTooLargeError: the map has more than `max_bytes`.
        BadRequestError: it is no map, or one that cannot be used.
    """
    if content.startswith(_GZIP):
        content, file = _inflated(content, max_bytes), file.removesuffix(".gz")
    if len(content) > max_bytes:
        raise BodyTooLargeError(f"source map exceeds {max_bytes} bytes")
    try:
        parsed = parse_map(content)
    except InvalidMapError as error:
        raise BadRequestError(f"invalid source map: {error}") from None
    return ReadMap(file=file, debug_id=parsed.debug_id, size_bytes=len(content), content=pack(content))


def _parts(body: bytes, boundary: bytes) -> list[tuple[str, str | None, bytes]]:
    """Return name, file name and content of each part."""
    decoder = MultipartDecoder(boundary, max_parts=MAX_PARTS)
    decoder.receive_data(body)
    decoder.receive_data(None)
    found: list[tuple[str, str | None, list[bytes]]] = []
    try:
        while not isinstance(event := decoder.next_event(), Epilogue):
            if isinstance(event, NeedData):
                raise BadRequestError("multipart error: the body ends too early")
            if isinstance(event, File):
                found.append((event.name, event.filename, []))
            elif isinstance(event, Field):
                found.append((event.name, None, []))
            elif isinstance(event, Data):
                found[-1][2].append(event.data)
    except RequestEntityTooLarge:
        raise BadRequestError(f"multipart error: more than {MAX_PARTS} parts") from None
    except ValueError as error:
        raise BadRequestError(f"multipart error: {error}") from None
    return [(name, file, b"".join(pieces)) for name, file, pieces in found]


def _inflated(content: bytes, max_bytes: int) -> bytes:
    """Return what a gzip file holds, and no more than one byte beyond `max_bytes`."""
    inflater = zlib.decompressobj(_GZIP_WINDOW)
    try:
        inflated = inflater.decompress(content, max_bytes + 1)
    except zlib.error as error:
        raise BadRequestError(f"invalid source map: {error}") from None
    if len(inflated) <= max_bytes and not inflater.eof:
        raise BadRequestError("invalid source map: the gzip file ends too early")
    return inflated


def _text(content: bytes, name: str, max_chars: int) -> str:
    try:
        return _checked(content.decode().strip(), name, max_chars)
    except UnicodeDecodeError:
        raise BadRequestError(f"{name} must be UTF-8") from None


def _checked(text: str, name: str, max_chars: int) -> str:
    if len(text) > max_chars:
        raise BadRequestError(f"{name} must be at most {max_chars} characters")
    if not text.isprintable():
        raise BadRequestError(f"{name} must not hold control characters")
    return text
