"""Which projects are meant: never another one than those that the caller may see and has asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bloop_trio.exceptions import BadRequestError, NotFoundError
from bloop_trio.issues.queries.scope import OneProject, Scope, of_holder, over_projects
from tests.conftest import NOW_MS, accepted, insert_project

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.writing.writer import BatchWriter

DEFAULT = OneProject(1, "default")
SHOP = OneProject(2, "00000000-0000-4000-8000-000000000002")

ALL = Scope()
TOKEN = Scope(own=SHOP)


@pytest.fixture
def shop(connection: Connection) -> Connection:
    """A database with the projects `DEFAULT` and `SHOP`."""
    assert insert_project(connection, "shop").id == SHOP.id
    return connection


class TestProjects:
    def test_a_token_has_its_own_whatever_is_named(self, shop: Connection) -> None:
        assert Scope(own=SHOP, named="default").projects(shop) == (SHOP,)

    def test_without_a_name_all_are_meant(self, shop: Connection) -> None:
        assert ALL.projects(shop) == (DEFAULT, SHOP)

    @pytest.mark.parametrize("name", ["shop", SHOP.id])
    def test_one_is_named_by_slug_or_id(self, shop: Connection, name: str) -> None:
        assert Scope(named=name).projects(shop) == (SHOP,)

    @pytest.mark.parametrize("name", ["SHOP", "sho", "2", "%", "\0", "shop' OR ''='"])
    def test_no_other_name_means_any(self, shop: Connection, name: str) -> None:
        assert Scope(named=name).projects(shop) == ()

    def test_one_that_was_deleted_is_not_there(self, shop: Connection) -> None:
        shop.execute("UPDATE projects SET deleted_secs = ? WHERE no = 2", (NOW_MS // 1000,))
        assert ALL.projects(shop) == (DEFAULT,)
        for name in ("shop", SHOP.id):
            assert Scope(named=name).projects(shop) == ()


class TestOnly:
    def test_it_is_the_one_that_was_named_or_the_tokens(self, shop: Connection) -> None:
        assert Scope(named="shop").only(shop) == TOKEN.only(shop) == SHOP

    def test_several_have_to_be_told_apart(self, shop: Connection) -> None:
        with pytest.raises(BadRequestError, match=r"^project_id is required$"):
            ALL.only(shop)

    def test_where_there_is_one_it_needs_no_name(self, connection: Connection) -> None:
        assert ALL.only(connection) == DEFAULT

    def test_an_unknown_one_is_not_found(self, shop: Connection) -> None:
        with pytest.raises(NotFoundError, match=r"^project not found$"):
            Scope(named="nothing").only(shop)


class TestChosen:
    def test_it_has_to_be_named_even_if_there_is_no_other(self, connection: Connection) -> None:
        with pytest.raises(BadRequestError, match=r"^project_id is required$"):
            ALL.chosen(connection)
        assert Scope(named="default").chosen(connection) == DEFAULT

    def test_a_token_names_its_own(self, shop: Connection) -> None:
        assert TOKEN.chosen(shop) == SHOP

    def test_an_unknown_one_is_not_found(self, shop: Connection) -> None:
        with pytest.raises(NotFoundError, match=r"^project not found$"):
            Scope(named="nothing").chosen(shop)


class TestHolder:
    @pytest.fixture(autouse=True)
    def _errors(self, shop: Connection, batches: BatchWriter) -> None:
        batches.write(
            shop,
            [
                accepted(fingerprint="ours"),
                accepted(fingerprint="both"),
                accepted(fingerprint="both", project_no=2),
                accepted(fingerprint="a fingerprint of its own", project_no=2),
            ],
        )

    def test_without_a_name_it_is_the_only_project_that_has_the_error(self, shop: Connection) -> None:
        assert ALL.holder(shop, "ours") == DEFAULT
        assert ALL.holder(shop, "a fingerprint of its own") == SHOP

    def test_several_have_to_be_told_apart(self, shop: Connection) -> None:
        with pytest.raises(BadRequestError, match=r"^project_id is required$"):
            ALL.holder(shop, "both")
        assert Scope(named="shop").holder(shop, "both") == SHOP

    def test_no_project_has_it(self, shop: Connection) -> None:
        assert ALL.holder(shop, "nothing") is None

    def test_an_unknown_project_has_nothing(self, shop: Connection) -> None:
        assert Scope(named="nothing").holder(shop, "ours") is None

    def test_a_token_looks_nowhere_else(self, shop: Connection) -> None:
        assert TOKEN.holder(shop, "ours") == SHOP

    def test_what_a_deleted_project_has_does_not_count(self, shop: Connection) -> None:
        shop.execute("UPDATE projects SET deleted_secs = ? WHERE no = 2", (NOW_MS // 1000,))
        assert ALL.holder(shop, "both") == DEFAULT

    def test_queries_run_in_it_or_not_at_all(self, shop: Connection) -> None:
        def query(_conn: Connection, project: OneProject) -> str:
            return project.id

        assert of_holder(ALL, "ours", query)(shop) == "default"
        assert of_holder(ALL, "nothing", query)(shop) is None


def test_one_project_is_read_as_one_and_all_others_together(shop: Connection) -> None:
    def one(_conn: Connection, project: OneProject) -> list[str]:
        return [f"one {project.id}"]

    def several(_conn: Connection, projects: tuple[OneProject, ...]) -> list[str]:
        return [project.id for project in projects]

    def read(scope: Scope) -> list[str]:
        return over_projects(scope, one=one, several=several)(shop)

    assert read(Scope(named="default")) == ["one default"]
    assert read(ALL) == ["default", SHOP.id]
    assert read(Scope(named="nothing")) == []
