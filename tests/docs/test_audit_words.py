"""The dashboard has words for every act of the audit log."""

from __future__ import annotations

from pathlib import Path

import pytest

from bloop_trio.audit.entry import Action

WORDS = Path(__file__).parents[2] / "web" / "src" / "pages" / "settings" / "auditWords.ts"


@pytest.mark.parametrize("action", list(Action))
def test_an_act_has_a_label_and_a_sentence(action: Action) -> None:
    text = WORDS.read_text(encoding="utf-8")
    assert f'value: "{action.value}"' in text
    assert f'"{action.value}": (' in text
