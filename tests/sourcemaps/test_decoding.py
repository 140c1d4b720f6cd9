from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bloop_trio.sourcemaps.checking import InvalidMapError, check_map
from bloop_trio.sourcemaps.decoding import pack, parse_map, unpack
from bloop_trio.sourcemaps.frames import Frame, Place
from tests.sourcemaps.maps import BUNDLERS, DEBUG_ID, HEAVY, HOSTILE, a_large_map, a_map, bundled

MIB = 1 << 20


def look_up(data: bytes, line: int, column: int) -> Frame | None:
    return parse_map(data).look_up(Place(file="a.js", line=line, column=column), "raw")


def test_a_position_leads_to_file_line_column_name_and_the_lines_around() -> None:
    assert look_up(a_map(), 1, 1) == Frame(
        original_file="a.ts",
        original_line=2,
        original_column=0,
        original_name="add",
        raw_frame="raw",
        pre_context=["first"],
        context_line="second",
        post_context=["third"],
    )


def test_a_position_behind_the_last_mapping_of_a_line_belongs_to_it() -> None:
    found = look_up(a_map(), 1, 9_999)
    assert found is not None
    assert found.original_line == 2


@pytest.mark.parametrize(("line", "column"), [(0, 1), (2, 1), (999_999_999, 999_999_999), (0, 0)])
def test_a_line_without_mappings_leads_nowhere(line: int, column: int) -> None:
    assert look_up(a_map(), line, column) is None


def test_a_mapping_without_a_source_leads_nowhere() -> None:
    assert look_up(a_map(mappings="A"), 1, 1) is None


def test_a_map_without_sources_still_tells_the_place() -> None:
    found = look_up(a_map(sourcesContent=None), 1, 1)
    assert found is not None
    assert (found.original_line, found.pre_context, found.context_line, found.post_context) == (2, [], None, [])


def test_a_place_outside_the_source_has_no_lines_around() -> None:
    found = look_up(a_map(sourcesContent=["one line"]), 1, 1)
    assert found is not None
    assert (found.original_line, found.context_line) == (2, None)


def test_long_lines_of_a_source_are_cut() -> None:
    found = look_up(a_map(sourcesContent=["a\n" + "b" * 10_000]), 1, 1)
    assert found is not None
    assert found.context_line == "b" * 400


@pytest.mark.parametrize("prefix", [b")]}'\n", b"\xef\xbb\xbf"])
def test_what_servers_and_editors_put_before_a_map_is_passed_over(prefix: bytes) -> None:
    assert look_up(prefix + a_map(), 1, 1) is not None


@pytest.mark.parametrize("field", ["debugId", "debug_id"])
def test_the_debug_id_is_read_under_both_names(field: str) -> None:
    assert check_map(a_map(**{field: DEBUG_ID.upper().replace("-", "")})).debug_id == DEBUG_ID


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_usable_map_is_refused_in_words(name: str) -> None:
    data, reason = HOSTILE[name]
    with pytest.raises(InvalidMapError) as caught:
        parse_map(data)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


@settings(max_examples=400, deadline=None)
@given(data=st.data(), bundler=st.sampled_from(BUNDLERS))
def test_a_damaged_map_is_refused_or_used_but_never_more(data: st.DataObject, bundler: str) -> None:
    whole, _ = bundled(bundler)
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, min(len(whole), start + 40)))
    piece = data.draw(
        st.one_of(st.binary(max_size=8), st.text('0123456789-,;:AEg+/"[]{}', max_size=12).map(str.encode))
    )
    try:
        parsed = parse_map(whole[:start] + piece + whole[end:])
    except InvalidMapError:
        return
    line, column = data.draw(st.integers(1, 2**31)), data.draw(st.integers(0, 2**31))
    for place in (Place(file="a", line=1, column=60), Place(file="a", line=line, column=column)):
        found = parsed.look_up(place, "raw")
        assert found is None or found.original_file


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_do_more_than_be_refused(data: bytes) -> None:
    with pytest.raises(InvalidMapError):
        check_map(data)


def test_a_map_weighs_at_least_what_it_was_made_of() -> None:
    data = a_large_map(4)
    parsed = parse_map(data)
    assert parsed.weight_bytes > len(data) + 24 * len(parsed.view)


@pytest.mark.parametrize("name", HEAVY)
def test_a_map_of_many_small_things_takes_no_more_memory_than_it_weighs(name: str) -> None:
    """In a process of its own, since only the growth of a whole process shows what a map really takes."""
    said = subprocess.run(
        [sys.executable, "-m", "tests.sourcemaps.weighed", name], capture_output=True, text=True, check=True
    )
    taken_bytes, weight_bytes = map(int, said.stdout.split())
    assert taken_bytes <= weight_bytes * 1.1


def test_what_is_not_used_of_a_map_is_not_decoded() -> None:
    used = check_map(a_map(x_facebook_sources=[[{"names": ["a"] * 100}]], file=["a"] * 100, ignoreList=["no"])).json
    assert used == check_map(a_map()).json


class TestPacking:
    def test_a_map_comes_back_as_it_was(self) -> None:
        assert unpack(pack(a_map()), MIB) == a_map()

    def test_what_would_grow_too_large_is_not_unpacked(self) -> None:
        with pytest.raises(InvalidMapError, match="more than 1048576 bytes"):
            unpack(pack(bytes(MIB + 1)), MIB)

    @pytest.mark.parametrize("content", [b"", b"no", pack(a_map())[:-9]])
    def test_what_is_damaged_is_refused(self, content: bytes) -> None:
        with pytest.raises(InvalidMapError):
            unpack(content, MIB)


def test_a_server_without_maps_does_not_load_what_decodes_them() -> None:
    said = subprocess.run(
        [sys.executable, "-c", "import sys, bloop_trio.server; print('symbolic' in sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.strip() == "False"
