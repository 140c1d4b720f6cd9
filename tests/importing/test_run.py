"""What the API says after an import is what the other server has stored."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from bloop_trio.auth.hashing import secret_hash
from bloop_trio.exceptions import DatabaseError
from bloop_trio.importing.report import State
from bloop_trio.importing.run import slices
from bloop_trio.issues.queries.consistency import look_at_consistency
from bloop_trio.issues.stored.payload import PayloadReader
from bloop_trio.issues.writing.search_index import index_slice
from bloop_trio.issues.writing.writer import BatchWriter
from tests.conftest import NOW_MS, accepted
from tests.importing.importing import everything, import_into, outcomes
from tests.importing.rust_server import SHOP_ID, RustServer

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from tests.client import Client

TOKEN = "bloop_tk_" + "A" * 43


def joint(statuses: list[str]) -> str:
    """The statuses of an error's releases, the one last seen first."""
    for status in ("unresolved", "resolved"):
        if status in statuses:
            return status
    return statuses[0]


def of_project(busy: RustServer, project_id: str) -> list[tuple[Any, ...]]:
    """What a list of errors should say of a project: each release and environment, and the joint status."""
    rows = busy.rows(
        "SELECT fingerprint, release, environment, total_count, first_seen, last_seen, status FROM error_aggregates"
        " WHERE project_id = ? ORDER BY last_seen DESC",
        project_id,
    )
    return [(*row[:6], joint([other[6] for other in rows if other[0] == row[0]])) for row in rows]


class TestReading:
    @pytest.fixture(autouse=True)
    def after_an_import(self, busy: RustServer, connection: Connection) -> None:
        busy.token(secret_hash(TOKEN), SHOP_ID)
        import_into(connection, busy.path)

    async def test_lists(self, client: Client, busy: RustServer) -> None:
        for token, project_id in ((client.token, "default"), (TOKEN, SHOP_ID)):
            listed = (await client.get("/v1/errors?limit=200", token=token)).json
            names = ("fingerprint", "release", "environment", "total_count", "first_seen", "last_seen", "status")
            assert sorted(tuple(e[n] for n in names) for e in listed) == sorted(of_project(busy, project_id))
            assert {e["project_id"] for e in listed} == {project_id}
            assert {e["status"] for e in listed} > {"unresolved"}

    async def test_the_texts_are_those_that_were_seen_first(self, client: Client, busy: RustServer) -> None:
        for error in (await client.get("/v1/errors?limit=200")).json:
            assert busy.rows(
                "SELECT error_type, message, source, route_or_procedure FROM error_aggregates"
                " WHERE fingerprint = ? AND project_id = 'default' ORDER BY first_seen LIMIT 1",
                error["fingerprint"],
            ) == [tuple(error[name] for name in ("error_type", "message", "source", "route_or_procedure"))]

    async def test_samples(self, client: Client, busy: RustServer) -> None:
        names = (
            "captured_at",
            "source",
            "environment",
            "release",
            "message",
            "stack",
            "request_id",
            "metadata",
            "http_status",
            "user_id_hash",
        )
        for (found,) in busy.rows("SELECT DISTINCT fingerprint FROM error_aggregates WHERE project_id = 'default'"):
            detail = (await client.get(f"/v1/errors/{found}")).json
            stored = busy.rows(
                f"SELECT {', '.join(names)} FROM sample_occurrences WHERE fingerprint = ? AND project_id = 'default'"
                " ORDER BY captured_at DESC",
                found,
            )
            assert [[sample[name] for name in names] for sample in detail["samples"]] == [
                [json.loads(v) if n == "metadata" else v for n, v in zip(names, row, strict=True)] for row in stored
            ]

    async def test_occurrences(self, client: Client, busy: RustServer) -> None:
        names = (
            "received_at",
            "timestamp",
            "source",
            "environment",
            "release",
            "message",
            "stack",
            "request_id",
            "metadata",
        )
        for (found,) in busy.rows("SELECT DISTINCT fingerprint FROM error_aggregates WHERE project_id = 'default'"):
            listed = (await client.get(f"/v1/errors/{found}/occurrences")).json
            stored = busy.rows(
                f"SELECT {', '.join(names)} FROM raw_events WHERE fingerprint = ? AND project_id = 'default'"
                " ORDER BY received_at DESC",
                found,
            )
            assert [[event[name] for name in names] for event in listed] == [
                [json.loads(v) if n == "metadata" else v for n, v in zip(names, row, strict=True)] for row in stored
            ]

    async def test_trends_and_statistics(self, client: Client, busy: RustServer) -> None:
        day = NOW_MS - 24 * 3_600_000
        hours = busy.rows(
            "SELECT hour_bucket, sum(count) FROM event_counts_hourly WHERE project_id = 'default' AND hour_bucket >= ?"
            " GROUP BY 1 ORDER BY 1",
            day,
        )
        answer = (await client.get("/v1/trends?hours=24")).json
        assert [(hour["hour_bucket"], hour["count"]) for hour in answer] == hours
        stats = (await client.get("/v1/stats")).json
        found = of_project(busy, "default")
        assert stats["total_errors"] == len({row[0] for row in found})
        assert stats["unresolved_errors"] == len({row[0] for row in found if row[6] == "unresolved"})
        assert stats["total_events_24h"] == sum(count for _, count in hours)
        routes = {route["route"]: route["count"] for route in stats["top_routes"]}
        assert routes == dict(
            busy.rows(
                "SELECT route_or_procedure, sum(total_count) FROM error_aggregates WHERE project_id = 'default' GROUP BY 1"
            )
        )

    async def test_history(self, client: Client, busy: RustServer) -> None:
        for project_id, token in (("default", client.token), (SHOP_ID, TOKEN)):
            for (found,) in busy.rows(
                "SELECT DISTINCT fingerprint FROM status_changes WHERE project_id = ?", project_id
            ):
                listed = (await client.get(f"/v1/errors/{found}/history", token=token)).json
                names = ("old_status", "new_status", "changed_by", "changed_at")
                assert [tuple(change[name] for name in names) for change in listed] == busy.rows(
                    f"SELECT {', '.join(names)} FROM status_changes WHERE fingerprint = ? ORDER BY changed_at DESC",
                    found,
                )

    async def test_a_token_opens_its_own_project_and_no_other(self, client: Client) -> None:
        (project_id,) = {e["project_id"] for e in (await client.get("/v1/errors", token=TOKEN)).json}
        assert project_id == SHOP_ID

    async def test_errors_can_be_searched_for_once_the_server_has_indexed_them(
        self, client: Client, connection: Connection
    ) -> None:
        assert (index_slice(connection, PayloadReader()),) == connection.execute(
            "SELECT count(*) FROM issues"
        ).fetchone()
        found = (await client.get("/v1/errors?q=order+lost")).json
        assert {error["error_type"] for error in found} == {"TypeError"}

    def test_each_release_is_known_since_its_first_event(self, connection: Connection) -> None:
        counted = "SELECT project_no, release, min(first_seen_ms) FROM issue_counts GROUP BY 1, 2 ORDER BY 1, 2"
        known = connection.execute("SELECT project_no, release, first_seen_ms FROM releases ORDER BY 1, 2").fetchall()
        assert known == connection.execute(counted).fetchall()
        assert known

    def test_nothing_of_it_is_new_to_alert_rules(self, connection: Connection) -> None:
        marks = "SELECT value FROM alert_marks WHERE name = 'issue_id'"
        assert connection.execute(marks).fetchone() == connection.execute("SELECT max(id) FROM issues").fetchone()

    def test_the_counts_agree(self, connection: Connection) -> None:
        found = look_at_consistency(connection)
        assert (found.miscounted, found.totals_agree) == (0, True)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


