"""Of two releases one is later: by version where both have one, else by when they came."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bloop_trio.issues.lifecycle.release_order import Release, is_later, newest, parse_version

versions = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["", "v", "web@", "api@v"]),
        st.lists(st.integers(0, 30).map(str), min_size=1, max_size=4).map(".".join),
        st.sampled_from(
            ["", "", "-rc.1", "-rc.2", "rc1", "-alpha", "-1", ".post1", "+build.5", "-3-gabcdef0", "-x.y-z"]
        ),
    ),
)
names = st.one_of(versions, st.text(max_size=12), st.sampled_from(["main", "abc1234", "", "@", "1", "@1"]))
releases = st.builds(Release, names, st.integers(0, 5))


@pytest.mark.parametrize(
    "ascending",
    [
        # The example of semantic versioning.
        "1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 1.0.0",
        "1.9.0 1.10.0 1.11.0 2.0.0 2.1.0 2.1.1 10.0.0",
        "v1 v1.0.1 1.1 V1.2 2",
        "2025.12.31 2026.01.05 2026.1.6 2026.11.21 2026.11.21.1",
        "1.2a1 1.2b1 1.2rc1 1.2rc2 1.2rc10 1.2 1.2.post1 1.2.post2 1.2.1",
        "web@1.2.0-rc.1 web@1.2.0 web@v1.10.0",
        "@scope/app@1.0 @scope/app@1.1",
        "1.2.3 1.2.3-1-gabc1234 1.2.3-12-gabc1234 1.2.4-rc1 1.2.4",
        "99 100 20261121",
    ],
)
def test_versions_have_an_order_whenever_they_came(ascending: str) -> None:
    found = [Release(name, -place) for place, name in enumerate(ascending.split())]
    for earlier, later in pairwise(found):
        assert is_later(later, earlier), (earlier, later)
        assert not is_later(earlier, later), (earlier, later)


@pytest.mark.parametrize(
    ("one", "other"), [("1.0", "1.0.0"), ("v1.2", "1.2"), ("1.2+a", "1.2+b"), ("2026.01.05", "2026.1.5"), ("0", "0.0")]
)
def test_names_of_one_version_follow_each_other_as_they_came(one: str, other: str) -> None:
    assert is_later(Release(one, 2), Release(other, 1))
    assert is_later(Release(other, 2), Release(one, 1))


@pytest.mark.parametrize(
    "name", ["", "main", "abc1234", "1..2", "1.", ".1", "-1", "1 2", "v", "@1.0", "1.0@", "1" * 19, "१.२"]
)
def test_what_is_no_version_has_none(name: str) -> None:
    assert parse_version(name) is None


def test_without_versions_the_one_that_came_later_is_later() -> None:
    assert is_later(Release("abc1234", 2), Release("fff0000", 1))
    assert is_later(Release("9.0.0", 1), Release("main", 0))
    assert is_later(Release("main", 2), Release("9.0.0", 1))


def test_versions_of_different_packages_are_not_compared() -> None:
    assert is_later(Release("api@1.0", 2), Release("web@2.0", 1))
    assert is_later(Release("1.0", 2), Release("web@2.0", 1))


@given(releases, releases)
def test_of_two_releases_exactly_one_is_later(one: Release, other: Release) -> None:
    if one.name == other.name and one.first_seen_ms == other.first_seen_ms:
        assert not is_later(one, other)
    else:
        assert is_later(one, other) != is_later(other, one)


@given(versions, versions, versions, st.permutations([0, 1, 2]))
def test_among_versions_of_one_package_it_is_an_order(a: str, b: str, c: str, times: list[int]) -> None:
    first, second, third = (Release(name.rpartition("@")[2], at) for name, at in zip((a, b, c), times, strict=True))
    if is_later(first, second) and is_later(second, third):
        assert is_later(first, third)


@given(st.lists(st.builds(Release, versions.map(lambda name: name.rpartition("@")[2]), st.integers(0, 5)), min_size=1))
def test_no_version_comes_after_the_newest_one(found: list[Release]) -> None:
    last = newest(found)
    assert last in found
    assert not any(is_later(release, last) for release in found)


@given(st.lists(releases))
def test_the_newest_does_not_depend_on_the_order_in_which_they_are_listed(found: list[Release]) -> None:
    assert newest(found) == newest(reversed(found))


@given(st.text())
def test_any_text_is_a_version_or_none(text: str) -> None:
    assert is_later(Release(text, 1), Release("1.0", 0)) in {True, False}


def test_a_late_fix_of_an_old_line_is_not_the_newest() -> None:
    found = [Release("1.0", 0), Release("2.0", 1), Release("1.0.1", 2)]
    assert newest(found) == Release("2.0", 1)
    assert newest([]) is None


@pytest.mark.parametrize("name", ["1.1-", "1.0.", "12.12..12", "1.2-.g", "web@12.1-", "1.2.0.-rc1"])
def test_a_number_is_never_given_back_to_make_a_version_of_what_is_none(name: str) -> None:
    assert parse_version(name) is None
