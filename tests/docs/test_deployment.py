"""What is shipped for running the server: the unit, the image, the compose file, the proxies' configurations."""

from __future__ import annotations

import configparser
import ipaddress
import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from bloop_trio.cli.main import build_parser
from bloop_trio.config import Config, load_config
from bloop_trio.config.load import KEYS
from tests.docs.test_docs import blocks

ROOT: Final = Path(__file__).parents[2]
DEPLOY: Final = ROOT / "deploy"
HOW_TO: Final = ROOT / "docs" / "how-to"
DEFAULTS: Final = Config()


def setting_of(variable: str) -> str:
    return variable.lower().removeprefix("bloop__").replace("__", ".")


def secs(duration: str) -> float:
    """Return a duration as systemd, Docker and proxies write it."""
    number, unit = re.fullmatch(r"(\d+)([a-z]*)", duration).groups()  # type: ignore[union-attr] # a test may fail so
    return float(number) * {"": 1, "s": 1, "m": 60, "h": 3600}[unit]


class TestUnit:
    UNIT: Final = DEPLOY / "bloop.service"

    def read(self) -> configparser.ConfigParser:
        # Keys may stand twice; the last of them is enough here.
        unit = configparser.ConfigParser(interpolation=None, strict=False, delimiters=("=",), comment_prefixes=("#",))
        unit.optionxform = str  # type: ignore[assignment,method-assign] # its documented way to keep upper case
        unit.read(self.UNIT, encoding="utf-8")
        return unit

    @pytest.mark.parametrize("key", ["ExecStart", "ExecStartPre"])
    def test_its_commands_exist(self, key: str) -> None:
        program, *arguments = shlex.split(self.read()["Service"][key])
        assert Path(program).name == "bloop"
        assert build_parser().parse_args(arguments).config == "/etc/bloop/config.toml"

    def test_it_gives_the_server_time_to_store_its_buffer(self) -> None:
        service = self.read()["Service"]
        assert secs(service["TimeoutStopSec"]) > DEFAULTS.server.shutdown_timeout_secs + 5
        assert int(service["LimitNOFILE"]) > DEFAULTS.server.max_connections

    def test_it_does_not_insist_on_a_configuration_that_cannot_be_used(self) -> None:
        service = self.read()["Service"]
        assert (service["Restart"], service["RestartPreventExitStatus"]) == ("on-failure", "2")

    def test_the_data_is_where_the_page_says_and_nothing_else_can_be_written(self) -> None:
        service = self.read()["Service"]
        folder = f"/var/lib/{service['StateDirectory']}"
        assert service["ProtectSystem"] == "strict"
        assert "ReadWritePaths" not in service
        assert service["WorkingDirectory"] == folder
        assert f'path = "{folder}/bloop.db"' in (HOW_TO / "run-under-systemd.md").read_text(encoding="utf-8")

    @pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
    def test_systemd_understands_every_line(self, tmp_path: Path) -> None:
        text = self.UNIT.read_text(encoding="utf-8").replace("/opt/bloop/bin/bloop", sys.executable)
        unit = tmp_path / "bloop.service"
        unit.write_text(text, encoding="utf-8")
        done = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", str(unit)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        # What other units of this machine do wrong is none of our business.
        assert [line for line in done.stderr.splitlines() if "bloop.service" in line] == []


class TestImage:
    TEXT: Final = (ROOT / "Dockerfile").read_text(encoding="utf-8")

    def instructions(self) -> list[tuple[str, str]]:
        """Return keyword and arguments of each instruction of the last stage, and of those before it."""
        joined = re.sub(r"^#.*\n", "", self.TEXT, flags=re.MULTILINE).replace("\\\n", " ")
        return [(line.split()[0], line.split(maxsplit=1)[1]) for line in joined.splitlines() if line.strip()]

    def one(self, keyword: str) -> str:
        (found,) = [arguments for word, arguments in self.instructions() if word == keyword]
        return found

    def test_it_serves_on_the_documented_port_and_folder_as_nobody_special(self) -> None:
        assert self.one("EXPOSE") == str(DEFAULTS.server.port)
        assert self.one("VOLUME") == "/data"
        uid, gid = self.one("USER").split(":")
        assert int(uid) == int(gid) > 1000
        assert f"--uid {uid}" in self.TEXT

    def test_its_commands_exist(self) -> None:
        entry, command = json.loads(self.one("ENTRYPOINT")), json.loads(self.one("CMD"))
        assert entry == ["bloop"]
        build_parser().parse_args(command)
        options, _, probe = self.one("HEALTHCHECK").partition(" CMD ")
        program, *arguments = json.loads(probe)
        assert program == "bloop"
        build_parser().parse_args(arguments)
        assert {option.partition("=")[0] for option in options.split()} >= {"--interval", "--timeout", "--start-period"}

    def test_its_settings_exist(self) -> None:
        variables = re.findall(r"\b(BLOOP__\w+)=", self.TEXT)
        assert variables
        assert {setting_of(variable) for variable in variables} <= KEYS.keys()

    def test_both_stages_have_the_same_python_which_is_one_that_we_support(self) -> None:
        stages = {arguments.split()[0] for word, arguments in self.instructions() if word == "FROM"}
        (stage,) = stages
        minor = re.fullmatch(r"python:3\.(\d+)-slim", stage)
        assert minor is not None
        pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
        assert f"Programming Language :: Python :: 3.{minor[1]}" in pyproject

    def test_what_it_copies_is_there_and_nothing_else_is_sent_to_the_builder(self) -> None:
        copied = [
            name
            for word, arguments in self.instructions()
            if word == "COPY" and not arguments.startswith("--from")
            for name in arguments.split()[:-1]
        ]
        ignore = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        assert {line[1:] for line in ignore if line.startswith("!")} == set(copied)
        assert "*" in ignore
        assert all((ROOT / name).exists() for name in copied)


