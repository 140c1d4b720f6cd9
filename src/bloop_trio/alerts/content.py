"""What an alert says, before it takes the form that a channel wants. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final, Literal, TypeAlias
from urllib.parse import quote

import attrs
import msgspec

from bloop_trio.clock import MS_PER_SEC

AlertKind: TypeAlias = Literal["new_issue", "regression", "threshold", "spike", "escalating", "mover", "test"]

MAX_FRAMES: Final = 8
TEST_RULE_NAME: Final = "test"


@attrs.frozen(kw_only=True)
class Content:
    """What is known of an alert when it fires; stored as JSON, and never changed afterwards."""

    kind: AlertKind
    rule_id: int
    rule_name: str
    project_id: str | None = None
    project_name: str | None = None
    project_slug: str | None = None
    fingerprint: str | None = None
    """None for an alert about a route or a project as a whole."""
    error_type: str | None = None
    message: str | None = None
    source: str | None = None
    environment: str | None = None
    release: str | None = None
    route: str | None = None
    status: str | None = None
    total_count: int | None = None
    users_affected: int | None = None
    first_seen_ms: int | None = None
    last_seen_ms: int | None = None
    figures: dict[str, float] = attrs.field(factory=dict)
    """What the rule compared: count, threshold, window_secs, rate, baseline_rate, multiplier, previous, change, percent,
    as the kind has them."""
    top_frames: tuple[str, ...] = ()
    """The first lines of the newest sample's stack, at most `MAX_FRAMES`."""
    fired_ms: int


_decoder: Final = msgspec.json.Decoder(Content)


def encode(content: Content) -> str:
    """Return the JSON that `decode` reads."""
    return msgspec.json.encode(content).decode()


def decode(text: str) -> Content:
    """Return what `encode` has written.

    Raises:
        ValueError: the text is nothing of the kind.
    """
    return _decoder.decode(text)


def about_test(rule_id: int, fired_ms: int) -> Content:
    """Return what a test of a rule's channels says."""
    return Content(kind="test", rule_id=rule_id, rule_name=TEST_RULE_NAME, fired_ms=fired_ms)


def sentence(content: Content) -> str:
    """Return in one sentence what has happened, as it came from clients: a channel has to escape it."""
    match content.kind:
        case "test":
            return f"Test of alert rule {content.rule_id} at {moment(content.fired_ms)}"
        case "new_issue" | "regression":
            told = "New error" if content.kind == "new_issue" else "Error is back"
            return f"{told} in {_where(content)}: {_what(content)}"
        case "threshold":
            return (
                f"{_count(content)} in {_window(content)}, more than {_figure(content, 'threshold')}: {_what(content)}"
            )
        case "spike":
            return (
                f"Spike of errors: {_count(content)} in {_window(content)},"
                f" {_figure(content, 'rate')} a minute against {_figure(content, 'baseline_rate')} before:"
                f" {_what(content)}"
            )
        case "escalating":
            return (
                f"Error is escalating: {_count(content)} in {_window(content)},"
                f" {_figure(content, 'rate')} a minute against {_figure(content, 'baseline_rate')} in its last week:"
                f" {_what(content)}"
            )
        case "mover":
            more = "more" if content.figures.get("change", 0) > 0 else "fewer"
            return (
                f"Error has moved: {_count(content)} in {_window(content)}, {_figure(content, 'percent')} % {more} than"
                f" {_figure(content, 'previous')} before: {_what(content)}"
            )


def issue_url(public_url: str | None, content: Content) -> str | None:
    """Return where the dashboard shows what the alert is about; None if nobody knows where the dashboard is.

    `public_url` is `server.public_url`, without a slash at its end.
    """
    if public_url is None:
        return None
    project = f"?project={quote(content.project_slug, safe='')}" if content.project_slug else ""
    if content.fingerprint is None:
        return f"{public_url}/issues{project}"
    return f"{public_url}/issues/{quote(content.fingerprint, safe='')}{project}"


def moment(epoch_ms: int) -> str:
    """Return a time as people read it, in UTC and to the second; one that no calendar has as a number."""
    try:
        return f"{datetime.fromtimestamp(epoch_ms / MS_PER_SEC, UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (OverflowError, ValueError, OSError):
        return f"{epoch_ms} ms"


def _where(content: Content) -> str:
    environment = f" ({content.environment})" if content.environment else ""
    return f"{content.release or 'unknown release'}{environment}"


def _what(content: Content) -> str:
    """What the alert is about: an error, or a route, or a project."""
    if content.fingerprint is not None:
        return f"[{content.error_type}] {content.message} - {content.fingerprint}"
    return f"route {content.route}" if content.route else f"project {content.project_name}"


def _count(content: Content) -> str:
    count = _figure(content, "count")
    return f"{count} event" if count == "1" else f"{count} events"


def _figure(content: Content, name: str) -> str:
    value = content.figures.get(name)
    return "?" if value is None else f"{value:.2f}".rstrip("0").rstrip(".")


def _window(content: Content) -> str:
    secs = int(content.figures.get("window_secs", 0))
    for unit_secs, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if secs and secs % unit_secs == 0:
            count = secs // unit_secs
            return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
    return f"{secs} seconds"
