"""What the documents name exists: files, headings, commands, settings, routes, metrics, tasks, tables, packages."""

from __future__ import annotations

import ast
import re
import shlex
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bloop_trio import __version__
from bloop_trio.access import ACCESS
from bloop_trio.cli.main import build_parser
from bloop_trio.config.load import KEYS, SECTIONS
from tests.cli.test_reference import COMMANDS
from tests.docs.test_reference import all_families, as_written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bloop_trio.db.connection import Connection

ROOT: Final = Path(__file__).parents[2]
PAGES: Final = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
README: Final = ROOT / "README.md"
PYPROJECT: Final = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

_FENCE: Final = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_LINK: Final = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_ASSIGNMENT: Final = re.compile(r"[A-Z_]+=.*")

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def prose(page: Path) -> str:
    """Return a page without its blocks of code."""
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


def blocks(page: Path, *languages: str) -> list[str]:
    """Return a page's blocks of code in any of these languages."""
    return [code for language, code in _FENCE.findall(page.read_text(encoding="utf-8")) if language in languages]


def quoted(page: Path) -> set[str]:
    """Return what stands in back quotes in a page's prose."""
    return set(re.findall(r"`([^`\n]+)`", prose(page)))


class TestLinks:
    @every_page
    def test_each_leads_to_a_file_and_a_heading(self, page: Path) -> None:
        assert [link for link in _LINK.findall(prose(page)) if not resolves(page, link)] == []

    def test_every_page_is_linked_from_another(self) -> None:
        targets = {
            (page.parent / link.partition("#")[0]).resolve()
            for page in PAGES
            for link in _LINK.findall(prose(page))
            if "://" not in link and not link.startswith("#")
        }
        assert [page for page in PAGES if page != README and page not in targets] == []


def resolves(page: Path, link: str) -> bool:
    """Say whether a link leads somewhere; other hosts are taken at their word."""
    if "://" in link:
        return True
    path, _, fragment = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    return target.is_file() and (not fragment or fragment in anchors(target))


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings: lower case, blanks as hyphens, no punctuation."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


class TestCommands:
    @every_page
    def test_each_in_a_block_is_one_that_the_command_line_takes(self, page: Path) -> None:
        for block in blocks(page, "bash", "sh", "ini"):
            for arguments in bloop_calls(block):
                build_parser().parse_args(arguments)

    @every_page
    def test_each_in_the_text_exists(self, page: Path) -> None:
        known = {tuple(command.split()[1:]) for command in COMMANDS}
        for text in quoted(page):
            words = text.split()
            if words[0] != "bloop" or len(words) == 1 or not words[1].isalpha():
                continue
            assert tuple(words[1:2]) in known or tuple(words[1:3]) in known, text

    def test_the_page_of_all_parts_has_them_all(self) -> None:
        page = ROOT / "docs" / "features.md"
        assert {f"`{command}`" for command in COMMANDS} <= set(re.findall(r"`bloop [^`]+`", prose(page)))


def bloop_calls(block: str) -> Iterator[list[str]]:
    """Yield the arguments of each call of `bloop` in a block of shell or of a systemd unit."""
    for line in block.replace("\\\n", " ").splitlines():
        shell = re.sub(r"^Exec\w+=", "", line.strip())
        for command in re.split(r"&&|\|\||[|;]", shell):
            try:
                words = shlex.split(command, comments=True)
            except ValueError:  # cut within quotes: no call of ours
                continue
            while words and _ASSIGNMENT.fullmatch(words[0]):
                words.pop(0)
            if words[:2] == ["sudo", "-u"]:
                words = words[3:]
            if words and Path(words[0]).name == "bloop":
                yield words[1:]


def test_each_setting_that_is_named_exists() -> None:
    sections = "|".join(re.escape(section) for section in SECTIONS)
    for page in PAGES:
        for name in re.findall(rf"`(?:(?:{sections})\.)(?!py\b)\w+", prose(page)):
            assert name.strip("`") in KEYS, f"{page.name}: {name}"
        for variable in re.findall(r"\bBLOOP__[A-Z_]+", page.read_text(encoding="utf-8")):
            dotted = variable.lower().removeprefix("bloop__").replace("__", ".")
            assert dotted in KEYS or dotted == "section.key", f"{page.name}: {variable}"
        for block in blocks(page, "toml"):
            for section, keys in tomllib.loads(block).items():
                assert {f"{section}.{key}" for key in keys} <= KEYS.keys(), page.name


def test_each_route_that_is_named_exists() -> None:
    routes = {f"{method} {as_written(rule)}" for method, rule in ACCESS}
    for page in PAGES:
        named = {text for text in quoted(page) if re.fullmatch(r"(GET|POST|PUT|DELETE) /(v1|health|metrics)\S*", text)}
        assert named <= routes, page.name


