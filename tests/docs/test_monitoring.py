"""The dashboard and the alert rules: well-formed, and about nothing that is not measured."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import promql_parser as promql
import pytest
import yaml

from bloop_trio.http.readiness import FEW_FREE_BYTES, FULL, LOW_FREE_BYTES, NEARLY_FULL, STUCK_SECS, State
from tests.docs.test_reference import all_families

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parents[2]
FOLDER: Final = ROOT / "docs" / "monitoring"
PAGE: Final = (ROOT / "docs" / "how-to" / "monitor.md").read_text(encoding="utf-8")
DASHBOARD: Final = json.loads((FOLDER / "grafana-dashboard.json").read_text(encoding="utf-8"))
RULES: Final[list[dict[str, Any]]] = [
    rule
    for group in yaml.safe_load((FOLDER / "prometheus-rules.yml").read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
]
PANELS: Final = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]

_ROW: Final = re.compile(r"^\| `((?:bloop|process)_\w+)` \| (\w+) \| (.*)$", re.MULTILINE)
_OF_THE_SCRAPER: Final = {"job", "instance"}

every_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
every_panel = pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel["title"])


def measured() -> dict[str, set[str]]:
    """Return the names that a query can ask for, each with its labels as the reference lists them."""
    rows = _ROW.findall((ROOT / "docs" / "reference" / "metrics.md").read_text(encoding="utf-8"))
    found: dict[str, set[str]] = {"up": set()}
    for name, kind, rest in rows:
        labels = set(re.findall(r"`(\w+)`", rest.partition(" | ")[0]))
        if kind == "histogram":
            found |= {f"{name}_bucket": labels | {"le"}, f"{name}_sum": labels, f"{name}_count": labels}
        else:
            found[name] = labels
    return found


MEASURED: Final = measured()


def parts(node: Any) -> Iterator[Any]:
    """Return an expression and all expressions in it."""
    yield node
    for name in ("expr", "lhs", "rhs", "param", "vector_selector"):
        inner = getattr(node, name, None)
        if inner is not None:
            yield from parts(inner)
    for inner in getattr(node, "args", ()):
        yield from parts(inner)


def check(expression: str) -> None:
    """Parse a query, and hold its metrics and labels against what is measured."""
    tree = promql.parse(expression)
    selectors = [part for part in parts(tree) if isinstance(part, promql.VectorSelector)]
    assert selectors, expression
    for selector in selectors:
        assert selector.name in MEASURED, selector.name
        asked = {matcher.name for matcher in selector.matchers.matchers}
        assert asked <= MEASURED[selector.name or ""] | _OF_THE_SCRAPER, selector.prettify()
    for part in parts(tree):
        if isinstance(part, promql.AggregateExpr) and part.modifier is not None:
            beneath = [p for p in parts(part.expr) if isinstance(p, promql.VectorSelector)]
            for selector in beneath:
                assert set(part.modifier.labels) <= MEASURED[selector.name or ""] | _OF_THE_SCRAPER, part.prettify()


def test_the_reference_lists_what_is_measured() -> None:
    assert len(MEASURED) > len(all_families())


class TestRules:
    @every_rule
    def test_each_is_whole(self, rule: dict[str, Any]) -> None:
        assert set(rule) == {"alert", "expr", "for", "labels", "annotations"}
        assert re.fullmatch(r"Bloop[A-Z]\w+", rule["alert"])
        assert re.fullmatch(r"\d+[mh]", rule["for"])
        assert rule["labels"]["severity"] in {"critical", "warning"}
        assert set(rule["annotations"]) == {"summary", "description"}
        assert rule["annotations"]["description"].endswith(".")

    @every_rule
    def test_each_asks_for_what_is_measured(self, rule: dict[str, Any]) -> None:
        check(rule["expr"])

    def test_the_page_explains_them_all(self) -> None:
        rows = re.findall(r"^\| `(Bloop\w+)` \| (\w+) \|", PAGE, re.MULTILINE)
        assert dict(rows) == {rule["alert"]: rule["labels"]["severity"] for rule in RULES}

    def test_names_are_given_once(self) -> None:
        names = [rule["alert"] for rule in RULES]
        assert len(names) == len(set(names))

    @pytest.mark.skipif(shutil.which("promtool") is None, reason="needs promtool")
    @pytest.mark.parametrize(("what", "file"), [("rules", "prometheus-rules.yml"), ("config", "prometheus.yml")])
    def test_prometheus_would_load_them(self, what: str, file: str) -> None:
        done = subprocess.run(
            ["promtool", "check", what, file], cwd=FOLDER, capture_output=True, text=True, timeout=30, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


class TestDashboard:
    @every_panel
    def test_each_panel_asks_for_what_is_measured(self, panel: dict[str, Any]) -> None:
        assert panel["targets"]
        for target in panel["targets"]:
            check(target["expr"].replace("$__rate_interval", "5m"))
            assert "$job" in target["expr"]
            assert target["datasource"] == panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}

    @every_panel
    def test_a_counter_is_shown_as_a_rate(self, panel: dict[str, Any]) -> None:
        for target in panel["targets"]:
            for name in re.findall(r"(\w+_(?:total|bucket))\{[^}]*\}(?!\[)", target["expr"]):
                pytest.fail(f"{name} without a range")

    def test_panels_have_numbers_of_their_own_and_do_not_overlap(self) -> None:
        panels = DASHBOARD["panels"]
        assert len({panel["id"] for panel in panels}) == len(panels)
        cells = [
            (x, y)
            for at in (panel["gridPos"] for panel in panels)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        ]
        assert len(cells) == len(set(cells))
        assert max(x for x, _ in cells) < 24

    def test_it_can_be_used_with_any_data_source(self) -> None:
        names = [variable["name"] for variable in DASHBOARD["templating"]["list"]]
        assert names == ["datasource", "job", "instance"]

    def test_the_page_lists_its_rows(self) -> None:
        section = PAGE.partition("## Dashboard")[2].partition("\n## ")[0]
        titles = [panel["title"] for panel in DASHBOARD["panels"] if panel["type"] == "row"]
        assert re.findall(r"^\| ([A-Z][\w ]+) \|", section, re.MULTILINE)[1:] == titles

    def test_what_must_be_seen_is_on_it(self) -> None:
        text = json.dumps(DASHBOARD)
        unseen = {name for name in MEASURED if name.startswith("bloop_events_") and name not in text}
        assert unseen <= {"bloop_events_accepted_total", "bloop_events_in_buffer"}


class TestReadiness:
    def test_the_example_on_the_page_has_every_field(self) -> None:
        example = json.loads(re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)[0])
        assert set(example) == {
            "ready",
            "reasons",
            "checks",
            "oldest_buffered_secs",
            "last_flush_ms",
            "disk_free_bytes",
        }
        assert {check["state"] for check in example["checks"]} == {*State}

    def test_the_bounds_on_the_page_are_those_of_the_code(self) -> None:
        assert (FEW_FREE_BYTES, LOW_FREE_BYTES) == (64 * 2**20, 2**30)
        for bound in (f"{STUCK_SECS:.0f} s longer", f"{NEARLY_FULL:.0%}"[:-1] + " %", f"{FULL:.0%}"[:-1] + " %"):
            assert bound in PAGE
