"""What went wrong at the company of the demonstration: invented errors of the last nine days, and how often when."""

from __future__ import annotations

from bisect import bisect
from hashlib import sha256
from itertools import accumulate
from math import pi, sin
from random import Random
from typing import TYPE_CHECKING, Any, Final

import attrs

from bloop_trio.clock import MS_PER_HOUR, MS_PER_SEC
from tests.browser import demo_stacks as stacks
from tests.browser.demo_maps import MINIFIED
from tests.conftest import accepted

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.issues.events.batch import AcceptedEvent

STOREFRONT: Final = 2
"""Number of the project."""
HOURS: Final = 9 * 24
RELEASES: Final = [("4.12.0", 20), ("4.11.3", 52), ("4.11.2", 146), ("4.11.1", 10_000)]
"""Each with how many hours ago it came out."""


def _always(_: int) -> float:
    return 1


def _last(hours: int) -> Callable[[int], float]:
    return lambda hour: hour < hours


def _with_peak(at: int, height: float) -> Callable[[int], float]:
    return lambda hour: 1 + height * max(0, 1 - abs(hour - at) / 2)


@attrs.frozen(kw_only=True)
class Kind:
    """An error, and how its events are spread."""

    error_type: str
    message: str
    source: str
    route_or_procedure: str | None = None
    screen: str | None = None
    stack: str
    count: int
    last_secs: int
    """How long ago the last one was."""
    shape: Callable[[int], float] = _always
    """How many there are in an hour, counted from the last one backwards, against other hours."""
    users: int = 0
    """How many it has happened to, at most."""
    more: dict[str, Any] = attrs.field(factory=dict)
    metadata: dict[str, tuple[Any, ...]] = attrs.field(factory=dict)
    """Values by key; the first ones are the most frequent."""


_BROWSERS: Final = ("Chrome 148", "Chrome 148", "Safari 19", "Firefox 150")
_COUNTRIES: Final = ("DE", "DE", "DE", "AT", "CH", "NL")
KINDS: Final = [
    Kind(
        error_type="TypeError",
        message="Cannot read properties of undefined (reading 'price')",
        source="web",
        route_or_procedure="/basket",
        stack=MINIFIED,
        count=702,
        last_secs=180,
        shape=lambda hour: (hour < 19) * (2 if hour < 4 else 1),
        users=131,
        more={"app_version": "4.12.0"},
        metadata={"browser": _BROWSERS, "country": _COUNTRIES, "offer": ("summer-sale", "summer-sale", "two-for-one")},
    ),
    Kind(
        error_type="PaymentDeclined",
        message="issuer answered 51: insufficient funds",
        source="api",
        route_or_procedure="POST /checkout",
        stack=stacks.PAYMENT,
        count=58,
        last_secs=9 * 60,
        shape=_with_peak(31, 30),
        users=49,
        more={"http_status": 402},
        metadata={"issuer": ("northbank", "northbank", "savings"), "country": _COUNTRIES},
    ),
    Kind(
        error_type="TimeoutError",
        message="stock service did not answer within 2000 ms",
        source="api",
        route_or_procedure="GET /products/{id}",
        stack=stacks.STOCK,
        count=1290,
        last_secs=22 * 60,
        shape=_with_peak(31, 17),
        users=604,
        more={"http_status": 504},
        metadata={"warehouse": ("north", "north", "north", "south"), "attempt": (1, 2, 3), "country": _COUNTRIES},
    ),
    Kind(
        error_type="KeyError",
        message="'postcode'",
        source="api",
        route_or_procedure="POST /addresses",
        stack=stacks.ADDRESS,
        count=7,
        last_secs=51 * 60,
        shape=_last(5),
        users=5,
        more={"http_status": 500},
        metadata={"country": ("IE", "IE", "HK")},
    ),
    Kind(
        error_type="DecodingError",
        message="Expected a date in the field delivered_at",
        source="android",
        screen="OrderHistory",
        stack=stacks.DELIVERY,
        count=23,
        last_secs=3 * 3600,
        shape=_last(34),
        users=17,
        more={"build_number": "41203", "app_version": "4.12"},
        metadata={"device": ("Pixel 10", "Galaxy S26", "Pixel 9a"), "android": (16, 16, 15)},
    ),
    Kind(
        error_type="IntegrityError",
        message="duplicate key violates orders_number_key",
        source="worker",
        route_or_procedure="jobs.number_orders",
        stack=stacks.ORDERS,
        count=134,
        last_secs=7 * 3600,
        shape=lambda hour: hour < 12 or hour > 6 * 24,
        metadata={"queue": ("orders",), "attempt": (1, 1, 2)},
    ),
    Kind(
        error_type="OutOfMemoryError",
        message="while resizing an image of 12000 x 9000 pixels",
        source="worker",
        route_or_procedure="jobs.thumbnails",
        stack=stacks.THUMBNAILS,
        count=3,
        last_secs=19 * 3600,
        shape=_last(40),
        metadata={"queue": ("images",)},
    ),
    Kind(
        error_type="NetworkError",
        message="Failed to fetch",
        source="web",
        route_or_procedure="/search",
        stack=stacks.SEARCH,
        count=388,
        last_secs=7 * 3600,
        shape=lambda hour: _with_peak(24, 40)(hour) + 3 * (hour > 70),
        users=96,
        metadata={"browser": _BROWSERS, "country": _COUNTRIES},
    ),
    Kind(
        error_type="TemplateError",
        message="no such variable: voucher",
        source="mail",
        route_or_procedure="mails.receipt",
        stack=stacks.RECEIPT,
        count=16,
        last_secs=4 * 86_400,
        shape=_last(30),
        metadata={"language": ("de", "nl")},
    ),
    Kind(
        error_type="ReadTimeout",
        message="stock service: the connection was closed while reading",
        source="api",
        route_or_procedure="GET /products/{id}",
        stack=stacks.SOCKET,
        count=74,
        last_secs=26 * 3600,
        shape=_with_peak(6, 30),
        users=61,
        more={"http_status": 504},
        metadata={"warehouse": ("north",), "country": _COUNTRIES},
    ),
]


