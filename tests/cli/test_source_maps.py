"""Source maps from a build server's shell, against a real server."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.server.process import ServerProcess, free_port
from tests.sourcemaps.maps import BUNDLERS, BUNDLES, a_map

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cli.conftest import Said


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    folder = tmp_path / "server"
    folder.mkdir()
    with ServerProcess(folder) as running:
        yield running


@pytest.fixture
def here(server: ServerProcess) -> tuple[str, ...]:
    """The options that say where the server is and who asks."""
    scopes = ("--scope", "sourcemaps:write", "--scope", "sourcemaps:read")
    made = server.run("token", "create", "--project", "default", "--name", "ci", *scopes)
    return ("--url", f"http://127.0.0.1:{server.port}", "--token", made["token"])


def test_all_maps_below_a_folder_are_uploaded_listed_and_deleted(
    bloop: Callable[..., Said], here: tuple[str, ...]
) -> None:
    said = bloop("sourcemaps", "upload", str(BUNDLES), "--release", "1.4.0", *here)
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("Uploaded 4 source maps (")
    assert said.out.endswith(" for release 1.4.0.\n")

    listed = bloop("sourcemaps", "list", "--release", "1.4.0", "--json", *here).document
    assert sorted(stored["filename"] for stored in listed) == sorted(f"{name}/app.js.map" for name in BUNDLERS)
    sizes = {stored["filename"]: stored["size_bytes"] for stored in listed}
    assert sizes["vite/app.js.map"] == (BUNDLES / "vite" / "app.js.map").stat().st_size

    said = bloop("sourcemaps", "delete", listed[0]["id"], *here)
    assert (said.code, said.out) == (0, f"Deleted source map {listed[0]['id']}.\n")
    table = bloop("sourcemaps", "list", *here).out.splitlines()
    assert table[0].split() == ["ID", "RELEASE", "FILE", "SIZE", "UPLOADED", "(UTC)"]
    assert len(table) == 4
    assert bloop("sourcemaps", "list", "--release", "2", "--json", *here).document == []


def test_the_first_map_that_is_refused_ends_it_and_what_was_stored_is_said(
    bloop: Callable[..., Said], here: tuple[str, ...], folder: Path
) -> None:
    (folder / "a.js.map").write_bytes(a_map())
    (folder / "b.css.map").write_bytes(b"of a style sheet, which no stack names")
    (folder / 'c "quoted".js.map').write_bytes(a_map())
    (folder / "d.js.map").write_bytes(b"no map")
    said = bloop("sourcemaps", "upload", ".", "--release", "1", *here)
    assert said.code == 1
    assert "d.js.map: the server at " in said.err
    assert " answered 400: invalid source map: " in said.err
    assert said.err.endswith("; 2 of 3 maps were uploaded\n")
    listed = bloop("sourcemaps", "list", "--json", *here).document
    assert len(listed) == 2


def test_the_token_may_come_from_the_environment(bloop: Callable[..., Said], here: tuple[str, ...]) -> None:
    assert bloop("sourcemaps", "list", *here[:2], BLOOP_TOKEN=here[3]).code == 0


def test_what_cannot_be_done_is_said_in_a_line(bloop: Callable[..., Said], here: tuple[str, ...], folder: Path) -> None:
    said = bloop("sourcemaps", "list", *here[:2])
    assert (said.code, said.err) == (2, "bloop: no token: give one with --token, or in the variable BLOOP_TOKEN\n")
    said = bloop("sourcemaps", "upload", str(folder), "--release", "1", *here)
    assert (said.code, said.err) == (1, f"bloop: there are no source maps (*.map) below {folder}\n")
    said = bloop("sourcemaps", "delete", "none", *here)
    assert said.code == 1
    assert said.err.endswith("answered 404: source map none not found\n")
    said = bloop("sourcemaps", "list", "--project", "other", *here)
    assert said.code == 1
    assert said.err.endswith("answered 404: project not found\n")
    said = bloop("sourcemaps", "list", *here[:2], "--token", "a\nb")
    assert said.code == 2
    said = bloop("sourcemaps", "list", "--token", "t", "--url", f"http://127.0.0.1:{free_port()}")
    assert said.code == 1
    assert "no server answers at" in said.err


def test_names_that_are_no_text_are_refused_in_a_line(
    bloop: Callable[..., Said], here: tuple[str, ...], folder: Path
) -> None:
    (folder / "a.js.map").write_bytes(a_map())
    (folder / os.fsdecode(b"b\xff.js.map")).write_bytes(a_map())
    said = bloop("sourcemaps", "upload", ".", "--release", os.fsdecode(b"1\xff"), *here)
    assert (said.code, said.err) == (2, "bloop: --release: it must be UTF-8\n")
    said = bloop("sourcemaps", "upload", ".", "--release", "1", *here)
    assert (said.code, said.out) == (1, "")
    assert (
        said.err
        == "bloop: b\N{REPLACEMENT CHARACTER}.js.map: the name of the file is not UTF-8; 1 of 2 maps were uploaded\n"
    )
