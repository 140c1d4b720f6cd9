from __future__ import annotations

import csv
import io
import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from bloop_trio.issues.queries.csv_rows import COLUMNS, HEADER, encode_rows
from bloop_trio.issues.queries.export_lines import OccurrenceLine


def a_line(message: str = "boom", metadata: bytes = b"null", **texts: str | None) -> OccurrenceLine:
    absent = Raw(b"null")
    line = OccurrenceLine(
        id=7,
        timestamp=1,
        source="api",
        environment="prod",
        release="1",
        error_type=Raw(b'"E"'),
        message=Raw(msgspec.json.encode(message)),
        stack=absent,
        http_status=Raw(b"500"),
        request_id=absent,
        route_or_procedure=absent,
        fingerprint="f",
        received_at=2,
        project_id="default",
        metadata=Raw(metadata),
        user_id_hash=absent,
        device_id_hash=absent,
        app_version=absent,
        build_number=absent,
        screen=absent,
    )
    for name, text in texts.items():
        setattr(line, name, Raw(msgspec.json.encode(text)))
    return line


def read_back(lines: list[OccurrenceLine]) -> list[dict[str, str]]:
    """Read rows as a program would: one leading apostrophe is not part of the text."""
    text = (HEADER + encode_rows(lines)).decode()
    rows = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    return [{name: cell.removeprefix("'") for name, cell in row.items()} for row in rows]


def test_the_first_row_names_the_columns() -> None:
    assert HEADER.decode() == ",".join(COLUMNS) + "\r\n"


def test_a_row_has_a_cell_for_each_field_and_an_empty_one_for_null() -> None:
    assert encode_rows([a_line()]) == b"7,1,api,prod,1,E,boom,,500,,,f,2,default,,,,,,\r\n"


def test_commas_quotes_and_line_breaks_are_quoted() -> None:
    assert b',"a ""b"", c\r\nd",' in encode_rows([a_line('a "b", c\r\nd')])


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "'=1", "'quoted'"])
def test_what_a_spreadsheet_would_run_is_text_and_can_be_read_back(text: str) -> None:
    (cells,) = csv.reader(io.StringIO(encode_rows([a_line(text)]).decode(), newline=""))
    assert cells[COLUMNS.index("message")] == "'" + text
    assert read_back([a_line(text)])[0]["message"] == text


@pytest.mark.parametrize("metadata", [{"a": [1, "x,y", None]}, "=1", -5, [], 1e300])
def test_metadata_is_json(metadata: object) -> None:
    (row,) = read_back([a_line(metadata=msgspec.json.encode(metadata))])
    assert json.loads(row["metadata"]) == metadata


@given(st.lists(st.text(st.characters(codec="utf-8")), max_size=5))
def test_every_text_can_be_read_back(texts: list[str]) -> None:
    rows = read_back([a_line(text, screen=text, stack=None) for text in texts])
    assert [row["message"] for row in rows] == texts
    assert [row["screen"] for row in rows] == texts
