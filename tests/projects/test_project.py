from __future__ import annotations

import re

import pytest

from bloop_trio.exceptions import BadRequestError
from bloop_trio.projects.project import Project, check_slug, new_api_key


def test_a_key_is_the_prefix_and_64_hexadecimal_digits() -> None:
    assert re.fullmatch(r"bloop_[0-9a-f]{64}", new_api_key())


def test_no_two_keys_are_alike() -> None:
    assert len({new_api_key() for _ in range(100)}) == 100


def test_the_key_never_shows_when_a_project_is_printed() -> None:
    key = new_api_key()
    project = Project(no=1, id="p", name="P", slug="p", api_key=key, created_secs=0, created_by=None)
    assert key not in repr(project)


@pytest.mark.parametrize("slug", ["a", "shop", "my-app-2", "-", "0", "a" * 100])
def test_lowercase_letters_digits_and_hyphens_make_a_slug(slug: str) -> None:
    assert check_slug(slug) == slug


@pytest.mark.parametrize(
    ("slug", "message"),
    [
        ("", "slug is required"),
        ("Shop", "slug must be lowercase alphanumeric with hyphens"),
        ("my_app", "slug must be lowercase alphanumeric with hyphens"),
        ("my app", "slug must be lowercase alphanumeric with hyphens"),
        ("café", "slug must be lowercase alphanumeric with hyphens"),
        ("٣", "slug must be lowercase alphanumeric with hyphens"),
        ("shop\n", "slug must be lowercase alphanumeric with hyphens"),
        ("a" * 101, "slug must be at most 100 characters"),
    ],
)
def test_any_other_slug_is_refused_by_name(slug: str, message: str) -> None:
    with pytest.raises(BadRequestError, match=f"^{re.escape(message)}$"):
        check_slug(slug)
