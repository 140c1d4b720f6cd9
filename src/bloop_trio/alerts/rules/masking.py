"""Channels that come back as they were shown: masked values stand for what is stored. Pure."""

from __future__ import annotations

from typing import Any, Final

from bloop_trio.alerts.channels import ChannelConfig, masked, stored
from bloop_trio.alerts.channels.fields import MASK
from bloop_trio.exceptions import BadRequestError

_PLACES: Final = ("url", "webhook_url")
"""The fields that say where something is sent."""


def unmasked(raw: object, before: ChannelConfig | None) -> object:
    """Return `raw`, what somebody wants a channel to be, with the secrets that the channel has instead of their masks.

    `before` is None for a channel that could not be read, of which no secret is known.

    Raises:
        BadRequestError: a secret would go to another place than it was given for, or a mask stands for nothing.
    """
    if before is None or not isinstance(raw, dict) or raw.get("type") != masked(before)["type"]:
        return check_unmasked(raw)
    shown, full = masked(before), stored(before)
    merged = {name: _merged(value, shown.get(name), full.get(name)) for name, value in raw.items()}
    moved = any(merged.get(name, full.get(name)) != full.get(name) for name in _PLACES)
    # Whoever may change a channel may not see its secrets, and must not have them sent to themselves either.
    if moved and merged != {name: value if name in _PLACES else raw[name] for name, value in merged.items()}:
        raise BadRequestError("a channel that gets another URL needs its secrets anew")
    return check_unmasked(merged)


def check_unmasked(raw: object) -> object:
    """Return `raw` unchanged.

    Raises:
        BadRequestError: a mask is left in it, which would be taken for the value itself.
    """
    if isinstance(raw, dict):
        for name, value in raw.items():
            parts = value.values() if isinstance(value, dict) else [value]
            if any(isinstance(part, str) and MASK in part for part in parts):
                raise BadRequestError(f"{str(name)[:_MAX_NAMED_CHARS]} is masked: give its value")
    return raw


_MAX_NAMED_CHARS: Final = 100


def _merged(value: Any, shown: Any, full: Any) -> Any:
    if isinstance(value, dict) and isinstance(shown, dict) and isinstance(full, dict):
        return {name: _merged(part, shown.get(name), full.get(name)) for name, part in value.items()}
    return full if full is not None and value == shown else value
