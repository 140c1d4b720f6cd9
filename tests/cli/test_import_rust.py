from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bloop_trio.auth.hashing import secret_hash
from bloop_trio.clock import now_ms
from bloop_trio.db.lock import instance_lock
from tests.importing.rust_server import SHOP_ID, SHOP_KEY, RustServer
from tests.server.process import Sender, ServerProcess, wait_until
from tests.sourcemaps.maps import a_map

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Said

TOKEN = "bloop_tk_" + "A" * 43


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A database of a Rust server that was stopped: three events, one error in each of two projects."""
    with RustServer.start(tmp_path / "rust.db") as rust:
        rust.project(SHOP_ID, "shop", SHOP_KEY)
        rust.token(secret_hash(TOKEN), SHOP_ID)
        rust.source_map(a_map(), SHOP_ID)
        rust.alert_channel(rust.alert_rule())
        rust.insert("llm_traces", id="t")
        for project_id in ("default", SHOP_ID, SHOP_ID):
            rust.receive(now_ms(), project_id=project_id)  # so recent that no purge removes it
    return tmp_path / "rust.db"


def test_the_report_adds_up(bloop: Callable[..., Said], source: Path) -> None:
    document = bloop("import-rust", str(source), "--json").document
    assert document["state"] == "imported"
    assert document["tables"] == {
        name: {"rows": rows, "imported": rows - merged, "merged": merged, "skipped": 0, "reasons": {}}
        for name, rows, merged in (
            ("projects", 2, 1),
            ("bearer_tokens", 1, 0),
            ("error_aggregates", 2, 0),
            ("event_counts_hourly", 2, 0),
            ("status_changes", 0, 0),
            ("raw_events", 3, 0),
            ("sample_occurrences", 3, 0),
            ("source_maps", 1, 0),
            ("alert_rules", 1, 0),
            ("alert_channels", 1, 0),
        )
    }
    assert document["not_imported"] == {"llm_traces": 1}
    assert document["remarks"][-1] == "2 new errors"


def test_in_words(bloop: Callable[..., Said], source: Path) -> None:
    lines = bloop("import-rust", str(source)).out.splitlines()
    assert lines[0] == f"Imported {source}."
    assert "raw_events           3     3         0       0" in lines
    assert "Not taken over: llm_traces (1 rows)." in lines
    again = bloop("import-rust", str(source))
    assert again.code == 0
    assert again.out.splitlines()[0].endswith("was imported before: nothing was done. This is what was done then.")
    assert again.out.splitlines()[1:] == lines[1:]


def test_a_dry_run_changes_nothing(bloop: Callable[..., Said], source: Path, folder: Path) -> None:
    said = bloop("import-rust", str(source), "--dry-run")
    assert "raw_events           3" in said.out.splitlines()
    assert "Note: project shop: is new." in said.out
    assert list(folder.iterdir()) == []
    bloop("import-rust", str(source))
    again = bloop("import-rust", str(source), "--dry-run", "--json").document
    assert again["state"] == "dry run"
    assert again["remarks"][0] == "was imported already: there is nothing to do"
    assert "project shop: is there and keeps its own key" in again["remarks"]


def test_a_running_server_is_in_the_way(bloop: Callable[..., Said], source: Path) -> None:
    with instance_lock(Path("bloop.db")):
        said = bloop("import-rust", str(source))
        assert (said.code, said.err) == (
            1,
            "bloop: a server is running on bloop.db: stop it, import, and start it again\n",
        )
        assert bloop("import-rust", str(source), "--dry-run").code == 0
    assert not Path("bloop.db").exists()


@pytest.mark.parametrize(
    ("prepare", "problem"),
    [
        (lambda path: path.unlink(), "there is no file"),
        (lambda path: path.write_bytes(b"text"), "is not an SQLite database"),
        (lambda path: path.write_bytes(b""), "is not a database of the Rust server"),
        (lambda path: shutil.copy("bloop.db", path), "is a database of this program"),
    ],
    ids=["missing", "text", "empty", "ours"],
)
def test_what_cannot_be_imported_is_said_in_one_line(
    bloop: Callable[..., Said], source: Path, prepare: Callable[[Path], object], problem: str
) -> None:
    bloop("project", "list")
    prepare(source)
    said = bloop("import-rust", str(source))
    assert said.code == 1
    assert problem in said.err
    assert said.err.count("\n") == 1


def test_on_a_terminal_it_shows_how_far_it_is(
    bloop: Callable[..., Said], source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    shown = bloop("import-rust", str(source)).err
    assert shown.endswith("\r")
    assert shown.split("\r")[-2].strip() == ""


def test_the_database_itself_is_refused(bloop: Callable[..., Said]) -> None:
    bloop("project", "list")
    assert "is the database that would be imported into" in bloop("import-rust", "bloop.db").err


async def test_clients_of_the_old_server_go_on_with_the_new_one(source: Path, tmp_path: Path) -> None:
    server = ServerProcess(tmp_path)
    server.run("import-rust", str(source))
    with server:
        (before,) = server.get("/v1/errors", TOKEN)
        assert (before["project_id"], before["total_count"]) == (SHOP_ID, 2)
        sender = Sender(server.port, SHOP_KEY)
        assert (await sender.single()).status == 200
        await sender.aclose()

        def after() -> bool:
            (error,) = server.get("/v1/errors", TOKEN)
            return bool(error["fingerprint"] == before["fingerprint"] and error["total_count"] == 3)

        wait_until(after, "the event is counted on the imported error")
        assert len(server.get(f"/v1/errors/{before['fingerprint']}/occurrences", TOKEN)) == 3
    server.check_consistency()