def test_each_metric_that_is_named_exists() -> None:
    known = {family.name for family in all_families()}
    for page in PAGES:
        assert set(re.findall(r"\bbloop_\w+_(?:total|events|seconds)\b", prose(page))) <= known, page.name


@every_page
def test_each_file_of_the_project_that_is_named_exists(page: Path) -> None:
    foreign = {"shop.py", "node_modules/"}
    places = (ROOT, ROOT / "src" / "bloop_trio")
    for text in quoted(page):
        if re.fullmatch(r"[a-z_]+(/[a-z_]+)*(\.py|/)", text) and text not in foreign:
            assert any((place / text).exists() for place in places), text


def test_each_table_that_is_named_exists(connection: Connection) -> None:
    tables = {re.sub(r"\d{8}", "YYYYMMDD", name) for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    listed = re.findall(r"^\| (`.+?) \| .+ \| .+ \|$", prose(ROOT / "docs/discussion/storage.md"), re.MULTILINE)
    named = {name for row in listed for name in re.findall(r"`(\w+)`", row)}
    assert named - {"events_YYYYMMDD", "event_ids_YYYYMMDD"} <= tables
    assert len(named) > 10


class TestTasks:
    def test_each_that_is_named_exists(self) -> None:
        for page in [*PAGES, ROOT / "constraints.txt", ROOT / "noxfile.py"]:
            named = set(re.findall(r"nox -s ([\w-]+)", page.read_text(encoding="utf-8")))
            assert named <= sessions(), page.name

    def test_the_contributors_page_lists_them_all(self) -> None:
        rows = re.findall(r"^\| `nox -s ([\w-]+)` \|", prose(ROOT / "CONTRIBUTING.md"), re.MULTILINE)
        assert set(rows) == sessions()

    def test_ci_finds_the_line_of_the_readme_that_runs_the_tests(self) -> None:
        lines = [line for block in blocks(README, "bash") for line in block.splitlines()]
        assert len([line for line in lines if re.fullmatch(r"python3 -m venv .*nox -s tests", line)]) == 1
        assert len([line for line in lines if re.fullmatch(r"python3 -m venv .*bloop serve", line)]) == 1


def sessions() -> set[str]:
    """Return the names of nox's sessions."""
    tree = ast.parse((ROOT / "noxfile.py").read_text(encoding="utf-8"))
    found = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and any("session" in (how := ast.unparse(d)) for d in node.decorator_list):
            named = re.search(r"name='([\w-]+)'", how)
            found.add(named[1] if named else node.name)
    return found


class TestPackages:
    def test_every_direct_one_is_pinned_within_its_range(self) -> None:
        pins = dict(line.split("==") for line in pinned_lines())
        versions = {canonicalize_name(name): version for name, version in pins.items()}
        for requirement in [*RUNTIME, *GROUPS]:
            assert requirement.specifier.contains(versions[canonicalize_name(requirement.name)]), requirement

    def test_a_pin_is_a_name_and_a_version_and_nothing_else(self) -> None:
        assert [line for line in pinned_lines() if not re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][0-9a-z.]*", line)] == []

    def test_each_is_justified_and_none_that_is_not_there(self) -> None:
        page = prose(ROOT / "docs" / "discussion" / "dependencies.md")
        before, _, tools = page.partition("## What the tests")
        assert first_column(before) == {requirement.name for requirement in RUNTIME}
        assert first_column(tools) | set(re.findall(r"`([\w-]+)`", tools)) >= {g.name for g in GROUPS}


RUNTIME: Final = [Requirement(text) for text in PYPROJECT["project"]["dependencies"]]
GROUPS: Final = [Requirement(text) for group in PYPROJECT["dependency-groups"].values() for text in group]


def pinned_lines() -> list[str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]


def first_column(text: str) -> set[str]:
    """Return the names in the first column of the tables in a text."""
    rows = re.findall(r"^\| ([a-z][^|]*) \|", text, re.MULTILINE)
    return {name for row in rows for name in row.split(", ")}


def test_the_changelog_begins_with_this_version() -> None:
    versions = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert versions[0] == __version__


@every_page
def test_a_line_is_a_sentence_at_most(page: Path) -> None:
    """One sentence a line keeps changes readable; lists, tables and quoted text are left alone."""
    for line in prose(page).splitlines():
        if re.match(r"\s*([-|*#>]|\d+\.)|\s{3}", line):
            continue
        assert not re.search(r"[a-z`)][.?!] [A-Z]", line), line
