"""Where grouping is changed and tried out over HTTP, and what is sent there."""

from __future__ import annotations

from typing import Any

GROUPING = "/v1/projects/default/grouping"
PREVIEW = f"{GROUPING}/preview"


def an_input(version: int, *rules: tuple[dict[str, Any], str], **more: Any) -> dict[str, Any]:
    """Return what is sent for rules of which each is what it matches, and the fingerprint that it makes."""
    return {"version": version, "rules": [{"match": match, "fingerprint": made} for match, made in rules]} | more
