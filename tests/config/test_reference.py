"""``config.toml`` and the reference page say what the classes say."""

from __future__ import annotations

import ast
import json
import re
import sys
import tomllib
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, get_type_hints

import attrs
import pytest

from bloop_trio.config import Config, load_config
from bloop_trio.config.convert import wanted
from bloop_trio.config.load import KEYS, SECTIONS

if TYPE_CHECKING:
    from bloop_trio.config.key import Key

ROOT = Path(__file__).parents[2]
FILE = ROOT / "config.toml"
PAGE = ROOT / "docs" / "reference" / "config.md"

FOLLOWS = {"auth.rp_origin", "ingest.max_batch_payload_bytes", "smtp.tls"}
"""Keys whose default follows from others, so that the file leaves them unset."""


def texts(section: type = Config, path: tuple[str, ...] = ()) -> dict[str, str]:
    """The text under each key, by its dotted name."""
    module = ast.parse(Path(str(sys.modules[section.__module__].__file__)).read_text(encoding="utf-8"))
    (body,) = [node.body for node in module.body if isinstance(node, ast.ClassDef) and node.name == section.__name__]
    under = {
        ast.unparse(declared.target): str(ast.literal_eval(text.value))
        for declared, text in pairwise(body)
        if isinstance(declared, ast.AnnAssign) and isinstance(text, ast.Expr)
    }
    found: dict[str, str] = {}
    for name, hint in get_type_hints(section).items():
        here = (*path, name.rstrip("_"))
        found |= texts(hint, here) if attrs.has(hint) else {".".join(here): " ".join(under[name].split())}
    return found


TEXTS = texts()
every_key = pytest.mark.parametrize("key", KEYS.values(), ids=lambda key: key.dotted)


def in_toml(value: object) -> str:
    """A default as it is written in TOML; an unset key as the empty text that means the same."""
    if value is None:
        return '""'
    if isinstance(value, float):
        return f"{value:g}"
    return json.dumps(list(value) if isinstance(value, tuple) else value, default=str)


def row(key: Key) -> str:
    """The key's line on the reference page."""
    default = "unset" if key.default is None else f"`{in_toml(key.default)}`"
    return f"| `{key.path[-1]}` | {default} | {wanted(key)} | {TEXTS[key.dotted]} |"


class TestFile:
    def test_it_changes_nothing(self) -> None:
        loaded = load_config(FILE, {"BLOOP__AUTH__HMAC_SECRET": "s" * 32})
        assert loaded.warnings == ()
        assert load_config(FILE, {}).config == Config()

    def test_what_depends_on_other_keys_still_follows_them(self) -> None:
        environ = {"BLOOP__SERVER__PORT": "80", "BLOOP__INGEST__MAX_PAYLOAD_BYTES": "5000000"}
        assert load_config(FILE, environ).config == load_config(None, environ).config

    @every_key
    def test_it_has_every_key_with_its_text_and_default(self, key: Key) -> None:
        unset = key.default is None or key.dotted in FOLLOWS
        line = f"{'# ' if unset else ''}{key.path[-1]} = {in_toml(key.default)}"
        section = FILE.read_text(encoding="utf-8").split(f"\n[{'.'.join(key.path[:-1])}]\n")[1].split("\n[")[0]
        assert f"# {TEXTS[key.dotted]}\n{line}\n" in section

    def test_it_has_nothing_else(self) -> None:
        with_unset = re.sub(r"^# (?=\w+ = )", "", FILE.read_text(encoding="utf-8"), flags=re.MULTILINE)
        found = set()
        for section in SECTIONS:
            table = tomllib.loads(with_unset)
            for name in section.split("."):
                table = table[name]
            found |= {f"{section}.{name}" for name, value in table.items() if not isinstance(value, dict)}
        assert found == set(KEYS)


class TestPage:
    @every_key
    def test_it_has_a_line_for_every_key(self, key: Key) -> None:
        section = PAGE.read_text(encoding="utf-8").split(f"\n## [{'.'.join(key.path[:-1])}]\n")[1].split("\n## ")[0]
        assert row(key) in section.splitlines()

    def test_it_has_lines_for_nothing_else(self) -> None:
        rows = re.findall(r"^\| `\w+` \|.*", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
        direct = re.findall(r"^\| `[A-Z_]+` \|.*", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
        assert sorted(set(rows) - set(direct)) == sorted(row(key) for key in KEYS.values())

    @pytest.mark.parametrize(
        "variable", ["BLOOP_LOG", "RUST_LOG", "BLOOP_DEFAULT_API_KEY", "BLOOP_SLACK_WEBHOOK_URL", "BLOOP_WEBHOOK_URL"]
    )
    def test_it_names_the_variables_that_are_no_keys(self, variable: str) -> None:
        assert f"`{variable}`" in PAGE.read_text(encoding="utf-8")
