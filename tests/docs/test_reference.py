"""The reference says what the code does: routes, fields, metrics, messages and reasons, in both directions."""

from __future__ import annotations

import ast
import inspect
import re
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs
import pytest

from bloop_trio import exceptions
from bloop_trio.access import ACCESS
from bloop_trio.alerts.delivery.metrics import DeliveryStatistics, delivery_families
from bloop_trio.alerts.judging.metrics import EngineStatistics, engine_families
from bloop_trio.analytics.engine import Engine as AnalyticsEngine
from bloop_trio.analytics.metrics import ProjectionStatistics, projection_families
from bloop_trio.auth.limiting import sign_in_families
from bloop_trio.config.sections import AnalyticsConfig
from bloop_trio.db.readers import ReaderStatistics
from bloop_trio.db.sizes import StoreSizes
from bloop_trio.exceptions import RequestError
from bloop_trio.flow.pipeline import PipelineStatistics
from bloop_trio.http.access import Access, Who
from bloop_trio.http.health_routes import Health, Queue
from bloop_trio.http.problems import MESSAGES
from bloop_trio.http.process_metrics import process_families
from bloop_trio.http.readiness import Check, State, judge_readiness
from bloop_trio.http.store_metrics import ready_families, store_families
from bloop_trio.issues.events.accounting import Accounting, Drop, Rejection
from bloop_trio.issues.live.feed import Feed
from bloop_trio.issues.metrics import accounting_families, feed_families, flow_families, limit_families
from bloop_trio.issues.queries import shapes
from bloop_trio.issues.writing.flushing import FlushStatistics
from bloop_trio.lane.bodies import BodyBudget
from bloop_trio.lane.metrics import lane_families
from bloop_trio.lane.stats import CloseReason, LaneStats
from bloop_trio.retention.metrics import RetentionStatistics, retention_families
from bloop_trio.sourcemaps.metrics import source_map_families
from bloop_trio.sourcemaps.parsed import ParsedStatistics
from tests.conftest import a_vitals

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bloop_trio.http.metrics import Family

ROOT: Final = Path(__file__).parents[2]
REFERENCE: Final = ROOT / "docs" / "reference"
SOURCE: Final = ROOT / "src" / "bloop_trio"


def page(name: str) -> str:
    return (REFERENCE / f"{name}.md").read_text(encoding="utf-8")


def quoted(text: str) -> set[str]:
    """Return everything that stands in back quotes."""
    return set(re.findall(r"`([^`\n]+)`", text))


class TestRoutes:
    def test_each_has_a_section_and_no_section_is_left_over(self) -> None:
        sections = re.findall(r"^### `([A-Z]+) (\S+)`$", page("http-api"), re.MULTILINE)
        assert set(sections) == {
            (method, as_written(rule)) for (method, rule), access in ACCESS.items() if access.is_api
        }

    def test_the_table_says_who_may_use_each(self) -> None:
        rows = re.findall(r"^\| `([A-Z]+) (\S+)` \| (.+) \|$", page("http-api"), re.MULTILINE)
        written = {(method, path): access for method, path, access in rows}
        assert written == {
            (method, as_written(rule)): in_words(access) for (method, rule), access in ACCESS.items() if access.is_api
        }

    @pytest.mark.parametrize(
        "shape",
        [t for _, t in inspect.getmembers(shapes, attrs.has)] + [Health, Queue],
        ids=lambda shape: shape.__name__,
    )
    def test_every_field_of_an_answer_is_described(self, shape: type) -> None:
        section = page("http-api").partition(f"\n### {shape.__name__}\n")[2].partition("\n### ")[0]
        described = re.findall(r"^\| `(\w+)` \| [^|]+ \| \S.+ \|$", section, re.MULTILINE)
        assert described == [field.name for field in attrs.fields(shape)]


def as_written(rule: str) -> str:
    return re.sub(r"<segment:(\w+)>", r"{\1}", rule)


def in_words(access: Access) -> str:
    words = {
        Who.ANYONE: "public",
        Who.SENDER: "signature",
        Who.OPERATOR: "operator",
        Who.READER: f"`{access.scope}`",
        Who.USER: "session",
        Who.OWNER: f"`{access.scope}` or project owner" if access.scope else "project owner",
        Who.ADMIN: "administrator",
    }
    return words[access.who]


class TestMetrics:
    def test_each_is_described_with_its_type_and_labels_and_none_is_left_over(self) -> None:
        rows = re.findall(r"^\| `((?:bloop|process)_\w+)` \| (\w+) \|", page("metrics"), re.MULTILINE)
        assert dict(rows) == {family.name: family.kind for family in all_families()}
        for family in all_families():
            (line,) = [text for text in page("metrics").splitlines() if text.startswith(f"| `{family.name}` ")]
            for sample in family.samples:
                assert {f"`{label}`" for label in sample.labels if label != "le"} <= set(re.findall(r"`\w+`", line))

    def test_counters_and_only_they_end_in_total(self) -> None:
        for family in all_families():
            assert family.name.endswith("_total") == (family.kind == "counter"), family.name

    def test_every_reason_is_explained(self) -> None:
        assert {*Drop, *CloseReason} <= quoted(page("metrics"))
        assert {*Rejection} <= quoted(page("errors"))


