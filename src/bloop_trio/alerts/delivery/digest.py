"""What alerts become on their way out: a message for each, or one for many. Pure."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING, Final

from bloop_trio.alerts.channels.message import Digest, Message
from bloop_trio.alerts.content import issue_url, sentence
from bloop_trio.clock import MS_PER_SEC

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bloop_trio.alerts.content import Content

MAX_SENTENCES: Final = 20
"""Alerts of a digest that are told one by one; the others are counted."""
MAX_RULES: Final = 20
"""Rules of a digest that are counted by name."""
_KEY_BYTES: Final = 16


def message_about(content: Content, *, public_url: str | None, delivery_id: int | None, now_ms: int) -> Message:
    """Return the message that carries one alert; `delivery_id` is None for a test."""
    return Message(
        title=content.rule_name,
        text=sentence(content),
        fired_secs=content.fired_ms // MS_PER_SEC,
        sent_secs=now_ms // MS_PER_SEC,
        link=issue_url(public_url, content),
        content=content,
        key=_key(str(content.rule_id), content.project_id or "", content.fingerprint or content.route or "*"),
        delivery_id=delivery_id,
    )


def digest_of(
    rule_names: Iterable[str], first: Sequence[Content], *, public_url: str | None, delivery_id: int, now_ms: int
) -> Message:
    """Return the message that stands for many alerts.

    `rule_names` has the name of its rule for each alert, `first` is what the first of them say.
    """
    counts = Counter(rule_names)
    digest = Digest(counts=dict(counts.most_common()), sentences=tuple(map(sentence, first[:MAX_SENTENCES])))
    slugs = {content.project_slug for content in first}
    return Message(
        title=next(iter(counts)) if len(counts) == 1 else f"{digest.size:,} alerts of {len(counts):,} rules",
        text=_text(digest),
        fired_secs=now_ms // MS_PER_SEC,
        sent_secs=now_ms // MS_PER_SEC,
        link=None if public_url is None else _list_url(public_url, slugs),
        content=None,
        digest=digest,
        key=_key("digest", str(delivery_id)),
        delivery_id=delivery_id,
    )


def _text(digest: Digest) -> str:
    lines = [f"{digest.size:,} alerts, too many to send each of them:"]
    named = list(digest.counts.items())[:MAX_RULES]
    lines += [f"{name}: {count:,}" for name, count in named]
    if len(digest.counts) > len(named):
        lines.append(f"and those of {len(digest.counts) - len(named):,} more rules")
    lines += ["", "The first of them:" if digest.size > len(digest.sentences) else "They say:", *digest.sentences]
    return "\n".join(lines)


def _list_url(public_url: str, slugs: set[str | None]) -> str:
    """Where the dashboard shows them: one project, if they are all of one."""
    (slug,) = slugs if len(slugs) == 1 else (None,)
    return f"{public_url}/issues" if slug is None else f"{public_url}/issues?project={slug}"


def _key(*parts: str) -> str:
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=_KEY_BYTES).hexdigest()
