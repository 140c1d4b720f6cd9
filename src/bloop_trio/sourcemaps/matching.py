"""Which map belongs to a script: by the debug id, else by release and file name. Pure."""

from __future__ import annotations

import re
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_NAMED_CHARS: Final = 200
"""Of a file or release in a reason."""
MAX_COMPARED: Final = 200
"""Maps among which the nearest name is looked for."""
MAX_DEBUG_IDS: Final = 1_000
"""Scripts of one event whose debug ids are looked at."""
_ORIGIN: Final = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*://[^/]*")
_DEBUG_ID: Final = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}")


@attrs.frozen(kw_only=True)
class StoredMap:
    """A map in the store, without its content."""

    id: str
    release: str
    file: str
    debug_id: str | None


class MapIndex:
    """The maps of a project, by what scripts are looked up by. Of two that fit alike, the earlier in the list wins."""

    def __init__(self, maps: Iterable[StoredMap]) -> None:
        self._by_debug_id: dict[str, StoredMap] = {}
        self._by_release: dict[str, dict[str, StoredMap]] = {}
        for stored in maps:
            if stored.debug_id is not None:
                self._by_debug_id.setdefault(stored.debug_id, stored)
            self._by_release.setdefault(stored.release, {}).setdefault(script_of(stored.file), stored)

    def find(self, *, release: str, file: str, debug_id: str | None) -> tuple[StoredMap | None, str]:
        """Return the map of a script, or None and why there is none.

        `file` is the script as the stack names it. Of several maps whose names its path ends in, the longest name wins.
        """
        if debug_id is not None and debug_id in self._by_debug_id:
            return self._by_debug_id[debug_id], ""
        also = "" if debug_id is None else f"no map with debug id {debug_id}; "
        scripts = self._by_release.get(release)
        if scripts is None:
            return None, f"{also}no map for release {_shortened(release)}"
        path = path_of(file)
        end = path
        while end:
            if end in scripts:
                return scripts[end], ""
            end = end.partition("/")[2]
        nearest = max(islice(scripts, MAX_COMPARED), key=partial(_likeness, path))
        return None, f"{also}names differ: {_shortened(path)} ≠ {_shortened(nearest)}"


def path_of(file: str) -> str:
    """Return the path of a script without its origin, query string and fragment, and without a slash in front."""
    path = re.split(r"[?#]", _ORIGIN.sub("", file), maxsplit=1)[0]
    return unquote(path).replace("\\", "/").removeprefix("~").removeprefix("./").lstrip("/")


def script_of(file: str) -> str:
    """Return the path of the script that a map of this name is for: ``assets/app.js`` for ``assets/app.js.map``."""
    return path_of(file).removesuffix(".map")


def read_debug_ids(metadata: Any) -> dict[str, str]:
    """Return the debug ids that an event's metadata tells, by the file as the stack names it.

    Understood are `debug_ids`, an object of file and id, and `debug_meta`, whose `images` have a `code_file` and a
    `debug_id`. Whatever else stands there is left out.
    """
    if not isinstance(metadata, dict):
        return {}
    found: list[tuple[Any, Any]] = []
    own, foreign = metadata.get("debug_ids"), metadata.get("debug_meta")
    if isinstance(own, dict):
        found += list(own.items())[:MAX_DEBUG_IDS]
    images = foreign.get("images") if isinstance(foreign, dict) else None
    if isinstance(images, list):
        found += [(i.get("code_file"), i.get("debug_id")) for i in images[:MAX_DEBUG_IDS] if isinstance(i, dict)]
    read = ((file, normalised_debug_id(debug_id)) for file, debug_id in found if isinstance(file, str))
    return {file: debug_id for file, debug_id in read if debug_id is not None}


def normalised_debug_id(text: Any) -> str | None:
    """Return a debug id as it is stored, None of what is none."""
    if not isinstance(text, str) or not _DEBUG_ID.fullmatch(text.lower()):
        return None
    digits = text.lower().replace("-", "")
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _likeness(path: str, script: str) -> tuple[int, int]:
    """Say how much of two paths is the same: whole segments from the end, then characters of the file's name."""
    segments = _common(path.split("/")[::-1], script.split("/")[::-1])
    return segments, _common(path.rpartition("/")[2], script.rpartition("/")[2])


def _common(left: Iterable[str], right: Iterable[str]) -> int:
    count = 0
    for one, other in zip(left, right, strict=False):
        if one != other:
            break
        count += 1
    return count


def _shortened(text: str) -> str:
    return text if len(text) <= MAX_NAMED_CHARS else text[: MAX_NAMED_CHARS - 1] + "…"
