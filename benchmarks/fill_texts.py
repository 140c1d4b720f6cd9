"""Texts of made-up issues, such that some words are in many of them and some in few."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    import random

SUBJECTS: Final = (
    *("payment", "invoice", "session", "upload", "basket", "voucher", "profile", "ledger", "mailbox", "calendar"),
    *("search", "thumbnail", "webhook", "export", "import", "login", "quota", "catalog", "shipment", "refund"),
)
CAUSES: Final = (
    *("connection reset by peer", "deadline exceeded", "unexpected end of input", "permission denied"),
    *("no route to host", "value is not a number", "key not found", "too many open files", "disk quota exceeded"),
)
KINDS: Final = ("Timeout", "Connect", "Parse", "Permission", "Lookup", "Overflow", "State", "Validation")


@attrs.frozen
class Texts:
    """What an issue says."""

    error_type: str
    message: str
    stack: str


def texts_of(rng: random.Random, issue: int) -> Texts:
    """Return the texts of an issue: ``failed`` is in nearly half of them, the number of a customer in a few."""
    subject, kind, cause = rng.choice(SUBJECTS), rng.choice(KINDS), rng.choice(CAUSES)
    verb = "failed" if rng.random() < 0.45 else "was given up"
    line = issue % 977
    frames = "\n".join(
        f"    at {subject}{step}{line} (src/{subject}/step{(line + step) % 40}.ts:{line + step}:{step + 3})"
        for step in range(8)
    )
    message = f"{subject.capitalize()} of customer {issue % 250_000} {verb}: {cause} (shard s{issue % 4_000}x)"
    return Texts(f"{subject.capitalize()}{kind}Error", message, f"{message}\n{frames}")
