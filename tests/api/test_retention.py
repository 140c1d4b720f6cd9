"""Retention over HTTP: what administrators set is what the next purge goes by, and the numbers are exact."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import trio

from bloop_trio.clock import MS_PER_DAY, MS_PER_HOUR
from bloop_trio.issues.stored import days
from tests.conftest import NOW_MS, accepted, as_json, insert_project

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.writing.writer import BatchWriter
    from tests.client import Answer, Client

    Headers = dict[str, str]
    SignIn = Callable[..., Headers]

PATH, PURGE = "/v1/admin/retention", "/v1/admin/retention/purge"
OK = {"status": "ok"}
UNSET = {"raw_events_days": 7, "hourly_counts_days": 90, "aggregates_days": None, "max_bytes": None}


async def send(client: Client, who: Headers, method: str, path: str, body: Any = None) -> Answer:
    sent = body if isinstance(body, bytes) else b"" if body is None else as_json(body)
    content_type = {} if body is None else {"content-type": "application/json"}
    return await client.request(method, path, body=sent, headers=who | content_type)


@pytest.fixture
def ada(sign_in: SignIn) -> Headers:
    """An administrator."""
    return sign_in("ada", is_admin=True)


@pytest.fixture
def shop(connection: Connection) -> str:
    """The id of a second project."""
    return insert_project(connection, "shop").id


def store(batches: BatchWriter, conn: Connection, project_no: int, *ages_days: float) -> None:
    for age in sorted(ages_days, reverse=True):
        batches.write(conn, [accepted(project_no=project_no, received_ms=int(NOW_MS - age * MS_PER_DAY))])


async def settings(client: Client, who: Headers) -> tuple[Any, Any]:
    answer = await send(client, who, "GET", PATH)
    assert answer.status == 200, answer.body
    return answer.json["global"], answer.json["per_project"]


class TestReading:
    async def test_what_nobody_has_set_is_as_configured(
        self, client: Client, connection: Connection, ada: Headers
    ) -> None:
        answer = await send(client, ada, "GET", PATH)
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        assert answer.json == {
            "global": UNSET,
            "per_project": [],
            "storage": {
                "db_size_bytes": pages * 8192,
                "free_bytes": 0,
                "raw_events_count": 0,
                "hourly_counts_count": 0,
                "budget": "none",
                "by_project": [],
            },
        }

    async def test_the_storage_is_counted_exactly(
        self, client: Client, connection: Connection, batches: BatchWriter, ada: Headers, shop: str
    ) -> None:
        store(batches, connection, 1, 0, 0, 1, 9)
        store(batches, connection, 2, 0, 3)
        storage = (await send(client, ada, "GET", PATH)).json["storage"]
        assert (storage["raw_events_count"], storage["hourly_counts_count"]) == (6, 5)
        assert (await send(client, ada, "POST", PURGE, {"confirm": True})).json["raw_events_deleted"] == 1
        storage = (await send(client, ada, "GET", PATH)).json["storage"]
        assert (storage["raw_events_count"], storage["hourly_counts_count"]) == (5, 5)

    async def test_a_deleted_project_counts_no_more_at_once(
        self, client: Client, connection: Connection, batches: BatchWriter, ada: Headers, shop: str
    ) -> None:
        store(batches, connection, 1, 0)
        store(batches, connection, 2, 0, 3)
        await send(client, ada, "PUT", PATH, {"per_project": [{"project_id": "shop", "raw_events_days": 2}]})
        assert (await send(client, ada, "DELETE", "/v1/projects/shop")).status == 200
        found = (await send(client, ada, "GET", PATH)).json
        assert (found["per_project"], found["storage"]["raw_events_count"]) == ([], 1)

    async def test_each_project_says_what_its_events_take_and_the_database_how_it_stands_to_its_budget(
        self, client: Client, connection: Connection, batches: BatchWriter, ada: Headers, shop: str
    ) -> None:
        store(batches, connection, 1, 0)
        store(batches, connection, 2, 0, 0, 1)
        await send(client, ada, "PUT", PATH, {"max_bytes": 3_000_000})
        storage = (await send(client, ada, "GET", PATH)).json["storage"]
        sizes = dict(connection.execute("SELECT project_no, sum(bytes) FROM event_day_counts GROUP BY 1"))
        assert storage["by_project"] == [
            {"project_id": shop, "raw_events_count": 3, "raw_events_bytes": sizes[2]},
            {"project_id": "default", "raw_events_count": 1, "raw_events_bytes": sizes[1]},
        ]
        assert storage["budget"] == "kept"
        connection.execute("CREATE TABLE large AS SELECT randomblob(3000000)")
        assert (await send(client, ada, "GET", PATH)).json["storage"]["budget"] == "exceeded"
        connection.execute("DROP TABLE large")
        storage = (await send(client, ada, "GET", PATH)).json["storage"]
        assert (storage["budget"], storage["free_bytes"] >= 3_000_000) == ("kept", True)

    async def test_no_table_of_events_is_read_for_it(
        self, client: Client, connection: Connection, batches: BatchWriter, ada: Headers
    ) -> None:
        store(batches, connection, 1, 0)
        plan = ""
        statements: list[str] = []

        def look(conn: Connection) -> None:
            conn.set_trace_callback(statements.append)

        for _ in range(client.services.config.database.pool_size):
            await client.services.readers.run(look)
        assert (await send(client, ada, "GET", PATH)).status == 200
        for statement in statements:
            if statement.lstrip().startswith("SELECT"):
                plan += str(connection.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall())
        assert "event_day_counts" in plan
        assert "events_2026" not in plan
        assert "event_counts_hourly" not in plan


class TestChanging:
    async def test_each_number_by_itself(self, client: Client, ada: Headers) -> None:
        assert (await send(client, ada, "PUT", PATH, {"raw_events_days": 30})).json == OK
        assert (await settings(client, ada))[0] == UNSET | {"raw_events_days": 30, "hourly_counts_days": 90}
        assert (await send(client, ada, "PUT", PATH, {"hourly_counts_days": 3650})).json == OK
        assert (await settings(client, ada))[0] == UNSET | {"raw_events_days": 30, "hourly_counts_days": 3650}
        assert (await send(client, ada, "PUT", PATH, {"raw_events_days": 1, "hourly_counts_days": None})).json == OK
        assert (await settings(client, ada))[0] == UNSET | {"raw_events_days": 1, "hourly_counts_days": 3650}

    async def test_a_project_departs_and_follows_again(self, client: Client, ada: Headers, shop: str) -> None:
        given = [{"project_id": "shop", "raw_events_days": 2}, {"project_id": "default", "raw_events_days": 90}]
        assert (await send(client, ada, "PUT", PATH, {"per_project": given})).json == OK
        assert (await settings(client, ada))[1] == [
            {"project_id": "default", "project_name": "Default", "raw_events_days": 90, "max_bytes": None},
            {"project_id": shop, "project_name": "Shop", "raw_events_days": 2, "max_bytes": None},
        ]
        again = [{"project_id": shop, "raw_events_days": 3}, {"project_id": "default", "raw_events_days": 0}]
        assert (await send(client, ada, "PUT", PATH, {"per_project": again})).json == OK
        assert (await settings(client, ada))[1] == [
            {"project_id": shop, "project_name": "Shop", "raw_events_days": 3, "max_bytes": None}
        ]

    async def test_budgets_and_the_age_of_errors_are_set_and_taken_away(
        self, client: Client, connection: Connection, ada: Headers, shop: str
    ) -> None:
        given = {
            "max_bytes": 5_000_000,
            "aggregates_days": 400,
            "per_project": [{"project_id": "shop", "max_bytes": 1_000_000}],
        }
        assert (await send(client, ada, "PUT", PATH, given)).json == OK
        own = {"project_id": shop, "project_name": "Shop"}
        assert await settings(client, ada) == (
            UNSET | {"max_bytes": 5_000_000, "aggregates_days": 400},
            [own | {"raw_events_days": 0, "max_bytes": 1_000_000}],
        )
        both = [{"project_id": "shop", "raw_events_days": 3}]
        await send(client, ada, "PUT", PATH, {"max_bytes": 6_000_000, "per_project": both})
        assert await settings(client, ada) == (
            UNSET | {"max_bytes": 6_000_000, "aggregates_days": 400},
            [own | {"raw_events_days": 3, "max_bytes": 1_000_000}],
        )
        none = {"max_bytes": 0, "aggregates_days": 0, "per_project": [{"project_id": "shop", "max_bytes": 0}]}
        await send(client, ada, "PUT", PATH, none)
        assert await settings(client, ada) == (UNSET, [own | {"raw_events_days": 3, "max_bytes": None}])
        rows = connection.execute("SELECT project_id, details FROM audit_entries ORDER BY id").fetchall()
        assert [(project, json.loads(details)) for project, details in rows] == [
            (None, {"max_bytes": 5_000_000, "aggregates_days": 400}),
            (shop, {"max_bytes": 1_000_000}),
            (None, {"max_bytes": 6_000_000}),
            (shop, {"raw_events_days": 3}),
            (None, {"max_bytes": 0, "aggregates_days": 0}),
            (shop, {"max_bytes": 0}),
        ]

    async def test_the_audit_log_has_what_was_set(
        self, client: Client, connection: Connection, ada: Headers, shop: str
    ) -> None:
        given = {"raw_events_days": 3, "per_project": [{"project_id": "shop", "raw_events_days": 0}]}
        await send(client, ada, "PUT", PATH, given)
        await send(client, ada, "PUT", PATH, {})
        rows = connection.execute("SELECT actor_name, action, project_id, details FROM audit_entries ORDER BY id")
        assert [(*row, json.loads(details)) for *row, details in rows] == [
            ("ada", "storage.retention_changed", None, {"raw_events_days": 3}),
            ("ada", "storage.retention_changed", shop, {"raw_events_days": 0}),
        ]

    @pytest.mark.parametrize(
        ("body", "status", "message"),
        [
            ({"raw_events_days": 0}, 400, "raw_events_days must be between 1 and 3650"),
            ({"raw_events_days": -(2**63)}, 400, "raw_events_days must be between 1 and 3650"),
            ({"raw_events_days": 3651}, 400, "raw_events_days must be between 1 and 3650"),
            ({"hourly_counts_days": 0}, 400, "hourly_counts_days must be between 1 and 3650"),
            ({"raw_events_days": 5, "hourly_counts_days": 3651}, 400, "hourly_counts_days must be between 1 and 3650"),
            ({"aggregates_days": -1}, 400, "aggregates_days must be between 1 and 36500, or 0"),
            ({"aggregates_days": 36_501}, 400, "aggregates_days must be between 1 and 36500, or 0"),
            ({"max_bytes": 999_999}, 400, "max_bytes must be between 1000000 and 562949953421312, or 0"),
            ({"max_bytes": -1}, 400, "max_bytes must be between 1000000 and 562949953421312, or 0"),
            ({"max_bytes": 2**63}, 400, None),
            (
                {"raw_events_days": 5, "per_project": [{"project_id": "shop", "max_bytes": 1}]},
                400,
                "max_bytes must be between 1000000 and 562949953421312, or 0",
            ),
            ({"raw_events_days": "7"}, 400, "invalid request: raw_events_days must be a whole number"),
            ({"raw_events_days": 7.5}, 400, "invalid request: raw_events_days must be a whole number"),
            ({"raw_events_days": True}, 400, "invalid request: raw_events_days must be a whole number"),
            (b'{"raw_events_days": 1e400}', 400, None),
            (b'{"raw_events_days": %d}' % 10**300, 400, None),
            (b"[" * 100_000, 400, "invalid request: malformed JSON: nested too deeply"),
            (b"{", 400, None),
            (b"\xff", 400, None),
            ([], 400, "invalid request: the body must be an object"),
            ({"days": 7}, 400, "invalid request: there is no field days"),
            (
                {"per_project": [{"project_id": "shop"}]},
                400,
                "a project needs raw_events_days or max_bytes",
            ),
            (
                {"raw_events_days": 5, "per_project": [{"project_id": "shop", "raw_events_days": 3651}]},
                400,
                "raw_events_days of a project must be between 1 and 3650, or 0",
            ),
            (
                {"raw_events_days": 5, "per_project": [{"project_id": "none", "raw_events_days": 5}]},
                404,
                "project not found",
            ),
            (
                {"raw_events_days": 5, "per_project": [{"project_id": "", "raw_events_days": 5}]},
                404,
                "project not found",
            ),
            (
                {"per_project": [{"project_id": name, "raw_events_days": 5} for name in ("shop", "default", "shop")]},
                400,
                "the project shop is named twice",
            ),
            ({"per_project": [{"project_id": "shop", "raw_events_days": 5}] * 1001}, 400, None),
            (b" " * (256 * 1024 + 1), 413, None),
        ],
    )
    @pytest.mark.usefixtures("shop")
    async def test_what_cannot_be_set_changes_nothing(
        self, client: Client, connection: Connection, ada: Headers, body: Any, status: int, message: str | None
    ) -> None:
        answer = await send(client, ada, "PUT", PATH, body)
        assert answer.status == status, answer.body
        assert message is None or answer.json == {"error": message}
        assert await settings(client, ada) == (UNSET, [])
        assert connection.execute("SELECT count(*) FROM audit_entries").fetchone() == (0,)

    async def test_a_deleted_project_cannot_be_set(self, client: Client, ada: Headers, shop: str) -> None:
        await send(client, ada, "DELETE", "/v1/projects/shop")
        for name in ("shop", shop, f"!2:{shop}"):
            given = {"per_project": [{"project_id": name, "raw_events_days": 5}]}
            assert (await send(client, ada, "PUT", PATH, given)).status == 404

    async def test_whoever_is_no_administrator_any_more_changes_nothing(
        self, client: Client, connection: Connection, ada: Headers
    ) -> None:
        assert (await send(client, ada, "GET", PATH)).status == 200  # the session is remembered now
        connection.execute("UPDATE users SET is_admin = 0")
        for method, path, body in (("PUT", PATH, {"raw_events_days": 1}), ("POST", PURGE, {"confirm": True})):
            answer = await send(client, ada, method, path, body)
            assert (answer.status, answer.json) == (403, {"error": "admin access required"})
        assert connection.execute("SELECT count(*) FROM retention_settings").fetchone() == (0,)


class TestPurging:
    async def test_it_goes_by_what_was_set_and_says_what_was_removed(
        self, client: Client, connection: Connection, batches: BatchWriter, ada: Headers, shop: str
    ) -> None:
        store(batches, connection, 1, 0, 3, 40)
        store(batches, connection, 2, 0, 3, 40)
        given = {"hourly_counts_days": 10, "per_project": [{"project_id": "shop", "raw_events_days": 2}]}
        await send(client, ada, "PUT", PATH, given)
        answer = await send(client, ada, "POST", PURGE, {"confirm": True})
        assert (answer.status, answer.json) == (200, {**OK, "raw_events_deleted": 3, "hourly_counts_deleted": 2})
        again = await send(client, ada, "POST", PURGE, {"confirm": True})
        assert again.json == {**OK, "raw_events_deleted": 0, "hourly_counts_deleted": 0}
        assert days.event_days(connection) == ["20260101", "20251229"]
        assert connection.execute("SELECT project_no FROM events_20251229").fetchall() == [(1,)]

    async def test_an_hour_goes_when_its_end_is_old_enough(
        self, client: Client, connection: Connection, batches: BatchWriter, ada: Headers
    ) -> None:
        await send(client, ada, "PUT", PATH, {"hourly_counts_days": 1})
        now_hour_ms = NOW_MS - NOW_MS % MS_PER_HOUR
        for hours in (23, 24, 25, 26):
            batches.write(connection, [accepted(received_ms=now_hour_ms - hours * MS_PER_HOUR)])
        answer = await send(client, ada, "POST", PURGE, {"confirm": True})
        assert answer.json["hourly_counts_deleted"] == 2
        for table in ("event_counts_hourly", "project_counts_hourly"):
            assert connection.execute(f"SELECT count(*), min(hour_ms) FROM {table}").fetchone() == (
                2,
                now_hour_ms - 24 * MS_PER_HOUR,
            )
        assert connection.execute("SELECT total_count FROM issues").fetchone() == (4,)

    @pytest.mark.parametrize(
        ("body", "message"),
        [
            ({"confirm": False}, "confirm must be true"),
            ({"confirm": "true"}, "confirm must be true or false"),
            ({}, "confirm is required"),
            ([True], "the body must be an object"),
            ({"confirm": True, "all": True}, "there is no field all"),
        ],
    )
    async def test_it_has_to_be_confirmed(
        self, client: Client, connection: Connection, batches: BatchWriter, ada: Headers, body: Any, message: str
    ) -> None:
        store(batches, connection, 1, 40)
        answer = await send(client, ada, "POST", PURGE, body)
        assert (answer.status, answer.json) == (400, {"error": message})
        assert connection.execute("SELECT sum(count) FROM event_day_counts").fetchone() == (1,)
        assert connection.execute("SELECT count(*) FROM audit_entries").fetchone() == (0,)

    async def test_the_audit_log_has_who_asked_for_it(
        self, client: Client, connection: Connection, ada: Headers
    ) -> None:
        await send(client, ada, "POST", PURGE, {"confirm": True})
        assert connection.execute("SELECT actor_name, action FROM audit_entries").fetchall() == [
            ("ada", "storage.purged")
        ]

    async def test_of_two_at_once_each_says_what_it_removed_itself(
        self, client: Client, connection: Connection, batches: BatchWriter, ada: Headers
    ) -> None:
        store(batches, connection, 1, 40, 41, 42)
        deleted: list[int] = []

        async def ask() -> None:
            deleted.append((await send(client, ada, "POST", PURGE, {"confirm": True})).json["raw_events_deleted"])

        async with trio.open_nursery() as nursery:
            nursery.start_soon(ask)
            nursery.start_soon(ask)
        assert sorted(deleted) == [0, 3]

    async def test_when_the_store_refuses_it_says_so_and_can_be_asked_again(
        self, client: Client, connection: Connection, batches: BatchWriter, ada: Headers
    ) -> None:
        store(batches, connection, 1, 40)
        refused = [False]

        def refuse(conn: Connection) -> None:
            conn.set_progress_handler(lambda: int(refused[0]), 1)

        def look(statement: str) -> None:
            refused[0] = refused[0] or statement.startswith("DROP TABLE events")

        await client.services.writer.run(refuse)
        await client.services.writer.run(lambda conn: conn.set_trace_callback(look))
        answer = await send(client, ada, "POST", PURGE, {"confirm": True})
        assert (answer.status, answer.json) == (503, {"error": "the store refused the purge, try again"})
        assert answer.headers["retry-after"] == "1"
        await client.services.writer.run(lambda conn: conn.set_trace_callback(None))
        refused[0] = False
        assert (await send(client, ada, "POST", PURGE, {"confirm": True})).json["raw_events_deleted"] == 1
