"""Events for stories about one issue: sent as clients send them, with stacks that real programs have written."""

from __future__ import annotations

import json
import urllib.request
from typing import TYPE_CHECKING, Any, Final

from bloop_trio.clock import now_ms
from tests.conftest import as_json, signed
from tests.server.process import wait_until
from tests.sourcemaps.forms import a_form
from tests.sourcemaps.maps import bundled

if TYPE_CHECKING:
    from tests.browser.visiting import Visitor

NODE: Final = """TypeError: Cannot read properties of undefined (reading 'price')
    at lineTotal (/srv/shop/src/basket/totals.ts:41:23)
    at Array.map (<anonymous>)
    at Layer.handle [as handle_request] (/srv/shop/node_modules/express/lib/router/layer.js:95:5)
    at next (/srv/shop/node_modules/express/lib/router/route.js:144:13)
    at summary (/srv/shop/src/basket/summary.ts:18:30)
    at processTicksAndRejections (node:internal/process/task_queues:95:5)"""
HOSTILE: Final = "<img src=x onerror=alert(1)> \u202egnp.exe \u05e9\u05dc\u05d5\u05dd \U0001f9e8"


def send(visitor: Visitor, project: dict[str, Any], *events: dict[str, Any]) -> str:
    """Send events of one error to a project, and return its fingerprint when all of them are stored."""
    made = [_event(**event) for event in events]
    body = as_json({"events": made})
    request = urllib.request.Request(
        f"{visitor.site.origin}/v1/ingest/batch", body, signed(body, project["api_key"]), method="POST"
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert json.load(answer)["accepted"] == len(made)

    def stored() -> str | None:
        query = f"project_id={project['slug']}&group=fingerprint"
        rows = visitor.call("GET", f"/v1/errors?{query}")[1]
        mine = [row for row in rows if row["error_type"] == made[-1]["error_type"]]
        total = sum(row["total_count"] for row in mine)
        return str(mine[0]["fingerprint"]) if mine and total >= len(made) else None

    return str(wait_until(stored, "the events are stored"))


def new_project(visitor: Visitor, slug: str) -> dict[str, Any]:
    """Create a project of its own for a story."""
    status, project = visitor.call("POST", "/v1/projects", {"name": slug.capitalize(), "slug": slug})
    assert status == 200, project
    return dict(project)


def upload_map(visitor: Visitor, slug: str, release: str, name: str = "assets/app.js.map") -> str:
    """Upload the map that esbuild has made, and return the stack that belongs to it."""
    content, stack = bundled("esbuild")
    content_type, form = a_form({"release": release}, {name: content})
    answer = visitor.page.request.post(
        f"{visitor.site.origin}/v1/projects/{slug}/sourcemaps",
        data=form,
        headers={"content-type": content_type, "origin": visitor.site.origin},
    )
    assert answer.ok, answer.text()
    return stack


def _event(**changes: Any) -> dict[str, Any]:
    usual = {
        "timestamp": now_ms(),
        "source": "api",
        "environment": "production",
        "release": "1.4.0",
        "error_type": "TypeError",
        "message": "Cannot read properties of undefined (reading 'price')",
        "route_or_procedure": "/basket",
    }
    return usual | changes
