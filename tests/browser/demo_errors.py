"""What went wrong at the company of the demonstration: invented errors, spread over three days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bloop_trio.clock import MS_PER_DAY
from bloop_trio.db.connection import transaction
from bloop_trio.issues.triage.status import Status
from bloop_trio.issues.triage.transitions import change_status
from bloop_trio.issues.writing.writer import BatchWriter
from tests.conftest import accepted

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection

_HOUR: Final = 3600
_DAY: Final = 86_400

ISSUES: Final[list[tuple[int, int, dict[str, Any]]]] = [
    (
        412,
        180,
        {
            "error_type": "TypeError",
            "message": "Cannot read properties of undefined (reading 'price')",
            "source": "web",
            "route_or_procedure": "/basket",
        },
    ),
    (
        58,
        9 * 60,
        {
            "error_type": "PaymentDeclined",
            "message": "issuer answered 51: insufficient funds",
            "source": "api",
            "route_or_procedure": "POST /checkout",
        },
    ),
    (
        1290,
        22 * 60,
        {
            "error_type": "TimeoutError",
            "message": "stock service did not answer within 2000 ms",
            "source": "api",
            "route_or_procedure": "GET /products/{id}",
        },
    ),
    (
        7,
        51 * 60,
        {"error_type": "KeyError", "message": "'postcode'", "source": "api", "route_or_procedure": "POST /addresses"},
    ),
    (
        23,
        3 * _HOUR,
        {
            "error_type": "DecodingError",
            "message": "Expected a date in the field delivered_at",
            "source": "ios",
            "screen": "OrderHistory",
        },
    ),
    (
        134,
        7 * _HOUR,
        {
            "error_type": "IntegrityError",
            "message": "duplicate key violates orders_number_key",
            "source": "worker",
            "route_or_procedure": "jobs.number_orders",
        },
    ),
    (
        3,
        19 * _HOUR,
        {
            "error_type": "OutOfMemoryError",
            "message": "while resizing an image of 12000 x 9000 pixels",
            "source": "worker",
            "route_or_procedure": "jobs.thumbnails",
        },
    ),
    (
        88,
        2 * _DAY,
        {"error_type": "NetworkError", "message": "Failed to fetch", "source": "web", "route_or_procedure": "/search"},
    ),
    (
        16,
        4 * _DAY,
        {
            "error_type": "TemplateError",
            "message": "no such variable: voucher",
            "source": "mail",
            "route_or_procedure": "mails.receipt",
        },
    ),
]
"""How often, how many seconds ago last, and what."""
STACK: Final = """\
TypeError: Cannot read properties of undefined (reading 'price')
    at lineTotal (src/basket/totals.ts:41:23)
    at Array.map (<anonymous>)
    at BasketSummary (src/basket/BasketSummary.tsx:18:30)
    at renderPage (src/server/render.ts:77:9)"""
STATUSES: Final = {"TemplateError": Status.RESOLVED, "NetworkError": Status.MUTED}


def add_errors(conn: Connection, now_ms: int) -> None:
    """Store them in the project with the number 2, as the server does."""
    writer = BatchWriter(conn, sample_reservoir_size=5)
    batch = []
    for count, ago, event in ISSUES:
        for turn in range(count):
            # Spread over three days, the more recent the denser.
            age_ms = ago * 1000 + int((turn / count) ** 2 * 3 * MS_PER_DAY)
            batch.append(
                accepted(
                    project_no=2,
                    received_ms=now_ms - age_ms,
                    **{
                        "timestamp": now_ms - age_ms,
                        "environment": "production" if turn % 9 else "staging",
                        "release": "4.12.0" if turn < count / 2 else "4.11.3",
                        "route_or_procedure": None,
                        "stack": STACK if event["source"] == "web" else None,
                        "metadata": {"customer": f"c-{1000 + turn % 37}", "items": 1 + turn % 4},
                    }
                    | event,
                )
            )
    batch.sort(key=lambda event: event.received_ms)
    writer.write(conn, batch)
    with transaction(conn):
        for error_type, status in STATUSES.items():
            issues = conn.execute("SELECT id, status FROM issues WHERE error_type = ?", (error_type,)).fetchall()
            change_status(conn, issues, status, changed_by="ines", changed_ms=now_ms)
