from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bloop_trio.sourcemaps.matching import MapIndex, StoredMap, path_of, read_debug_ids, script_of
from tests.sourcemaps.maps import DEBUG_ID


def stored(*files: str, release: str = "1.0.0", debug_id: str | None = None) -> list[StoredMap]:
    return [StoredMap(id=file, release=release, file=file, debug_id=debug_id) for file in files]


def found(maps: list[StoredMap], file: str, debug_id: str | None = None) -> str | None:
    chosen, reason = MapIndex(maps).find(release="1.0.0", file=file, debug_id=debug_id)
    assert (chosen is None) == bool(reason)
    return None if chosen is None else chosen.id


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("https://shop.example/assets/app.js", "app.js.map"),
        ("https://shop.example/assets/app.js", "assets/app.js.map"),
        ("https://shop.example/assets/app.js", "https://cdn.example/assets/app.js.map"),
        ("https://shop.example/assets/app.js", "~/assets/app.js.map"),
        ("https://shop.example/assets/app.js", "./app.js.map"),
        ("https://shop.example/assets/app.js", "app.js"),
        ("https://shop.example/assets/app.js?v=2#top", "app.js.map"),
        ("https://shop.example/a%20b.js", "a b.js.map"),
        ("app:///main.jsbundle", "main.jsbundle.map"),
        ("/srv/shop/app.js", "app.js.map"),
        ("C:\\shop\\assets\\app.js", "assets/app.js.map"),
        ("app.js", "app.js.map"),
    ],
)
def test_a_script_finds_its_map(file: str, name: str) -> None:
    assert found(stored(name), file) == name


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("https://shop.example/data.js", "a.js.map"),
        ("https://shop.example/app.js", "assets/app.js.map"),
        ("https://shop.example/app.js/more", "app.js.map"),
        ("https://shop.example/?app.js", "app.js.map"),
        ("https://app.js", "app.js.map"),
        ("https://shop.example/app.js", ".map"),
        ("https://shop.example/", "/.map"),
    ],
)
def test_a_script_takes_no_map_of_another(file: str, name: str) -> None:
    assert found(stored(name), file) is None


def test_the_longest_name_wins() -> None:
    maps = stored("app.js.map", "shop/app.js.map", "v2/shop/app.js.map")
    assert found(maps, "https://shop.example/shop/app.js") == "shop/app.js.map"


def test_a_debug_id_is_better_than_any_name_and_knows_no_release() -> None:
    maps = [*stored("app.js.map"), *stored("other.js.map", release="0.9.0", debug_id=DEBUG_ID)]
    assert found(maps, "https://shop.example/app.js", DEBUG_ID) == "other.js.map"
    assert found(maps, "https://shop.example/app.js") == "app.js.map"


def test_a_debug_id_that_no_map_has_is_told_before_what_the_name_has_led_to() -> None:
    maps = MapIndex(stored("app.js.map"))
    assert maps.find(release="1.0.0", file="app.js", debug_id=DEBUG_ID)[1] == ""
    for release, file, told in (
        ("2", "app.js", "no map for release 2"),
        ("1.0.0", "b.js", "names differ: b.js ≠ app.js"),
    ):
        assert maps.find(release=release, file=file, debug_id=DEBUG_ID) == (
            None,
            f"no map with debug id {DEBUG_ID}; {told}",
        )


def test_a_release_has_to_be_the_same_to_the_letter() -> None:
    chosen, reason = MapIndex(stored("app.js.map")).find(release="1.0", file="app.js", debug_id=None)
    assert (chosen, reason) == (None, "no map for release 1.0")


def test_the_nearest_name_is_told() -> None:
    maps = stored("assets/vendor-1.js.map", "assets/index-B2.js.map", "app.css.map")
    chosen, reason = MapIndex(maps).find(release="1.0.0", file="https://x.example/assets/index-A1.js?x", debug_id=None)
    assert (chosen, reason) == (None, "names differ: assets/index-A1.js ≠ assets/index-B2.js")


def test_long_names_are_shortened_in_a_reason() -> None:
    _, reason = MapIndex(stored("b" * 9_000)).find(release="1.0.0", file="a" * 9_000, debug_id=None)
    assert len(reason) < 500


@given(st.text())
def test_a_path_has_no_origin_no_query_and_no_slash_in_front(text: str) -> None:
    assert not path_of(f"https://x.example/{text}").startswith("/")
    assert path_of(f"https://x.example/a.js?{text}") == "a.js"
    assert script_of("a.js.map") == "a.js"


@pytest.mark.parametrize(
    ("metadata", "read"),
    [
        ({"debug_ids": {"a.js": DEBUG_ID}}, {"a.js": DEBUG_ID}),
        ({"debug_ids": {"a.js": DEBUG_ID.upper()}}, {"a.js": DEBUG_ID}),
        ({"debug_ids": {"a.js": "no", "b.js": 3}}, {}),
        ({"debug_meta": {"images": [{"code_file": "a.js", "debug_id": DEBUG_ID}]}}, {"a.js": DEBUG_ID}),
        ({"debug_meta": {"images": [{"code_file": None, "debug_id": DEBUG_ID}, 3, {}]}}, {}),
        ({"debug_meta": {"images": 3}, "debug_ids": []}, {}),
        ({"debug_meta": 3}, {}),
        (None, {}),
        ("debug_ids", {}),
        ([{"debug_ids": {}}], {}),
    ],
)
def test_debug_ids_are_read_from_what_clients_send(metadata: Any, read: dict[str, str]) -> None:
    assert read_debug_ids(metadata) == read
