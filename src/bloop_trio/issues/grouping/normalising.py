"""What version 2 of the fingerprint takes out of messages, routes and types. Pure.

Every text is put in lower case (messages alone), its white space becomes single blanks, and what changes from event to
event becomes a placeholder. What comes out does not change when it is put in again.

No pattern ever goes back: each repeat is possessive or bounded, and begins only where its run begins. So the work grows
with the length of the text and no faster, whatever the text is.
"""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv6Address
from typing import TYPE_CHECKING, Final, TypeAlias

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable

Replaced: TypeAlias = "Callable[[str, str, str], None]"
"""Told of each piece that was taken out: its kind, the piece, and what stands there instead."""

_MIN_QUOTED_DIGITS: Final = 2
_MIN_DIGIT_RUNS: Final = 2

_BLANKS: Final = re.compile(r"[\s\x00-\x1f\x7f]++")
_DIGIT_RUN: Final = re.compile(r"[0-9]++")
_SOME_DIGIT: Final = re.compile(r"\d")

_UUID: Final = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_HEX_ID: Final = r"(?=[a-f]*+[0-9])(?=[0-9]*+[a-f])[0-9a-f]{8,}+"
_ID_START: Final = r"(?<![0-9a-z])(?<![0-9][.,])"
"""Not within a number, nor behind its point: an exponent is no letter of an id."""
_WORD_ID: Final = r"[0-9a-z]{12,}+"
_EMAIL: Final = r"[\w.+%-]++@[\w-]++(?:\.[\w-]++)++"
_CLOCK: Final = r"[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]{1,9})?+"
_ZONE: Final = r"(?: ?(?:z|utc|gmt)(?![a-z]))?+(?: ?[+-][0-9]{2}:?[0-9]{2}(?![0-9]))?+"
_MONTH: Final = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}+"
_WEEKDAY: Final = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}+,? )?+"
_IPV4: Final = r"[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}"
_NUMBER: Final = r"\d++(?:[.,:-]\d++)*+"

_ISO_DATE: Final = rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}(?:[t ]{_CLOCK}{_ZONE})?+(?![0-9])"
"""2026-01-31T23:59:59.123Z, 2026-01-31 23:59:59,123 +0100, 2026-01-31"""
_LOG_DATE: Final = rf"[0-9]{{1,2}}/{_MONTH}/[0-9]{{4}}:{_CLOCK}{_ZONE}"
"""31/Jan/2026:23:59:59 +0000"""
_NAMED_DATE: Final = (
    # Sat, 31 Jan 2026 23:59:59 GMT; 31 January 2026
    rf"{_WEEKDAY}(?:[0-9]{{1,2}}[ -]{_MONTH}[ -][0-9]{{4}}(?: {_CLOCK}{_ZONE})?+"
    # Sat Jan 31 23:59:59 UTC 2026
    rf"|{_MONTH} [0-9]{{1,2}} {_CLOCK}{_ZONE} [0-9]{{4}}"
    # Sat Jan 31 2026 23:59:59 GMT+0100 (as a browser writes it); Jan 31, 2026
    rf"|{_MONTH} [0-9]{{1,2}},? [0-9]{{4}}(?: {_CLOCK}{_ZONE})?+)"
)


@attrs.frozen
class _Step:
    """One kind of piece, and what becomes of it."""

    kind: str
    placeholder: str
    pattern: re.Pattern[str]
    mark: str = ""
    """Without it in the text there is nothing to find."""
    is_one: Callable[[str], bool] | None = None
    """Looks closer at what the pattern has found."""


def _is_ipv6(found: str) -> bool:
    # Words of some languages are joined by colons too: there has to be a digit.
    if _DIGIT_RUN.search(found) is None:
        return False
    try:
        IPv6Address(found)
    except AddressValueError:
        return False
    return True


def _is_quoted_id(found: str) -> bool:
    return len(_SOME_DIGIT.findall(found)) >= _MIN_QUOTED_DIGITS


def _is_word_id(found: str) -> bool:
    return len(_DIGIT_RUN.findall(found)) >= _MIN_DIGIT_RUNS


def _step(
    kind: str, placeholder: str, pattern: str, mark: str = "", is_one: Callable[[str], bool] | None = None
) -> _Step:
    return _Step(kind, placeholder, re.compile(pattern), mark, is_one)


