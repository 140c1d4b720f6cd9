from __future__ import annotations

from typing import Any

import pytest

from bloop_trio.alerts.content import about_test, decode, encode, issue_url, sentence
from tests.alerts.channels.messages import PUBLIC_URL, a_content
from tests.conftest import NOW_MS


class TestSentence:
    def test_a_new_issue_is_told_with_where_and_what(self) -> None:
        assert sentence(a_content()) == (
            "New error in 1.2.3 (prod): [TypeError] Cannot read property id of undefined - a1b2c3"
        )

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"kind": "regression"}, "Error is back in 1.2.3 (prod): [TypeError] boom - a1b2c3"),
            (
                {"kind": "threshold", "figures": {"count": 101, "threshold": 100, "window_secs": 300}},
                "101 events in 5 minutes, more than 100: [TypeError] boom - a1b2c3",
            ),
            (
                {
                    "kind": "threshold",
                    "fingerprint": None,
                    "route": "/pay",
                    "figures": {"count": 1, "threshold": 0, "window_secs": 3_600},
                },
                "1 event in 1 hour, more than 0: route /pay",
            ),
            (
                {
                    "kind": "spike",
                    "fingerprint": None,
                    "route": None,
                    "figures": {"count": 50, "window_secs": 90, "rate": 33.333, "baseline_rate": 0},
                },
                "Spike of errors: 50 events in 90 seconds, 33.33 a minute against 0 before: project Shop",
            ),
            (
                {"kind": "escalating", "figures": {"count": 9, "window_secs": 60, "rate": 9, "baseline_rate": 1.5}},
                "Error is escalating: 9 events in 1 minute, 9 a minute against 1.5 in its last week:"
                " [TypeError] boom - a1b2c3",
            ),
            (
                {
                    "kind": "mover",
                    "figures": {"count": 9, "window_secs": 3_600, "previous": 6, "change": 3, "percent": 50},
                },
                "Error has moved: 9 events in 1 hour, 50 % more than 6 before: [TypeError] boom - a1b2c3",
            ),
            (
                {
                    "kind": "mover",
                    "figures": {"count": 1, "window_secs": 3_600, "previous": 4, "change": -3, "percent": 75},
                },
                "Error has moved: 1 event in 1 hour, 75 % fewer than 4 before: [TypeError] boom - a1b2c3",
            ),
        ],
    )
    def test_others_tell_what_was_compared(self, changes: dict[str, Any], said: str) -> None:
        assert sentence(a_content(message="boom", **changes)) == said

    def test_a_test_names_its_rule_and_the_time(self) -> None:
        assert sentence(about_test(7, NOW_MS)) == "Test of alert rule 7 at 2026-01-01 12:00:00 UTC"


class TestLink:
    def test_it_leads_to_the_issue_in_its_project(self) -> None:
        content = a_content(fingerprint="a/b c")
        assert issue_url(PUBLIC_URL, content) == "https://bloop.example.com/issues/a%2Fb%20c?project=shop"

    def test_an_alert_about_a_project_leads_to_its_list(self) -> None:
        assert issue_url(PUBLIC_URL, a_content(fingerprint=None)) == "https://bloop.example.com/issues?project=shop"

    def test_there_is_none_where_nobody_knows_the_dashboard(self) -> None:
        assert issue_url(None, a_content()) is None


class TestStored:
    def test_it_comes_back_as_it_was(self) -> None:
        content = a_content(figures={"count": 3, "rate": 1.5})
        assert decode(encode(content)) == content

    @pytest.mark.parametrize("text", ["", "[]", "{}", '{"kind":"other","rule_id":1,"rule_name":"a","fired_ms":1}'])
    def test_anything_else_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match=r"."):
            decode(text)
