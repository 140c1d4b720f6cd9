"""What cannot be merged or taken out again, and what is too large for it: the reason is told, and nothing changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bloop_trio.exceptions import BadRequestError, ConflictError, NotFoundError, RequestError
from bloop_trio.issues.merging import merging, unmerging
from bloop_trio.projects.tombstones import delete_project
from tests.conftest import insert_project, set_status
from tests.issues.histories import store
from tests.issues.mergers import put_together, take_apart, what_is_kept

if TYPE_CHECKING:
    from bloop_trio.db.connection import Connection
    from bloop_trio.issues.writing.writer import BatchWriter


class TestRefusals:
    @pytest.fixture(autouse=True)
    def _merged(self, _three_issues: None, connection: Connection, batches: BatchWriter) -> None:
        store(connection, batches, "bill")
        put_together(connection, batches, "cart", "bill")
        insert_project(connection, "other")
        store(connection, batches, "elsewhere", project_no=2)

    @pytest.mark.parametrize(
        ("parent", "child", "error", "message"),
        [
            ("cart", "cart", BadRequestError, "an error cannot be merged into itself"),
            ("bill", "cart", BadRequestError, "an error cannot be merged into itself"),
            ("cart", "bill", ConflictError, "already merged: bill belongs to cart"),
            ("pay", "bill", ConflictError, "already merged: bill belongs to cart"),
            ("cart", "nothing", NotFoundError, "no errors with fingerprint nothing"),
            ("nothing", "cart", NotFoundError, "no errors with fingerprint nothing"),
            ("cart", "elsewhere", NotFoundError, "no errors with fingerprint elsewhere"),
            ("elsewhere", "cart", NotFoundError, "no errors with fingerprint elsewhere"),
        ],
    )
    @pytest.mark.parametrize("others", [(), ("ship",)])
    def test_what_cannot_be_merged_changes_nothing(
        self,
        connection: Connection,
        batches: BatchWriter,
        *,
        parent: str,
        child: str,
        error: type[RequestError],
        message: str,
        others: tuple[str, ...],
    ) -> None:
        before = what_is_kept(connection)
        with pytest.raises(error) as caught:
            put_together(connection, batches, parent, *others, child)
        assert caught.value.message == message
        assert what_is_kept(connection) == before

    @pytest.mark.parametrize(
        ("parent", "children", "error", "message"),
        [
            ("pay", (), BadRequestError, "not merged: nothing was merged into pay"),
            ("pay", ("bill",), BadRequestError, "not merged: nothing was merged into pay"),
            ("cart", ("pay",), BadRequestError, "not merged: pay is not one that was merged into cart"),
            ("cart", ("bill", "cart"), BadRequestError, "not merged: cart is not one that was merged into cart"),
            ("cart", ("nothing",), NotFoundError, "no errors with fingerprint nothing"),
            ("cart", ("elsewhere",), NotFoundError, "no errors with fingerprint elsewhere"),
            ("nothing", (), NotFoundError, "no errors with fingerprint nothing"),
        ],
    )
    def test_what_cannot_be_taken_out_changes_nothing(
        self,
        connection: Connection,
        batches: BatchWriter,
        parent: str,
        children: tuple[str, ...],
        error: type[RequestError],
        message: str,
    ) -> None:
        before = what_is_kept(connection)
        with pytest.raises(error) as caught:
            take_apart(connection, batches, parent, *children)
        assert caught.value.message == message
        assert what_is_kept(connection) == before

    def test_nothing_is_merged_in_a_project_that_was_deleted(
        self, connection: Connection, batches: BatchWriter
    ) -> None:
        connection.execute("UPDATE projects SET slug = 'shop', id = 'shop' WHERE no = 1")
        delete_project(connection, "shop", now_secs=0)
        with pytest.raises(NotFoundError):
            put_together(connection, batches, "pay", "ship")
        with pytest.raises(NotFoundError):
            take_apart(connection, batches, "cart")

    @pytest.mark.parametrize(
        ("limit", "message"),
        [
            ("MAX_FINGERPRINTS", "an error has at most 2 fingerprints"),
            (
                "MAX_MOVED_ROWS",
                "too large to be merged: these occurred in more than 2 releases and environments together; "
                "merge fewer at a time, or the other way round",
            ),
            (
                "MAX_MOVED_ENTRIES",
                "too large to be merged: the history of these has more than 2 entries; "
                "merge fewer at a time, or the other way round",
            ),
            (
                "MAX_PARENT_ROWS",
                "too large to be merged: others can be merged into an error of at most 2 releases and environments",
            ),
        ],
    )
    def test_what_is_too_large_is_refused_at_the_limit(
        self,
        connection: Connection,
        batches: BatchWriter,
        monkeypatch: pytest.MonkeyPatch,
        limit: str,
        message: str,
    ) -> None:
        monkeypatch.setattr(merging, limit, 2)
        store(connection, batches, "pay", "ship", release="7")  # each has two releases now
        for status in ("resolved", "muted"):
            set_status(connection, status, "ship")
        if limit == "MAX_FINGERPRINTS":
            put_together(connection, batches, "pay", "ship")
            ask = ("cart", "pay")
        else:
            put_together(connection, batches, "pay", "ship")
            take_apart(connection, batches, "pay")
            store(connection, batches, "pay", "ship", release="8")
            set_status(connection, "unresolved", "ship")
            ask = ("pay", "cart") if limit == "MAX_PARENT_ROWS" else ("cart", "ship")
        before = what_is_kept(connection)
        with pytest.raises(BadRequestError) as caught:
            put_together(connection, batches, *ask)
        assert caught.value.message == message
        assert what_is_kept(connection) == before

    def test_what_has_grown_too_large_is_taken_out_one_after_the_other(
        self, connection: Connection, batches: BatchWriter, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = what_is_kept(connection)
        put_together(connection, batches, "cart", "pay", "ship")
        monkeypatch.setattr(unmerging, "MAX_MOVED_ROWS", 1)
        done = take_apart(connection, batches, "cart", "ship", "pay")
        assert [step.moved for step in done] == [("pay",), ("ship",)]
        assert what_is_kept(connection) == before
