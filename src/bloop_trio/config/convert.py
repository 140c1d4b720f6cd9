"""Turn what a file or the environment holds into a value of the key's declared type. Nothing is guessed."""

from __future__ import annotations

import math
import re
import types
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

from bloop_trio.exceptions import ConfigError

if TYPE_CHECKING:
    from bloop_trio.config.key import Key

_TRUE = frozenset({"true", "1", "yes", "on"})
_FALSE = frozenset({"false", "0", "no", "off"})
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?")
_SHOWN_CHARS = 60


def from_text(key: Key, text: str, origin: str) -> Any:
    """Return the value that an environment variable's text stands for.

    Raises:
        ConfigError: The text does not stand for a value of the key's type, or the value is out of range.
    """
    try:
        value = _parse(_bare_type(key), text)
    except (ValueError, OverflowError):
        raise refusal(key, text, origin) from None
    return check(key, value, text, origin)


def from_toml(key: Key, raw: Any, origin: str) -> Any:
    """Return the value that a TOML value stands for.

    Raises:
        ConfigError: It has another type than the key, or is out of range.
    """
    try:
        value = _accept(_bare_type(key), raw)
    except (ValueError, OverflowError):
        raise refusal(key, raw, origin) from None
    return check(key, value, raw, origin)


def check(key: Key, value: Any, raw: Any, origin: str) -> Any:
    """Return the value if the key's rule allows it; an optional key turns an empty text into None.

    Raises:
        ConfigError: The rule does not allow it.
    """
    if _is_optional(key) and (value is None or raw == ""):
        return None
    rule = key.rule
    fits = (
        (rule.at_least is None or value >= rule.at_least)
        and (rule.at_most is None or value <= rule.at_most)
        and (rule.check is None or rule.check(value))
    )
    if not fits:
        raise refusal(key, raw, origin)
    return value


def refusal(key: Key, raw: Any, origin: str) -> ConfigError:
    """Return the error that names the key, what it was given, where, and what it wants; secrets are not shown."""
    if key.rule.secret:
        shown = "(hidden)"
    else:
        shown = repr(raw)
        if len(shown) > _SHOWN_CHARS:
            shown = shown[:_SHOWN_CHARS] + "…"
    return ConfigError(f"{key.dotted} = {shown} ({origin}): expected {wanted(key)}")


def wanted(key: Key) -> str:
    """Say in words what values the key takes."""
    rule = key.rule
    if rule.wanted is not None:
        return rule.wanted
    kind = _bare_type(key)
    if get_origin(kind) is Literal:
        return " or ".join(f'"{choice}"' for choice in get_args(kind))
    words = {bool: "true or false", int: "a whole number", float: "a number", str: "text", Path: "a path"}
    text = words.get(kind, "a list of texts")
    if rule.at_least is not None and rule.at_most is not None:
        return f"{text} from {rule.at_least:.15g} to {rule.at_most:.15g}"
    return text


def _bare_type(key: Key) -> Any:
    """The key's type without "or None"."""
    if _is_optional(key):
        (bare,) = (member for member in get_args(key.type) if member is not types.NoneType)
        return bare
    return key.type


def _is_optional(key: Key) -> bool:
    return get_origin(key.type) in {Union, types.UnionType} and types.NoneType in get_args(key.type)


def _parse(kind: Any, text: str) -> Any:
    if kind is bool:
        word = text.strip().lower()
        if word not in _TRUE | _FALSE:
            raise ValueError(text)
        return word in _TRUE
    if kind is int:
        return int(_matching(_WHOLE, text))
    if kind is float:
        return float(_matching(_DECIMAL, text))
    if get_origin(kind) is tuple:
        return tuple(_clean(item.strip()) for item in text.split(",") if item.strip())
    return _accept(kind, text)


def _accept(kind: Any, raw: Any) -> Any:
    # `bool` is an `int` to Python, but `port = true` is a mistake.
    if kind in {int, float}:
        if isinstance(raw, bool) or not isinstance(raw, int if kind is int else int | float) or not math.isfinite(raw):
            raise ValueError(raw)
        return kind(raw)
    if kind is bool:
        if not isinstance(raw, bool):
            raise ValueError(raw)
        return raw
    if get_origin(kind) is tuple:
        if not isinstance(raw, list):
            raise ValueError(raw)
        return tuple(_clean(item) for item in raw)
    text = _clean(raw)
    if get_origin(kind) is Literal and text not in get_args(kind):
        raise ValueError(raw)
    return Path(text) if kind is Path else text


def _clean(raw: Any) -> str:
    """Refuse what is no text, and text that cannot be a file name or be encoded."""
    if not isinstance(raw, str) or "\0" in raw:
        raise ValueError(raw)
    raw.encode()
    return raw


def _matching(pattern: re.Pattern[str], text: str) -> str:
    text = text.strip()
    if pattern.fullmatch(text) is None:
        raise ValueError(text)
    return text
