"""Insights over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from quart import Blueprint, request

from bloop_trio.analytics.questions.asked import Asked
from bloop_trio.analytics.questions.correlations import (
    MAX_COMPARED,
    MIN_CORRELATION,
    MIN_HOURS,
    CorrelationsQuestion,
)
from bloop_trio.analytics.questions.environments import EnvironmentsQuestion
from bloop_trio.analytics.questions.movers import MoversQuestion
from bloop_trio.analytics.questions.releases import ReleasesQuestion
from bloop_trio.analytics.questions.spikes import SpikesQuestion
from bloop_trio.analytics.shapes import Correlations, EnvironmentLoads, Movers, ReleaseImpacts, Spikes
from bloop_trio.exceptions import NotFoundError
from bloop_trio.http.codec import JSON_HEADERS
from bloop_trio.http.conditional import tagged
from bloop_trio.http.operations import Operation, documented
from bloop_trio.http.parameters import DEFAULT_HOURS, HOURS, Count
from bloop_trio.issues.reading.list_routes import ENVIRONMENT, TAG_HEADERS
from bloop_trio.issues.reading.scope import PROJECT, read_scope

if TYPE_CHECKING:
    from bloop_trio.analytics.insights import Insights, Question
    from bloop_trio.db.readers import Readers
    from bloop_trio.http.codec import Answer
    from bloop_trio.http.parameters import Parameter
    from bloop_trio.issues.queries.scope import OneProject

LIMIT: Final = Count("limit", "Rows to answer with.", low=1, high=100, default=20)
MIN_COUNT: Final = Count(
    "min_count", "Events that the hour has at least: keeps errors out that came but once.", low=1, default=1
)
_OFF: Final = {404: "insights are off, by `analytics.enabled` or as this build has none"}
_COMMON: Final = (PROJECT, HOURS, LIMIT, ENVIRONMENT)


def insight_routes(insights: Insights | None, readers: Readers) -> Blueprint:
    """Return the routes; without `insights` all of them answer 404."""
    routes = Blueprint("insights", __name__)
    asking = _Asking(insights, readers)

    @routes.get("/v1/analytics/spikes")
    @documented(
        _operation(
            summary="Errors that had an hour out of the ordinary",
            description=(
                "An hour is compared with all complete hours since the error was first seen or the window began, "
                "also those without events.\n"
                "Of each error the hour that stands out most is told of, if it is `analytics.zscore_threshold` standard "
                "deviations above the mean or more."
            ),
            parameters=(*_COMMON, MIN_COUNT),
            answer=Spikes,
        )
    )
    async def spikes() -> Answer:
        threshold = asking.insights.zscore_threshold
        return await asking.answer(SpikesQuestion(threshold, MIN_COUNT.read(request.args)))

    @routes.get("/v1/analytics/movers")
    @documented(
        _operation(
            summary="Errors that happen more often than before, or less often",
            description="The events of the window are compared with those of the window of the same length before.",
            answer=Movers,
        )
    )
    async def movers() -> Answer:
        return await asking.answer(MoversQuestion())

    @routes.get("/v1/analytics/correlations")
    @documented(
        _operation(
            summary="Errors that tend to come together",
            description=(
                f"Pairs of errors of a project whose events by the hour have a correlation of {MIN_CORRELATION} or "
                f"more, over {MIN_HOURS} or more hours in which both have events.\n"
                f"The {MAX_COMPARED} errors with the most events are compared with each other."
            ),
            answer=Correlations,
        )
    )
    async def correlations() -> Answer:
        return await asking.answer(CorrelationsQuestion())

    @routes.get("/v1/analytics/releases")
    @documented(
        _operation(
            summary="What releases have changed",
            description=(
                "Each is compared with the release of the project that was first seen before it.\n"
                "All events ever count, of all environments."
            ),
            parameters=(PROJECT, LIMIT),
            answer=ReleaseImpacts,
        )
    )
    async def releases() -> Answer:
        return await asking.answer(ReleasesQuestion(), is_windowed=False)

    @routes.get("/v1/analytics/environments")
    @documented(
        _operation(
            summary="Where errors occur",
            description="Events of the window in each environment, and how many there are in an hour.",
            answer=EnvironmentLoads,
        )
    )
    async def environments() -> Answer:
        return await asking.answer(EnvironmentsQuestion())

    return routes


def _operation(
    summary: str, description: str, answer: type, parameters: tuple[Parameter[Any], ...] = _COMMON
) -> Operation:
    return Operation(
        summary=summary,
        description=description,
        tag="Insights",
        parameters=parameters,
        answer=answer,
        headers=TAG_HEADERS,
        errors=_OFF,
    )


class _Asking:
    """Puts the request at hand to the insights."""

    def __init__(self, insights: Insights | None, readers: Readers) -> None:
        self._insights = insights
        self._readers = readers

    @property
    def insights(self) -> Insights:
        """Return them; raises NotFoundError when they are off."""
        if self._insights is None:
            raise NotFoundError("not found")
        return self._insights

    async def answer(self, question: Question, *, is_windowed: bool = True) -> Answer:
        """Answer with what a question finds.

        Raises:
            NotFoundError: insights are off.
            BadRequestError: a parameter cannot be read.
            UnavailableError: there are none at this moment.
        """
        insights, arguments = self.insights, request.args
        asked = Asked(
            projects=await self._projects(),
            hours=HOURS.read(arguments) if is_windowed else DEFAULT_HOURS,
            limit=LIMIT.read(arguments),
            environment=ENVIRONMENT.read(arguments) if is_windowed else None,
        )
        body = await insights.answer(question, asked)
        return tagged((body, 200, dict(JSON_HEADERS)), request.headers.get("if-none-match"))

    async def _projects(self) -> tuple[OneProject, ...]:
        scope = read_scope()
        return (scope.own,) if scope.own is not None else await self._readers.run(scope.projects)
