"""What is known of one key beyond its type and default, and the list of all keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any, TypeVar, get_type_hints
from urllib.parse import urlsplit

import attrs

T = TypeVar("T")

Check = Callable[[Any], bool]

_RULE = "rule"


@attrs.frozen(kw_only=True)
class Rule:
    """What a key demands of a value that already has its type."""

    at_least: float | None = None
    at_most: float | None = None
    check: Check | None = None
    wanted: str | None = None
    """What `check` asks for, in the words of an error message."""
    secret: bool = False
    """The value never shows in a message."""


@attrs.frozen(kw_only=True)
class Key:
    """One key of the configuration."""

    path: tuple[str, ...]
    """Sections and name, as in the file: ``("llm_tracing", "proxy", "enabled")``."""
    type: Any
    default: Any
    rule: Rule

    @property
    def dotted(self) -> str:
        """The key as messages and documents name it: ``server.port``."""
        return ".".join(self.path)

    @property
    def variable(self) -> str:
        """The environment variable that overrides it: ``BLOOP__SERVER__PORT``."""
        return "BLOOP__" + "__".join(self.path).upper()


def setting(default: T, rule: Rule | None = None) -> T:
    """Return an attrs field with this default and rule; typed as its value, as attrs' own `field` is."""
    field: T = attrs.field(default=default, metadata={_RULE: rule or Rule()}, repr=not (rule and rule.secret))
    return field


def whole(default: int, at_least: int, at_most: int) -> int:
    """Return a field for a whole number in a range."""
    return setting(default, Rule(at_least=at_least, at_most=at_most))


def number(default: float, at_least: float, at_most: float) -> float:
    """Return a field for a number in a range."""
    return setting(default, Rule(at_least=at_least, at_most=at_most))


def walk_keys(section: type[attrs.AttrsInstance], path: tuple[str, ...] = ()) -> Iterator[Key]:
    """Yield every key of a section and the sections in it, in the order in which they are declared."""
    hints = get_type_hints(section)
    for field in attrs.fields(section):
        # `from` is no name for a Python attribute: it is declared as `from_`.
        here = (*path, field.name.rstrip("_"))
        hint = hints[field.name]
        if attrs.has(hint):
            yield from walk_keys(hint, here)
        else:
            yield Key(path=here, type=hint, default=field.default, rule=field.metadata[_RULE])


def is_http_url(value: str) -> bool:
    """Say whether the value is a URL that can be fetched by HTTP."""
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and not any(c.isspace() for c in value)


def is_origin(value: str) -> bool:
    """Say whether the value is a web origin: scheme, host and port, nothing behind them."""
    if not is_http_url(value):
        return False
    parts = urlsplit(value)
    return parts.path in {"", "/"} and not parts.query and not parts.fragment and parts.username is None


def is_host_name(value: str) -> bool:
    """Say whether the value can be a host's name or address."""
    return bool(value) and value.isprintable() and not any(c.isspace() or c in "/@" for c in value)


def are_networks(values: tuple[str, ...]) -> bool:
    """Say whether each value is an IP address or a CIDR range."""
    try:
        for value in values:
            ip_network(value, strict=False)
    except ValueError:
        return False
    return True


def is_file_path(value: Path) -> bool:
    """Say whether the value can name a file (``.`` stands for an empty text)."""
    return value != Path()
