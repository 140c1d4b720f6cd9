from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conftest import NOW_MS
from tests.importing.rust_server import SHOP_ID, SHOP_KEY, RustServer
from tests.sourcemaps.maps import a_map

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOUR = 3_600_000


@pytest.fixture
def rust(tmp_path: Path) -> Iterator[RustServer]:
    """A Rust server that is stopped when the test ends, or before by ``rust.conn.close()``."""
    with RustServer.start(tmp_path / "rust.db") as server:
        yield server


@pytest.fixture
def busy(rust: RustServer) -> RustServer:
    """The Rust server with two projects, all statuses, several releases, and more events than it keeps."""
    rust.project(SHOP_ID, "shop", SHOP_KEY)
    rust.insert("webauthn_users", id="user-1", username="ada", display_name="Ada", created_at=1)
    rust.insert("sessions", token="s", user_id="user-1")
    rust.insert("llm_traces", id="t")
    rust.alert_channel(rust.alert_rule())
    for number in range(40):
        rust.receive(
            NOW_MS - 30 * HOUR + number * HOUR // 2,
            project_id=SHOP_ID if number % 4 == 3 else "default",
            message=f"order {number} is lost {'abc'[number % 3]}",
            release=f"1.{number // 15}",
            environment="staging" if number % 5 == 0 else "prod",
            route_or_procedure="/orders" if number % 2 else "/carts",
            stack=f"  at load (src/order.ts:{number}:7)",
            metadata={"number": number, "deep": {"list": [1, None, "ä"]}},
            http_status=500,
            request_id=f"request-{number}",
            user_id_hash=f"u{number % 7}",
        )
    fingerprints = [found for (found,) in rust.rows("SELECT DISTINCT fingerprint FROM error_aggregates ORDER BY 1")]
    for found, status in zip(fingerprints[:3], ("ignored", "muted", "resolved"), strict=True):
        project_id = rust.rows("SELECT project_id FROM error_aggregates WHERE fingerprint = ?", found)[0][0]
        rust.set_status(found, "resolved", NOW_MS - HOUR, project_id=project_id)
        rust.set_status(found, status, NOW_MS - HOUR // 2, by="user-1", project_id=project_id)
    for project_id in ("default", SHOP_ID):
        rust.source_map(a_map(), project_id)
    rust.prune(NOW_MS - 20 * HOUR)
    return rust
