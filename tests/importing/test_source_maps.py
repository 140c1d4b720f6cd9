"""Source maps of the other server go on leading to the sources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bloop_trio.importing.run import slices
from bloop_trio.sourcemaps.decoding import unpack
from tests.conftest import NOW_MS, insert_project
from tests.importing.importing import import_into, outcomes
from tests.importing.rust_server import SHOP_ID, SHOP_KEY
from tests.sourcemaps.maps import DEBUG_ID, a_map

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from tests.importing.rust_server import RustServer

THERE = "there is a source map of its release and name"


def stored(conn: Connection) -> list[tuple[Any, ...]]:
    rows = conn.execute(
        "SELECT id, project_no, release, file, debug_id, size_bytes, stored_bytes, uploaded_secs, uploaded_by, content"
        " FROM source_maps ORDER BY id"
    ).fetchall()
    assert all(row[-2:] == (None, row[-1]) and len(row[-1]) == row[6] for row in rows)
    return [(*row[:6], row[7], unpack(row[-1], 1 << 20)) for row in rows]


def test_they_are_copied_whole(rust: RustServer, connection: Connection) -> None:
    rust.project(SHOP_ID, "shop", SHOP_KEY)
    first, second = a_map(), a_map(debugId=DEBUG_ID)
    rust.source_map(first, uploaded_at=5)
    rust.source_map(second, SHOP_ID, release="ünïcode 2", filename="main.js.map", uploaded_at=NOW_MS // 1000)
    report = import_into(connection, rust.path)
    assert outcomes(report, "source_maps") == (2, 0, {})
    name = "30000000-0000-4000-8000-00000000000"
    assert stored(connection) == [
        (f"{name}1", 1, "1.0.0", "assets/app1.js.map", None, len(first), 5, first),
        (f"{name}2", 2, "ünïcode 2", "main.js.map", DEBUG_ID, len(second), NOW_MS // 1000, second),
    ]


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"project_id": "gone"}, "its project is not there"),
        ({"release": ""}, "its release or its name cannot be used"),
        ({"filename": "x" * 501}, "its release or its name cannot be used"),
        ({"filename": "a\nb.map"}, "its release or its name cannot be used"),
        ({"map_data": b"\x1f\x8bno archive"}, "it is no source map that can be used"),
        ({"map_data": b"{}"}, "it is no source map that can be used"),
        ({"map_data": "text"}, "it is no source map that can be used"),
    ],
    ids=str,
)
def test_what_nobody_could_use_is_skipped(
    rust: RustServer, connection: Connection, columns: dict[str, Any], reason: str
) -> None:
    rust.source_map(a_map(), **columns)
    rust.source_map(a_map())
    assert outcomes(import_into(connection, rust.path), "source_maps") == (1, 0, {reason: 1})
    assert len(stored(connection)) == 1


def test_one_that_is_there_stays(rust: RustServer, connection: Connection) -> None:
    rust.source_map(a_map(sources=["b.ts"]), filename="app.js.map")
    connection.execute(
        "INSERT INTO source_maps (id, project_no, release, file, size_bytes, stored_bytes, uploaded_secs, content)"
        " VALUES ('mine', 1, '1.0.0', 'app.js.map', 2, 2, 0, x'7b7d')"
    )
    assert outcomes(import_into(connection, rust.path), "source_maps") == (0, 0, {THERE: 1})
    assert connection.execute("SELECT id FROM source_maps").fetchall() == [("mine",)]


def test_an_id_that_is_used_here_is_not_given_twice(rust: RustServer, connection: Connection) -> None:
    insert_project(connection, "other")
    rust.source_map(a_map())
    connection.execute(
        "INSERT INTO source_maps (id, project_no, release, file, size_bytes, stored_bytes, uploaded_secs, content)"
        " VALUES ('30000000-0000-4000-8000-000000000001', 2, '1.0.0', 'app.js.map', 2, 2, 0, x'7b7d')"
    )
    assert outcomes(import_into(connection, rust.path), "source_maps") == (1, 0, {})
    assert connection.execute("SELECT count(DISTINCT id) FROM source_maps").fetchone() == (2,)


def test_a_slice_holds_few_large_maps() -> None:
    rows = [("default", str(number), b"x" * 6_000_000) for number in range(7)]
    assert [len(piece) for piece in slices(rows, 4_000, 0)] == [3, 3, 1]


def test_users_are_those_of_the_events_that_are_left(busy: RustServer, connection: Connection) -> None:
    import_into(connection, busy.path)
    counted = connection.execute(
        "SELECT f.project_no, f.fingerprint, u.count FROM fingerprint_users AS u"
        " JOIN issue_fingerprints AS f ON f.id = u.fingerprint_id ORDER BY 1, 2"
    ).fetchall()
    expected = busy.rows(
        "SELECT p.no, e.fingerprint, count(DISTINCT e.user_id_hash) FROM"
        " (SELECT project_id, fingerprint, user_id_hash FROM raw_events"
        " UNION ALL SELECT project_id, fingerprint, user_id_hash FROM sample_occurrences) AS e"
        f" JOIN (SELECT 'default' AS id, 1 AS no UNION ALL SELECT '{SHOP_ID}', 2) AS p ON p.id = e.project_id"
        " GROUP BY 1, 2 ORDER BY 1, 2"
    )
    assert counted == expected
