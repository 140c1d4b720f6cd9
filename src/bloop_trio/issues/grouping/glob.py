"""Patterns with asterisks, matched without regard to case in a time that grows with the text and no faster. Pure."""

from __future__ import annotations

import attrs


@attrs.frozen
class Glob:
    """A pattern in which ``*`` stands for any characters, also none; everything else stands for itself."""

    pattern: str
    _first: str
    _middle: tuple[str, ...]
    _last: str | None
    """None if there is no asterisk: the first is then the whole."""
    core: str
    """The longest piece without an asterisk: no text that lacks it matches."""

    @classmethod
    def of(cls, pattern: str) -> Glob:
        """Return the glob of a pattern."""
        first, *rest = pattern.lower().split("*")
        if not rest:
            return cls(pattern, first, (), None, first)
        return cls(pattern, first, tuple(piece for piece in rest[:-1] if piece), rest[-1], max(first, *rest, key=len))

    def matches(self, lowered: str) -> bool:
        """Whether the whole of a text, which is in lower case, is as the pattern says."""
        if self._last is None:
            return lowered == self._first
        if not self._first and not self._last and len(self._middle) == 1:
            return self._middle[0] in lowered  # by far the most patterns
        # Each piece is looked for once, from where the one before it ended: the first place where it stands leaves the
        # most room for the others, so there is never a reason to go back.
        end = len(lowered) - len(self._last)
        position = len(self._first)
        if end < position or not lowered.startswith(self._first) or not lowered.endswith(self._last):
            return False
        for piece in self._middle:
            position = lowered.find(piece, position, end)
            if position < 0:
                return False
            position += len(piece)
        return True
