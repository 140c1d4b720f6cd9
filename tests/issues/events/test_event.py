"""What an event must be, what is mended, and what is refused."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bloop_trio.clock import MS_PER_DAY
from bloop_trio.issues.events.event import (
    Event,
    EventLimits,
    cut,
    decode_json,
    judge,
    normalise_timestamp,
    read_leniently,
)
from tests.conftest import NOW_MS, an_event

LIMITS = EventLimits()


def strict(**changes: Any) -> Event:
    return msgspec.convert(an_event(**changes), Event)


def verdict(**changes: Any) -> str | None:
    return judge(strict(**changes), LIMITS)


class TestJudging:
    def test_a_complete_event_passes(self) -> None:
        assert verdict() is None

    @pytest.mark.parametrize(
        ("changes", "problem"),
        [
            ({"message": "x" * 2049}, "message exceeds 2048 bytes"),
            ({"message": "é" * 1025}, "message exceeds 2048 bytes"),
            ({"stack": "x" * 8193}, "stack exceeds 8192 bytes"),
            ({"metadata": {"k": "v" * 4096}}, "metadata exceeds 4096 bytes"),
            ({"environment": ""}, "environment is required"),
            ({"environment": None}, "environment is required"),
            ({"error_type": ""}, "error_type is required"),
            ({"timestamp": None}, "timestamp is required"),
            ({"timestamp": 2**63}, "timestamp must be a 64-bit integer"),
            ({"source": None}, "source is required"),
            ({"source": "my app"}, "source must be 1 to 32 characters of A-Z a-z 0-9 . _ -"),
            ({"source": "a" * 33}, "source must be 1 to 32 characters of A-Z a-z 0-9 . _ -"),
            ({"http_status": 65536}, "http_status must be an integer from 0 to 65535"),
            ({"http_status": -1}, "http_status must be an integer from 0 to 65535"),
            ({"event_id": "a b"}, "event_id must be 1 to 64 characters of A-Z a-z 0-9 _ -"),
            ({"event_id": "a" * 65}, "event_id must be 1 to 64 characters of A-Z a-z 0-9 _ -"),
        ],
    )
    def test_each_fault_has_its_words(self, changes: dict[str, Any], problem: str) -> None:
        assert verdict(**changes) == problem

    def test_the_first_of_several_faults_is_told(self) -> None:
        assert verdict(message="x" * 3000, stack="x" * 9000, environment="") == "message exceeds 2048 bytes"
        assert verdict(stack="x" * 9000, metadata={"k": "v" * 5000}, environment="") == "stack exceeds 8192 bytes"
        assert verdict(metadata={"k": "v" * 5000}, environment="") == "metadata exceeds 4096 bytes"
        assert verdict(environment="", error_type="", source="") == "environment is required"

    @pytest.mark.parametrize("changes", [{"message": "é" * 1024}, {"stack": "x" * 8192}, {"source": "a" * 32}])
    def test_a_value_at_its_cap_passes(self, changes: dict[str, Any]) -> None:
        assert verdict(**changes) is None

    @pytest.mark.parametrize("release", [None, ""])
    def test_a_missing_release_is_unknown(self, release: str | None) -> None:
        event = strict(release=release)
        assert judge(event, LIMITS) is None
        assert event.release == "unknown"

    @pytest.mark.parametrize("message", [None, ""])
    def test_an_empty_message_falls_back_to_the_error_type(self, message: str | None) -> None:
        event = strict(message=message)
        assert judge(event, LIMITS) is None
        assert event.message == "TypeError"

    def test_a_source_is_lower_cased(self) -> None:
        event = strict(source="Python-3.11")
        assert judge(event, LIMITS) is None
        assert event.source == "python-3.11"

    @pytest.mark.parametrize(
        ("sent", "stored"),
        [
            ({"a": [1, {"b": None}]}, b'{"a":[1,{"b":null}]}'),
            ('{"os": "android"}', b'{"os":"android"}'),
            ("[1, 2]", b"[1,2]"),
            ("just words", b'"just words"'),
            ("{not json", b'"{not json"'),
            (0, b"0"),
        ],
    )
    def test_metadata_is_kept_as_compact_json(self, sent: Any, stored: bytes) -> None:
        event = strict(metadata=sent)
        assert judge(event, LIMITS) is None
        assert bytes(event.metadata) == stored


class TestCutting:
    def test_texts_without_a_documented_cap_are_cut_on_a_characters_boundary(self) -> None:
        event = strict(release="é" * 150, route_or_procedure="/" + "r" * 600)
        assert cut(event, LIMITS) is None
        assert event.release == "é" * 100
        assert event.route_or_procedure == "/" + "r" * 499

    def test_an_event_that_is_too_large_as_a_whole_is_refused(self) -> None:
        event = strict(screen="s" * 40_000)
        assert cut(event, LIMITS) == "event exceeds 32768 bytes"


class TestTimestamps:
    @pytest.mark.parametrize(
        "sent", [NOW_MS // 1000, NOW_MS, NOW_MS * 1000, NOW_MS * 1_000_000], ids=["s", "ms", "us", "ns"]
    )
    def test_the_unit_is_told_by_the_size(self, sent: int) -> None:
        assert normalise_timestamp(sent, NOW_MS) == NOW_MS

    @pytest.mark.parametrize("days", [-31, 2, -4000])
    def test_a_time_far_off_is_taken_as_now(self, days: int) -> None:
        assert normalise_timestamp(NOW_MS + days * MS_PER_DAY, NOW_MS) == NOW_MS

    @pytest.mark.parametrize("days", [-30, -1, 0, 1])
    def test_a_plausible_time_is_kept(self, days: int) -> None:
        assert normalise_timestamp(NOW_MS + days * MS_PER_DAY, NOW_MS) == NOW_MS + days * MS_PER_DAY

    @given(st.integers(-(2**63), 2**63 - 1))
    def test_no_timestamp_leaves_the_window(self, sent: int) -> None:
        assert -30 * MS_PER_DAY <= normalise_timestamp(sent, NOW_MS) - NOW_MS <= MS_PER_DAY


class TestReadingLeniently:
    def test_unknown_keys_are_kept_under_metadata(self) -> None:
        event = read_leniently(an_event(customer="acme", metadata={"k": 1}), LIMITS)
        assert isinstance(event, Event)
        assert event.metadata == {"customer": "acme", "k": 1}

    def test_unknown_keys_beside_metadata_that_is_no_object(self) -> None:
        event = read_leniently(an_event(customer="acme", metadata="note"), LIMITS)
        assert isinstance(event, Event)
        assert event.metadata == {"customer": "acme", "metadata": "note"}

    def test_too_many_unknown_keys_are_left_out_and_the_event_is_kept(self) -> None:
        sent = an_event(metadata={"k": 1}) | {f"key{n}": "x" for n in range(10_000)}
        event = read_leniently(sent, LIMITS)
        assert isinstance(event, Event)
        assert event.metadata == {"k": 1}
        assert judge(event, LIMITS) is None

    @pytest.mark.parametrize(("sent", "kept"), [(42, "42"), (1.5, "1.5"), (True, "true")])
    def test_a_number_in_a_text_field_is_taken_as_text(self, sent: Any, kept: str) -> None:
        event = read_leniently(an_event(build_number=sent), LIMITS)
        assert isinstance(event, Event)
        assert event.build_number == kept

    @pytest.mark.parametrize(
        ("value", "problem"),
        [
            ([], "an event must be an object"),
            ("text", "an event must be an object"),
            (an_event(stack=["a"]), "stack must be a string"),
            (an_event(message={}), "message must be a string"),
            (an_event(timestamp="2026-01-01"), "timestamp must be an integer"),
            (an_event(timestamp=1.5), "timestamp must be an integer"),
            (an_event(timestamp=True), "timestamp must be an integer"),
            (an_event(http_status="500"), "http_status must be an integer"),
        ],
    )
    def test_what_cannot_be_mended_has_its_words(self, value: Any, problem: str) -> None:
        assert read_leniently(value, LIMITS) == problem

    @pytest.mark.parametrize("name", ["timestamp", "http_status"])
    def test_a_whole_number_may_be_written_with_a_fraction(self, name: str) -> None:
        event = read_leniently(an_event() | {name: 500.0}, LIMITS)
        assert isinstance(event, Event)
        assert getattr(event, name) == 500
        assert isinstance(getattr(event, name), int)

    def test_null_is_absent(self) -> None:
        event = read_leniently({**an_event(), "stack": None, "metadata": None, "extra": None}, LIMITS)
        assert isinstance(event, Event)
        assert event.stack is None

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=["Cs"])),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(list(an_event())), inner),
            max_leaves=20,
        )
    )
    def test_any_json_value_gives_an_event_or_words(self, value: Any) -> None:
        outcome = read_leniently(value, LIMITS)
        assert isinstance(outcome, str) or judge(outcome, LIMITS) is None or isinstance(judge(outcome, LIMITS), str)

    @given(st.fixed_dictionaries({}, optional={"stack": st.text(st.characters(codec="utf-8"), max_size=30)}))
    def test_both_readers_agree_on_what_the_documents_promise(self, changes: dict[str, Any]) -> None:
        sent = an_event(**changes)
        assert read_leniently(sent, LIMITS) == msgspec.convert(sent, Event)


class TestDecoding:
    @pytest.mark.parametrize(
        ("body", "value"),
        [
            (b'{"a": NaN, "b": -Infinity}', {"a": None, "b": None}),
            (b'{"a": "cut \\ud83d"}', {"a": "cut \ufffd"}),
            (b'{"a": 1, "a": 2}', {"a": 2}),
            ('{"a": "ä"}'.encode(), {"a": "ä"}),
        ],
    )
    def test_json_as_clients_really_send_it(self, body: bytes, value: Any) -> None:
        assert decode_json(body) == value

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{",
            b"\xff\xfe",
            b'{"a": "\xff"}',
            b"[" * 100_000,
            b'{"a":' * 50_000,
            b"[NaN" + b",[" * 100_000,
            b'{"a": ' + b"9" * 10_000 + b', "b": NaN}',
        ],
        ids=range(8),
    )
    def test_what_is_not_json_is_a_value_error(self, body: bytes) -> None:
        with pytest.raises(ValueError):  # noqa: PT011 - the words are the decoder's
            decode_json(body)

    @given(st.binary(max_size=200))
    def test_arbitrary_bytes_give_a_json_value_or_a_value_error(self, body: bytes) -> None:
        try:
            value = decode_json(body)
        except ValueError:
            return
        assert msgspec.json.decode(msgspec.json.encode(value)) == value
