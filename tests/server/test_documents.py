"""The command lines that the documents print, run as they stand against a server with default settings."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.server.process import DEADLINE_SECS, ServerProcess, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, ("curl", "openssl", "awk"))), reason="the documents use curl, openssl and awk"
)

EVENT = (
    '{"timestamp":1700000000000,"source":"api","environment":"prod","release":"1.0.0","error_type":"TypeError",'
    '"message":"Cannot read property id of undefined","route_or_procedure":"/api/users"}'
)
SIGN_WITH_SECRET = """SIG=$(echo -n "$BODY" | openssl dgst -sha256 -hmac "$SECRET" | awk '{print $2}')"""
SIGN_WITH_KEY = """SIG=$(echo -n "$BODY" | openssl dgst -sha256 -hmac "$API_KEY" | awk '{print $2}')"""

BY_SECRET = """\
curl -X POST http://localhost:5332/v1/ingest \\
-H "Content-Type: application/json" \\
-H "X-Signature: $SIG" \\
-d "$BODY"
"""
BATCH_BY_SECRET = BY_SECRET.replace("/v1/ingest", "/v1/ingest/batch")
BY_KEY = """\
curl -X POST http://localhost:5332/v1/ingest \\
-H "Content-Type: application/json" \\
-H "X-Project-Key: $API_KEY" \\
-H "X-Signature: $SIG" \\
-d "$BODY"
"""
READ = 'curl -H "Authorization: Bearer $TOKEN" http://localhost:5332/v1/errors'
HEALTH = "curl http://localhost:5332/health"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """One server for all lines: they say nothing about each other."""
    with ServerProcess(tmp_path_factory.mktemp("server")) as running:
        yield running
        assert running.stop() == 0
        running.check_consistency()


def run(server: ServerProcess, *lines: str, **variables: str) -> Any:
    """Run lines in a shell, at the server's own port; returns the JSON that they print."""
    script = "\n".join(lines).replace("localhost:5332", f"localhost:{server.port}")
    done = subprocess.run(
        ["sh", "-eu", "-c", script],
        env=server.environment | {"no_proxy": "localhost"} | variables,
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECS,
        check=True,
    )
    return json.loads(done.stdout)


def body(**changes: Any) -> str:
    return "BODY='" + json.dumps(json.loads(EVENT) | changes) + "'"


def test_an_event_and_a_batch_signed_with_the_secret(server: ServerProcess) -> None:
    secret = {"SECRET": "change-me-in-production"}
    assert run(server, f"BODY='{EVENT}'", SIGN_WITH_SECRET, BY_SECRET, **secret) == {"status": "accepted"}
    batch = "BODY='" + json.dumps({"events": [json.loads(EVENT)] * 3}) + "'"
    answer = run(server, batch, SIGN_WITH_SECRET, BATCH_BY_SECRET, **secret)
    assert answer == {"accepted": 3, "dropped": 0, "errors": []}

    token = server.run("token", "create", "--project", "default", "--name", "docs", "--scope", "errors:read")["token"]
    (error,) = wait_until(lambda: run(server, READ, TOKEN=token), "the events are visible")
    assert (error["error_type"], error["route_or_procedure"]) == ("TypeError", "/api/users")
    # By when they came, not by the old time that they name.
    wait_until(lambda: server.get("/v1/stats", token)["total_events_24h"] == 4, "all of them count as of today")


def test_a_project_key_and_a_time_in_seconds(server: ServerProcess) -> None:
    made = server.run("project", "create", "Mobile App", "--slug", "mobile-app")
    now = '"$(date +%s)"'
    in_seconds = body(source="ios", message="from the quick start").replace("1700000000000", f"'{now}'")
    assert run(server, in_seconds, SIGN_WITH_KEY, BY_KEY, API_KEY=made["api_key"]) == {"status": "accepted"}
    command = ("token", "create", "--project", "mobile-app", "--name", "docs", "--scope", "errors:read")
    token = server.run(*command)["token"]
    (error,) = wait_until(lambda: run(server, READ, TOKEN=token), "the event is visible")
    (newest,) = server.get(f"/v1/errors/{error['fingerprint']}/occurrences", token)
    assert abs(newest["timestamp"] - newest["received_at"]) < 60_000


def test_a_wrong_signature_says_so(server: ServerProcess) -> None:
    answer = run(server, body(), "SIG=00", BY_SECRET)
    assert answer == {"error": "invalid signature"}


def test_health(server: ServerProcess) -> None:
    assert {"status": "ok", "db_ok": True}.items() <= run(server, HEALTH).items()
