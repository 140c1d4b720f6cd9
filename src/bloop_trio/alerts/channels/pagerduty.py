"""PagerDuty, by version 2 of its Events API. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal

import attrs
import msgspec

from bloop_trio.alerts.channels.fields import MASK, Fields, masked_url
from bloop_trio.alerts.channels.message import OutgoingRequest
from bloop_trio.alerts.channels.texts import cut, one_line
from bloop_trio.exceptions import BadRequestError

if TYPE_CHECKING:
    from bloop_trio.alerts.channels.message import Message
    from bloop_trio.alerts.content import Content

EVENTS_URL: Final = "https://events.pagerduty.com/v2/enqueue"
_EVENTS_URL: Final = re.compile(r"https://events\.(?:eu\.)?pagerduty\.com/v2/enqueue")

Severity = Literal["critical", "error", "warning", "info"]

_MAX_SUMMARY_CHARS: Final = 1_024
_MAX_DETAIL_CHARS: Final = 1_024


@attrs.frozen(kw_only=True)
class PagerDutyChannel:
    """A service of PagerDuty."""

    routing_key: str = attrs.field(repr=False)
    severity: Severity = "error"
    url: str = EVENTS_URL
    """Another one for accounts in the EU."""

    @classmethod
    def read(cls, fields: Fields) -> PagerDutyChannel:
        """Return the channel of these fields; raises BadRequestError."""
        routing_key = fields.text("routing_key", 100)
        if not routing_key.isalnum() or not routing_key.isascii():
            raise BadRequestError("routing_key must be the integration key of a service")
        url = fields.optional_url("url", EVENTS_URL)
        match fields.optional_text("severity"):
            case None:
                return cls(routing_key=routing_key, url=url)
            case "critical" | "error" | "warning" | "info" as severity:
                return cls(routing_key=routing_key, url=url, severity=severity)
            case _:
                raise BadRequestError("severity must be critical, error, warning or info")

    def masked(self) -> dict[str, Any]:
        """Return the fields without secrets. PagerDuty's own URLs hold none; that of a relay may."""
        shown = self.url if _EVENTS_URL.fullmatch(self.url) else masked_url(self.url)
        return {"routing_key": MASK, "severity": self.severity, "url": shown}

    def request(self, message: Message) -> OutgoingRequest:
        """Return the request that carries the message. Alerts about the same thing become one incident."""
        content = message.content
        payload: dict[str, Any] = {
            "summary": cut(one_line(f"[{message.title}] {message.text}"), _MAX_SUMMARY_CHARS),
            "source": "bloop" if content is None or content.project_name is None else cut(content.project_name, 200),
            "severity": self.severity,
            "timestamp": datetime.fromtimestamp(message.fired_secs, UTC).isoformat(),
            "custom_details": {} if content is None else _details(content),
        }
        body: dict[str, Any] = {
            "routing_key": self.routing_key,
            "event_action": "trigger",
            "dedup_key": message.key,
            "client": "bloop",
            "payload": payload,
        }
        if message.link is not None:
            body["client_url"] = message.link
            body["links"] = [{"href": message.link, "text": "Open in bloop"}]
        return OutgoingRequest(url=self.url, body=msgspec.json.encode(body))


def _details(content: Content) -> dict[str, Any]:
    details: dict[str, Any] = {
        "error_type": content.error_type,
        "environment": content.environment,
        "release": content.release,
        "route": content.route,
        "fingerprint": content.fingerprint,
        "stack": "\n".join(content.top_frames) or None,
    }
    texts = {name: cut(value, _MAX_DETAIL_CHARS) for name, value in details.items() if value}
    return texts | ({} if content.total_count is None else {"total_count": content.total_count})
