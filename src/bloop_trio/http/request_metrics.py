"""Counting requests by method, route and status, and how long they took. Pure, and cheap enough for the express lane.

A request's route is the rule that it matched (`/v1/errors/{fingerprint}`), never its path, so that no client can make
the table grow. The time runs until the head of the answer is known: an export or a stream may well last for hours.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Final

from bloop_trio.http.metrics import Family, Histogram, Sample

OTHER: Final = "other"
"""Route, method or status of what fits nowhere else: an unknown path, a preflight, a refused head."""
STATUS_CLASSES: Final = (OTHER, "1xx", "2xx", "3xx", "4xx", "5xx")
"""By the first digit of the status."""
BOUNDS_SECS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SCOPE_KEY: Final = "bloop.route"
_CONVERTER: Final = re.compile(r"<(?:\w+:)?(\w+)>")


@cache
def route_of(rule: str) -> str:
    """Return a rule as the documents write it: `/v1/errors/{fingerprint}`."""
    return _CONVERTER.sub(r"{\1}", rule)


def name_route(scope: Any, route: str) -> None:
    """Tell whoever counts the request of an ASGI `scope` which route answers it; without effect if nobody does."""
    state = scope.get("state")
    if state is not None:
        state[_SCOPE_KEY] = route


def named_route(scope: Any) -> str:
    """Return the route that `name_route` has given, else `other`. The scope may be a copy of the one that was named."""
    route: str = scope["state"].get(_SCOPE_KEY, OTHER)
    return route


class RouteRequests:
    """The requests of one method and route."""

    __slots__ = ("by_class", "durations")

    def __init__(self) -> None:
        self.by_class = [0] * len(STATUS_CLASSES)
        """How many answers had a status of each class."""
        self.durations = Histogram(BOUNDS_SECS)

    def note(self, status: int, secs: float) -> None:
        """Count a request that was answered."""
        first_digit = status // 100
        self.by_class[first_digit if first_digit < len(STATUS_CLASSES) else 0] += 1
        self.durations.note(secs)


class RequestMetrics:
    """All requests since the start of the process; only the event loop writes."""

    __slots__ = ("_routes", "in_progress", "unanswered_reads")

    def __init__(self) -> None:
        self.in_progress = 0
        """Requests on the ordinary road whose answer is not through, streams among them."""
        self.unanswered_reads = 0
        """Those of them that only read and whose answer has not begun: what the express lane gives way to."""
        self._routes: dict[tuple[str, str], RouteRequests] = {}

    def of(self, method: str, route: str) -> RouteRequests:
        """Return the counts of a method and route, the same object at every call."""
        key = (method if method in _METHODS else OTHER, route)
        requests = self._routes.get(key)
        if requests is None:
            requests = self._routes[key] = RouteRequests()
        return requests

    def families(self) -> list[Family]:
        """Return the counts as metrics; a class of status appears with its first answer."""
        rows = [({"method": method, "route": route}, requests) for (method, route), requests in self._routes.items()]
        return [
            Family(
                "bloop_http_requests_total",
                "counter",
                "Requests that were answered, by method, route and class of status.",
                tuple(
                    Sample(count, {**labels, "status": status})
                    for labels, requests in rows
                    for status, count in zip(STATUS_CLASSES, requests.by_class, strict=True)
                    if count
                ),
            ),
            Family(
                "bloop_http_request_duration_seconds",
                "histogram",
                "Time until the head of the answer was known, by method and route.",
                tuple(sample for labels, requests in rows for sample in requests.durations.samples(labels)),
            ),
            Family.single(
                "bloop_http_requests_in_progress",
                "gauge",
                "Requests on the ordinary road that are being answered, streams among them.",
                self.in_progress,
            ),
        ]
