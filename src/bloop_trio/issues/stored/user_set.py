"""A set of users that is counted exactly while it is small, and by a sketch from then on. Pure.

Users are the 64-bit hashes of what clients have sent as theirs: the hash of a hash.
"""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_left, insort
from typing import TYPE_CHECKING, Final

import attrs
from xxhash import xxh3_64_intdigest

from bloop_trio.issues.stored.user_sketch import REGISTERS, Sketch

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_EXACT: Final = 1_000
"""Users up to which a set is exact."""
_MAX_COUNT: Final = 2**53 - 1
"""The largest number that all readers of JSON take."""
_FEW: Final = 4
"""Up to one new user for so many that are known is a few."""
_EMPTY_BYTES: Final = 300
"""About what a set takes in memory beside its users."""


@attrs.frozen
class UserCount:
    """How many users something has happened to."""

    count: int
    is_exact: bool
    """Else `count` is an estimate, of a standard error of 1.6 %, and always above 1,000."""


NOBODY: Final = UserCount(0, is_exact=True)
"""Also of events that name no user."""


def user_number(user_id_hash: str) -> int:
    """Return the number by which a user is counted: the same one in all projects."""
    return xxh3_64_intdigest(user_id_hash.encode())


class UserSet:
    """Users, each once. Never changes: adding to it makes another one."""

    __slots__ = ("_numbers", "_sketch", "count")

    def __init__(self, users: Sketch | Iterable[int] = ()) -> None:
        self._numbers = array("Q")
        self._sketch: Sketch | None = None
        if isinstance(users, Sketch):
            self._sketch = users
        else:
            numbers = users if isinstance(users, array) else array("Q", sorted(set(users)))
            if len(numbers) > MAX_EXACT:
                self._sketch = Sketch()
                self._sketch.add(numbers)
            else:
                self._numbers = numbers
        self.count = len(self._numbers)
        """Users; about so many if it is not exact."""
        if self._sketch is not None:
            # There are more than a small set can have, whatever the estimate. Clients can choose what they call users,
            # so also that there seem to be more than there can be.
            self.count = max(MAX_EXACT + 1, round(min(self._sketch.estimate(), _MAX_COUNT)))

    @classmethod
    def decode(cls, content: bytes, *, is_exact: bool) -> UserSet:
        """Return the set that `encode` has made `content` of; raises ValueError of anything else."""
        if not is_exact:
            return cls(Sketch.unpack(content))
        numbers = array("Q", content)
        if sys.byteorder == "big":
            numbers.byteswap()
        return cls(numbers)

    def encode(self) -> bytes:
        """Return the set as it is stored: 8 bytes a user in ascending order, little-endian, or the packed sketch."""
        if self._sketch is not None:
            return self._sketch.pack()
        numbers = self._numbers
        if sys.byteorder == "big":
            numbers = numbers[:]
            numbers.byteswap()
        return numbers.tobytes()

    @property
    def is_exact(self) -> bool:
        """Whether `count` is not an estimate."""
        return self._sketch is None

    @property
    def weight_bytes(self) -> int:
        """About what the set takes in memory."""
        return _EMPTY_BYTES + (8 * len(self._numbers) if self._sketch is None else REGISTERS)

    def with_users(self, numbers: Iterable[int]) -> UserSet:
        """Return the set with these users in it, which is this one if they change nothing."""
        if self._sketch is not None:
            sketch = self._sketch.copy()
            return UserSet(sketch) if sketch.add(numbers) else self
        new = {number for number in numbers if not self._has(number)}
        if not new:
            return self
        if len(new) * _FEW > len(self._numbers):
            return UserSet([*self._numbers, *new])
        # A few go into their places; all of them together would be sorted anew.
        longer = self._numbers[:]
        for number in new:
            insort(longer, number)
        return UserSet(longer)

    def united(self, other: UserSet) -> UserSet:
        """Return the set of all who are in either."""
        if other._sketch is None:
            return self.with_users(other._numbers)
        if self._sketch is None:
            return other.with_users(self._numbers)
        sketch = self._sketch.copy()
        sketch.unite(other._sketch)
        return UserSet(sketch)

    def _has(self, number: int) -> bool:
        at = bisect_left(self._numbers, number)
        return at < len(self._numbers) and self._numbers[at] == number
