"""A project whose app reports by the SDK what goes wrong in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bloop import BloopClient

from tests.server.process import wait_until

if TYPE_CHECKING:
    from tests.browser.visiting import Visitor


class Shop:
    """A project, and its app."""

    def __init__(self, visitor: Visitor, slug: str, key: str) -> None:
        self.visitor = visitor
        self.slug = slug
        self.key = key

    @classmethod
    def open(cls, visitor: Visitor, slug: str) -> Shop:
        """Create it."""
        status, made = visitor.call("POST", "/v1/projects", {"name": slug, "slug": slug})
        assert status == 200, made
        return cls(visitor, slug, made["api_key"])

    def fails(self, kind: str, *, release: str = "1.0.0", times: int = 1, **more: Any) -> None:
        """Report an error some times, and wait until the server has stored it."""
        before = self.count(kind)
        with BloopClient(self.visitor.site.origin, self.key, release=release, environment="prod") as app:
            for _ in range(times):
                app.capture(kind, f"{kind} in the shop", **({"source": "api"} | more))
        wait_until(lambda: self.count(kind) >= before + times, "the events are stored")

    def issue(self, kind: str) -> dict[str, Any] | None:
        """Return an error as the list has it."""
        _, rows = self.visitor.call("GET", f"/v1/errors?project_id={self.slug}&group=fingerprint&limit=200")
        return next((row for row in rows if row["error_type"] == kind), None)

    def count(self, kind: str) -> int:
        """Return how often it has happened."""
        row = self.issue(kind)
        return 0 if row is None else int(row["total_count"])

    def status(self, kind: str) -> str:
        """Return where it stands, by the server."""
        row = self.issue(kind)
        assert row is not None
        return str(row["status"])

    def path(self, kind: str) -> str:
        """Return the path of its page."""
        row = self.issue(kind)
        assert row is not None
        return f"/issues/{row['fingerprint']}?project={self.slug}"
