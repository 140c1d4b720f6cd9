"""Whatever happens to a database and to its server in whatever order, the projection holds what the database holds."""

from __future__ import annotations

import shutil
from contextlib import closing, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from bloop_trio.config.sections import RetentionConfig
from bloop_trio.db.connection import open_connection
from bloop_trio.db.migrate import migrate
from bloop_trio.exceptions import RequestError
from bloop_trio.projects.tombstones import delete_project
from bloop_trio.retention.purge import purge
from bloop_trio.retention.removal import Removal
from tests.analytics.following import Followed, an_hour_ago, followed, what_is_in
from tests.conftest import NOW_MS, accepted, insert_project
from tests.issues.mergers import put_together, take_apart

if TYPE_CHECKING:
    from bloop_trio.issues.events.batch import AcceptedEvent

FINGERPRINTS = ["f1", "f2", "f3", "f4"]

_event = st.tuples(
    st.sampled_from(FINGERPRINTS),
    st.integers(1, 2),
    st.sampled_from(["1", "2"]),
    st.sampled_from(["prod", "test"]),
    st.sampled_from(["ios", "api"]),
    st.sampled_from([0, 0, 0, 1, 2, 24 * 40, 24 * 95]),
)
_step: st.SearchStrategy[tuple[str, Any]] = st.one_of(
    st.tuples(st.sampled_from(["batch", "batch", "untold"]), st.lists(_event, min_size=1, max_size=6)),
    st.tuples(st.just("merge"), st.lists(st.sampled_from(FINGERPRINTS), min_size=2, max_size=3, unique=True)),
    st.tuples(st.just("unmerge"), st.lists(st.sampled_from(FINGERPRINTS), min_size=1, max_size=2, unique=True)),
    st.tuples(st.sampled_from(["look", "look", "restart", "kill", "purge", "delete", "clear"]), st.none()),
)


async def do(it: Followed, what: str, values: Any) -> None:
    """Do something that happens to a database, or to its server."""
    match what:
        case "batch" | "untold":
            it.store(*[an_event(*event) for event in values], told=what == "batch")
            if what == "untold":
                await it.restart(orderly=False)
        case "merge" | "unmerge":
            regroup = put_together if what == "merge" else take_apart
            with suppress(RequestError):  # of what is there no more, or not yet
                regroup(it.conn, it.batches, *values)
        case "look":
            await it.projection.look()
        case "restart" | "kill":
            await it.restart(orderly=what == "restart")
        case _:
            await remove(it, what)


def an_event(name: str, no: int, release: str, environment: str, source: str, hours: int) -> AcceptedEvent:
    return accepted(
        fingerprint=name,
        project_no=no,
        release=release,
        environment=environment,
        source=source,
        received_ms=an_hour_ago(hours),
    )


async def remove(it: Followed, what: str) -> None:
    """Remove what is old, or a project, or what is left of one."""
    match what:
        case "purge":
            config = RetentionConfig(hourly_counts_days=90, aggregates_days=30)
            await purge(it.writer, config, now_ms=NOW_MS, forget=it.batches.forget)
        case "delete":
            with suppress(RequestError):
                delete_project(it.conn, "shop", now_secs=NOW_MS // 1000)
            it.batches.forget()
        case "clear":
            await Removal(writer=it.writer, is_expected=lambda _: True, clock=lambda: NOW_MS).clear()


async def follow(path: Path, steps: list[tuple[str, Any]]) -> None:
    async with followed(path) as it:
        for what, values in steps:
            await do(it, what, values)
        await it.check()
        expected = await it.tables()
        await it.engine.close()
        assert what_is_in(it.engine.path) == expected
        # And so does one that is made anew.
        it.engine.path.unlink()
        await it.restart(orderly=False)
        await it.check()


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "bloop.db"
    with closing(open_connection(path)) as conn:
        migrate(conn, path, 0)
        for slug in ("default", "shop"):
            insert_project(conn, slug)
    return path


class TestWhateverHappens:
    @given(steps=st.lists(_step, min_size=3, max_size=14))
    @settings(max_examples=15, deadline=None)
    def test_it_holds_what_the_database_holds(self, template: Path, steps: list[tuple[str, Any]]) -> None:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "bloop.db"
            shutil.copy(template, path)
            trio.run(follow, path, steps)