def all_events(now_ms: int) -> list[AcceptedEvent]:
    """Return all events, as the intake hands them to the store, in the order in which they came."""
    chance = Random(12)
    events = [
        _event(kind, turn, now_ms - age_ms) for kind in KINDS for turn, age_ms in enumerate(_ages_ms(kind, chance))
    ]
    for event in events:
        event.event.release = release_at(now_ms, event.received_ms)
    return sorted(events, key=lambda event: event.received_ms)


def release_at(now_ms: int, at_ms: int) -> str:
    """Return the newest release of that moment."""
    return next(name for name, hours in RELEASES if now_ms - at_ms <= hours * MS_PER_HOUR)


def _ages_ms(kind: Kind, chance: Random) -> list[int]:
    """Return how long ago each event was, the last one first: fewer come at night, and no hour is quite like another."""
    weights = [
        kind.shape(hour) * (1 + 0.6 * sin((hour + 4) / 12 * pi)) * chance.uniform(0.6, 1.4) for hour in range(HOURS)
    ]
    until = list(accumulate(weights))
    ages = []
    for turn in range(kind.count):
        wanted = turn / kind.count * until[-1]
        hour = bisect(until, wanted)
        within = (wanted - until[hour] + weights[hour]) / weights[hour]
        ages.append(kind.last_secs * MS_PER_SEC + int((hour + within) * MS_PER_HOUR))
    return ages


def _event(kind: Kind, turn: int, at_ms: int) -> AcceptedEvent:
    number = turn * 7919 % 10_007  # so that what goes together does not go in turns
    values: dict[str, Any] = {
        "timestamp": at_ms,
        "source": kind.source,
        "environment": "production" if turn % 9 or turn == 0 else "staging",
        "error_type": kind.error_type,
        "message": kind.message,
        "route_or_procedure": kind.route_or_procedure,
        "screen": kind.screen,
        "stack": kind.stack,
        "request_id": f"req_{number:05d}{turn:04d}" if kind.source == "api" else None,
        "user_id_hash": _hashed(f"user {number % kind.users}") if kind.users else None,
        "device_id_hash": _hashed(f"device {number % kind.users}") if kind.source == "android" else None,
        "metadata": {key: options[number % len(options)] for key, options in kind.metadata.items()},
    }
    return accepted(project_no=STOREFRONT, received_ms=at_ms, **(values | kind.more))


def _hashed(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:16]
