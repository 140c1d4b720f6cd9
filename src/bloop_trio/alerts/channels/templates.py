"""Bodies of webhooks that people shape themselves: JSON with placeholders such as `{{message}}`. Pure.

The template is read as JSON first and filled in afterwards, so nothing that a client has sent can become part of its
structure.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from bloop_trio.exceptions import BadRequestError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

MAX_TEMPLATE_BYTES: Final = 16_384
MAX_PLACES: Final = 100
"""That are filled in: each can become a whole stack."""
MAX_DEPTH: Final = 50
"""Of lists and objects within each other."""
_PLACEHOLDER: Final = re.compile(r"\{\{([^{}]*)\}\}")
"""Blanks around a name are taken off afterwards: taken off here, they would cost the cube of their number."""
_MAX_SHOWN_CHARS: Final = 60


def check_template(template: str, known: Collection[str]) -> None:
    """Raises BadRequestError unless the template is JSON whose placeholders are all known."""
    if len(template.encode()) > MAX_TEMPLATE_BYTES:
        raise BadRequestError(f"template must be at most {MAX_TEMPLATE_BYTES} bytes")
    try:
        tree = msgspec.json.decode(template)
    except RecursionError:
        raise BadRequestError("template is nested too deeply") from None
    except ValueError as error:
        raise BadRequestError(f"template is not JSON: {error}") from None
    names = [_name(match) for text in _texts(tree, MAX_DEPTH) for match in _PLACEHOLDER.finditer(text)]
    for name in names:
        if name not in known:
            raise BadRequestError(f"there is no placeholder {name[:_MAX_SHOWN_CHARS]}")
    if len(names) > MAX_PLACES:
        raise BadRequestError(f"template must have at most {MAX_PLACES} placeholders")


def fill(template: str, values: Mapping[str, Any]) -> bytes:
    """Return the JSON of a template that was checked.

    A text that is a placeholder and nothing else becomes the value itself: a number stays one, and what there is none of
    becomes null. Within a text, values become text, and what there is none of becomes nothing.
    """
    return msgspec.json.encode(_filled(msgspec.json.decode(template), values))


def _name(placeholder: re.Match[str]) -> str:
    return placeholder[1].strip()


def _texts(tree: Any, depth: int) -> Iterator[str]:
    """Yield the texts that are filled in: names of fields stay as they are."""
    if depth < 0:
        raise BadRequestError("template is nested too deeply")
    match tree:
        case str():
            yield tree
        case list():
            for item in tree:
                yield from _texts(item, depth - 1)
        case dict():
            for item in tree.values():
                yield from _texts(item, depth - 1)


def _filled(tree: Any, values: Mapping[str, Any]) -> Any:
    match tree:
        case str():
            whole = _PLACEHOLDER.fullmatch(tree)
            return (
                values[_name(whole)] if whole else _PLACEHOLDER.sub(lambda found: _as_text(values[_name(found)]), tree)
            )
        case list():
            return [_filled(item, values) for item in tree]
        case dict():
            return {name: _filled(item, values) for name, item in tree.items()}
        case _:
            return tree


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