class TestGoingOn:
    def test_the_same_message_continues_the_same_error(self, busy: RustServer, connection: Connection) -> None:
        import_into(connection, busy.path)
        (fingerprint, before) = connection.execute(
            "SELECT fingerprint, total_count FROM issues WHERE project_no = 1 AND status = 'unresolved'"
        ).fetchone()
        texts = connection.execute(
            "SELECT message, route_or_procedure FROM issues WHERE fingerprint = ?", (fingerprint,)
        ).fetchone()
        event = accepted(message=texts[0], route_or_procedure=texts[1], stack="  at load (src/order.ts:99:7)")
        result = BatchWriter(connection, sample_reservoir_size=5).write(connection, [event])
        assert (event.fingerprint, result.seen) == (fingerprint, ())
        assert connection.execute(
            "SELECT total_count FROM issues WHERE project_no = 1 AND fingerprint = ?", (fingerprint,)
        ).fetchone() == (before + 1,)

    @pytest.mark.parametrize("own", ["plain", "with blank/and slash?", "", "x" * 300, "ü\0"])
    def test_a_clients_own_fingerprint_stays_the_same_error(
        self, rust: RustServer, connection: Connection, own: str
    ) -> None:
        rust.receive(fingerprint=own)
        import_into(connection, rust.path)
        if own:  # an empty one is none today
            result = BatchWriter(connection, sample_reservoir_size=5).write(connection, [accepted(fingerprint=own)])
            assert result.seen == ()
        assert connection.execute("SELECT count(*) FROM issues").fetchone() == (1,)

    def test_a_resolved_error_comes_back_by_what_is_received_later_alone(
        self, busy: RustServer, connection: Connection
    ) -> None:
        import_into(connection, busy.path)
        (no, fingerprint, changed_ms) = connection.execute(
            "SELECT project_no, fingerprint, status_changed_ms FROM issues WHERE status = 'resolved'"
        ).fetchone()
        writer = BatchWriter(connection, sample_reservoir_size=5)
        for received_ms, regressions in ((changed_ms - 1, 0), (changed_ms + 1, 1)):
            event = accepted(project_no=no, fingerprint=fingerprint, received_ms=received_ms)
            assert len(writer.write(connection, [event]).seen) == regressions


