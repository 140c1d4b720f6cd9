"""What each channel sends, to the byte, and what it makes of texts that want to be more than texts."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bloop_trio.alerts.channels import parse_channel
from bloop_trio.alerts.channels.webhook import PLACEHOLDERS
from tests.alerts.channels.messages import PUBLIC_URL, a_digest, a_message
from tests.conftest import NOW_MS

if TYPE_CHECKING:
    from bloop_trio.alerts.channels.message import HttpChannel, Message, OutgoingRequest

URL = "https://hooks.example.com/services/x"
SLACK = {"type": "slack", "webhook_url": URL}
DISCORD = {"type": "discord", "webhook_url": URL}
TEAMS = {"type": "teams", "webhook_url": URL}
PAGERDUTY = {"type": "pagerduty", "routing_key": "0123456789abcdef0123456789abcdef"}
WEBHOOK = {"type": "webhook", "url": URL}
NASTY = "<!channel> @here & <https://evil.example|click> *bold* [x](https://evil.example) <b>hi</b>"


def request(raw: dict[str, Any], message: Message) -> OutgoingRequest:
    channel: Any = parse_channel(raw)
    typed: HttpChannel = channel
    return typed.request(message)


def body(raw: dict[str, Any], message: Message) -> Any:
    return json.loads(request(raw, message).body)


class TestSlack:
    def test_the_body_is_as_documented(self) -> None:
        sent = request(SLACK, a_message())
        assert sent.url == URL
        assert sent.body == (
            b'{"text":"*[bloop alert: New in production]*\\nNew error in 1.2.3 (prod):'
            b' [TypeError] Cannot read property id of undefined - a1b2c3"}'
        )

    def test_a_link_follows_where_the_dashboard_is_known(self) -> None:
        text = body(SLACK, a_message(public_url=PUBLIC_URL))["text"]
        assert text.endswith("\n<https://bloop.example.com/issues/a1b2c3?project=shop|Open in bloop>")

    def test_nobody_is_called_and_nothing_is_a_link(self) -> None:
        text = body(SLACK, a_message(message=NASTY, rule_name="<!here>"))["text"]
        assert "<" not in text
        assert ">" not in text
        assert "@here" not in text
        assert "&lt;!channel&gt;" in text
        assert "[bloop alert: &lt;!here&gt;]" in text

    @given(st.text(max_size=60_000))
    def test_it_is_never_longer_than_slack_takes_before_escaping(self, message: str) -> None:
        text = body(SLACK, a_message(message=message))["text"]
        assert len(text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")) < 40_000


class TestDiscord:
    def test_the_body_is_as_documented(self) -> None:
        assert request(DISCORD, a_message(message="boom", public_url=PUBLIC_URL)).body == (
            b'{"content":"**[bloop alert: New in production]**\\nNew error in 1.2.3 \\\\(prod\\\\):'
            b' \\\\[TypeError\\\\] boom \\\\- a1b2c3\\n<https://bloop.example.com/issues/a1b2c3?project=shop>",'
            b'"allowed_mentions":{"parse":[]}}'
        )

    @given(st.text(alphabet="ab\\*[](<", max_size=3_000))
    def test_it_fits_and_no_backslash_escapes_what_is_ours(self, message: str) -> None:
        content = body(DISCORD, a_message(message=message, public_url=PUBLIC_URL))["content"]
        assert len(content) <= 2_000
        text, _, link = content.rpartition("\n<")
        assert link == "https://bloop.example.com/issues/a1b2c3?project=shop>"
        assert (len(text) - len(text.rstrip("\\"))) % 2 == 0


class TestTeams:
    def test_the_body_is_a_card(self) -> None:
        sent = body(TEAMS, a_message(message="boom", public_url=PUBLIC_URL))
        (attachment,) = sent["attachments"]
        assert (sent["type"], attachment["contentType"]) == ("message", "application/vnd.microsoft.card.adaptive")
        card = attachment["content"]
        texts = [run["text"] for block in card["body"] for run in block["inlines"]]
        assert texts == ["bloop alert: New in production", "New error in 1.2.3 (prod): [TypeError] boom - a1b2c3"]
        assert card["actions"] == [
            {
                "type": "Action.OpenUrl",
                "title": "Open in bloop",
                "url": "https://bloop.example.com/issues/a1b2c3?project=shop",
            }
        ]

    def test_all_texts_are_plain_runs_which_know_no_markup(self) -> None:
        card = body(TEAMS, a_message(message=NASTY))["attachments"][0]["content"]
        assert {block["type"] for block in card["body"]} == {"RichTextBlock"}
        assert {run["type"] for block in card["body"] for run in block["inlines"]} == {"TextRun"}

    @pytest.mark.parametrize("letter", ["x", "é", "\U0001f4a5", '"', "\x01", "x\n"])
    def test_the_longest_card_is_one_that_teams_takes(self, letter: str) -> None:
        sent = request(TEAMS, a_message(message=letter * 50_000, public_url=PUBLIC_URL))
        assert len(sent.body) <= 28 * 1024


class TestNtfy:
    def test_the_topic_stands_in_the_body_and_the_token_in_a_header(self) -> None:
        sent = request(
            {"type": "ntfy", "url": "https://ntfy.example.com/bloop-alerts", "token": "tk_1"},
            a_message(message="boom", public_url=PUBLIC_URL),
        )
        assert sent.url == "https://ntfy.example.com"
        assert sent.headers["authorization"] == "Bearer tk_1"
        assert sent.body == (
            b'{"topic":"bloop-alerts","title":"bloop alert: New in production",'
            b'"message":"New error in 1.2.3 (prod): [TypeError] boom - a1b2c3","tags":["warning"],'
            b'"click":"https://bloop.example.com/issues/a1b2c3?project=shop"}'
        )

    @given(st.text(max_size=9_000))
    def test_the_text_is_short_enough_not_to_become_a_file(self, message: str) -> None:
        sent = body({"type": "ntfy", "url": "https://ntfy.sh/t"}, a_message(message=message, rule_name=message or "a"))
        assert len(sent["message"].encode()) <= 4_096
        assert len(sent["title"].encode()) <= 250


class TestPagerDuty:
    def test_the_body_is_an_event_of_version_2(self) -> None:
        message = a_message(message="boom", public_url=PUBLIC_URL)
        sent = request(PAGERDUTY, message)
        assert sent.url == "https://events.pagerduty.com/v2/enqueue"
        link = "https://bloop.example.com/issues/a1b2c3?project=shop"
        assert json.loads(sent.body) == {
            "routing_key": "0123456789abcdef0123456789abcdef",
            "event_action": "trigger",
            "dedup_key": message.key,
            "client": "bloop",
            "client_url": link,
            "links": [{"href": link, "text": "Open in bloop"}],
            "payload": {
                "summary": "[New in production] New error in 1.2.3 (prod): [TypeError] boom - a1b2c3",
                "source": "Shop",
                "severity": "error",
                "timestamp": "2026-01-01T12:00:00+00:00",
                "custom_details": {
                    "error_type": "TypeError",
                    "environment": "prod",
                    "release": "1.2.3",
                    "route": "/api/users",
                    "fingerprint": "a1b2c3",
                    "stack": "at load (app.js:1:2)\nat main (app.js:3:4)",
                    "total_count": 3,
                },
            },
        }

    def test_alerts_about_the_same_thing_become_one_incident(self) -> None:
        same = {a_message(message=text, fired_ms=NOW_MS + n).key for n, text in enumerate(("a", "b"))}
        others = {a_message(**change).key for change in ({"rule_id": 8}, {"project_id": "1"}, {"fingerprint": "f"})}
        assert (len(same), len(same | others)) == (1, 4)

    @given(st.text(max_size=5_000))
    def test_the_summary_fits(self, message: str) -> None:
        assert len(body(PAGERDUTY, a_message(message=message))["payload"]["summary"]) <= 1_024


class TestWebhook:
    def test_the_body_has_the_documented_fields_first(self) -> None:
        assert request(WEBHOOK, a_message(public_url=PUBLIC_URL)).body == (
            b'{"rule":"New in production","message":"New error in 1.2.3 (prod): [TypeError] Cannot read property id of'
            b' undefined - a1b2c3","timestamp":1767268800,"source":"bloop","event":"new_issue","rule_id":7,'
            b'"project":"shop","project_id":"0b2f","project_name":"Shop","fingerprint":"a1b2c3","error_type":"TypeError",'
            b'"error_message":"Cannot read property id of undefined","error_source":"api","environment":"prod",'
            b'"release":"1.2.3","route":"/api/users","status":"unresolved","count":3,"users_affected":2,'
            b'"first_seen":1767268740000,"last_seen":1767268800000,"figures":{},"stack":["at load (app.js:1:2)",'
            b'"at main (app.js:3:4)"],"link":"https://bloop.example.com/issues/a1b2c3?project=shop","digest":null}'
        )

    def test_a_digest_has_the_same_fields(self) -> None:
        sent = body(WEBHOOK, a_digest("A", "B", "A"))
        assert list(sent) == list(PLACEHOLDERS)
        assert (sent["event"], sent["count"]) == ("digest", 3)
        assert sent["digest"] == {"count": 3, "rules": {"A": 2, "B": 1}}

    def test_it_names_the_delivery_so_that_a_second_copy_can_be_told(self) -> None:
        assert request(WEBHOOK, a_message(delivery_id=41)).headers["x-bloop-delivery"] == "41"
        assert "x-bloop-delivery" not in request(WEBHOOK, a_message(delivery_id=None)).headers

    def test_a_secret_signs_the_time_and_the_body(self) -> None:
        sent = request(WEBHOOK | {"secret": "hush"}, a_message())
        sent_secs = NOW_MS // 1000 + 1
        mac = hmac.new(b"hush", str(sent_secs).encode() + b"." + sent.body, hashlib.sha256).hexdigest()
        assert sent.headers["x-bloop-signature"] == f"t={sent_secs},v1={mac}"

    def test_without_one_there_is_no_signature(self) -> None:
        assert "x-bloop-signature" not in request(WEBHOOK, a_message()).headers

    def test_headers_of_ones_own_are_sent(self) -> None:
        sent = request(WEBHOOK | {"headers": {"Authorization": "Bearer x"}}, a_message())
        assert sent.headers["authorization"] == "Bearer x"

    def test_a_template_shapes_the_body(self) -> None:
        template = '{"text": "{{ rule }}: {{message}}", "n": "{{count}}", "who": "{{users_affected}} users", "l": ["{{link}}"]}'
        message = a_message(message='say "hi"\n{{rule}}', users_affected=None)
        assert request(WEBHOOK | {"template": template}, message).body == (
            b'{"text":"New in production: New error in 1.2.3 (prod): [TypeError] say \\"hi\\"\\n{{rule}} - a1b2c3",'
            b'"n":3,"who":" users","l":[null]}'
        )

    @given(st.text())
    def test_no_text_gets_out_of_its_place_in_a_template(self, text: str) -> None:
        template = '{"a": "x {{error_message}} y", "b": {"c": "{{error_message}}"}, "d": 1}'
        sent = body(WEBHOOK | {"template": template}, a_message(message=text))
        assert sent == {"a": f"x {text} y", "b": {"c": text}, "d": 1}


class TestDigest:
    def test_it_counts_by_rule_and_tells_the_first_twenty(self) -> None:
        message = a_digest(*["A"] * 30, *["B"] * 5, public_url=PUBLIC_URL)
        assert message.title == "35 alerts of 2 rules"
        lines = message.text.split("\n")
        assert lines[:5] == ["35 alerts, too many to send each of them:", "A: 30", "B: 5", "", "The first of them:"]
        assert len(lines) == 5 + 20
        assert message.link == "https://bloop.example.com/issues?project=shop"

    def test_that_of_a_single_rule_has_its_name(self) -> None:
        assert a_digest("A", "A").title == "A"

    @pytest.mark.parametrize("kind", ["slack", "discord", "teams"])
    def test_each_channel_can_carry_it(self, kind: str) -> None:
        assert request({"type": kind, "webhook_url": URL}, a_digest(*["A"] * 500)).body
