"""A cache of bounded size that forgets what has not been used for long."""

from __future__ import annotations

from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class BoundedCache(Generic[K, V]):
    """A mapping that holds at most `max_entries`, among them always the half of it that was used last.

    Entries live in two generations. When the young one has taken half of the room it becomes the old one, and what was
    in the old one and not used meanwhile is forgotten. That is nearly as good as forgetting strictly by last use, and
    spares the bookkeeping at every look.

    Not thread-safe: one thread, or one task between two checkpoints, uses it at a time.
    """

    __slots__ = ("_half", "_old", "_young", "max_entries")

    def __init__(self, max_entries: int) -> None:
        if max_entries < 2:
            msg = f"`max_entries` must be at least 2, got {max_entries}"
            raise ValueError(msg)
        self.max_entries = max_entries
        self._half = max_entries // 2
        self._young: dict[K, V] = {}
        self._old: dict[K, V] = {}

    def get(self, key: K) -> V | None:
        """Return the value of `key` and count it as used, or None."""
        value = self._young.get(key)
        if value is None:
            value = self._old.pop(key, None)
            if value is not None:
                self.put(key, value)
        return value

    def put(self, key: K, value: V) -> None:
        """Keep `value` for `key`."""
        self._old.pop(key, None)
        self._young[key] = value
        if len(self._young) > self._half:
            del self._young[key]
            self._old = self._young
            self._young = {key: value}

    def discard(self, key: K) -> None:
        """Forget `key`, if it is known."""
        self._young.pop(key, None)
        self._old.pop(key, None)

    def clear(self) -> None:
        """Forget everything."""
        self._young.clear()
        self._old.clear()

    def __len__(self) -> int:
        return len(self._young) + len(self._old)