class TestAgain:
    def test_a_second_run_does_nothing_and_reports_the_first(self, busy: RustServer, connection: Connection) -> None:
        first = import_into(connection, busy.path)
        before = everything(connection)
        again = import_into(connection, busy.path)
        assert (first.state, again.state) == (State.IMPORTED, State.IMPORTED_BEFORE)
        assert everything(connection) == before
        assert {name: (t.rows, t.tally) for name, t in again.tables.items()}.keys() == first.tables.keys()
        for name in first.tables:
            assert outcomes(again, name) == outcomes(first, name)

    def test_a_source_that_went_on_is_refused(self, busy: RustServer, connection: Connection) -> None:
        import_into(connection, busy.path)
        before = everything(connection)
        busy.receive()
        with pytest.raises(DatabaseError, match="has changed since; importing it again would count its errors twice"):
            import_into(connection, busy.path)
        assert everything(connection) == before

    def test_an_import_that_was_interrupted_does_not_go_on_with_another_state(
        self, busy: RustServer, connection: Connection
    ) -> None:
        def interrupt(table: str, _done: int, _total: int) -> None:
            if table == "event_counts_hourly":
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            import_into(connection, busy.path, slice_rows=3, progress=interrupt)
        busy.receive()
        with pytest.raises(DatabaseError, match="has changed since its import began, so the rest would not fit"):
            import_into(connection, busy.path)

    def test_a_source_that_is_written_to_meanwhile_is_noticed(self, busy: RustServer, connection: Connection) -> None:
        busy.conn.close()
        writers: list[RustServer] = []

        def come_back(table: str, done: int, _total: int) -> None:
            if table == "raw_events" and done == 6:
                writers.append(RustServer(busy.path, sqlite3.connect(busy.path, isolation_level=None)))
                writers[0].insert("sessions", token="t", user_id="user-1")

        with pytest.raises(DatabaseError, match="another program has begun to write to"):
            import_into(connection, busy.path, slice_rows=3, progress=come_back)
        report = import_into(connection, busy.path)  # what is imported has not changed, so it goes on
        writers[0].conn.close()
        assert report.state is State.IMPORTED
        assert outcomes(report, "raw_events") == (report.tables["raw_events"].rows, 0, {})

    def test_the_size_of_slices_changes_nothing(self, busy: RustServer, connection: Connection) -> None:
        told: list[tuple[str, int, int]] = []
        report = import_into(connection, busy.path, slice_rows=3, progress=lambda *done: told.append(done))
        assert report.tables["raw_events"].imported == busy.rows("SELECT count(*) FROM raw_events")[0][0]
        for name, found in report.tables.items():
            assert [done for table, done, _ in told if table == name][-1:] == ([found.rows] if found.rows else [])
        assert len(told) > 10

    def test_what_is_there_already_is_added_to(self, busy: RustServer, connection: Connection) -> None:
        (found, message, route, releases) = busy.rows(
            "SELECT fingerprint, message, route_or_procedure, count(*) FROM error_aggregates"
            " WHERE project_id = 'default' AND status = 'unresolved' GROUP BY fingerprint LIMIT 1"
        )[0]
        event = accepted(message=message, route_or_procedure=route, stack="  at load (src/order.ts:1:7)", release="9.9")
        assert event.fingerprint == found
        BatchWriter(connection, sample_reservoir_size=5).write(connection, [event] * 4)
        report = import_into(connection, busy.path)
        (there,) = busy.rows(
            "SELECT sum(total_count), min(first_seen) FROM error_aggregates WHERE project_id = 'default' AND fingerprint = ?",
            found,
        )
        assert connection.execute(
            "SELECT total_count, first_seen_ms, last_seen_ms FROM issues WHERE project_no = 1 AND fingerprint = ?",
            (found,),
        ).fetchone() == (there[0] + 4, there[1], NOW_MS)
        assert connection.execute(
            "SELECT count(*) FROM issue_counts JOIN issue_fingerprints AS f ON f.id = fingerprint_id"
            " WHERE f.project_no = 1 AND f.fingerprint = ?",
            (found,),
        ).fetchone() == (releases + 1,)
        samples = busy.rows(
            "SELECT count(*) FROM sample_occurrences WHERE project_id = 'default' AND fingerprint = ?", found
        )
        left_out = samples[0][0] - 1  # one slot of five was free
        assert outcomes(report, "sample_occurrences")[2] == {"there are newer samples of its error": left_out}
        assert look_at_consistency(connection).miscounted == 0


def test_rows_that_belong_together_are_never_parted() -> None:
    rows = [("p", "a", 1), ("p", "a", 2), ("p", "a", 3), ("p", "b", 1), ("q", "b", 1)]
    assert [len(piece) for piece in slices(rows, 2, whole=2)] == [3, 2]
    assert [len(piece) for piece in slices(rows, 2, whole=0)] == [2, 2, 1]
    assert [len(piece) for piece in slices([("x" * 20_000_000,)] * 3, 100, whole=0)] == [1, 1, 1]
