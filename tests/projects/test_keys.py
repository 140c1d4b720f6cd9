from __future__ import annotations

from typing import Any

import attrs
import pytest

from bloop_trio.http.signature import Signer
from bloop_trio.projects.keys import KeyRing
from bloop_trio.projects.project import Project, RetiredKey


def a_project(no: int, **changes: Any) -> Project:
    project = Project(
        no=no,
        id=f"id-{no}",
        name=f"Project {no}",
        slug=f"slug-{no}",
        api_key=f"key-{no}",
        created_secs=0,
        created_by=None,
    )
    return attrs.evolve(project, **changes)


DEFAULT = a_project(1, id="default", slug="default")


def numbers(ring: KeyRing, limit: int = 64) -> list[int]:
    return [keyed.project.no for keyed in ring.candidates(limit)]


def test_a_project_is_found_by_its_key_with_the_signer_of_that_key() -> None:
    ring = KeyRing([DEFAULT, a_project(2, api_key="clé")])
    keyed = ring.find("clé".encode())
    assert keyed is not None
    assert keyed.project.no == 2
    assert keyed.signer.matches(b"body", keyed.signer.digest(b"body"))


@pytest.mark.parametrize("key", [b"", b"key", b"key-22", b"\xff\xfe"])
def test_an_unknown_key_finds_nothing(key: bytes) -> None:
    assert KeyRing([DEFAULT, a_project(2)]).find(key) is None


def test_a_project_is_found_by_its_number() -> None:
    keyed = KeyRing([DEFAULT]).by_no(1)
    assert keyed is not None
    assert keyed.project is DEFAULT
    assert KeyRing([DEFAULT]).by_no(2) is None


def test_the_default_project_is_the_one_with_that_id() -> None:
    assert KeyRing([a_project(7), DEFAULT, a_project(8)]).default.project is DEFAULT


def test_a_ring_without_the_default_project_says_so() -> None:
    with pytest.raises(LookupError, match=r"^the key ring has no default project$"):
        _ = KeyRing([a_project(2)]).default


def test_reload_replaces_keys_at_once() -> None:
    ring = KeyRing([DEFAULT, a_project(2), a_project(3)])
    ring.reload([DEFAULT, a_project(2, api_key="rotated")])
    assert ring.find(b"key-2") is None
    assert ring.find(b"key-3") is None
    assert ring.find(b"rotated") is ring.by_no(2)
    assert len(ring) == 2


def test_reload_keeps_the_signers_of_unchanged_projects() -> None:
    ring = KeyRing([DEFAULT])
    before = ring.default
    ring.reload([attrs.evolve(DEFAULT)])
    assert ring.default is before


class TestCandidates:
    def test_the_newest_project_is_tried_first_before_any_match(self) -> None:
        assert numbers(KeyRing([a_project(3), DEFAULT, a_project(2)])) == [3, 2, 1]

    def test_the_last_match_is_tried_first(self) -> None:
        ring = KeyRing([DEFAULT, a_project(2), a_project(3)])
        ring.note_match(1)
        ring.note_match(2)
        assert numbers(ring) == [2, 1, 3]

    def test_no_more_than_the_limit_are_tried(self) -> None:
        ring = KeyRing([DEFAULT, *(a_project(no) for no in range(2, 100))])
        assert len(ring.candidates()) == 64
        assert numbers(ring, limit=2) == [99, 98]

    def test_the_order_survives_a_reload_and_a_new_project_comes_first(self) -> None:
        ring = KeyRing([DEFAULT, a_project(2), a_project(3)])
        ring.note_match(1)
        ring.reload([DEFAULT, a_project(3), a_project(4)])
        assert numbers(ring) == [4, 1, 3]

    def test_a_match_of_a_project_that_is_gone_is_forgotten(self) -> None:
        ring = KeyRing([DEFAULT])
        ring.note_match(9)
        assert numbers(ring) == [1]


class TestRetiredKeys:
    OLD = RetiredKey("old", 2, 1_000)

    def test_one_finds_its_project_with_its_own_signer(self) -> None:
        found = KeyRing([DEFAULT, a_project(2)], [self.OLD]).find(b"old")
        assert found is not None
        assert found.project.no == 2
        assert found.signer.matches(b"body", Signer(b"old").digest(b"body"))

    def test_one_is_tried_for_a_signature_that_names_no_project(self) -> None:
        ring = KeyRing([DEFAULT, a_project(2), a_project(3)], [self.OLD, RetiredKey("older", 2, 900)])
        assert numbers(ring) == [3, 2, 2, 2, 1]
        ring.note_match(2)
        assert numbers(ring, limit=2) == [2, 2]

    def test_one_goes_at_its_end_and_not_before(self) -> None:
        ring = KeyRing([DEFAULT, a_project(2)], [self.OLD, RetiredKey("older", 2, 900)])
        ring.drop_expired(999)
        assert (ring.find(b"old") is not None, ring.find(b"older")) == (True, None)
        ring.drop_expired(1_000)
        assert ring.find(b"old") is None
        assert numbers(ring) == [2, 1]
        assert ring.find(b"key-2") is ring.by_no(2)

    def test_one_of_a_project_that_is_gone_opens_nothing(self) -> None:
        assert KeyRing([DEFAULT], [self.OLD]).find(b"old") is None

    def test_a_key_in_use_wins_over_the_same_one_that_another_project_gave_up(self) -> None:
        ring = KeyRing([DEFAULT, a_project(2), a_project(3, api_key="old")], [self.OLD])
        assert ring.find(b"old") is ring.by_no(3)

    def test_a_reload_without_it_ends_it(self) -> None:
        ring = KeyRing([DEFAULT, a_project(2)], [self.OLD])
        ring.reload([DEFAULT, a_project(2)])
        assert ring.find(b"old") is None
