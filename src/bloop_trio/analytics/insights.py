"""Insights: questions to the projection, and the answers that are kept."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol

import attrs

from bloop_trio.analytics.caching import AnswerCache
from bloop_trio.clock import now_ms as clock_now_ms
from bloop_trio.http.codec import encode

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from bloop_trio.analytics.questions.asked import Asked, Statement

TIME_LIMIT_SECS: Final = 5.0
"""How long one question may take."""


class Question(Protocol):
    """One kind of insight. Frozen, since answers are kept by it."""

    def statement(self, asked: Asked, now_ms: int) -> Statement:
        """Return what the projection is asked."""

    def answer(self, asked: Asked, now_ms: int, rows: Sequence[tuple[Any, ...]]) -> Any:
        """Return what becomes of the rows."""


class Ask(Protocol):
    """Asks the projection."""

    def __call__(self, sql: str, parameters: Sequence[Any], timeout_secs: float) -> Awaitable[list[tuple[Any, ...]]]:
        """Return the rows; raises UnavailableError when there are none yet, or when it takes too long."""


@attrs.frozen
class _Key:
    question: Question
    asked: Asked


class Insights:
    """Answers questions, each at most once within `ttl_secs`."""

    def __init__(
        self, ask: Ask, *, ttl_secs: float, zscore_threshold: float, clock: Callable[[], int] = clock_now_ms
    ) -> None:
        self.zscore_threshold = zscore_threshold
        """Standard deviations above the mean that make an hour a spike."""
        self._ask = ask
        self._clock = clock
        self._answers = AnswerCache[_Key](ttl_secs)

    async def answer(self, question: Question, asked: Asked) -> bytes:
        """Return the answer in JSON, made at most `ttl_secs` ago.

        Raises:
            UnavailableError: the projection is being made anew, or the question takes too long.
        """
        return await self._answers.get(_Key(question, asked), partial(self._make, question, asked))

    def forget(self) -> None:
        """Keep no answer that was made before: events were deleted, or all are counted anew."""
        self._answers.clear()

    async def _make(self, question: Question, asked: Asked) -> bytes:
        now_ms = self._clock()
        rows: Sequence[tuple[Any, ...]] = ()
        if asked.projects:
            statement = question.statement(asked, now_ms)
            rows = await self._ask(statement.sql, statement.values, TIME_LIMIT_SECS)
        return encode(question.answer(asked, now_ms, rows))
