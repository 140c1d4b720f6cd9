from __future__ import annotations

from typing import TYPE_CHECKING

from bloop_trio.db.migrate import load_migrations
from bloop_trio.db.schema import SchemaDifference, compare_schemas, expected_schema, read_schema

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection

NEWEST = load_migrations()[-1].version


def differences(conn: Connection) -> SchemaDifference:
    return compare_schemas(expected_schema(NEWEST), read_schema(conn))


def test_a_migrated_database_has_the_schema_of_its_migrations(connection: Connection) -> None:
    assert differences(connection) == SchemaDifference(missing=(), extra=(), altered=())


def test_each_version_has_its_own(connection: Connection) -> None:
    older = compare_schemas(expected_schema(1), read_schema(connection))
    assert older.missing == ("index issues_by_status", "table route_counts")
    assert "table issue_totals" in older.extra
    assert "table issues" in older.altered


def test_what_was_taken_away_added_and_altered_is_named(connection: Connection) -> None:
    connection.execute("DROP INDEX issues_by_source")
    connection.execute("CREATE VIEW mine AS SELECT 1")
    connection.execute("ALTER TABLE dead_letters ADD COLUMN mine TEXT")
    assert differences(connection) == SchemaDifference(
        missing=("index issues_by_source",), extra=("view mine",), altered=("table dead_letters",)
    )


def test_what_does_not_come_from_migrations_can_be_expected_too(connection: Connection) -> None:
    connection.execute("CREATE TABLE daily (x)")
    expected = expected_schema(NEWEST, lambda conn: conn.execute("CREATE TABLE daily\n  (x)"))
    assert compare_schemas(expected, read_schema(connection)).extra == ()
