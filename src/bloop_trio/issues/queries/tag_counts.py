"""What the events of an issue have in common: each key of theirs with its values, counted. Pure.

Keys are those of the metadata, and some that every event can have. In an object within the metadata, the keys are
written behind its own: ``user.plan``. Lists, deeper objects and null are no values.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import attrs
import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAX_KEYS: Final = 50
"""Keys that are told of, those that most events have."""
TOP_VALUES: Final = 20
TOP_VALUES_OF_ONE: Final = 100
"""Where a single key is asked for."""
MAX_KEY_CHARS: Final = 100
"""Longer keys are left out."""
MAX_VALUE_CHARS: Final = 200
"""Longer values are cut, and then count as one if they begin alike."""

BUILT_IN: Final = ("release", "environment", "source", "http_status", "app_version")
"""Keys that are fields of events; one of the same name in the metadata is told apart by `METADATA`."""
METADATA: Final = "metadata."
_NO_TAGS: Final = frozenset({"debug_ids", "debug_meta"})
"""Metadata that says of which build each script is."""
_MAX_KEYS_OF_EVENT: Final = 200
_MAX_COUNTED_KEYS: Final = 2_000


@attrs.frozen(slots=False)
class TagValue:
    """One value of a tag."""

    value: str
    """The value; numbers, true and false as JSON writes them. Cut after 200 characters."""
    count: int
    """Events that have it."""
    share: float
    """Of the events that were looked at, from 0 to 1."""


@attrs.frozen(kw_only=True, slots=False)
class Tag:
    """A key with the values that events have for it."""

    key: str
    """Name in the metadata, with a dot between an object and its key; or a field of events."""
    is_built_in: bool
    """Whether it is a field of events, and not of their metadata."""
    events: int
    """Events that have it."""
    missing: int
    """Events that do not."""
    values: list[TagValue]
    """The most frequent ones, most events first."""
    other_values: int
    """How many values there are beside these."""
    other_events: int
    """Events that have one of those."""


@attrs.frozen(kw_only=True, slots=False)
class ErrorTags:
    """What the newest events of an error have in common."""

    events: int
    """Events that were looked at: the newest ones that are stored."""
    total_count: int
    """Events of the error since the beginning."""
    is_complete: bool
    """Whether all of them were looked at."""
    tags: list[Tag]
    """Those that most events have first."""
    other_tags: int
    """How many there are beside these."""


@attrs.frozen(kw_only=True)
class TaggedEvent:
    """What is looked at of an event."""

    fields: Mapping[str, Any]
    """Its built-in tags; None, or nothing, where it has none."""
    metadata: Any


class TagCounter:
    """Counts the values of all keys, or of one, over events that are added one by one."""

    def __init__(self, key: str | None = None) -> None:
        self._key = key
        self._counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._events = 0

    def add(self, event: TaggedEvent) -> None:
        """Count an event."""
        self._events += 1
        for key, value in _tags_of(event).items():
            if (self._key is None or key == self._key) and (
                key in self._counts or len(self._counts) < _MAX_COUNTED_KEYS
            ):
                self._counts[key][value] += 1

    def result(self, total_count: int) -> ErrorTags:
        """Return what was counted, of an issue with so many events."""
        top = TOP_VALUES if self._key is None else TOP_VALUES_OF_ONE
        used = {key: values.total() for key, values in self._counts.items()}
        order = sorted(used, key=lambda key: (-used[key], _rank(key), key))
        return ErrorTags(
            events=self._events,
            total_count=total_count,
            is_complete=self._events >= total_count,
            tags=[self._tag(key, used[key], top) for key in order[:MAX_KEYS]],
            other_tags=len(order[MAX_KEYS:]),
        )

    def _tag(self, key: str, used: int, top: int) -> Tag:
        values = sorted(self._counts[key].items(), key=lambda item: (-item[1], item[0]))
        return Tag(
            key=key,
            is_built_in=key in BUILT_IN,
            events=used,
            missing=self._events - used,
            values=[TagValue(value, count, round(count / self._events, 4)) for value, count in values[:top]],
            other_values=len(values[top:]),
            other_events=sum(count for _, count in values[top:]),
        )


def _rank(key: str) -> int:
    return BUILT_IN.index(key) if key in BUILT_IN else len(BUILT_IN)


def _tags_of(event: TaggedEvent) -> dict[str, str]:
    """Return the value of each key of an event; of two that are written alike, the first."""
    found: dict[str, str] = {}
    for key in BUILT_IN:
        text = _as_text(event.fields.get(key))
        if text:
            found[key] = text
    for key, value in islice(_pairs(event.metadata), _MAX_KEYS_OF_EVENT):
        name = METADATA + key if key in BUILT_IN else key
        text = _as_text(value)
        if text is not None and len(key) <= MAX_KEY_CHARS:
            found.setdefault(name, text)
    return found


def _pairs(metadata: Any) -> Iterator[tuple[str, Any]]:
    if not isinstance(metadata, dict):
        return
    for key, value in metadata.items():
        if key in _NO_TAGS:
            continue
        if isinstance(value, dict):
            yield from ((f"{key}.{inner}", nested) for inner, nested in value.items())
        else:
            yield key, value


def _as_text(value: Any) -> str | None:
    """Return a value as it is shown, None of what is no value."""
    if isinstance(value, str):
        return value if len(value) <= MAX_VALUE_CHARS else value[: MAX_VALUE_CHARS - 1] + "…"
    if isinstance(value, bool | int | float):
        return msgspec.json.encode(value).decode()[:MAX_VALUE_CHARS]
    return None
