from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bloop_trio.alerts.channels import load_channel, masked, parse_channel, stored, type_of
from bloop_trio.exceptions import BadRequestError

HOOK = "https://hooks.example.com/services/T0/secret"
COMPLETE: tuple[dict[str, Any], ...] = (
    {"type": "slack", "webhook_url": HOOK},
    {"type": "discord", "webhook_url": HOOK},
    {"type": "teams", "webhook_url": HOOK},
    {"type": "webhook", "url": HOOK, "secret": "secret", "template": '{"a": "{{rule}}"}', "headers": {"X-A": "secret"}},
    {"type": "email", "to": "ada@example.com"},
    {"type": "ntfy", "url": "https://ntfy.sh/secret", "token": "secret"},
    {
        "type": "pagerduty",
        "routing_key": "secret",
        "severity": "critical",
        "url": "https://events.eu.pagerduty.com/v2/enqueue",
    },
)
every_type = pytest.mark.parametrize("raw", COMPLETE, ids=lambda raw: raw["type"])


@every_type
def test_what_is_stored_is_what_was_given(raw: dict[str, Any]) -> None:
    channel = parse_channel(raw)
    assert stored(channel) == raw
    assert type_of(channel) == raw["type"]
    assert load_channel(msgspec.json.encode(stored(channel)).decode()) == channel


@every_type
def test_no_secret_shows(raw: dict[str, Any]) -> None:
    channel = parse_channel(raw)
    assert "secret" not in str({name: value for name, value in masked(channel).items() if name != "secret"})
    assert masked(channel).get("secret", "********") == "********"
    assert "secret" not in repr(channel).replace("secret=", "")
    assert set(masked(channel)) == set(raw)


def test_of_a_url_its_host_is_shown() -> None:
    assert masked(parse_channel(COMPLETE[0])) == {"type": "slack", "webhook_url": "https://hooks.example.com/********"}


def test_what_follows_a_host_is_masked_however_it_begins() -> None:
    hidden = {"type": "webhook", "url": "https://hooks.example.com/********"}
    for rest in ("/x", "?x=y", "#x"):
        assert masked(parse_channel({"type": "webhook", "url": f"https://hooks.example.com{rest}"})) == hidden


def test_the_url_of_a_relay_is_masked_where_pagerduty_would_be() -> None:
    raw = {"type": "pagerduty", "routing_key": "a", "url": "https://relay.example.com/hush?token=hush"}
    assert masked(parse_channel(raw))["url"] == "https://relay.example.com/********"


def test_a_template_of_blanks_is_read_at_once() -> None:
    template = '"{{' + " " * 16_000 + '"'
    channel = parse_channel({"type": "webhook", "url": HOOK, "template": template})
    assert stored(channel)["template"] == template


