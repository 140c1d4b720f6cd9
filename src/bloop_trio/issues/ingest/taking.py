"""One event at a time: judged, fingerprinted, offered, and counted as exactly one outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
from xxhash import xxh3_64_intdigest

from bloop_trio.issues.events.accounting import Drop, Loss, Rejection, Tally
from bloop_trio.issues.events.batch import AcceptedEvent
from bloop_trio.issues.events.event import Event, EventLimits, cut, judge, may_need_cutting
from bloop_trio.issues.grouping.fingerprint import own_fingerprint
from bloop_trio.issues.grouping.grouping import USUAL, Grouper
from bloop_trio.issues.grouping.why_grouped import explain
from bloop_trio.logs import get_logger, is_debug, warn_now_and_then

if TYPE_CHECKING:
    from bloop_trio.flow.pipeline import Pipeline
    from bloop_trio.flow.recent import RecentCounts
    from bloop_trio.issues.events.receipt import Receipt
    from bloop_trio.issues.grouping.grouping import Grouping

_TARGET: Final = "bloop.ingest"
_log = get_logger(_TARGET)


@attrs.define(eq=False, kw_only=True)
class Taking:
    """What the events of one request have in common."""

    project_no: int
    tally: Tally
    received_ms: int
    limited: bool
    receipt: Receipt | None
    idempotency_key: str | None
    grouping: Grouping | None = None
    """How the project groups its events; None if as usual."""


class EventTaker:
    """Brings events into the pipeline."""

    def __init__(self, limits: EventLimits, pipeline: Pipeline[AcceptedEvent], recent: RecentCounts[Loss]) -> None:
        self._limits = limits
        self._pipeline = pipeline
        self._recent = recent
        self._grouper = Grouper()
        self._fingerprinter = self._grouper.v1
        # Asked once: asking the filter for every event costs more than it is worth.
        self._is_debug = is_debug(_TARGET)

    def take(
        self, event: Event | str, payload: bytes | None, taking: Taking, idempotency_key: str | None
    ) -> str | None:
        """Judge one event and offer it; returns what is wrong with it. Counts exactly one outcome.

        `payload` is the event's JSON where the strict decoder has taken it; `event` is what is wrong if it is a text.
        """
        tally = taking.tally
        if payload is not None and not _is_complete(event):
            payload = None
        problem = event if isinstance(event, str) else judge(event, self._limits)
        if problem is not None or isinstance(event, str):
            tally.rejected[Rejection.INVALID_EVENT] += 1
            return problem
        grouping, older = taking.grouping, None
        if grouping is None:
            fingerprint = self._fingerprint(event)
        else:
            grouped = self._grouper.group(grouping, event)
            fingerprint, older = grouped.fingerprint, grouped.older
        if may_need_cutting(event):
            payload = None
            problem = cut(event, self._limits)
            if problem is not None:
                tally.rejected[Rejection.INVALID_EVENT] += 1
                return problem
        if taking.limited:
            tally.dropped[Drop.RATE_LIMITED] += 1
            self._recent.add(Loss.RATE_LIMITED, taking.received_ms)
            return None
        event_id = event.event_id or idempotency_key
        accepted = AcceptedEvent(
            event,
            taking.project_no,
            fingerprint,
            taking.received_ms,
            None if event_id is None else _id_hash(taking.project_no, event_id),
            payload,
            taking.receipt,
            older,
        )
        if not self._pipeline.offer(accepted, accepted.weight_bytes):
            tally.dropped[Drop.BUFFER_FULL] += 1
            self._recent.add(Loss.BUFFER_FULL, taking.received_ms)
            warn_now_and_then(_log, "channel full, event dropped", dropped=tally.dropped[Drop.BUFFER_FULL])
            return None
        tally.accepted += 1
        if taking.receipt is not None:
            taking.receipt.expect()
        if self._is_debug:
            _log_event(accepted, grouping or USUAL)
        return None

    def _fingerprint(self, event: Event) -> str:
        if event.fingerprint:
            return own_fingerprint(event.fingerprint)
        return self._fingerprinter.of(
            event.source or "", event.error_type or "", event.route_or_procedure, event.message or "", event.stack
        )


def _log_event(accepted: AcceptedEvent, grouping: Grouping) -> None:
    event = accepted.event
    _log.debug(
        "event accepted",
        project_no=accepted.project_no,
        fingerprint=accepted.fingerprint,
        fingerprint_input=explain(event, grouping).hashed_text,
        release=event.release,
        environment=event.environment,
    )


def _is_complete(event: Event | str) -> bool:
    """Whether judging will not change what the event's payload says."""
    return isinstance(event, Event) and bool(event.message) and (event.metadata is None or type(event.metadata) is dict)


def _id_hash(project_no: int, event_id: str) -> int:
    """Return 64 bits that stand for an event id in its project, as a signed integer."""
    digest = xxh3_64_intdigest(f"{project_no}:{event_id}".encode())
    return digest - (1 << 64) if digest >= 1 << 63 else digest
