"""How the parts of an event that no query filters by are stored: one compressed blob a row.

A blob is one codec byte and the content: 0 is JSON as it is, 1 a zstd frame made with a dictionary whose id the frame
carries. The dictionary is trained once from the installation's own events; with it, a payload takes about a quarter of
its size and compressing costs less than writing the rest would.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

import msgspec
import zstandard

from bloop_trio.issues.stored.days import event_tables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bloop_trio.db.connection import Connection

PLAIN: Final = b"\x00"
ZSTD_DICT: Final = b"\x01"
_LEVEL: Final = 3
_DICTIONARY_BYTES: Final = 64 * 1024
TRAINING_EVENTS: Final = 2000
_TRAINING_BYTES: Final = 2048
_MAX_PAYLOAD_BYTES: Final = 1 << 20
"""A bound on what a frame may unpack to; what we write stays far below it."""


class PayloadPacker:
    """Packs payloads for storing. Belongs to the writer: not thread-safe."""

    __slots__ = ("_compressor",)

    def __init__(self, dictionary: bytes | None = None) -> None:
        self._compressor: zstandard.ZstdCompressor | None = None
        if dictionary is not None:
            self.use(dictionary)

    @property
    def has_dictionary(self) -> bool:
        """Whether payloads are compressed yet."""
        return self._compressor is not None

    def use(self, dictionary: bytes) -> None:
        """Compress with `dictionary` from now on."""
        trained = zstandard.ZstdCompressionDict(dictionary)
        self._compressor = zstandard.ZstdCompressor(level=_LEVEL, dict_data=trained)

    def pack(self, contents: Sequence[bytes]) -> list[bytes]:
        """Return one blob for each of `contents`, in order."""
        if self._compressor is None or not contents:
            return [PLAIN + content for content in contents]
        # All in one call: the interpreter lock is let go once, and not fought over event by event.
        frames = self._compressor.multi_compress_to_buffer(list(contents))
        return [ZSTD_DICT + frames[index].tobytes() for index in range(len(frames))]


class PayloadReader:
    """Unpacks stored payloads; may be used from several threads."""

    def __init__(self) -> None:
        self._per_thread = threading.local()

    def decode(self, conn: Connection, blob: bytes) -> dict[str, Any]:
        """Return the fields that the payload holds; what the event did not have is not in it.

        Raises:
            LookupError: the payload's dictionary is not in the database.
            ValueError: the payload is not what was written.
        """
        content = blob[1:]
        if blob[:1] == ZSTD_DICT:
            try:
                content = self._decompressor(conn, _dictionary_id(content)).decompress(
                    content, max_output_size=_MAX_PAYLOAD_BYTES
                )
            except zstandard.ZstdError as error:
                raise ValueError(f"the payload cannot be unpacked: {error}") from None
        return msgspec.json.decode(content, type=dict[str, Any])

    def unpack(self, conn: Connection, blobs: Sequence[bytes]) -> list[bytes]:
        """Return the JSON of each blob, in order; for many of them faster than one by one.

        Raises:
            LookupError: a payload's dictionary is not in the database.
        """
        contents: list[bytes] = [blob[1:] for blob in blobs]
        compressed: defaultdict[int, list[int]] = defaultdict(list)
        for index, blob in enumerate(blobs):
            if blob[:1] == ZSTD_DICT:
                compressed[_dictionary_id(contents[index])].append(index)
        for dictionary_id, indexes in compressed.items():
            decompressor = self._decompressor(conn, dictionary_id)
            # All in one call, without the interpreter lock.
            unpacked = decompressor.multi_decompress_to_buffer([contents[index] for index in indexes])
            for position, index in enumerate(indexes):
                contents[index] = unpacked[position].tobytes()
        return contents

    def _decompressor(self, conn: Connection, dictionary_id: int) -> zstandard.ZstdDecompressor:
        # zstd contexts are not thread-safe, so each reading thread has its own.
        known: dict[int, zstandard.ZstdDecompressor] | None = getattr(self._per_thread, "known", None)
        if known is None:
            known = self._per_thread.known = {}
        if dictionary_id not in known:
            dictionary = load_dictionary(conn, dictionary_id)
            if dictionary is None:
                msg = f"payload dictionary {dictionary_id} is missing"
                raise LookupError(msg)
            known[dictionary_id] = zstandard.ZstdDecompressor(dict_data=zstandard.ZstdCompressionDict(dictionary))
        return known[dictionary_id]


def _dictionary_id(frame: bytes) -> int:
    return zstandard.get_frame_parameters(frame).dict_id


def load_dictionary(conn: Connection, dictionary_id: int) -> bytes | None:
    """Return a stored dictionary."""
    row = conn.execute("SELECT dictionary FROM payload_dictionaries WHERE id = ?", (dictionary_id,)).fetchone()
    return None if row is None else bytes(row[0])


def newest_dictionary(conn: Connection) -> bytes | None:
    """Return the dictionary to compress with, or None before the first has been trained."""
    row = conn.execute("SELECT dictionary FROM payload_dictionaries ORDER BY created_ms DESC LIMIT 1").fetchone()
    return None if row is None else bytes(row[0])


def train_dictionary(conn: Connection, now_ms: int) -> bytes | None:
    """Train a dictionary from the newest stored events, store it and return it; None if there are too few or too alike.

    Reads at most `TRAINING_EVENTS` payloads and of each its beginning, so that it takes some tenths of a second at
    most. The caller opens the transaction.
    """
    contents: list[bytes | bytearray | memoryview[int]] = []
    for table in event_tables(conn):
        rows = conn.execute(
            f"SELECT payload FROM {table} ORDER BY id DESC LIMIT ?",
            (TRAINING_EVENTS - len(contents),),
        )
        contents += [blob[1 : 1 + _TRAINING_BYTES] for (blob,) in rows if blob[:1] == PLAIN]
        if len(contents) >= TRAINING_EVENTS:
            break
    if len(contents) < TRAINING_EVENTS:
        return None
    try:
        trained = zstandard.train_dictionary(_DICTIONARY_BYTES, contents)
    except zstandard.ZstdError:
        return None  # a handful of identical events teaches nothing; the caller asks again later
    dictionary: bytes = trained.as_bytes()
    conn.execute(
        "INSERT INTO payload_dictionaries (id, created_ms, dictionary) VALUES (?, ?, ?)",
        (trained.dict_id(), now_ms, dictionary),
    )
    return dictionary
