"""Which frame an error is known by: the innermost own one, whatever language wrote the stack."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bloop_trio.issues.grouping.stack_frames import MAX_FRAMES, list_frames, own_frame
from tests.issues.grouping.test_normalising import growth
from tests.issues.stacks import CASES, StackCase

lines = st.sampled_from([line for case in CASES for line in case.stack.split("\n")]) | st.text(max_size=30)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_own_frame_is_found(case: StackCase) -> None:
    assert own_frame(case.stack, case.error_type, case.message) == case.frame


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_stack_that_was_built_on_windows_says_the_same(case: StackCase) -> None:
    assert own_frame(case.stack.replace("\n", "\r\n"), case.error_type, case.message) == case.frame


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_numbers_of_lines_and_addresses_do_not_matter(case: StackCase) -> None:
    stack, message = (
        re.sub(r"0x[0-9a-f]+", "0xabc1", re.sub(r"(:|line |\()\d+(?=[:)\n ,]|$)", r"\g<1>777", text))
        for text in (case.stack, case.message)
    )
    assert own_frame(stack, case.error_type, message) == case.frame


@pytest.mark.parametrize(
    "line",
    [
        "at FoundationView.draw (src/Foundation/view.js:1:2)",
        "at mykotlin.parse (src/node_modules_old/a.js:1:2)",
        "at nodes.run (src/native.js:1:2)",
    ],
)
def test_a_mark_within_a_name_makes_no_framework(line: str) -> None:
    assert [frame.framework for frame in list_frames(line, "")] == [None]


@pytest.mark.parametrize(
    "line",
    [
        "\tat kotlin.Result.get(Result.kt:1)",
        "\tat java.lang.Thread.run(Thread.java:1)",
        "at run (/srv/node_modules/a/b.js:1:2)",
        "1 SwiftUI 0x1 foo",
    ],
)
def test_a_mark_as_a_whole_part_does(line: str) -> None:
    assert [frame.framework is None for frame in list_frames(line, "")] == [False]


def test_if_all_frames_are_a_frameworks_the_innermost_counts_without_its_position() -> None:
    stack = "  at a (node_modules/a/index.js:10:5)\n  at b (node_modules/b/index.js:20:6)"
    assert own_frame(stack, "Error", "boom") == "a (node_modules/a/index.js)"


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("/app.3f2a1b.js", "/app.js"),
        ("/app.js", "/app.js"),
        ("/index-BkXyzAbc.js", "/index.js"),
        ("/page-UserList.js", "/page-UserList.js"),
        ("/my-component.js", "/my-component.js"),
        ("/v1.2.3/17/app.min.js", "/<n>/<n>/app.min.js"),
        ("/chunk-Q2W4E5R6.mjs", "/chunk.mjs"),
    ],
)
def test_the_hash_of_a_build_is_no_part_of_a_file(file: str, name: str) -> None:
    assert own_frame(f"at f (https://x.example{file}:1:2)", "Error", "boom") == f"f ({name})"


@given(st.lists(lines, max_size=12).map("\n".join), st.text(max_size=10), st.text(max_size=20))
def test_no_stack_is_too_strange(stack: str, error_type: str, message: str) -> None:
    frame = own_frame(stack, error_type, message)
    assert "\n" not in frame
    assert own_frame(stack, error_type, message) == frame


def test_a_stack_that_overflowed_is_looked_at_as_far_as_it_tells_something() -> None:
    assert len(list_frames("at f (a.js:1:2)\n" * 5000, "")) == MAX_FRAMES


UNITS = ["at ", "at a(", "at a (b", "(", "#1 ", "1 A 0x1 ", 'File "', "from ", ":in `", "a@", "a.go:1\n", "at a.b(c)\n", "x: ", "|+- ", "\n", "Lambda$$", "a:1\n", "1: from "]  # fmt: skip


@pytest.mark.parametrize("unit", UNITS)
def test_the_work_grows_as_the_stack_does(unit: str) -> None:
    assert growth(lambda stack: own_frame(stack, "Error", "boom"), unit) < 24


@pytest.mark.parametrize("unit", ["a\n", "at a (b.js:1:2)\n"])
def test_the_work_grows_as_a_repeated_message_does(unit: str) -> None:
    assert growth(lambda text: own_frame(text, "Error", text + "b"), unit) < 24
