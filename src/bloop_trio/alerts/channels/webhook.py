"""Any receiver of JSON: a fixed body or one's own, signed if there is a secret. Pure."""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import TYPE_CHECKING, Any, Final

import attrs
import msgspec

from bloop_trio.alerts.channels.fields import MASK, Fields, masked_url
from bloop_trio.alerts.channels.message import JSON, OutgoingRequest
from bloop_trio.alerts.channels.templates import check_template, fill
from bloop_trio.exceptions import BadRequestError

if TYPE_CHECKING:
    from bloop_trio.alerts.channels.message import Message

PLACEHOLDERS: Final = (
    "rule", "message", "timestamp", "source", "event", "rule_id", "project", "project_id", "project_name",
    "fingerprint", "error_type", "error_message", "error_source", "environment", "release", "route", "status", "count",
    "users_affected", "first_seen", "last_seen", "figures", "stack", "link", "digest",
)  # fmt: skip
"""Fields of the body that is sent without a template, and what a template can have in it."""

MAX_HEADERS: Final = 20
_MAX_VALUE_CHARS: Final = 1_024
_MAX_SECRET_CHARS: Final = 256
_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}")
_VALUE: Final = re.compile(r"[\x20-\x7e]*")
_OURS: Final = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer", "expect", "keep-alive"}
)
_OUR_PREFIX: Final = "x-bloop-"


@attrs.frozen(kw_only=True)
class WebhookChannel:
    """A URL that takes JSON."""

    url: str = attrs.field(repr=False)
    secret: str | None = attrs.field(default=None, repr=False)
    """Signs the requests."""
    template: str | None = None
    """JSON with placeholders, instead of the usual body."""
    headers: dict[str, str] = attrs.field(factory=dict, repr=False)
    """Sent with each request."""

    @classmethod
    def read(cls, fields: Fields) -> WebhookChannel:
        """Return the channel of these fields; raises BadRequestError."""
        return cls(
            url=fields.url("url"),
            secret=fields.optional_text("secret", _MAX_SECRET_CHARS),
            template=_read_template(fields.anything("template")),
            headers=_read_headers(fields.anything("headers")),
        )

    def masked(self) -> dict[str, Any]:
        """Return the fields without secrets."""
        shown: dict[str, Any] = {"url": masked_url(self.url)}
        if self.secret is not None:
            shown["secret"] = MASK
        if self.template is not None:
            shown["template"] = self.template
        if self.headers:
            shown["headers"] = dict.fromkeys(self.headers, MASK)
        return shown

    def request(self, message: Message) -> OutgoingRequest:
        """Return the request that carries the message, signed as of when the message is sent."""
        values = body_values(message)
        body = msgspec.json.encode(values) if self.template is None else fill(self.template, values)
        headers = {"content-type": JSON} | {name.lower(): value for name, value in self.headers.items()}
        if message.delivery_id is not None:
            headers["x-bloop-delivery"] = str(message.delivery_id)
        if self.secret is not None:
            headers["x-bloop-signature"] = sign(self.secret, body, message.sent_secs)
        return OutgoingRequest(url=self.url, body=body, headers=headers)


def sign(secret: str, body: bytes, sent_secs: int) -> str:
    """Return the value of `X-Bloop-Signature`: a time, and the HMAC-SHA256 of that time, a dot and the body."""
    mac = hmac.new(secret.encode(), b"%d." % sent_secs + body, hashlib.sha256)
    return f"t={sent_secs},v1={mac.hexdigest()}"


def body_values(message: Message) -> dict[str, Any]:
    """Return the fields of the usual body, in their order."""
    content, digest = message.content, message.digest
    values: dict[str, Any] = dict.fromkeys(PLACEHOLDERS)
    values |= {
        "rule": message.title,
        "message": message.text,
        "timestamp": message.fired_secs,
        "source": "bloop",
        "event": "digest" if content is None else content.kind,
        "link": message.link,
    }
    if digest is not None:
        values |= {"count": digest.size, "digest": {"count": digest.size, "rules": dict(digest.counts)}}
    if content is not None:
        values |= {
            "rule_id": content.rule_id,
            "project": content.project_slug,
            "project_id": content.project_id,
            "project_name": content.project_name,
            "fingerprint": content.fingerprint,
            "error_type": content.error_type,
            "error_message": content.message,
            "error_source": content.source,
            "environment": content.environment,
            "release": content.release,
            "route": content.route,
            "status": content.status,
            "count": content.total_count,
            "users_affected": content.users_affected,
            "first_seen": content.first_seen_ms,
            "last_seen": content.last_seen_ms,
            "figures": dict(content.figures),
            "stack": list(content.top_frames),
        }
    return values


def _read_template(raw: Any) -> str | None:
    """A template comes as text, or as the JSON itself."""
    if raw is None or raw == "":
        return None
    template = raw if isinstance(raw, str) else msgspec.json.encode(raw).decode()
    check_template(template, PLACEHOLDERS)
    return template


def _read_headers(raw: Any) -> dict[str, str]:
    if raw is None:
        return {}
    if not isinstance(raw, dict) or len(raw) > MAX_HEADERS:
        raise BadRequestError(f"headers must be an object of at most {MAX_HEADERS} names with strings")
    for name, value in raw.items():
        if _NAME.fullmatch(name) is None or name.lower() in _OURS or name.lower().startswith(_OUR_PREFIX):
            raise BadRequestError(f"the header {name[:64]!r} cannot be set")
        if not isinstance(value, str) or _VALUE.fullmatch(value) is None or len(value) > _MAX_VALUE_CHARS:
            raise BadRequestError(f"the header {name} must be ASCII of at most {_MAX_VALUE_CHARS} characters")
    return {name: value.strip() for name, value in raw.items()}
