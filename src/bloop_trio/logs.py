"""Logs: one JSON object a line, from this program and its libraries alike.

Each line is ``{"timestamp", "level", "target", "fields": {"message", …}}``. A filter in the grammar of ``RUST_LOG``
says what is written: ``debug``, or ``bloop=info,bloop.ingest=debug``. Fields whose name says that they hold a
credential are cut to 8 characters, so that a slip does not leak one.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import attrs
import structlog

from bloop_trio.clock import now_ms

if TYPE_CHECKING:
    from collections.abc import MutableMapping
    from typing import TextIO

DEFAULT_FILTER: Final = "bloop=info"

_OFF: Final = logging.CRITICAL + 10
_LEVELS: Final = {
    "trace": logging.DEBUG,
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warn": logging.WARNING,
    "warning": logging.WARNING,
    "error": logging.ERROR,
    "off": _OFF,
}
_UNNAMED_THRESHOLD: Final = logging.WARNING
"""Of targets that the filter does not name: what goes wrong in a library is not lost by naming another target."""

_SHOWN_SECRET_CHARS: Final = 8
_SECRET_WORDS: Final = frozenset({"key", "token", "signature", "secret", "password", "authorization", "cookie"})


@attrs.frozen
class LogFilter:
    """From which level on each target is written."""

    thresholds: dict[str, int]
    """By target; a target without its own follows the nearest one above it (``bloop`` for ``bloop.ingest``)."""
    unnamed: int = _UNNAMED_THRESHOLD

    def threshold(self, target: str) -> int:
        """Return the least level of `target` that is written."""
        while target:
            found = self.thresholds.get(target)
            if found is not None:
                return found
            target = target.rpartition(".")[0]
        return self.unnamed

    @property
    def lowest(self) -> int:
        """The least level that any target writes."""
        return min(self.unnamed, *self.thresholds.values()) if self.thresholds else self.unnamed


def parse_filter(text: str) -> tuple[LogFilter, tuple[str, ...]]:
    """Return the filter and the parts of the text that mean nothing.

    A part is a level, ``target=level``, or a target alone (all its levels); ``::`` in a target is as good as a dot.
    """
    thresholds: dict[str, int] = {}
    unnamed = _UNNAMED_THRESHOLD
    ignored: list[str] = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        target, equals, level = (piece.strip() for piece in part.partition("="))
        target = target.replace("::", ".")
        if equals:
            threshold = _LEVELS.get(level.lower())
            if threshold is None or not _is_target(target):
                ignored.append(part)
            else:
                thresholds[target] = threshold
        elif target.lower() in _LEVELS:
            unnamed = _LEVELS[target.lower()]
        elif _is_target(target):
            thresholds[target] = logging.DEBUG
        else:
            ignored.append(part)
    return LogFilter(thresholds, unnamed), tuple(ignored)


def _is_target(text: str) -> bool:
    return bool(text) and all(name.replace("-", "_").isidentifier() for name in text.split("."))


_current = parse_filter(DEFAULT_FILTER)[0]


def configure_logging(filter_text: str | None, stream: TextIO) -> None:
    """Write what the filter (`None` or empty: the default) lets through to `stream`, from now on and process-wide.

    Records of the standard library's logging, which our libraries use, go the same way. A part of the filter that
    means nothing is named in a warning. A stream that cannot be written to never stops the program.
    """
    global _current
    _current, ignored = parse_filter(filter_text or DEFAULT_FILTER)
    lines = _Lines(stream)
    structlog.configure(
        processors=[
            _drop_below_threshold,
            structlog.processors.format_exc_info,
            _as_line,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(min(_current.lowest, logging.CRITICAL)),
        logger_factory=lambda *args: _TargetLogger(args[0] if args else "bloop", lines),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if isinstance(handler, _LibraryHandler)]:
        root.removeHandler(handler)
    root.addHandler(_LibraryHandler(lines))
    root.setLevel(_current.lowest)
    if ignored:
        get_logger("bloop.logs").warning("parts of the log filter mean nothing", ignored=list(ignored))


def get_logger(target: str) -> structlog.typing.FilteringBoundLogger:
    """Return the logger of a target such as ``bloop.ingest``."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger(target)
    return logger


