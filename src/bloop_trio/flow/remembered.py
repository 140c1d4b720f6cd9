"""A value that is costly to get and may be a little old."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

import trio

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

T = TypeVar("T")


class Remembered(Generic[T]):
    """Gets a value at most once in `max_age_secs`, however many ask for it at the same time.

    What getting raises is not remembered: the next one who asks tries again.
    """

    __slots__ = ("_get", "_max_age_secs", "_stale_at", "_turn", "_value")

    _value: T

    def __init__(self, get: Callable[[], Awaitable[T]], max_age_secs: float) -> None:
        self._get = get
        self._max_age_secs = max_age_secs
        self._stale_at = float("-inf")
        self._turn = trio.Lock()

    async def value(self) -> T:
        """Return the value, which was got at most `max_age_secs` ago."""
        async with self._turn:
            if trio.current_time() >= self._stale_at:
                self._value = await self._get()
                self._stale_at = trio.current_time() + self._max_age_secs
            return self._value
