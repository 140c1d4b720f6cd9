"""What the company of the demonstration has set: saved views, a rule that groups, and how long data is kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from tests.browser.demo_people import insert, user_id

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection

_DAY: Final = 86_400
_STOREFRONT: Final = 2

VIEWS: Final = [
    ("Checkout", 'is:unresolved route:"POST /checkout"', "last_seen", "ada", True),
    ("Mine", "is:unresolved assignee:me", "last_seen", "ada", False),
    ("New in 4.12.0", "is:unresolved release:4.12.0", "first_seen", "tomas", True),
]
"""Name, query, order, whose, and whether all see it."""
GROUPING_RULE: Final = {"match": {"type": "PaymentDeclined"}, "fingerprint": "payment-declined"}


def add_settings(conn: Connection, now: int) -> None:
    """Store them for the project that has all the errors."""
    for number, (name, query, sort, owner, is_shared) in enumerate(VIEWS):
        insert(
            conn,
            "saved_views",
            id=f"70000000-0000-4000-8000-{number:012d}",
            project_no=_STOREFRONT,
            name=name,
            query=query,
            sort=sort,
            is_shared=is_shared,
            created_by=user_id(owner),
            created_secs=now - (number + 1) * 8 * _DAY,
        )
    insert(
        conn,
        "project_grouping",
        project_no=_STOREFRONT,
        version=1,
        has_used_2=False,
        rules=json.dumps([GROUPING_RULE]),
        updated_secs=now - 40 * _DAY,
    )
    insert(conn, "project_retention", project_no=_STOREFRONT, raw_events_days=180)
    insert(conn, "byte_budgets", project_no=_STOREFRONT, max_bytes=20_000_000_000)
