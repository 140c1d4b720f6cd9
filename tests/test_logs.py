from __future__ import annotations

import io
import json
import logging
import os
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bloop_trio.logs import DEFAULT_FILTER, configure_logging, get_logger, is_debug, parse_filter

pytestmark = pytest.mark.usefixtures("logging_left_as_found")


class Log:
    """A configured log that can be read back."""

    def __init__(self, filter_text: str | None = None) -> None:
        self.stream = io.StringIO()
        logging.getLogger().handlers.clear()  # those of pytest fail where ours must not
        configure_logging(filter_text, self.stream)

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]

    @property
    def messages(self) -> list[str]:
        return [line["fields"]["message"] for line in self.lines]


class TestLine:
    def test_a_line_is_one_json_object(self) -> None:
        log = Log()
        get_logger("bloop.ingest").info("batch written", events=3, release=None)
        (line,) = log.lines
        assert set(line) == {"timestamp", "level", "target", "fields"}
        assert line["level"] == "INFO"
        assert line["target"] == "bloop.ingest"
        assert line["fields"] == {"message": "batch written", "events": 3, "release": None}
        offset = datetime.fromisoformat(line["timestamp"]).utcoffset()
        assert offset is not None
        assert offset.total_seconds() == 0

    @pytest.mark.parametrize(
        ("method", "level"),
        [("debug", "DEBUG"), ("info", "INFO"), ("warning", "WARN"), ("error", "ERROR"), ("critical", "ERROR")],
    )
    def test_levels_have_their_short_names(self, method: str, level: str) -> None:
        log = Log("debug")
        getattr(get_logger("bloop"), method)("something")
        assert log.lines[0]["level"] == level

    def test_line_breaks_stay_inside_the_line(self) -> None:
        log = Log()
        get_logger("bloop").info("one\ntwo\r\n\u2028three", text="a\nb")
        assert len(log.stream.getvalue().split("\n")) == 2
        assert log.messages == ["one\ntwo\r\n\u2028three"]

    @pytest.mark.parametrize("value", [b"\xff", object(), {1, 2}, float("nan"), "\ud800", {"a": b"b"}])
    def test_no_value_is_too_odd_to_write(self, value: object) -> None:
        log = Log()
        get_logger("bloop").info("odd", value=value)
        assert log.messages == ["odd"]

    def test_an_exception_brings_its_stack(self) -> None:
        log = Log()
        try:
            _ = os.environ["NOWHERE"]
        except KeyError:
            get_logger("bloop").exception("failed", attempt=2)
        (line,) = log.lines
        assert line["level"] == "ERROR"
        assert line["fields"]["attempt"] == 2
        assert line["fields"]["exception"].endswith("KeyError: 'NOWHERE'")

    @pytest.mark.parametrize(
        "name", ["api_key", "key", "token", "signature", "hmac_secret", "password", "Authorization"]
    )
    @pytest.mark.parametrize("value", ["0123456789abcdef", b"0123456789abcdef"])
    def test_a_credential_shows_8_characters_at_most(self, name: str, value: str | bytes) -> None:
        log = Log()
        get_logger("bloop").info("seen", **{name: value})
        assert log.lines[0]["fields"][name] == "01234567…"

    @pytest.mark.parametrize("name", ["keyboard", "tokens", "key_count", "route"])
    def test_other_fields_are_whole(self, name: str) -> None:
        log = Log()
        get_logger("bloop").info("seen", **{name: "0123456789abcdef"})
        assert log.lines[0]["fields"][name] == "0123456789abcdef"


