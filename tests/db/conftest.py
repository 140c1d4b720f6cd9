from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Where backups go, in a folder of its own."""
    (tmp_path / "backups").mkdir()
    return tmp_path / "backups" / "bloop.db"
