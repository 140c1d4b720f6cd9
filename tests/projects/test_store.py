from __future__ import annotations

import re
from typing import TYPE_CHECKING

import attrs
import pytest

from bloop_trio.db.connection import open_connection
from bloop_trio.db.generations import read_generations
from bloop_trio.db.migrate import migrate
from bloop_trio.exceptions import BadRequestError, NotFoundError
from bloop_trio.projects.keys import KeyRing
from bloop_trio.projects.project import Project, RetiredKey
from bloop_trio.projects.store import (
    create_project,
    ensure_default_project,
    find_project,
    get_project,
    list_projects,
    list_retired_keys,
    rename_project,
    rotate_key,
)
from bloop_trio.projects.tombstones import Tombstone, delete_project, list_tombstones, remove_tombstone

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bloop_trio.audit.entry import Action
    from bloop_trio.db.connection import Connection

NOW_SECS = 1_767_268_800


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[Connection]:
    """A migrated database without any project."""
    path = tmp_path / "empty.db"
    conn = open_connection(path)
    migrate(conn, path, NOW_SECS)
    yield conn
    conn.close()


def generation(conn: Connection) -> int:
    return read_generations(conn)["projects"]


class TestDefaultProject:
    def test_it_is_created_on_the_first_start(self, conn: Connection) -> None:
        project = ensure_default_project(conn, NOW_SECS)
        assert (project.id, project.slug, project.name) == ("default", "default", "Default")
        assert (project.created_secs, project.created_by) == (NOW_SECS, None)
        assert re.fullmatch(r"bloop_[0-9a-f]{64}", project.api_key)
        assert list_projects(conn) == [project]

    def test_its_first_key_can_be_given(self, conn: Connection) -> None:
        assert ensure_default_project(conn, NOW_SECS, "given").api_key == "given"

    def test_it_stays_as_it_is_from_then_on(self, conn: Connection) -> None:
        project = ensure_default_project(conn, NOW_SECS)
        before = generation(conn)
        assert ensure_default_project(conn, NOW_SECS + 1, "another") == project
        assert generation(conn) == before


class TestCreate:
    def test_a_project_has_an_id_and_a_key_of_its_own(self, conn: Connection) -> None:
        shop = create_project(conn, name="Web shop", slug="shop", now_secs=NOW_SECS, created_by="user-1")
        app = create_project(conn, name="App", slug="app", now_secs=NOW_SECS)
        assert (shop.name, shop.slug, shop.created_secs, shop.created_by) == ("Web shop", "shop", NOW_SECS, "user-1")
        assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", shop.id)
        assert len({shop.id, app.id}) == len({shop.api_key, app.api_key}) == len({shop.no, app.no}) == 2

    def test_what_is_returned_is_what_is_stored(self, conn: Connection) -> None:
        project = create_project(conn, name="Shop", slug="shop", now_secs=NOW_SECS)
        assert find_project(conn, "shop") == project

    def test_servers_learn_of_it(self, conn: Connection) -> None:
        before = generation(conn)
        create_project(conn, name="Shop", slug="shop", now_secs=NOW_SECS)
        assert generation(conn) == before + 1

    @pytest.mark.parametrize("taken", ["slug", "id"])
    def test_a_taken_slug_is_refused_also_where_it_is_anothers_id(self, conn: Connection, taken: str) -> None:
        first = create_project(conn, name="Shop", slug="shop", now_secs=NOW_SECS)
        before = generation(conn)
        with pytest.raises(BadRequestError, match=r"^a project with that slug already exists$"):
            create_project(conn, name="Other", slug=getattr(first, taken), now_secs=NOW_SECS)
        assert list_projects(conn) == [first]
        assert generation(conn) == before

    @pytest.mark.parametrize(
        ("name", "slug", "message"),
        [("", "shop", "name is required"), ("Shop", "", "slug is required"), ("Shop", "My Shop", "slug must be lower")],
    )
    def test_name_and_slug_are_checked(self, conn: Connection, name: str, slug: str, message: str) -> None:
        with pytest.raises(BadRequestError, match=f"^{message}"):
            create_project(conn, name=name, slug=slug, now_secs=NOW_SECS)


