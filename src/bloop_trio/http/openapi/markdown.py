"""The little Markdown that our texts use, as HTML: paragraphs, headings, lists, tables, blocks of code, code, links.

Everything is escaped; what is not understood is shown as it was written. Links lead to other hosts or within the page:
the files that the reference links to are not served.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_INLINE: Final = re.compile(r"`(?P<code>[^`]+)`|\[(?P<text>[^\]]+)\]\((?P<link>[^)\s]+)\)|\*(?P<strong>[^*\s][^*]*)\*")
_HEADING: Final = re.compile(r"(#+) (.+)")
_FENCE: Final = "```"
_BLANKS: Final = re.compile(r"\s+")


def to_html(text: str, *, top_level: int = 2) -> str:
    """Return a text as HTML; a heading of two hashes becomes one of `top_level`, with an anchor as its id."""
    html: list[str] = []
    lines = text.splitlines()
    while lines:
        line = lines[0]
        if not line.strip() or line.startswith("<!--"):
            lines.pop(0)
        elif line.startswith(_FENCE):
            html.append(_code(lines))
        elif heading := _HEADING.fullmatch(line):
            lines.pop(0)
            level = min(6, max(top_level, top_level + len(heading[1]) - 2))
            html.append(f'<h{level} id="{escape(anchor(heading[2]))}">{inline(heading[2])}</h{level}>')
        elif line.startswith("|"):
            html.append(_table(_taken(lines, lambda line: line.startswith("|"))))
        elif line.startswith("- "):
            items = "".join(
                f"<li>{inline(item[2:])}</li>" for item in _taken(lines, lambda line: line.startswith("- "))
            )
            html.append(f"<ul>{items}</ul>")
        else:
            html.append(f"<p>{inline(' '.join(_taken(lines, _is_prose)))}</p>")
    return "\n".join(html)


def inline(text: str) -> str:
    """Return one line as HTML."""
    html, end = [], 0
    for match in _INLINE.finditer(text):
        html += [escape(text[end : match.start()]), _marked(match)]
        end = match.end()
    return "".join([*html, escape(text[end:])])


def anchor(heading: str) -> str:
    """Return the anchor of a heading: lower case, blanks as hyphens, no punctuation."""
    return _BLANKS.sub("-", re.sub(r"[^\w\- ]", "", heading.lower()))


def _marked(match: re.Match[str]) -> str:
    if match["code"]:
        return f"<code>{escape(match['code'])}</code>"
    if match["strong"]:
        return f"<em>{inline(match['strong'])}</em>"
    if match["link"].startswith(("https://", "#")):
        return f'<a href="{escape(match["link"])}">{inline(match["text"])}</a>'
    return inline(match["text"])


def _is_prose(line: str) -> bool:
    return bool(line.strip()) and not line.startswith(("|", "- ", _FENCE)) and not _HEADING.fullmatch(line)


def _taken(lines: list[str], belongs: Callable[[str], bool]) -> list[str]:
    """Take the first line and those after it that belong to it."""
    taken = [lines.pop(0)]
    while lines and belongs(lines[0]):
        taken.append(lines.pop(0))
    return taken


def _code(lines: list[str]) -> str:
    lines.pop(0)
    code = []
    while lines and not lines[0].startswith(_FENCE):
        code.append(lines.pop(0))
    del lines[:1]
    return f"<pre><code>{escape(chr(10).join(code))}</code></pre>"


def _table(rows: list[str]) -> str:
    head, *rest = [[cell.strip() for cell in row.strip().strip("|").split("|")] for row in rows]
    body = [row for row in rest if not all(set(cell) <= set("-:") and cell for cell in row)]
    return table([inline(cell) for cell in head], [[inline(cell) for cell in row] for row in body])


def table(head: list[str], rows: list[list[str]]) -> str:
    """Return a table of cells that are HTML already."""
    columns = "".join(f"<th>{cell}</th>" for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    # A wide table scrolls by itself, so that the page does not on a phone.
    return f'<div class="wide"><table><thead><tr>{columns}</tr></thead><tbody>{body}</tbody></table></div>'
