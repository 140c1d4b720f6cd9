"""Texts of clients on their way to a receiver: cut to what it takes, and robbed of what it would act upon. Pure."""

from __future__ import annotations

import re
from typing import Final

_MARKDOWN: Final = re.compile(r"([\\`*_~|>#\[\]()<-])")


def cut(text: str, most: int) -> str:
    """Return the text with at most so many characters; one that was longer ends in an ellipsis."""
    return text if len(text) <= most else text[: most - 1] + "…"


def cut_bytes(text: str, most: int) -> str:
    """Return the text with at most so many bytes of UTF-8; one that was longer ends in an ellipsis."""
    raw = text.encode()
    if len(raw) <= most:
        return text
    return raw[: most - len("…".encode())].decode("utf-8", "ignore") + "…"


def one_line(text: str) -> str:
    """Return the text on one line: white space and characters that nobody sees become single blanks."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def escape_slack(text: str) -> str:
    """Return the text so that Slack shows it: no link, no mention, no `<!channel>` and no `@here`."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _SHOUTS.sub("@\N{ZERO WIDTH SPACE}\\1", escaped)


_SHOUTS: Final = re.compile(r"@(here|channel|everyone)", re.IGNORECASE)
"""Hooks of old integrations read these words as mentions."""


def escape_markdown(text: str) -> str:
    """Return the text so that Discord shows it as it is."""
    return _MARKDOWN.sub(r"\\\1", text)