def is_debug(target: str) -> bool:
    """Say whether debug lines of `target` are written; spares a hot path the cost of making them up."""
    return _current.threshold(target) <= logging.DEBUG


_WARNING_INTERVAL_SECS: Final = 10.0
_next_warning_at: dict[str, float] = {}


def warn_now_and_then(logger: structlog.typing.FilteringBoundLogger, message: str, **fields: object) -> None:
    """Warn of a condition that can hold for every event, at most once in ten seconds for each message.

    The message is a constant of the program: what differs from time to time goes into the fields.
    """
    now = time.monotonic()
    if now >= _next_warning_at.get(message, now):
        _next_warning_at[message] = now + _WARNING_INTERVAL_SECS
        logger.warning(message, **fields)


@attrs.define(eq=False)
class _Lines:
    """Whole lines to one stream, from any thread."""

    stream: TextIO
    lock: threading.Lock = attrs.field(factory=threading.Lock)

    def write(self, line: str) -> None:
        try:
            with self.lock:
                self.stream.write(line + "\n")
                self.stream.flush()
        except (OSError, ValueError):
            # The reader of the log is gone, its disk is full, or the stream is closed: serving goes on without.
            return


@attrs.define(eq=False)
class _TargetLogger:
    """The end of a structlog chain: knows its target and writes the finished line."""

    target: str
    lines: _Lines

    def msg(self, line: str) -> None:
        self.lines.write(line)

    debug = info = warning = warn = error = critical = exception = fatal = msg


def _drop_below_threshold(
    logger: _TargetLogger, method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    if structlog.processors.NAME_TO_LEVEL.get(method, logging.ERROR) < _current.threshold(logger.target):
        raise structlog.DropEvent
    return event


def _as_line(logger: _TargetLogger, method: str, event: MutableMapping[str, Any]) -> str:
    message = event.pop("event", "")
    return render(structlog.processors.NAME_TO_LEVEL.get(method, logging.ERROR), logger.target, message, event)


def render(level: int, target: str, message: object, fields: MutableMapping[str, Any]) -> str:
    """Return the JSON line; what JSON cannot hold is written as its `repr`."""
    shown: dict[str, Any] = {"message": str(message)}
    shown.update((name, _without_secret(name, value)) for name, value in fields.items())
    line = {
        "timestamp": f"{datetime.fromtimestamp(now_ms() / 1000, UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z",
        "level": _level_name(level),
        "target": target,
        "fields": shown,
    }
    return json.dumps(line, default=repr)


def _level_name(level: int) -> str:
    if level >= logging.ERROR:
        return "ERROR"
    if level >= logging.WARNING:
        return "WARN"
    return "INFO" if level >= logging.INFO else "DEBUG"


def _without_secret(name: str, value: object) -> object:
    if isinstance(value, str | bytes) and name.lower().rpartition("_")[2] in _SECRET_WORDS:
        text = value if isinstance(value, str) else value.decode("utf-8", "replace")
        return text[:_SHOWN_SECRET_CHARS] + "…"
    return value


class _LibraryHandler(logging.Handler):
    """Sends records of the standard library's logging the way of our own lines."""

    def __init__(self, lines: _Lines) -> None:
        super().__init__()
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno < _current.threshold(record.name):
            return
        fields: dict[str, Any] = {}
        if record.exc_info:
            fields["exception"] = logging.Formatter().formatException(record.exc_info)
        try:
            message = record.getMessage()
        except (TypeError, ValueError):  # arguments that do not fit the format
            message = str(record.msg)
        self._lines.write(render(record.levelno, record.name, message, fields))