def all_families() -> list[Family]:
    lane_stats = LaneStats()
    lane_stats.requests.of("GET", "/health").note(200, 0.001)
    readiness = judge_readiness(a_vitals(), Check("database", State.OK, ""), "no disk", now_ms=0, flush_interval_secs=1)
    return [
        *process_families(),
        *accounting_families(Accounting().snapshot()),
        *flow_families(PipelineStatistics(buffered=0, capacity=1), FlushStatistics()),
        *limit_families(None),
        *sign_in_families(None),
        *retention_families(RetentionStatistics()),
        *source_map_families(
            ParsedStatistics(
                maps=0,
                weight_bytes=0,
                capacity_bytes=0,
                decoded_total=0,
                hits_total=0,
                misses_total=0,
                evictions_total=0,
            )
        ),
        *engine_families(EngineStatistics(), now_ms=0),
        *projection_families(
            ProjectionStatistics(), AnalyticsEngine(path=Path("none.duckdb"), config=AnalyticsConfig()), now_ms=0
        ),
        *lane_families(lane_stats, BodyBudget(1, 1)),
        *feed_families(Feed(Accounting().counts_of).statistics()),
        *delivery_families(DeliveryStatistics(Counter({("slack", "sent"): 1})), now_ms=0),
        *ready_families(readiness),
        *store_families(
            StoreSizes(database_bytes=1, wal_bytes=1, free_bytes=1, disk_bytes=1),
            ReaderStatistics(connections=1, running=0, waiting=0, queries_total=0, timeouts_total=0),
        ),
    ]


class TestMessages:
    """Messages are found in the source text, so that a new one cannot be forgotten."""

    def test_every_message_is_listed(self) -> None:
        patterns = [re.compile(as_pattern(message)) for message in quoted(page("errors"))]
        missing = [m for m in all_messages() if not any(p.fullmatch(m) for p in patterns)]
        assert missing == []

    def test_no_message_is_listed_that_nothing_says(self) -> None:
        tables = re.findall(r"^\|(?: \d{3} \|)? `([^`]+)` \|", page("errors"), re.MULTILINE)
        left_over = [m for m in tables if not any(re.fullmatch(as_pattern(m), said) for said in all_messages())]
        assert left_over == []


def as_pattern(message: str) -> str:
    """Return a pattern for a documented message, where names in braces stand for anything."""
    # Only what was split off stands for anything: a message may begin with a brace of its own.
    parts = re.split(r"(\{\w+\})", message)
    return "".join(".+" if number % 2 else re.escape(part) for number, part in enumerate(parts))


@cache
def all_messages() -> set[str]:
    """Return every text that a client can be refused with; parts that vary are ``…``."""
    found = set(MESSAGES.values())
    for folder in (
        "alerts",
        "analytics",
        "auth",
        "db",
        "http",
        "issues",
        "lane",
        "projects",
        "retention",
        "sourcemaps",
        "views",
    ):
        for file in sorted((SOURCE / folder).rglob("*.py")):
            found.update(messages_in(ast.parse(file.read_text(encoding="utf-8")), file.stem))
    return found


REFUSALS: Final = {
    name for name, t in inspect.getmembers(exceptions, inspect.isclass) if issubclass(t, RequestError)
} | {"error_answer"}


def messages_in(tree: ast.Module, module: str) -> Iterator[str]:
    # The intake answers with what its own ValueErrors say.
    refusals = REFUSALS | {"ValueError"} if module == "intake" else REFUSALS
    variables = texts_of_variables(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in refusals:
            for argument in node.args:
                text = as_text(argument)
                yield from variables[argument.id] if isinstance(argument, ast.Name) else filter(None, [text])
        # The rules of an event return what is wrong with it.
        if module == "event" and isinstance(node, ast.Return):
            yield from filter(None, [as_text(node.value)])


def texts_of_variables(tree: ast.Module) -> defaultdict[str, list[str]]:
    """Return the texts that each name is ever given: messages are often put into a variable first."""
    texts: defaultdict[str, list[str]] = defaultdict(list)
    for node in ast.walk(tree):
        if isinstance(node, (ast.Assign, ast.AnnAssign)):
            text = as_text(node.value)
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Name) and text is not None:
                    texts[target.id].append(text)
    return texts


def as_text(node: ast.expr | None) -> str | None:
    """Return a literal text, or None for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
    return None
