from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bloop_trio.auth.store import create_token
from bloop_trio.issues.lifecycle.status import Status
from bloop_trio.issues.lifecycle.transitions import change_status
from bloop_trio.issues.queries.detail import Part, get_detail, list_history
from bloop_trio.issues.queries.detail_shapes import ErrorDetail, StatusChange
from bloop_trio.issues.stored.payload import PayloadReader
from tests.conftest import NOW_MS, accepted, insert_project, insert_user
from tests.issues.mergers import put_together

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.writing.writer import BatchWriter

EXTRAS: dict[str, Any] = {
    "stack": "at main (app.js:1:2)",
    "http_status": 500,
    "request_id": "req-1",
    "user_id_hash": "u1",
    "device_id_hash": "d1",
    "app_version": "3.2",
    "build_number": "77",
    "screen": "Cart",
    "route_or_procedure": "/cart",
    "metadata": {"cart": [1, 2], "vip": None},
}


def detail(conn: Connection, fingerprint: str, *, project_no: int = 1, max_samples: int = 5) -> ErrorDetail | None:
    return get_detail(
        conn,
        PayloadReader(),
        project_no=project_no,
        project_id="default",
        fingerprint=fingerprint,
        max_samples=max_samples,
    )


class TestDetail:
    def test_an_issue_shows_its_releases_by_last_sighting(self, connection: Connection, batches: BatchWriter) -> None:
        batches.write(
            connection,
            [
                accepted(fingerprint="cart", release="1", received_ms=NOW_MS - 30),
                accepted(fingerprint="cart", release="2", received_ms=NOW_MS - 20),
                accepted(fingerprint="cart", release="1", received_ms=NOW_MS - 10),
            ],
        )
        found = detail(connection, "cart")
        assert found is not None
        assert [(a.release, a.total_count, a.first_seen, a.last_seen) for a in found.aggregates] == [
            ("1", 2, NOW_MS - 30, NOW_MS - 10),
            ("2", 1, NOW_MS - 20, NOW_MS - 20),
        ]

    def test_an_issue_shows_its_users_and_its_first_and_last_release(
        self, connection: Connection, batches: BatchWriter
    ) -> None:
        batches.write(
            connection,
            [
                accepted(fingerprint="cart", release="2", received_ms=NOW_MS - 30, user_id_hash="a"),
                accepted(fingerprint="cart", release="1", received_ms=NOW_MS - 20, user_id_hash="b"),
                accepted(fingerprint="cart", release="3", received_ms=NOW_MS - 10, user_id_hash="a"),
                accepted(fingerprint="cart", release="2", environment="test", received_ms=NOW_MS - 5),
                accepted(fingerprint="other", release="0", received_ms=NOW_MS - 50, user_id_hash="c"),
            ],
        )
        found = detail(connection, "cart")
        assert found is not None
        assert (found.users_affected, found.users_affected_exact) == (2, True)
        assert (found.first_release, found.last_release) == ("2", "2")

    def test_samples_are_the_newest_occurrences_newest_first(
        self, connection: Connection, batches: BatchWriter
    ) -> None:
        for n in range(8):
            batches.write(connection, [accepted(fingerprint="cart", message=f"m{n}", received_ms=NOW_MS + n)])
        found = detail(connection, "cart")
        assert found is not None
        assert [s.message for s in found.samples] == ["m7", "m6", "m5", "m4", "m3"]
        assert [s.captured_at for s in found.samples] == [NOW_MS + n for n in (7, 6, 5, 4, 3)]
        fewer = detail(connection, "cart", max_samples=2)
        assert fewer is not None
        assert [s.message for s in fewer.samples] == ["m7", "m6"]

    def test_a_sample_holds_all_that_was_sent(self, connection: Connection, batches: BatchWriter) -> None:
        batches.write(connection, [accepted(fingerprint="cart", **EXTRAS)])
        found = detail(connection, "cart")
        assert found is not None
        (sample,) = found.samples
        assert {name: getattr(sample, name) for name in EXTRAS} == EXTRAS
        assert (sample.error_type, sample.source) == ("TypeError", "api")
        assert (sample.project_id, sample.fingerprint) == ("default", "cart")

    def test_what_was_not_sent_is_null(self, connection: Connection, batches: BatchWriter) -> None:
        batches.write(connection, [accepted(fingerprint="cart", route_or_procedure=None)])
        found = detail(connection, "cart")
        assert found is not None
        assert {getattr(found.samples[0], name) for name in EXTRAS if name != "metadata"} == {None}
        assert found.samples[0].metadata is None

    def test_a_fingerprint_is_looked_for_in_its_own_project_alone(
        self, connection: Connection, batches: BatchWriter
    ) -> None:
        insert_project(connection, "other")
        batches.write(connection, [accepted(fingerprint="cart", project_no=2)])
        assert detail(connection, "cart") is None
        assert detail(connection, "cart", project_no=2) is not None

    def test_a_client_finds_its_own_fingerprint_as_it_wrote_it(
        self, connection: Connection, batches: BatchWriter
    ) -> None:
        batches.write(connection, [accepted(fingerprint="check out / pay")])
        found = detail(connection, "check out / pay")
        assert found is not None
        assert detail(connection, found.aggregates[0].fingerprint) == found

    def test_an_issue_of_two_fingerprints_answers_as_one(self, connection: Connection, batches: BatchWriter) -> None:
        batches.write(connection, [accepted(fingerprint="cart"), accepted(fingerprint="basket"), accepted()])
        put_together(connection, batches, "cart", "basket")
        found = detail(connection, "basket")
        assert found is not None
        assert [(a.fingerprint, a.total_count) for a in found.aggregates] == [("cart", 2)]
        assert [s.fingerprint for s in found.samples] == ["cart", "cart"]


