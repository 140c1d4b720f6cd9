"""The proxies' configurations as they are shipped, in front of a real server: addresses, bodies, streams, connections."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import socket
import ssl
import subprocess
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs
import pytest
import trustme

from tests.conftest import an_event, as_json, signed
from tests.server.process import DEADLINE_SECS, ServerProcess, free_port, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PROXIES: Final = Path(__file__).parents[2] / "deploy" / "proxies"
HOST: Final = "bloop.example.com"
SLOW_RATE: Final = {"RATE_LIMIT__PER_SECOND": "1", "RATE_LIMIT__BURST_SIZE": "3", "INGEST__MAX_WAIT_MS": "0"}


@attrs.frozen
class Proxied:
    """A server behind a proxy."""

    server: ServerProcess
    port: int
    trust: ssl.SSLContext

    def connect(self, source: str = "127.0.0.2") -> http.client.HTTPSConnection:
        """Open a connection to the proxy from one of this host's many loopback addresses."""
        raw = socket.create_connection(("127.0.0.1", self.port), DEADLINE_SECS, (source, 0))
        connection = http.client.HTTPSConnection(HOST, self.port, timeout=DEADLINE_SECS)
        connection.sock = self.trust.wrap_socket(raw, server_hostname=HOST)
        return connection

    def post(
        self, connection: http.client.HTTPSConnection, value: Any, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Any]:
        """Post an event, or a list of events as a batch."""
        path, value = ("/v1/ingest/batch", {"events": value}) if isinstance(value, list) else ("/v1/ingest", value)
        body = as_json(value)
        connection.request("POST", path, body, {**signed(body, self.server.key()), **(headers or {})})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())

    def metrics(self) -> dict[str, float]:
        """Return what the server has counted, by name and labels."""
        url = f"http://127.0.0.1:{self.server.port}/metrics"
        with closing(http.client.HTTPConnection("127.0.0.1", self.server.port)) as direct:
            direct.request("GET", url)
            lines = direct.getresponse().read().decode().splitlines()
        return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if line[0] != "#")}


def nginx(folder: Path, upstream: int, port: int, authority: trustme.CA) -> list[str]:
    """Write nginx's configuration and return the command that runs it."""
    certificate = authority.issue_cert(HOST)
    chain, key = folder / "chain.pem", folder / "key.pem"
    for pem in certificate.cert_chain_pems:
        pem.write_to_path(chain, append=True)
    certificate.private_key_pem.write_to_path(key)
    site = (PROXIES / "nginx.conf").read_text(encoding="utf-8")
    for shipped, here in {
        "127.0.0.1:5332": f"127.0.0.1:{upstream}",
        "listen 80;": f"listen 127.0.0.1:{free_port()};",
        "listen 443 ssl http2;": f"listen 127.0.0.1:{port} ssl http2;",
        "/etc/ssl/bloop.example.com.pem": str(chain),
        "/etc/ssl/bloop.example.com.key": str(key),
    }.items():
        assert site.count(shipped) == 1, shipped
        site = site.replace(shipped, here)
    (folder / "site.conf").write_text(site)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    folders = " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    (folder / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {folder}/nginx.pid; error_log stderr; events {{}}\n"
        f"http {{ access_log off; {folders} include {folder}/site.conf; }}\n"
    )
    return ["nginx", "-e", "stderr", "-p", str(folder), "-c", str(folder / "nginx.conf")]