class TestFind:
    def test_a_project_is_found_by_its_id_and_by_its_slug(self, conn: Connection) -> None:
        project = create_project(conn, name="Shop", slug="shop", now_secs=NOW_SECS)
        assert find_project(conn, project.id) == find_project(conn, "shop") == project

    @pytest.mark.parametrize("wanted", ["", "Shop", "nowhere", "%", "sho"])
    def test_nothing_else_is_found(self, conn: Connection, wanted: str) -> None:
        create_project(conn, name="Shop", slug="shop", now_secs=NOW_SECS)
        assert find_project(conn, wanted) is None
        with pytest.raises(NotFoundError, match=r"^project not found$"):
            get_project(conn, wanted)

    def test_the_list_starts_with_the_oldest(self, conn: Connection) -> None:
        for slug, age in (("b", 0), ("a", 5), ("c", 0)):
            create_project(conn, name=slug, slug=slug, now_secs=NOW_SECS - age)
        assert [project.slug for project in list_projects(conn)] == ["a", "b", "c"]


class TestRotate:
    @pytest.mark.parametrize("address", ["id", "slug"])
    def test_only_the_key_changes(self, conn: Connection, address: str) -> None:
        before = create_project(conn, name="Shop", slug="shop", now_secs=NOW_SECS)
        other = create_project(conn, name="App", slug="app", now_secs=NOW_SECS)
        after = rotate_key(conn, getattr(before, address), now_secs=NOW_SECS)
        assert after.api_key != before.api_key
        assert list_projects(conn) == [after, other]
        assert after == Project(
            no=before.no, id=before.id, name="Shop", slug="shop", api_key=after.api_key,
            created_secs=NOW_SECS, created_by=None,
        )  # fmt: skip

    def test_servers_learn_of_it(self, conn: Connection) -> None:
        create_project(conn, name="Shop", slug="shop", now_secs=NOW_SECS)
        before = generation(conn)
        rotate_key(conn, "shop", now_secs=NOW_SECS)
        assert generation(conn) == before + 1

    def test_an_unknown_project_changes_nothing(self, conn: Connection) -> None:
        before = generation(conn)
        with pytest.raises(NotFoundError, match=r"^project not found$"):
            rotate_key(conn, "nowhere", now_secs=NOW_SECS)
        assert generation(conn) == before

    def test_without_grace_the_fresh_key_is_the_only_one(self, conn: Connection) -> None:
        create_project(conn, name="Shop", slug="shop", now_secs=NOW_SECS)
        rotate_key(conn, "shop", now_secs=NOW_SECS, grace_hours=5)
        rotate_key(conn, "shop", now_secs=NOW_SECS)
        assert list_retired_keys(conn) == []

    def test_with_grace_the_old_key_goes_on_and_older_ones_do_not_outlive_it(self, conn: Connection) -> None:
        first = create_project(conn, name="Shop", slug="shop", now_secs=NOW_SECS)
        second = rotate_key(conn, "shop", now_secs=NOW_SECS, grace_hours=168)
        rotate_key(conn, "shop", now_secs=NOW_SECS, grace_hours=1)
        end = NOW_SECS + 3_600
        assert set(list_retired_keys(conn)) == {
            RetiredKey(key, first.no, end) for key in (first.api_key, second.api_key)
        }

    def test_however_often_it_is_done_other_projects_get_their_turn(self, conn: Connection) -> None:
        ensure_default_project(conn, NOW_SECS)
        keys = [create_project(conn, name="Shop", slug="shop", now_secs=NOW_SECS).api_key]
        keys += [rotate_key(conn, "shop", now_secs=NOW_SECS, grace_hours=1).api_key for _ in range(70)]
        assert {key.api_key for key in list_retired_keys(conn)} == set(keys[-4:-1])
        ring = KeyRing(list_projects(conn), list_retired_keys(conn))
        ring.note_match(2)
        assert 1 in {keyed.project.no for keyed in ring.candidates()}

    @pytest.mark.parametrize("hours", [-1, 169, 2**70])
    def test_a_grace_out_of_bounds_changes_nothing(self, conn: Connection, hours: int) -> None:
        before = create_project(conn, name="Shop", slug="shop", now_secs=NOW_SECS)
        with pytest.raises(BadRequestError, match=r"^grace_hours must be 0 to 168$"):
            rotate_key(conn, "shop", now_secs=NOW_SECS, grace_hours=hours)
        assert (find_project(conn, "shop"), list_retired_keys(conn)) == (before, [])