class TestCompose:
    COMPOSE: Final[dict[str, Any]] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))

    def bloop(self) -> dict[str, Any]:
        service: dict[str, Any] = self.COMPOSE["services"]["bloop"]
        return service

    def test_it_gives_the_server_time_to_store_its_buffer(self) -> None:
        assert secs(self.bloop()["stop_grace_period"]) > DEFAULTS.server.shutdown_timeout_secs + 5

    def test_it_trusts_its_own_network_and_the_defaults_and_nobody_else(self) -> None:
        environment = self.bloop()["environment"]
        assert {setting_of(variable) for variable in environment} <= KEYS.keys()
        trusted = set(environment["BLOOP__SERVER__TRUSTED_PROXIES"].split(","))
        (network,) = self.COMPOSE["networks"]["bloop"]["ipam"]["config"]
        assert trusted == {*DEFAULTS.server.trusted_proxies, network["subnet"]}
        assert ipaddress.ip_network(network["subnet"]).is_private

    @pytest.mark.parametrize(
        ("host", "rp_id", "origin"),
        [(None, "localhost", "http://localhost:5332"), ("b.example.com", "b.example.com", "https://b.example.com")],
    )
    def test_passkeys_work_where_the_dashboard_is_opened(self, host: str | None, rp_id: str, origin: str) -> None:
        # What Compose puts in for a variable is what a shell does.
        script = "".join(f'echo {name}="{value}"\n' for name, value in self.bloop()["environment"].items())
        environ = {} if host is None else {"BLOOP_HOST": host}
        done = subprocess.run(["sh", "-c", script], env=environ, capture_output=True, text=True, check=True)
        config = load_config(None, dict(line.split("=", 1) for line in done.stdout.splitlines())).config
        assert (config.auth.rp_id, config.auth.rp_origin, config.server.public_url) == (rp_id, origin, origin)

    def test_it_keeps_the_data_and_opens_its_port_to_this_host_alone(self) -> None:
        assert self.bloop()["volumes"] == ["bloop-data:/data"]
        assert "bloop-data" in self.COMPOSE["volumes"]
        port = DEFAULTS.server.port
        assert self.bloop()["ports"] == [f"127.0.0.1:{port}:{port}"]

    def test_secrets_come_from_a_file_that_is_not_in_the_repository(self) -> None:
        (file,) = self.bloop()["env_file"]
        assert file in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
        example = (ROOT / f"{file}.example").read_text(encoding="utf-8")
        variables = re.findall(r"^(\w+)=(.*)$", example, re.MULTILINE)
        assert {setting_of(name) for name, _ in variables} <= KEYS.keys()
        assert [value for _, value in variables if value] == []

    def test_the_proxy_gets_the_configuration_that_is_tried(self) -> None:
        caddy = self.COMPOSE["services"]["caddy"]
        source, target, mode = caddy["volumes"][0].split(":")
        assert (ROOT / source).is_file()
        assert (target, mode) == ("/etc/caddy/Caddyfile", "ro")
        placeholders = set(re.findall(r"\{\$(\w+)", (ROOT / source).read_text(encoding="utf-8")))
        assert set(caddy["environment"]) == placeholders
        assert caddy["environment"]["BLOOP_UPSTREAM"] == f"bloop:{DEFAULTS.server.port}"


class TestProxies:
    PAGE: Final = HOW_TO / "run-behind-a-proxy.md"

    @pytest.mark.parametrize("file", sorted((DEPLOY / "proxies").iterdir()), ids=lambda file: file.name)
    def test_the_page_shows_each_as_it_is(self, file: Path) -> None:
        assert file.read_text(encoding="utf-8") in blocks(self.PAGE, "nginx", "text", "yaml")

    @pytest.mark.parametrize("file", ["nginx.conf", "Caddyfile", "traefik-bloop.yml"])
    def test_idle_connections_are_closed_by_the_proxy_first(self, file: str) -> None:
        text = (DEPLOY / "proxies" / file).read_text(encoding="utf-8")
        (idle,) = re.findall(r'(?:keepalive_timeout|keepalive|idleConnTimeout:) "?(\d+s)', text)
        assert secs(idle) < DEFAULTS.server.keep_alive_timeout_secs

    @pytest.mark.parametrize("file", ["nginx.conf", "Caddyfile"])
    def test_the_largest_batch_is_let_through(self, file: str) -> None:
        text = (DEPLOY / "proxies" / file).read_text(encoding="utf-8")
        (mebibytes,) = re.findall(r"(?:client_max_body_size|max_size) (\d+)(?:m|MiB)\b", text)
        assert int(mebibytes) * 2**20 > DEFAULTS.ingest.max_batch_payload_bytes
