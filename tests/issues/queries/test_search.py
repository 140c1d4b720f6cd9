"""Searching: what people type finds what they mean, and never fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bloop_trio.db.writer import open_writer
from bloop_trio.issues.queries.matches import matches_statement
from bloop_trio.issues.queries.search import match_expression
from bloop_trio.issues.stored.payload import PayloadReader
from bloop_trio.issues.writing import search_index
from bloop_trio.issues.writing.search_index import (
    SLICE_ISSUES,
    SearchIndexer,
    index_slice,
    parts_of_names,
    top_frames,
)
from tests.conftest import accepted, insert_project

if TYPE_CHECKING:
    from pathlib import Path

    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.writing.writer import BatchWriter

DICTIONARY = zstandard.train_dictionary(1024, [b'{"stack": "at f%d"}' % n for n in range(1000)])

PYTHON_STACK = (
    'Traceback (most recent call last):\n  File "a.py", line 1, in outermost\n'
    + "".join(f'  File "b.py", line {n}, in step{n}\n' for n in range(12))
    + '  File "c.py", line 3, in innermost'
)


def found(conn: Connection, text: str, *, project_no: int = 1) -> list[str]:
    """Return the fingerprints that a search finds, newest issue first."""
    expression = match_expression(text)
    if expression is None:
        return []
    sql, values = matches_statement(conn, expression, project_no, 100)
    return [
        conn.execute("SELECT fingerprint FROM issues WHERE id = ?", (issue_id,)).fetchone()[0]
        for issue_id, _ in conn.execute(sql, values).fetchall()
    ]


@pytest.fixture
def library(connection: Connection, batches: BatchWriter) -> Connection:
    """A few issues that are searchable, in two projects."""
    insert_project(connection, "other")
    batches.write(
        connection,
        [
            accepted(
                fingerprint="timeout",
                error_type="ConnectTimeoutError",
                message="Could not reach payments.example.com in time",
                route_or_procedure="/api/checkout/{id}",
                stack="at PaymentGateway.charge (src/payment_gateway.ts:42:7)\nat Checkout.run (src/checkout.ts:7:1)",
            ),
            accepted(fingerprint="null", error_type="TypeError", message="user_id of undefined", stack=PYTHON_STACK),
            accepted(fingerprint="german", error_type="Fehler", message="Übertragung fehlgeschlagen: 日本語 テスト"),
            accepted(fingerprint="secret", project_no=2, error_type="TypeError", message="payments of the other"),
        ],
    )
    index_slice(connection, PayloadReader())
    return connection


class TestWords:
    @pytest.mark.parametrize(
        ("text", "fingerprints"),
        [
            ("payments", ["timeout"]),
            ("PAYMENTS", ["timeout"]),
            ("time reach", ["timeout"]),
            ("reach nothing", []),
            ("TypeError", ["null"]),
            ("checkout", ["timeout"]),
            ("/api/checkout", ["timeout"]),
            ("src/payment_gateway.ts", ["timeout"]),
            ("gateway", ["timeout"]),
            ("timeout", ["timeout"]),
            ("error", ["timeout", "null"]),
            ("user_id", ["null"]),
            ("innermost", ["null"]),
            ("outermost", []),
            ("ubertragung", ["german"]),
            ("日本語", ["german"]),
        ],
    )
    def test_all_of_them_have_to_be_there_in_any_of_the_texts(
        self, library: Connection, text: str, fingerprints: list[str]
    ) -> None:
        assert found(library, text) == fingerprints

    @pytest.mark.parametrize(
        ("text", "fingerprints"),
        [
            ('"not reach"', ["timeout"]),
            ('"reach not"', []),
            ('"could not" "in time"', ["timeout"]),
            ('"could not', ["timeout"]),
            ("pay*", ["timeout"]),
            ("pay", []),
            ("conn* reach", ["timeout"]),
            ("*pay", []),
            ("*", []),
        ],
    )
    def test_phrases_and_beginnings(self, library: Connection, text: str, fingerprints: list[str]) -> None:
        assert found(library, text) == fingerprints

    def test_another_project_is_another_library(self, library: Connection) -> None:
        assert found(library, "payments", project_no=2) == ["secret"]
        assert found(library, "payments", project_no=3) == []

    def test_nothing_finds_its_way_into_another_project(self, library: Connection) -> None:
        for text in ("p2", "project : p2", 'x" OR project : p2 OR "x', "p2* payments other"):
            assert "secret" not in found(library, text)

    def test_a_repeated_word_is_looked_up_once(self) -> None:
        assert match_expression("pay* in pay* in" + " pay*" * 90) == match_expression("pay* in")


class TestHostileText:
    @pytest.mark.parametrize(
        "text",
        [
            "",
            " ",
            '"',
            '""',
            '" "',
            "-",
            "AND",
            "NOT",
            "a AND",
            "NEAR(a b)",
            "(",
            "^a",
            "a:b",
            "{",
            "\0",
            "a\0b",
            "'",
            "''; DROP TABLE issues; --",
            "*" * 500,
            '"' * 499,
            "a" * 500,
            "a " * 250,
        ],
    )
    def test_it_is_searched_for_as_it_stands(self, library: Connection, text: str) -> None:
        found(library, text)

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
    @given(text=st.text(max_size=60))
    def test_no_text_is_an_error(self, library: Connection, text: str) -> None:
        found(library, text)

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
    @given(text=st.text(alphabet='ab"*:()-^{}+ \t\0ANDORT', max_size=30))
    def test_no_syntax_is_an_error(self, library: Connection, text: str) -> None:
        found(library, text)


class TestIndexing:
    async def test_it_goes_on_until_all_issues_are_searchable(
        self,
        database: Path,
        connection: Connection,
        batches: BatchWriter,
        monkeypatch: pytest.MonkeyPatch,
        autojump_clock: object,
    ) -> None:
        monkeypatch.setattr(search_index, "SLICE_ISSUES", 4)
        batches.write(connection, [accepted(fingerprint=f"f{n}", message=f"number{n}") for n in range(10)])
        async with open_writer(database) as writer:
            await SearchIndexer(writer).catch_up()
            assert [found(connection, f"number{n}") for n in (0, 9)] == [["f0"], ["f9"]]
            batches.write(connection, [accepted(fingerprint="late", message="latecomer")])
            await SearchIndexer(writer).catch_up()
            assert found(connection, "latecomer") == ["late"]
        assert connection.execute("SELECT count(*) FROM issue_search_texts").fetchone() == (11,)

    @pytest.mark.parametrize(
        "damaged",
        [
            pytest.param(b"\x01" + zstandard.ZstdCompressor(dict_data=DICTIONARY).compress(b"{}"), id="no dictionary"),
            pytest.param(b"\x01nonsense", id="no frame"),
            pytest.param(b"\x00{", id="no JSON"),
            pytest.param(b'\x00{"stack": 5}', id="no text"),
            pytest.param(b"", id="nothing"),
        ],
    )
    def test_an_issue_whose_sample_cannot_be_read_is_found_by_its_texts_and_holds_up_nobody(
        self, connection: Connection, batches: BatchWriter, damaged: bytes
    ) -> None:
        batches.write(connection, [accepted(fingerprint=name, message=f"text of {name}") for name in ("bad", "next")])
        connection.execute("UPDATE samples SET payload = ? WHERE fingerprint_id = 1", (damaged,))
        assert index_slice(connection, PayloadReader()) == 2
        assert found(connection, "text") == ["next", "bad"]

    def test_an_issue_is_taken_in_once(self, library: Connection) -> None:
        assert index_slice(library, PayloadReader()) == 0
        assert library.execute("SELECT count(*) FROM issue_search_texts").fetchone() == (4,)

    def test_an_entry_can_be_taken_out_again_with_the_texts_it_was_made_of(self, library: Connection) -> None:
        library.execute(
            "INSERT INTO issue_search (issue_search, rowid, project, error_type, message, route, frames, parts)"
            " SELECT 'delete', * FROM issue_search_sources"
            " WHERE id = (SELECT id FROM issues WHERE fingerprint = 'timeout')"
        )
        assert found(library, "payments") == []
        library.execute("INSERT INTO issue_search (issue_search) VALUES ('rebuild')")
        library.execute("INSERT INTO issue_search (issue_search) VALUES ('integrity-check')")
        assert found(library, "payments") == ["timeout"]


class TestTopFrames:
    def test_they_are_the_first_lines_of_most_stacks(self) -> None:
        assert top_frames("\n".join(f"at f{n}" for n in range(20))).split("\n") == [f"at f{n}" for n in range(8)]

    def test_they_are_the_last_lines_of_a_python_traceback(self) -> None:
        assert top_frames(PYTHON_STACK).split("\n")[-1] == 'File "c.py", line 3, in innermost'

    @pytest.mark.parametrize("stack", [None, "", "\n \n"])
    def test_there_may_be_none(self, stack: str | None) -> None:
        assert top_frames(stack) == ""

    def test_a_line_without_end_is_cut(self) -> None:
        assert len(top_frames("x" * 100_000)) == 1_000


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("ConnectTimeoutError", ["connect", "timeout", "error"]),
        ("at getUserName(src/x.ts)", ["get", "user", "name"]),
        ("HTTPServer2Go", ["http", "server", "2", "go"]),
        ("plain words and CONSTANTS", []),
        ("ATypeError ATypeError", ["a", "type", "error"]),
    ],
)
def test_names_are_taken_apart(text: str, parts: list[str]) -> None:
    assert parts_of_names(text) == parts


@pytest.mark.parametrize("text", ["a" * 4_000, "A" * 4_000, "0f" * 2_000])
def test_words_of_thousands_of_characters_are_read_once(text: str) -> None:
    for _ in range(SLICE_ISSUES):  # read from each of their characters on, these would take a minute
        assert parts_of_names(text) == []
