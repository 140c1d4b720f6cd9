"""Variables of the environment with names of their own, and what a printed configuration shows."""

from __future__ import annotations

import pytest

from bloop_trio.config import load_config

STRONG = {"BLOOP__AUTH__HMAC_SECRET": "s" * 32}
"""Silences the warning about the default secret."""


pytestmark = pytest.mark.usefixtures("empty_folder")


class TestDirectVariables:
    def test_they_are_read_under_their_own_names(self) -> None:
        direct = load_config(
            None,
            {
                "BLOOP_SLACK_WEBHOOK_URL": "https://slack.example/x",
                "BLOOP_WEBHOOK_URL": "https://hook.example/x",
                "BLOOP_DEFAULT_API_KEY": "key",
            },
        ).direct
        assert direct.slack_webhook_url == "https://slack.example/x"
        assert direct.webhook_url == "https://hook.example/x"
        assert direct.default_api_key == "key"

    @pytest.mark.parametrize(
        ("environ", "log_filter"),
        [
            ({}, None),
            ({"RUST_LOG": "debug"}, "debug"),
            ({"BLOOP_LOG": "warn", "RUST_LOG": "debug"}, "warn"),
            ({"BLOOP_LOG": "", "RUST_LOG": "debug"}, "debug"),
        ],
    )
    def test_the_log_filter_has_two_names(self, environ: dict[str, str], log_filter: str | None) -> None:
        assert load_config(None, environ).direct.log_filter == log_filter


def test_no_secret_shows_when_a_configuration_is_printed() -> None:
    loaded = load_config(
        None,
        {
            "BLOOP__AUTH__HMAC_SECRET": "hush-1",
            "BLOOP__AUTH__SETUP_TOKEN": "hush-2",
            "BLOOP__SERVER__METRICS_TOKEN": "hush-3",
            "BLOOP__SMTP__PASSWORD": "hush-4",
            "BLOOP__SMTP__USERNAME": "someone",
            "BLOOP_DEFAULT_API_KEY": "hush-5",
        },
    )
    assert "hush" not in repr(loaded)
