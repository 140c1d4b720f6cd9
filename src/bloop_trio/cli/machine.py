"""What the machine around the database has to tell: disk, permissions, limits, files left over, and the server."""

from __future__ import annotations

import http.client
import json
import re
import resource
import shutil
import stat
from typing import TYPE_CHECKING, Final

import attrs

from bloop_trio.cli.address import open_http, server_url
from bloop_trio.db.copying import COMPANIONS, PARTIAL_SUFFIX, beside
from bloop_trio.db.lock import is_locked
from bloop_trio.db.migrate import BACKUP_SUFFIX
from bloop_trio.db.restore import ASIDE_MARK

if TYPE_CHECKING:
    from pathlib import Path

    from bloop_trio.config.sections import Config

TIMEOUT_SECS: Final = 5.0
_ANSWER_BYTES: Final = 65_536


@attrs.frozen
class Leftover:
    """A file beside the database that somebody may want to remove."""

    name: str
    size_bytes: int


@attrs.frozen(kw_only=True)
class Machine:
    """The surroundings of a database."""

    free_bytes: int
    """Room on its disk."""
    exposed: tuple[str, ...]
    """Files that others may read or write, and the folder if others may write to it."""
    file_limit: int
    """Files that a process may open, at most."""
    copies: tuple[Leftover, ...]
    """Made before an upgrade, or replaced by a restore."""
    partial: tuple[Leftover, ...]
    """Being written, or cut off."""


@attrs.frozen(kw_only=True)
class Running:
    """Whether there is a server, and what it says."""

    locked: bool
    status: int | None = None
    """Status of its answer; None when there was none."""
    health: str | None = None
    """Its own word for how it is."""
    trouble: str = ""
    """Why there was no answer."""


def look_at_machine(path: Path) -> Machine:
    """Return the surroundings of the database at `path`, whose folder exists."""
    folder = path.absolute().parent
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    leftovers = [file for file in sorted(folder.iterdir()) if file.is_file()]
    copy = re.compile(
        rf"{re.escape(path.name)}(\.schema-\d+\.\d+{re.escape(BACKUP_SUFFIX)}|{re.escape(ASIDE_MARK)}\w+)"
    )
    return Machine(
        free_bytes=shutil.disk_usage(folder).free,
        exposed=_exposed(path, folder),
        file_limit=hard if hard != resource.RLIM_INFINITY else 2**63,
        copies=tuple(_leftover(file) for file in leftovers if copy.fullmatch(file.name)),
        partial=tuple(_leftover(file) for file in leftovers if file.name.endswith(PARTIAL_SUFFIX)),
    )


def _leftover(file: Path) -> Leftover:
    return Leftover(file.name, file.stat().st_size)


def _exposed(path: Path, folder: Path) -> tuple[str, ...]:
    files = [path, *(beside(path, suffix) for suffix in COMPANIONS)]
    found = [str(file) for file in files if file.exists() and file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)]
    mode = folder.stat().st_mode
    if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
        found.append(str(folder))
    return tuple(found)


def look_at_server(config: Config) -> Running:
    """Ask the server of this configuration how it is, if one runs on its database."""
    if not is_locked(config.database.path):
        return Running(locked=False)
    if config.server.port == 0:
        return Running(locked=True, trouble="server.port is 0, so its port is not known")
    connection = open_http(server_url(config.server), config.server.tls_cert, TIMEOUT_SECS)
    try:
        connection.request("GET", "/health")
        response = connection.getresponse()
        answer = json.loads(response.read(_ANSWER_BYTES))
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Running(locked=True, trouble=str(error) or type(error).__name__)
    finally:
        connection.close()
    health = answer.get("status") if isinstance(answer, dict) else None
    return Running(locked=True, status=response.status, health=None if health is None else str(health))
