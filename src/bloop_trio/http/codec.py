"""JSON answers: attrs classes, lists and plain values to bytes."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import msgspec

Answer: TypeAlias = tuple[bytes, int, dict[str, str]]
"""Body, status and headers, in the order in which a route returns them."""

JSON_HEADERS: Final = {"content-type": "application/json"}

_encoder: Final = msgspec.json.Encoder()


def encode(value: Any) -> bytes:
    """Return `value` as compact JSON in UTF-8; None is ``null`` and no field is left out."""
    return _encoder.encode(value)


def answer(value: Any, status: int = 200) -> Answer:
    """Return what a route returns to answer with `value`."""
    return encode(value), status, dict(JSON_HEADERS)