def test_history_is_the_newest_change_first(connection: Connection, batches: BatchWriter) -> None:
    batches.write(connection, [accepted(fingerprint="cart", received_ms=NOW_MS)])
    change_status(
        connection, [(1, "unresolved")], Status.RESOLVED, changed_by="token:t1", changed_ms=NOW_MS + 1, reason=None
    )
    batches.write(connection, [accepted(fingerprint="cart", received_ms=NOW_MS + 2)])
    history = list_history(connection, project_no=1, project_id="default", fingerprint="cart", part=Part(limit=50))
    assert history == [
        StatusChange(
            id=2,
            project_id="default",
            fingerprint="cart",
            old_status="resolved",
            new_status="unresolved",
            changed_by=None,
            changed_by_name=None,
            changed_at=NOW_MS + 2,
            reason="regression",
        ),
        StatusChange(
            id=1,
            project_id="default",
            fingerprint="cart",
            old_status="unresolved",
            new_status="resolved",
            changed_by="token:t1",
            changed_by_name=None,
            changed_at=NOW_MS + 1,
            reason=None,
        ),
    ]
    assert list_history(connection, project_no=2, project_id="x", fingerprint="cart", part=Part(limit=50)) == []


def test_whoever_changed_a_status_is_named_as_long_as_they_are_there(
    connection: Connection, batches: BatchWriter
) -> None:
    batches.write(connection, [accepted(fingerprint="cart", received_ms=NOW_MS)])
    ada = insert_user(connection, "ada")
    token = create_token(connection, name="ci", project_no=1, scopes=["errors:write"], now_secs=0).token
    for changed_by in (ada, f"token:{token.id}", token.id, f"user: {ada}", "token:gone", None):
        connection.execute(
            "INSERT INTO status_changes (issue_id, old_status, new_status, changed_by, changed_ms)"
            " VALUES (1, 'unresolved', 'resolved', ?, 0)",
            (changed_by,),
        )
    history = list_history(connection, project_no=1, project_id="default", fingerprint="cart", part=Part(limit=50))
    assert [change.changed_by_name for change in reversed(history)] == ["ada", "ci", None, None, None, None]