class TestFilter:
    @pytest.mark.parametrize(
        ("filter_text", "target", "threshold"),
        [
            ("debug", "bloop.ingest", "DEBUG"),
            ("DEBUG", "anything", "DEBUG"),
            ("error", "bloop", "ERROR"),
            ("bloop=info", "bloop", "INFO"),
            ("bloop=info", "bloop.ingest", "INFO"),
            ("bloop=info", "bloopers", "WARN"),
            ("bloop=info", "hypercorn.error", "WARN"),
            ("bloop=info,error", "hypercorn.error", "ERROR"),
            ("bloop=warn,bloop.ingest=debug", "bloop.ingest", "DEBUG"),
            ("bloop=warn,bloop.ingest=debug", "bloop.ingest.deeper", "DEBUG"),
            ("bloop=warn,bloop.ingest=debug", "bloop.pipeline", "WARN"),
            ("bloop::ingest=debug", "bloop.ingest", "DEBUG"),
            ("bloop=info,tower_http=debug", "bloop", "INFO"),
            (" bloop = debug , ", "bloop", "DEBUG"),
            ("bloop", "bloop.ingest", "DEBUG"),
            ("bloop=trace", "bloop", "DEBUG"),
            ("bloop=debug,bloop=error", "bloop", "ERROR"),
            (DEFAULT_FILTER, "bloop", "INFO"),
        ],
    )
    def test_the_nearest_directive_decides(self, filter_text: str, target: str, threshold: str) -> None:
        log = Log(filter_text)
        for method in ("debug", "info", "warning", "error"):
            getattr(get_logger(target), method)("something")
        assert log.lines[0]["level"] == threshold

    @pytest.mark.parametrize("filter_text", ["off", "bloop=off"])
    def test_off_is_silent(self, filter_text: str) -> None:
        log = Log(filter_text)
        get_logger("bloop").critical("something")
        assert log.lines == []

    @pytest.mark.parametrize("filter_text", [None, ""])
    def test_without_a_filter_our_own_lines_start_at_info(self, filter_text: str | None) -> None:
        log = Log(filter_text)
        get_logger("bloop.ingest").debug("unseen")
        get_logger("bloop.ingest").info("seen")
        assert log.messages == ["seen"]

    def test_parts_that_mean_nothing_are_named_and_the_others_hold(self) -> None:
        log = Log("bloop=loud,bloop.ingest=debug,a b,[span]=debug,=info")
        (line,) = log.lines
        assert line["level"] == "WARN"
        assert line["fields"]["ignored"] == ["bloop=loud", "a b", "[span]=debug", "=info"]
        assert is_debug("bloop.ingest")

    @given(st.text())
    def test_no_text_is_too_odd_for_a_filter(self, text: str) -> None:
        log_filter, _ = parse_filter(text)
        assert log_filter.lowest <= log_filter.threshold("bloop.ingest")

    def test_hot_paths_can_ask_whether_debug_is_on(self) -> None:
        Log("bloop=info,bloop.ingest=debug")
        assert is_debug("bloop.ingest")
        assert not is_debug("bloop.pipeline")


class TestLibraries:
    """What our libraries log with the standard library goes the same way."""

    def test_a_record_becomes_a_line(self) -> None:
        log = Log()
        logging.getLogger("hypercorn.error").warning("lost %s of %d", "one", 2)
        (line,) = log.lines
        assert (line["level"], line["target"]) == ("WARN", "hypercorn.error")
        assert line["fields"] == {"message": "lost one of 2"}

    def test_a_record_below_its_threshold_does_not(self) -> None:
        log = Log("debug,hypercorn=error")
        logging.getLogger("hypercorn.access").info("GET /")
        logging.getLogger("quart.app").info("serving")
        assert log.messages == ["serving"]

    def test_a_record_brings_its_stack(self) -> None:
        log = Log()
        try:
            _ = os.environ["NOWHERE"]
        except KeyError:
            logging.getLogger("quart.app").exception("failed")
        assert log.lines[0]["fields"]["exception"].endswith("KeyError: 'NOWHERE'")

    def test_arguments_that_do_not_fit_cost_the_arguments_alone(self) -> None:
        log = Log()
        logging.getLogger("quart.app").warning("no place for it", "surplus")  # noqa: PLE1205 - the mistake
        assert log.messages == ["no place for it"]

    def test_configuring_again_does_not_double_the_lines(self) -> None:
        Log()
        log = Log()
        logging.getLogger("quart.app").warning("once")
        assert log.messages == ["once"]


class BrokenStream(io.StringIO):
    """What a pipe is whose reader is gone."""

    def write(self, _text: str) -> int:
        raise BrokenPipeError


@pytest.mark.parametrize("stream", [BrokenStream(), "closed"])
def test_a_stream_that_cannot_be_written_never_stops_the_program(stream: io.StringIO | str) -> None:
    if isinstance(stream, str):
        stream = io.StringIO()
        stream.close()
    configure_logging(None, stream)
    get_logger("bloop").error("nobody hears this")
    logging.getLogger("quart").error("nor this")