@every_type
def test_a_field_that_it_does_not_have_is_refused(raw: dict[str, Any]) -> None:
    with pytest.raises(BadRequestError, match=r"^there is no field secert$"):
        parse_channel(raw | {"secert": "x"})


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (None, "config must be an object"),
        ([], "config must be an object"),
        ({}, "type must be one of slack, discord, teams, webhook, email, ntfy, pagerduty"),
        ({"type": []}, "type must be one of slack, discord, teams, webhook, email, ntfy, pagerduty"),
        ({"type": "slack"}, "webhook_url is required"),
        ({"type": "slack", "webhook_url": 1}, "webhook_url must be a string of at most 2048 characters on one line"),
        ({"type": "slack", "webhook_url": "http://[::1]/"}, "invalid channel URL: its host is not a public address"),
        ({"type": "email", "to": "a"}, "invalid email address"),
        ({"type": "email", "to": "a@"}, "invalid email address"),
        ({"type": "email", "to": 5}, "invalid email address"),
        ({"type": "email", "to": "a@b, c@d"}, "invalid email address"),
        ({"type": "email", "to": "a@b\r\nBcc: c@d"}, "invalid email address"),
        ({"type": "email", "to": "Ada <a@b>"}, "invalid email address"),
        ({"type": "email", "to": "a@=?utf-8?q?=0d=0aBcc=3Ax?="}, "invalid email address"),
        ({"type": "email", "to": "=?utf-8?b?DQpCY2M6?=@b"}, "invalid email address"),
        ({"type": "email", "to": "a@b."}, "invalid email address"),
        ({"type": "ntfy", "url": "https://ntfy.sh/"}, "invalid channel URL: it must end in the name of a topic"),
        ({"type": "ntfy", "url": "https://ntfy.sh/a?b=c"}, "invalid channel URL: it must end in the name of a topic"),
        ({"type": "ntfy", "url": "https://ntfy.sh/a", "token": "é"}, "token must be ASCII"),
        ({"type": "pagerduty", "routing_key": "a b"}, "routing_key must be the integration key of a service"),
        (
            {"type": "pagerduty", "routing_key": "a", "severity": "bad"},
            "severity must be critical, error, warning or info",
        ),
        ({"type": "webhook", "url": HOOK, "headers": []}, "headers must be an object of at most 20 names with strings"),
        ({"type": "webhook", "url": HOOK, "headers": {"Host": "x"}}, "the header 'Host' cannot be set"),
        ({"type": "webhook", "url": HOOK, "headers": {"content-length": "0"}}, "the header 'content-length' cannot be set"),
        ({"type": "webhook", "url": HOOK, "headers": {"X-Bloop-Signature": "x"}}, "the header 'X-Bloop-Signature' cannot be set"),
        ({"type": "webhook", "url": HOOK, "headers": {"a b": "x"}}, "the header 'a b' cannot be set"),
        ({"type": "webhook", "url": HOOK, "headers": {"a": "x\r\nb: c"}}, "the header a must be ASCII of at most 1024 characters"),
        ({"type": "webhook", "url": HOOK, "template": '{"a": "{{nobody}}"}'}, "there is no placeholder nobody"),
        ({"type": "webhook", "url": HOOK, "template": "[" * 5_000 + "]" * 5_000}, "template is nested too deeply"),
        ({"type": "webhook", "url": HOOK, "template": "[" * 51 + "1" + "]" * 51}, "template is nested too deeply"),
        ({"type": "webhook", "url": HOOK, "template": ["{{rule}}"] * 51 + ["{{stack}}{{rule}}"] * 25}, "template must have at most 100 placeholders"),
        ({"type": "webhook", "url": HOOK, "template": "x" * 20_000}, "template must be at most 16384 bytes"),
        ({"type": "webhook", "url": HOOK, "secret": "a\nb"}, "secret must be a string of at most 256 characters on one line"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_with_a_sentence(raw: Any, message: str) -> None:
    with pytest.raises(BadRequestError) as refused:
        parse_channel(raw)
    assert refused.value.message == message


@pytest.mark.parametrize("template", ["{{rule}}", '{"n": {{count}}}', "", "{", '{"a": "{{rule}}"'])
def test_a_template_has_to_be_json_before_it_is_filled(template: str) -> None:
    raw = {"type": "webhook", "url": HOOK, "template": template}
    if not template:
        assert stored(parse_channel(raw)) == {"type": "webhook", "url": HOOK}
        return
    with pytest.raises(BadRequestError, match=r"^template is not JSON: "):
        parse_channel(raw)


def test_a_template_may_come_as_the_json_itself() -> None:
    channel = parse_channel({"type": "webhook", "url": HOOK, "template": {"a": ["{{rule}}"]}})
    assert stored(channel)["template"] == '{"a":["{{rule}}"]}'


@given(
    st.dictionaries(st.text(), st.none() | st.integers() | st.text() | st.lists(st.text())), st.sampled_from(COMPLETE)
)
def test_whatever_is_given_is_a_channel_or_a_sentence(changes: dict[str, Any], raw: dict[str, Any]) -> None:
    try:
        channel = parse_channel(raw | changes)
    except BadRequestError:
        return
    assert parse_channel(stored(channel)) == channel


@pytest.mark.parametrize("text", ["", "{", "[]", '{"type":"of a later version"}', '{"type":"slack"}'])
def test_what_is_no_stored_channel_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        load_channel(text)


def test_where_private_addresses_are_allowed_they_are_channels() -> None:
    raw = {"type": "slack", "webhook_url": "http://10.0.0.1/hook"}
    assert stored(parse_channel(raw, allow_private=True)) == raw
    assert stored(load_channel(msgspec.json.encode(raw).decode())) == raw  # judged when something is sent
