"""Reading JSON request bodies into attrs classes, and saying in one sentence what is wrong with one.

The class says all there is to know about a body: its fields, their types, and bounds as `msgspec.Meta`. Fields that it
does not have are refused, since a misspelt one would otherwise change what the request means.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

import msgspec
from msgspec.inspect import (
    BoolType,
    DataclassType,
    DictType,
    EnumType,
    FloatType,
    IntType,
    ListType,
    Metadata,
    NoneType,
    StrType,
    Type,
    UnionType,
    type_info,
)
from werkzeug.exceptions import RequestEntityTooLarge

from bloop_trio.exceptions import BadRequestError, BodyTooLargeError, UnsupportedMediaTypeError
from bloop_trio.http.caller import look_again

if TYPE_CHECKING:
    from collections.abc import Hashable

    from quart import Request

T = TypeVar("T")

_MAX_NAMED_CHARS: Final = 100
"""Of the name of a field that does not exist, in the message that says so."""
_PLACE: Final = re.compile(r" - at `\$\.?(.*)`$")
_MISSING: Final = re.compile(r"Object missing required field `(\w+)`")
_INDEX: Final = re.compile(r"\[\d+\]")


async def read_json(request: Request, shape: type[T], *, max_bytes: int) -> T:
    """Return the JSON body of `request` as a `shape`, an attrs class.

    Raises:
        BodyTooLargeError: it has more than `max_bytes`.
        UnsupportedMediaTypeError: its content type is not JSON.
        BadRequestError: it is not JSON, or not of this shape; the message names the field.
    """
    check_content_type(request.headers.get("content-type"))
    return decode_json(await read_body(request, max_bytes), shape)


async def read_optional_json(request: Request, shape: type[T], *, max_bytes: int) -> T | None:
    """Return what `read_json` returns, or None when the body is empty, whatever its content type says.

    Raises:
        BodyTooLargeError, UnsupportedMediaTypeError, BadRequestError: as `read_json`, of a body that is not empty.
    """
    body = await read_body(request, max_bytes)
    if not body:
        return None
    check_content_type(request.headers.get("content-type"))
    return decode_json(body, shape)


async def read_body(request: Request, max_bytes: int) -> bytes:
    """Return the whole body of `request`, whose sender is then looked at again: it may have taken its time.

    Raises:
        BodyTooLargeError: it has more than `max_bytes`; the rest is not read.
        RequestError: the sender would not be let in any more.
    """
    body = await read_up_to(request, max_bytes)
    if body is None:
        raise BodyTooLargeError(f"request body exceeds {max_bytes} bytes")
    await look_again()
    return body


async def read_up_to(request: Request, max_bytes: int) -> bytes | None:
    """Return the whole body of `request`, or None once it is known to have more than `max_bytes`."""
    if request.content_length is not None and request.content_length > max_bytes:
        return None
    read = bytearray()
    try:
        async for chunk in request.body:
            read += chunk
            if len(read) > max_bytes:
                return None
    except RequestEntityTooLarge:
        return None
    return bytes(read)


def check_content_type(content_type: str | None) -> None:
    """Let ``application/json`` and ``application/*+json`` pass, with any parameters.

    Raises:
        UnsupportedMediaTypeError: it is anything else, or absent.
    """
    essence = (content_type or "").partition(";")[0].strip().lower()
    if essence != "application/json" and not (essence.startswith("application/") and essence.endswith("+json")):
        raise UnsupportedMediaTypeError("the Content-Type must be application/json")


def decode_json(body: bytes, shape: type[T]) -> T:
    """Return `body` as a `shape`.

    Raises:
        BadRequestError: it is not JSON, has a field that `shape` has not, lacks one, or has one of another type.
    """
    try:
        value = msgspec.json.decode(body)
    except RecursionError:
        raise BadRequestError("malformed JSON: nested too deeply") from None
    except ValueError as error:
        raise BadRequestError(f"malformed JSON: {error}") from None
    info = _info(cast("Hashable", shape))
    unknown = _find_unknown(value, info, "")
    if unknown is not None:
        raise BadRequestError(f"there is no field {unknown}")
    try:
        return msgspec.convert(value, shape)
    except msgspec.ValidationError as error:
        raise BadRequestError(_in_words(str(error), info)) from None


@cache
def _info(shape: Any) -> Type:
    return type_info(shape)


def _find_unknown(value: Any, info: Type, path: str) -> str | None:
    """Return the path of the first field that stands in `value` and not in `info`."""
    if isinstance(info, UnionType):
        return next(filter(None, (_find_unknown(value, part, path) for part in info.types)), None)
    if isinstance(info, ListType) and isinstance(value, list):
        places = ((part, f"{path.removesuffix('.')}[{index}].") for index, part in enumerate(value))
        return next(filter(None, (_find_unknown(part, info.item_type, place) for part, place in places)), None)
    if not isinstance(info, DataclassType) or not isinstance(value, dict):
        return None
    fields = {field.name: field.type for field in info.fields}
    for name, part in value.items():
        if name not in fields:
            return f"{path}{name}"[:_MAX_NAMED_CHARS]
        unknown = _find_unknown(part, fields[name], f"{path}{name}.")
        if unknown is not None:
            return unknown
    return None


def _in_words(message: str, info: Type) -> str:
    """Return what msgspec has found as a sentence that names the field and what it has to be."""
    place = _PLACE.search(message)
    path = place[1] if place else ""
    missing = _MISSING.match(message)
    if missing:
        return f"{path}.{missing[1]} is required" if path else f"{missing[1]} is required"
    return f"{path or 'the body'} must be {_described(_at(info, path))}"


def _at(info: Type, path: str) -> Type:
    """Return what is expected at a path such as ``filter.since``, ``fingerprints[3]`` or ``debug_ids[...]``, a value."""
    for step in filter(None, _INDEX.sub(".[]", path.replace("[...]", ".{}")).split(".")):
        if step == "{}":
            info = next(part.value_type for part in _parts(info) if isinstance(part, DictType))
        elif step == "[]":
            info = next(part.item_type for part in _parts(info) if isinstance(part, ListType))
        else:
            of_class = next(part for part in _parts(info) if isinstance(part, DataclassType))
            info = next(field.type for field in of_class.fields if field.name == step)
    return info


def _parts(info: Type) -> tuple[Type, ...]:
    return info.types if isinstance(info, UnionType) else (info,)


def _described(info: Type) -> str:
    info = info.type if isinstance(info, Metadata) else info
    if isinstance(info, UnionType):
        return " or ".join(_described(part) for part in info.types if not isinstance(part, NoneType))
    if isinstance(info, StrType):
        return f"a string{_bounds(info.min_length, info.max_length, 'characters')}"
    if isinstance(info, ListType):
        return f"a list{_bounds(info.min_length, info.max_length, 'entries')}"
    if isinstance(info, EnumType):
        *others, last = [str(member.value) for member in info.cls]
        return f"{', '.join(others)} or {last}"
    if isinstance(info, IntType) and info.ge is not None and info.le is not None:
        return f"a whole number from {info.ge} to {info.le}"
    names: dict[type[Type], str] = {
        IntType: "a whole number",
        FloatType: "a number",
        BoolType: "true or false",
        DataclassType: "an object",
        DictType: "an object",
    }
    return names[type(info)]


def _bounds(low: int | None, high: int | None, unit: str) -> str:
    if low is None and high is None:
        return ""
    if high is None:
        return f" of at least {low} {unit}"
    return f" of {low} to {high} {unit}" if low is not None else f" of at most {high} {unit}"
