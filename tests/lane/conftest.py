from __future__ import annotations

from pathlib import Path

import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the long form of the fuzzer out, unless it is asked for by its marker."""
    if "torture" in config.getoption("-m"):
        return
    skipped = pytest.mark.skip(reason="runs with -m torture")
    for item in items:
        if item.get_closest_marker("torture") and Path(__file__).parent in item.path.parents:
            item.add_marker(skipped)