def caddy(folder: Path, upstream: int, port: int, authority: trustme.CA) -> list[str]:
    """Write Caddy's configuration and return the command that runs it."""
    certificate = authority.issue_cert(HOST)
    for pem in certificate.cert_chain_pems:
        pem.write_to_path(folder / "chain.pem", append=True)
    certificate.private_key_pem.write_to_path(folder / "key.pem")
    site = (PROXIES / "Caddyfile").read_text(encoding="utf-8")
    begin = "{$BLOOP_HOST:bloop.example.com} {\n"
    assert begin in site
    site = site.replace(begin, f"{begin}\tbind 127.0.0.1\n\ttls {folder}/chain.pem {folder}/key.pem\n")
    own = f"{{\n\tadmin off\n\tauto_https disable_redirects\n\thttp_port {free_port()}\n\thttps_port {port}\n}}\n"
    (folder / "Caddyfile").write_text(own + site)
    environment = {"BLOOP_UPSTREAM": f"127.0.0.1:{upstream}", "HOME": str(folder), "XDG_DATA_HOME": str(folder)}
    settings = [f"{name}={value}" for name, value in environment.items()]
    return ["env", *settings, "caddy", "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]


@contextmanager
def proxied(folder: Path, kind: str, **settings: str) -> Iterator[Proxied]:
    """Run a server and a proxy of `kind` in front of it, which is the one that the server trusts."""
    tool = {"nginx": nginx, "caddy": caddy}[kind]
    authority = trustme.CA()
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    settings = {"SERVER__TRUSTED_PROXIES": "127.0.0.1/32", "PIPELINE__FLUSH_INTERVAL_SECS": "0.05"} | settings
    port = free_port()
    proxy_folder = folder / kind
    proxy_folder.mkdir()
    with ServerProcess(folder, **settings) as server, (folder / "proxy.log").open("ab") as log:
        command = tool(proxy_folder, server.port, port, authority)
        proxy = subprocess.Popen(command, cwd=proxy_folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            wait_until(lambda: listens(port) or proxy.poll() is not None, "the proxy listens")
            assert proxy.poll() is None, (folder / "proxy.log").read_text()
            yield Proxied(server, port, trust)
        finally:
            proxy.terminate()
            try:
                proxy.wait(DEADLINE_SECS)
            finally:
                proxy.kill()


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(params=["nginx", "caddy"])
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A proxy that this machine has; servers' programs may lie outside the path of users."""
    monkeypatch.setenv("PATH", f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    name: str = request.param
    if shutil.which(name) is None:
        pytest.skip(f"needs {name}")
    return name


def test_events_take_the_express_lane_over_connections_that_stay_open(tmp_path: Path, kind: str) -> None:
    with proxied(tmp_path, kind, RATE_LIMIT__PER_SECOND="0") as behind:
        before = behind.metrics()
        with closing(behind.connect()) as connection:
            for _ in range(50):
                assert behind.post(connection, an_event()) == (200, {"status": "accepted"})
        after = behind.metrics()
        lane = 'bloop_http_requests_total{method="POST",route="/v1/ingest",status="2xx"}'
        assert after[lane] == 50
        assert after["bloop_lane_requests_total"] == 50
        opened = after["bloop_connections_total"] - before["bloop_connections_total"]
        assert opened <= 3  # and one of them is the look at the metrics


def test_each_client_has_a_rate_of_its_own_and_cannot_forge_another(tmp_path: Path, kind: str) -> None:
    with proxied(tmp_path, kind, **SLOW_RATE) as behind:
        with closing(behind.connect("127.0.0.2")) as greedy, closing(behind.connect("127.0.0.3")) as modest:
            taken = [behind.post(greedy, [an_event()])[1]["accepted"] for _ in range(20)]
            assert 3 <= sum(taken) < 20
            assert behind.post(modest, [an_event()])[1]["accepted"] == 1
            for n in range(10):
                behind.post(greedy, [an_event()])
                forged = {"x-forwarded-for": f"198.51.100.{n}"}
                taken.append(behind.post(greedy, [an_event()], forged)[1]["accepted"])
            assert sum(taken[20:]) < 10
        assert behind.metrics()["bloop_rate_limit_addresses"] == 2


def test_the_largest_batch_passes(tmp_path: Path, kind: str) -> None:
    with proxied(tmp_path, kind, INGEST__MAX_METADATA_BYTES="32768") as behind, closing(behind.connect()) as connection:
        batch = [an_event(stack="x" * 8_000, unknown="y" * 23_000, message=f"event {n}") for n in range(50)]
        assert len(as_json({"events": batch})) > 1_500_000
        assert behind.post(connection, batch) == (200, {"accepted": 50, "dropped": 0, "errors": []})


def test_the_live_feed_passes_each_message_as_it_comes(tmp_path: Path, kind: str) -> None:
    # The bound on how long a client that has closed its half may still be reading.
    with proxied(tmp_path, kind, SERVER__WRITE_TIMEOUT_SECS="1") as behind:
        made = behind.server.run("token", "create", "--project", "default", "--name", "t", "--scope", "errors:read")
        with closing(behind.connect("127.0.0.2")) as listening, closing(behind.connect("127.0.0.3")) as sending:
            listening.request("GET", "/v1/stream", headers={"authorization": f"Bearer {made['token']}"})
            feed = listening.getresponse()
            assert feed.status == 200
            for n in range(3):
                assert behind.post(sending, an_event(fingerprint=f"fresh-{n}"))[0] == 200
                line = b""
                while f'"fresh-{n}"'.encode() not in line:
                    line = feed.readline()
                    assert line, "the stream has ended"
            feed.close()
        wait_until(lambda: behind.metrics()["bloop_http_requests_in_progress"] == 1, "the server has seen them leave")


def test_the_metrics_stay_closed_to_the_outside(tmp_path: Path, kind: str) -> None:
    with proxied(tmp_path, kind) as behind, closing(behind.connect()) as connection:
        connection.request("GET", "/metrics")
        assert connection.getresponse().status == 403
