"""Read the configuration: defaults, then the TOML file, then the environment."""

from __future__ import annotations

import difflib
import tomllib
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import attrs

from bloop_trio.config.convert import from_text, from_toml
from bloop_trio.config.key import Key, walk_keys
from bloop_trio.config.sections import Config
from bloop_trio.config.validate import validate
from bloop_trio.exceptions import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DEFAULT_PATH = Path("config.toml")
"""Read from the working directory when no path is given; it need not exist."""

_PREFIX = "BLOOP__"
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}

KEYS: Mapping[str, Key] = {key.dotted: key for key in walk_keys(Config)}
"""Every key by its dotted name, in the order of the sections."""

SECTIONS: frozenset[str] = frozenset(
    ".".join(key.path[:depth]) for key in KEYS.values() for depth in range(1, len(key.path))
)
"""Every section by its dotted name."""


@attrs.frozen(kw_only=True)
class DirectSettings:
    """What is read from the environment alone, under names of its own."""

    log_filter: str | None = None
    """``BLOOP_LOG``, else ``RUST_LOG``."""
    default_api_key: str | None = attrs.field(default=None, repr=False)
    """``BLOOP_DEFAULT_API_KEY``: key of the default project when the database is created."""
    slack_webhook_url: str | None = attrs.field(default=None, repr=False)
    """``BLOOP_SLACK_WEBHOOK_URL``: where alerts go whose rule has no channel."""
    webhook_url: str | None = attrs.field(default=None, repr=False)
    """``BLOOP_WEBHOOK_URL``: likewise, as plain JSON."""


@attrs.frozen(kw_only=True)
class Loaded:
    """A configuration that is valid, and what to tell about it."""

    config: Config
    warnings: tuple[str, ...]
    """One line each, without secrets; to be logged at every start."""
    path: Path | None
    """The file that was read; None when there was none."""
    direct: DirectSettings = attrs.field(factory=DirectSettings)


def load_config(path: Path | None, environ: Mapping[str, str]) -> Loaded:
    """Return the configuration of the file at `path` (default ``config.toml``) and the environment.

    The environment beats the file, which beats the defaults. Names that mean nothing are warnings, each with the
    nearest name that does.

    Raises:
        ConfigError: The file cannot be read, or a value cannot be used; one line that names the key.
    """
    read_path, document = _read_file(path)
    warnings: list[str] = []
    values: dict[str, Any] = {}
    for dotted, raw in _flatten(document, str(read_path), warnings):
        values[dotted] = from_toml(KEYS[dotted], raw, str(read_path))
    for variable, dotted, text in _overrides(environ, warnings):
        values[dotted] = from_text(KEYS[dotted], text, variable)
    _settle(values)
    config = _build(Config, values)
    warnings += validate(config)
    return Loaded(config=config, warnings=tuple(warnings), path=read_path, direct=_direct(environ))


