"""An alert as a mail: plain text, and the same as HTML. Pure."""

from __future__ import annotations

import html
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import TYPE_CHECKING, Final

from bloop_trio.alerts.channels.texts import cut, one_line
from bloop_trio.alerts.content import moment

if TYPE_CHECKING:
    from datetime import datetime

    from bloop_trio.alerts.channels.message import Message
    from bloop_trio.alerts.content import Content

_MAX_SUBJECT_CHARS: Final = 200
_MAX_TEXT_CHARS: Final = 20_000
_MAX_DETAIL_CHARS: Final = 500

_PAGE: Final = """\
<!doctype html>
<html><body style="font-family: sans-serif; color: #1b1b1f">
{}
</body></html>
"""
_MONOSPACE: Final = "font-family: monospace; font-size: 13px; white-space: pre-wrap"


def build_mail(message: Message, *, sender: str, to: str, sent_at: datetime) -> EmailMessage:
    """Return the mail that carries the message."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = sender
    mail["To"] = to
    # One line, and no encoded word, which could become several: what a rule is called must not add a header.
    title = one_line(message.title).replace("=?", "= ?")
    mail["Subject"] = cut(f"[bloop alert] {title}", _MAX_SUBJECT_CHARS)
    mail["Date"] = format_datetime(sent_at)
    if message.delivery_id is not None:
        # The same for each attempt, so that a mailbox can tell a second copy.
        domain = sender.rpartition("@")[2]
        mail["Message-ID"] = f"<alert.{message.delivery_id}.{message.key}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"  # nobody's absence is to be told to us
    mail.set_content(_plain(message))
    mail.add_alternative(_html(message), subtype="html")
    return mail


def _plain(message: Message) -> str:
    parts = [cut(message.text, _MAX_TEXT_CHARS)]
    if message.content is not None:
        facts = [f"{name}: {value}" for name, value in _facts(message.content)]
        parts += ["\n".join(block) for block in (facts, _frames(message.content)) if block]
    if message.link is not None:
        parts.append(message.link)
    return "\n\n".join(parts) + "\n"


def _html(message: Message) -> str:
    parts = [f'<h2 style="font-size: 16px">{html.escape(one_line(message.title))}</h2>']
    parts += [f"<p>{html.escape(line)}</p>" for line in cut(message.text, _MAX_TEXT_CHARS).splitlines() if line.strip()]
    if message.content is not None:
        facts = "".join(
            f'<tr><td style="padding-right: 12px">{name}</td><td>{html.escape(value)}</td></tr>'
            for name, value in _facts(message.content)
        )
        frames = html.escape("\n".join(_frames(message.content)))
        parts += [f"<table>{facts}</table>"] if facts else []
        parts += [f'<pre style="{_MONOSPACE}">{frames}</pre>'] if frames else []
    if message.link is not None:
        parts.append(f'<p><a href="{html.escape(message.link)}">Open in bloop</a></p>')
    return _PAGE.format("\n".join(parts))


def _facts(content: Content) -> list[tuple[str, str]]:
    values = {
        "Project": content.project_name,
        "Environment": content.environment,
        "Release": content.release,
        "Route": content.route,
        "Status": content.status,
        "Events": None if content.total_count is None else f"{content.total_count:,}",
        "Users affected": None if content.users_affected is None else f"{content.users_affected:,}",
        "First seen": None if content.first_seen_ms is None else moment(content.first_seen_ms),
        "Last seen": None if content.last_seen_ms is None else moment(content.last_seen_ms),
    }
    return [(name, cut(one_line(value), _MAX_DETAIL_CHARS)) for name, value in values.items() if value]


def _frames(content: Content) -> list[str]:
    return [cut(frame.rstrip(), _MAX_DETAIL_CHARS) for frame in content.top_frames]
