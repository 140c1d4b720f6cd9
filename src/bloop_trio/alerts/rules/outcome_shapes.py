"""The JSON of what has become of a test of channels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import attrs

if TYPE_CHECKING:
    from collections.abc import Sequence


class ChannelOutcome(Protocol):
    """What has become of a test in one place, as whoever sends it tells."""

    @property
    def channel_id(self) -> int | None:
        """Return the channel; None for what the server's environment names."""

    @property
    def channel_type(self) -> str:
        """Return what kind of place it is."""

    @property
    def ok(self) -> bool:
        """Return whether the place has taken it."""

    @property
    def status(self) -> int | None:
        """Return the HTTP status that it has answered, if there was one."""

    @property
    def error(self) -> str | None:
        """Return what was wrong, if anything was."""


@attrs.frozen(kw_only=True, slots=False)
class AlertTestResult:
    """What has become of a test in one place."""

    channel_id: int | None
    """The channel; null for what the server's environment names."""
    channel_type: str
    """What kind of place it is."""
    ok: bool
    """Whether the place has taken it."""
    status: int | None
    """The HTTP status that it has answered; null if there was none."""
    error: str | None
    """What was wrong; null if nothing was."""


@attrs.frozen(kw_only=True, slots=False)
class AlertTest:
    """What has become of a test."""

    sent: bool
    """Whether every place has taken it; false also if there is none."""
    results: list[AlertTestResult]
    """Place by place."""


def test_info(results: Sequence[ChannelOutcome]) -> AlertTest:
    """Return what has become of a test as the API shows it."""
    return AlertTest(
        sent=bool(results) and all(result.ok for result in results),
        results=[
            AlertTestResult(
                channel_id=result.channel_id,
                channel_type=result.channel_type,
                ok=result.ok,
                status=result.status,
                error=result.error,
            )
            for result in results
        ],
    )