def _read_file(path: Path | None) -> tuple[Path | None, dict[str, Any]]:
    wanted = path or DEFAULT_PATH
    try:
        return wanted, tomllib.loads(wanted.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if path is None:
            return None, {}
        raise ConfigError(f"{path}: no such file") from None
    except OSError as error:
        raise ConfigError(f"{wanted}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{wanted}: not UTF-8 text") from None
    except (ValueError, RecursionError) as error:  # numbers and nesting beyond Python's limits among them
        raise ConfigError(f"{wanted}: not valid TOML: {error}") from None


def _flatten(
    table: Mapping[str, Any], origin: str, warnings: list[str], path: tuple[str, ...] = ()
) -> Iterator[tuple[str, Any]]:
    """Yield the known keys of a TOML table with their values, and warn of the others."""
    for name, raw in table.items():
        dotted = ".".join((*path, name))
        if dotted in SECTIONS:
            if not isinstance(raw, dict):
                raise ConfigError(f"{dotted} = {raw!r} ({origin}): expected a section [{dotted}]")
            yield from _flatten(raw, origin, warnings, (*path, name))
        elif dotted in KEYS:
            yield dotted, raw
        elif isinstance(raw, dict):
            warnings.append(f"unknown section [{dotted}] in {origin}{_nearest(dotted, SECTIONS, '[{}]')}")
        else:
            warnings.append(f"unknown key {dotted} in {origin}{_nearest(dotted, KEYS, '{}')}")


def _overrides(environ: Mapping[str, str], warnings: list[str]) -> Iterator[tuple[str, str, str]]:
    """Yield variable, key and text of each override, and warn of those that override nothing."""
    for variable in sorted(environ):
        if not variable.upper().startswith(_PREFIX):
            continue
        dotted = variable[len(_PREFIX) :].lower().replace("__", ".")
        if dotted in KEYS:
            yield variable, dotted, environ[variable]
        else:
            # The prefix is the same in all, and would make any two of them alike.
            known = {key.variable.removeprefix(_PREFIX) for key in KEYS.values()}
            nearest = _nearest(variable.upper().removeprefix(_PREFIX), known, f"{_PREFIX}{{}}")
            warnings.append(f"unknown variable {variable} in the environment{nearest}")


def _nearest(name: str, known: Mapping[str, Any] | frozenset[str] | set[str], shape: str) -> str:
    """Return "; did you mean …?" for the known name that is most alike, or nothing when none is."""
    matches = difflib.get_close_matches(name, sorted(known), n=1)
    return f"; did you mean {shape.format(matches[0])}?" if matches else ""


def _settle(values: dict[str, Any]) -> None:
    """Give the unset keys their value whose default follows from other keys, and bring URLs and paths to one form."""
    config = Config()
    port = values.get("server.port", config.server.port)
    scheme = "https" if values.get("server.tls_cert") else "http"
    values["auth.rp_origin"] = _as_origin(values.get("auth.rp_origin", f"{scheme}://localhost:{port}"))
    if values.get("server.public_url"):
        values["server.public_url"] = values["server.public_url"].rstrip("/")
    path: Path = values.get("database.path", config.database.path)
    with suppress(OSError, RuntimeError):  # a path that leads nowhere is refused by whoever opens it
        if path.is_symlink():
            # Lock and log lie beside the file itself: under the name of a link, a second server could have it too.
            values["database.path"] = path.resolve()
    values.setdefault("smtp.tls", "starttls" if values.get("smtp.starttls", config.smtp.starttls) else "tls")
    values.setdefault(
        "ingest.max_batch_payload_bytes",
        max(config.ingest.max_batch_payload_bytes, values.get("ingest.max_payload_bytes", 0)),
    )


def _as_origin(url: str) -> str:
    """Return the text that a browser sends as `Origin`: lower case, no default port, no slash at the end."""
    parts = urlsplit(url.lower())
    return f"{parts.scheme}://{parts.netloc.removesuffix(_DEFAULT_PORTS[parts.scheme])}"


def _build(section: type[Any], values: Mapping[str, Any], path: tuple[str, ...] = ()) -> Any:
    """Return the section with the given values and its defaults."""
    chosen: dict[str, Any] = {}
    for field in attrs.fields(section):
        name = field.name.rstrip("_")
        dotted = ".".join((*path, name))
        if dotted in SECTIONS:
            chosen[field.alias] = _build(field.default.factory, values, (*path, name))
        elif dotted in values:
            chosen[field.alias] = values[dotted]
    return section(**chosen)


def _direct(environ: Mapping[str, str]) -> DirectSettings:
    return DirectSettings(
        log_filter=_text(environ, "BLOOP_LOG") or _text(environ, "RUST_LOG"),
        default_api_key=_text(environ, "BLOOP_DEFAULT_API_KEY"),
        slack_webhook_url=_text(environ, "BLOOP_SLACK_WEBHOOK_URL"),
        webhook_url=_text(environ, "BLOOP_WEBHOOK_URL"),
    )


def _text(environ: Mapping[str, str], name: str) -> str | None:
    """Return a variable without surrounding blanks, which no key, URL or filter has; None for nothing."""
    return environ.get(name, "").strip() or None