_STEPS: Final = (
    _step("token", "<n>", r"(?<![\w.-])eyj[\w-]++\.[\w-]++\.[\w-]*+", "eyj"),
    _step("uuid", "<uuid>", rf"(?<![0-9a-z]){_UUID}(?![0-9a-z])", "-"),
    _step("e-mail", "<email>", rf"(?<![\w.+%-]){_EMAIL}", "@"),
    _step("query", "?<query>", r"\?(?=[\w%.+~\[\]-]++=)[^\s\"'<>]++", "?"),
    _step("time", "<time>", rf"(?<![\w:.]){_ISO_DATE}", "-"),
    _step("time", "<time>", rf"(?<![\w:.]){_LOG_DATE}", "/"),
    _step("time", "<time>", rf"(?<![\w:.]){_NAMED_DATE}", " "),
    _step("time", "<time>", rf"(?<![\w:.]){_CLOCK}{_ZONE}", ":"),
    _step("address", "<ip>", r"(?<![\w:.])[0-9a-f:]{2,39}+(?:%[\w.]++)?+(?![\w:])", ":", _is_ipv6),
    _step("address", "<ip>", r"(?<![\w:.])[0-9a-f]{2}(?::[0-9a-f]{2}){5}(?![\w:])", ":"),
    _step("address", "<ip>", rf"(?<![\w.]){_IPV4}(?!\w|\.\d)", "."),
    _step("memory address", "<hex>", r"(?<![0-9a-z])0x[0-9a-f]++", "0x"),
    _step("base64", "<n>", r"(?<![\w+/=-])[\w+/-]{20,}+={1,2}+(?![\w=])", "="),
    _step("quoted id", "<n>", r"(?<=')[\w:+=%-]{6,}+(?=')", "'", _is_quoted_id),
    _step("quoted id", "<n>", r'(?<=")[\w:+=%-]{6,}+(?=")', '"', _is_quoted_id),
    _step("quoted id", "<n>", r"(?<=`)[\w:+=%-]{6,}+(?=[`'])", "`", _is_quoted_id),
    _step("id", "<n>", rf"{_ID_START}{_HEX_ID}(?![0-9a-z])"),
    _step("id", "<n>", rf"{_ID_START}{_WORD_ID}(?![0-9a-z])", "", _is_word_id),
    _step("number", "<n>", rf"(?:(?<![^\s(\[{{=,:<>\"'])[+-])?+{_NUMBER}(?:e[+-]?\d++)?+"),
)
_IN_TYPES: Final = tuple(step for step in _STEPS if step.kind in {"uuid", "memory address"})
_LONG_NUMBER: Final = re.compile(r"\d{6,}+")
_TYPE_END: Final = " :"

_ROUTE_PARTS: Final = re.compile(r"([/\s]++)")
_ROUTE_NUMBER: Final = re.compile(rf"-?{_NUMBER}")
_ROUTE_ID: Final = re.compile(rf"\{{?{_UUID}\}}?|0x[0-9a-f]++|(?=[a-f]*+[0-9])(?=[0-9]*+[a-f])[0-9a-f]{{6,}}+")
_ROUTE_WORD_ID: Final = re.compile(rf"(?:[a-z]{{1,8}}_)?+{_WORD_ID}")
_ROUTE_EMAIL: Final = re.compile(_EMAIL)


def normalise_message(message: str, tell: Replaced | None = None) -> str:
    """Return `message` in lower case with single blanks and placeholders; `tell` hears of each piece."""
    text = one_line(message).lower()
    # Nearly every piece that changes has a digit, and no message without one needs most of the steps.
    has_digit = _SOME_DIGIT.search(text) is not None
    for step in _STEPS:
        if (has_digit or step.mark in _DIGITLESS) and step.mark in text:
            text = _taken_out(text, step, tell)
    return text


_DIGITLESS: Final = frozenset({"@", "?", "=", "eyj"})
"""Marks of the steps that find something without a digit as well."""


def _taken_out(text: str, step: _Step, tell: Replaced | None) -> str:
    if step.is_one is None and tell is None:
        return step.pattern.sub(step.placeholder, text)

    def replace(match: re.Match[str]) -> str:
        found = match[0]
        if step.is_one is not None and not step.is_one(found):
            return found
        if tell is not None:
            tell(step.kind, found, step.placeholder)
        return step.placeholder

    return step.pattern.sub(replace, text)


def one_line(text: str) -> str:
    """Return `text` with each run of white space and control characters as one blank, and none at its ends."""
    return _BLANKS.sub(" ", text).strip(" ")


def normalise_type(error_type: str) -> str:
    """Return a type without memory addresses, UUIDs and numbers of six digits or more.

    Shorter numbers stay, since they tell types apart: `Http404` and `Http500`.
    """
    text = one_line(error_type).rstrip(_TYPE_END)
    if _SOME_DIGIT.search(text) is None:
        return text
    for step in _IN_TYPES:
        text = step.pattern.sub(step.placeholder, text)
    return _LONG_NUMBER.sub("<n>", text)


def normalise_route(route: str | None) -> str:
    """Return a route with its parameters as `{n}`, `{id}` and `{email}`, without its query.

    A procedure is a route as well: its words are looked at as the parts of a path are.
    """
    if not route:
        return ""
    path = one_line(route).partition("?")[0].rstrip(" ")
    if _SOME_DIGIT.search(path) is None and "@" not in path:
        return path
    return "".join(_route_part(part) for part in _ROUTE_PARTS.split(path))


def _route_part(part: str) -> str:
    lowered = part.lower()
    if _ROUTE_NUMBER.fullmatch(lowered):
        return "{n}"
    if _ROUTE_ID.fullmatch(lowered):
        return "{id}"
    if _ROUTE_WORD_ID.fullmatch(lowered) and _is_word_id(lowered):
        return "{id}"
    if "@" in lowered and _ROUTE_EMAIL.fullmatch(lowered):
        return "{email}"
    return part


def is_changing_part(part: str) -> bool:
    """Whether a part of a path is a number or an id, rather than a name."""
    return _route_part(part) is not part
