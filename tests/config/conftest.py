"""What the tests of the configuration share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


STRONG = {"BLOOP__AUTH__HMAC_SECRET": "s" * 32}
"""Silences the warning about the default secret."""


@pytest.fixture
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path
