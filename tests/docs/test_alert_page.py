"""The page on alerts shows configs that make sense, every type of channel, and the schema that the server goes by."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest

from bloop_trio.alerts.channels.registry import TYPES
from bloop_trio.alerts.channels.webhook import PLACEHOLDERS
from bloop_trio.alerts.rules.config_schema import CONFIG_SCHEMA
from bloop_trio.alerts.rules.outcome_shapes import AlertTest
from bloop_trio.alerts.rules.rule import RuleType, parse_config

PAGE: Final = (Path(__file__).parents[2] / "docs" / "how-to" / "alert.md").read_text(encoding="utf-8")
BLOCKS: Final[list[dict[str, Any]]] = [
    json.loads(text) for text in re.findall(r"^```json\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
]
CONFIGS: Final = [block for block in BLOCKS if isinstance(block.get("type"), str)]


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: str(config["type"]))
def test_a_config_is_taken_as_it_stands(config: dict[str, Any]) -> None:
    parse_config(config)


def test_every_kind_of_rule_has_an_example() -> None:
    assert [config["type"] for config in CONFIGS] == list(RuleType)


def test_the_schema_is_that_of_the_server() -> None:
    assert BLOCKS[-1] == CONFIG_SCHEMA


def test_every_type_of_channel_is_told() -> None:
    (table,) = re.findall(r"^\| `type` \| Fields .*?\n\n", PAGE, re.MULTILINE | re.DOTALL)
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)[1:] == list(TYPES)


def test_every_placeholder_is_told() -> None:
    (body,) = [block for block in BLOCKS if "source" in block]
    (sentence,) = re.findall(r"There is more in it: .*", PAGE)
    assert set(body) | set(re.findall(r"`(\w+)`", sentence)) == set(PLACEHOLDERS)


def test_the_answer_of_a_test_has_its_fields() -> None:
    (example,) = [block for block in BLOCKS if "sent" in block]
    assert set(example) == set(AlertTest.__annotations__)