class TestRename:
    def test_only_the_name_changes_and_servers_learn_of_it(self, conn: Connection) -> None:
        made = create_project(conn, name="Shop", slug="shop", now_secs=NOW_SECS)
        before = generation(conn)
        assert (
            rename_project(conn, "shop", "  Store ") == attrs.evolve(made, name="Store") == find_project(conn, "shop")
        )
        assert generation(conn) == before + 1

    def test_the_name_that_it_has_is_no_change(self, conn: Connection) -> None:
        create_project(conn, name="Shop", slug="shop", now_secs=NOW_SECS)
        before = generation(conn)
        rename_project(conn, "shop", "Shop", note=refuse_notes)
        assert generation(conn) == before


class TestDelete:
    def test_nothing_finds_it_any_more_and_its_id_and_slug_are_free(self, conn: Connection) -> None:
        shop = create_project(conn, name="Shop", slug="shop", now_secs=NOW_SECS)
        rotate_key(conn, "shop", now_secs=NOW_SECS, grace_hours=1)
        before = generation(conn)
        delete_project(conn, "shop", now_secs=NOW_SECS)
        assert generation(conn) == before + 1
        assert (list_projects(conn), list_retired_keys(conn)) == ([], [])
        for marked_id, marked_slug, key in conn.execute("SELECT id, slug, api_key FROM projects").fetchall():
            assert key != shop.api_key
            assert [find_project(conn, text) for text in (shop.id, "shop", marked_id, marked_slug)] == [None] * 4
        again = create_project(conn, name="Shop", slug="shop", now_secs=NOW_SECS)
        assert (find_project(conn, "shop"), again.no) == (again, shop.no + 1)

    def test_the_default_project_stays(self, conn: Connection) -> None:
        ensure_default_project(conn, NOW_SECS)
        with pytest.raises(BadRequestError, match=r"^cannot delete the default project$"):
            delete_project(conn, "default", now_secs=NOW_SECS)
        assert find_project(conn, "default") is not None

    def test_of_one_that_is_deleted_nothing_can_be_deleted_renamed_or_rotated(self, conn: Connection) -> None:
        shop = create_project(conn, name="Shop", slug="shop", now_secs=NOW_SECS)
        delete_project(conn, "shop", now_secs=NOW_SECS)
        for address in (shop.id, "shop", f"!{shop.no}"):
            with pytest.raises(NotFoundError):
                delete_project(conn, address, now_secs=NOW_SECS)
            with pytest.raises(NotFoundError):
                rename_project(conn, address, "Store")
            with pytest.raises(NotFoundError):
                rotate_key(conn, address, now_secs=NOW_SECS)

    def test_a_tombstone_remembers_what_it_was(self, conn: Connection) -> None:
        shop = create_project(conn, name="Shop", slug="shop", now_secs=NOW_SECS)
        delete_project(conn, "shop", now_secs=NOW_SECS)
        (tombstone,) = list_tombstones(conn)
        assert (tombstone.no, tombstone.id, tombstone.name) == (shop.no, shop.id, "Shop")

    def test_numbers_are_never_given_twice(self, conn: Connection) -> None:
        ensure_default_project(conn, NOW_SECS)
        numbers = []
        for _ in range(3):
            numbers.append(create_project(conn, name="Shop", slug="shop", now_secs=NOW_SECS).no)
            delete_project(conn, "shop", now_secs=NOW_SECS)
            (tombstone,) = list_tombstones(conn)
            remove_tombstone(conn, tombstone, accept_notes)
            assert list_tombstones(conn) == []
        assert numbers == [2, 3, 4]

    def test_a_project_that_lives_is_no_tombstone(self, conn: Connection) -> None:
        shop = create_project(conn, name="Shop", slug="shop", now_secs=NOW_SECS)
        remove_tombstone(conn, Tombstone(no=shop.no, id=shop.id, name=shop.name), refuse_notes)
        assert find_project(conn, "shop") == shop


def refuse_notes(conn: Connection, action: Action, **fields: object) -> None:
    pytest.fail(f"nothing was done, and {action} was noted")


def accept_notes(conn: Connection, action: Action, **fields: object) -> None:
    """For tests that look at something else."""
