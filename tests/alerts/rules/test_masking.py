"""Channels that come back as they were shown keep their secrets, and no secret follows a channel to another place."""

from __future__ import annotations

from typing import Any

import pytest

from bloop_trio.alerts.channels import masked, parse_channel, stored
from bloop_trio.alerts.rules.masking import check_unmasked, unmasked
from bloop_trio.exceptions import BadRequestError

HOOK = {
    "type": "webhook",
    "url": "https://example.com/in?key=u1",
    "secret": "s1",
    "headers": {"authorization": "h1", "x-team": "h2"},
}
CHANNELS: list[dict[str, Any]] = [
    HOOK,
    {"type": "slack", "webhook_url": "https://hooks.slack.com/services/T/B/s1"},
    {"type": "ntfy", "url": "https://ntfy.sh/topic1", "token": "tk1"},
    {"type": "pagerduty", "routing_key": "r1", "severity": "critical"},
    {"type": "email", "to": "ada@example.com"},
]
ELSEWHERE = "https://evil.example/in"
ANEW = "^a channel that gets another URL needs its secrets anew$"


@pytest.mark.parametrize("raw", CHANNELS, ids=lambda raw: str(raw["type"]))
def test_one_that_comes_back_as_it_was_shown_is_what_it_was(raw: dict[str, Any]) -> None:
    before = parse_channel(raw)
    assert parse_channel(unmasked(masked(before), before)) == before


def test_a_value_that_is_not_masked_takes_the_place_of_what_was_there() -> None:
    before = parse_channel(HOOK)
    shown = masked(before)
    assert parse_channel(unmasked(shown | {"secret": "s2"}, before)) == parse_channel(HOOK | {"secret": "s2"})
    headers = {"authorization": shown["headers"]["authorization"], "x-other": "h3"}
    merged = unmasked(shown | {"headers": headers}, before)
    assert parse_channel(merged) == parse_channel(HOOK | {"headers": {"authorization": "h1", "x-other": "h3"}})


def test_what_is_left_out_is_gone() -> None:
    before = parse_channel(HOOK)
    without = {name: value for name, value in masked(before).items() if name != "secret"}
    assert "secret" not in stored(parse_channel(unmasked(without, before)))


@pytest.mark.parametrize("raw", [HOOK, CHANNELS[2], CHANNELS[3]], ids=lambda raw: str(raw["type"]))
def test_no_secret_follows_to_another_place(raw: dict[str, Any]) -> None:
    before = parse_channel(raw)
    with pytest.raises(BadRequestError, match=ANEW):
        unmasked(masked(before) | {"url": ELSEWHERE}, before)
    anew = {name: value for name, value in raw.items() if name not in {"url", "headers"}} | {"url": f"{ELSEWHERE}/x"}
    assert unmasked(anew, before) == anew


def test_no_header_follows_to_another_place() -> None:
    before = parse_channel(HOOK)
    moved = {
        "type": "webhook",
        "url": ELSEWHERE,
        "headers": {"authorization": masked(before)["headers"]["authorization"]},
    }
    with pytest.raises(BadRequestError, match=ANEW):
        unmasked(moved, before)


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        (masked(parse_channel(HOOK)), "url"),
        ({"type": "ntfy", "url": "https://ntfy.sh/t", "token": "********"}, "token"),
        ({"type": "webhook", "url": "https://example.com", "headers": {"a": "********"}}, "headers"),
    ],
)
def test_a_mask_that_stands_for_nothing_is_refused(raw: dict[str, Any], field: str) -> None:
    with pytest.raises(BadRequestError, match=f"^{field} is masked: give its value$"):
        check_unmasked(raw)
    with pytest.raises(BadRequestError, match=f"^{field} is masked: give its value$"):
        unmasked(raw, parse_channel({"type": "email", "to": "ada@example.com"}))


@pytest.mark.parametrize("raw", [None, 1, [], {}, {"type": 1}])
def test_what_is_no_channel_is_left_to_whoever_reads_channels(raw: object) -> None:
    assert unmasked(raw, parse_channel(HOOK)) == raw
