from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bloop_trio.config import Config, load_config
from bloop_trio.config.load import KEYS
from bloop_trio.exceptions import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

    from bloop_trio.config import Loaded
    from bloop_trio.config.key import Key

STRONG = {"BLOOP__AUTH__HMAC_SECRET": "s" * 32}
"""Silences the warning about the default secret."""


pytestmark = pytest.mark.usefixtures("empty_folder")


def write(text: str, name: str = "config.toml") -> Path:
    path = Path(name)
    path.write_text(text, encoding="utf-8")
    return path


def refused(text: str, environ: dict[str, str] | None = None) -> str:
    """The one line with which a configuration is refused."""
    with pytest.raises(ConfigError) as caught:
        load_config(write(text), environ or {})
    message = str(caught.value)
    assert "\n" not in message
    return message


class TestSources:
    def test_without_file_and_environment_every_key_has_its_default(self) -> None:
        loaded = load_config(None, {})
        assert loaded.config == Config()
        assert loaded.path is None

    def test_the_documented_defaults(self) -> None:
        config = Config()
        assert (config.server.host, config.server.port) == ("0.0.0.0", 5332)
        assert config.server.trusted_proxies == ("127.0.0.0/8", "::1/128")
        assert config.server.shutdown_timeout_secs == 8
        assert config.database.path == Path("bloop.db")
        assert config.ingest.max_payload_bytes == 32_768
        assert (config.ingest.max_batch_size, config.ingest.max_batch_payload_bytes) == (50, 1_638_400)
        assert (config.ingest.ack, config.ingest.max_wait_ms) == ("buffered", 1000)
        assert (config.pipeline.flush_interval_secs, config.pipeline.flush_batch_size) == (2, 500)
        assert (config.retention.raw_events_days, config.retention.prune_interval_secs) == (7, 3600)
        assert config.auth.hmac_secret == "change-me-in-production"
        assert (config.auth.rp_id, config.auth.rp_origin) == ("localhost", "http://localhost:5332")
        assert (config.rate_limit.per_second, config.rate_limit.burst_size) == (100, 200)
        assert config.llm_tracing.default_content_storage == "none"
        assert config.llm_tracing.proxy.providers == ("openai", "anthropic")

    def test_the_file_in_the_working_directory_is_read(self) -> None:
        write("[server]\nport = 8080\n")
        loaded = load_config(None, STRONG)
        assert loaded.config.server.port == 8080
        assert loaded.path == Path("config.toml")
        assert loaded.warnings == ()

    def test_a_named_file_is_read_in_its_place(self) -> None:
        write("[server]\nport = 8080\n")
        assert load_config(write("[server]\nport = 9090\n", "other.toml"), {}).config.server.port == 9090

    def test_a_named_file_must_exist(self) -> None:
        with pytest.raises(ConfigError, match=r"^absent\.toml: no such file$"):
            load_config(Path("absent.toml"), {})

    def test_a_folder_is_no_file(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match=r": Is a directory$"):
            load_config(tmp_path, {})

    def test_the_environment_beats_the_file(self) -> None:
        write("[server]\nport = 8080\nhost = '127.0.0.1'\n")
        server = load_config(None, {"BLOOP__SERVER__PORT": "9090"}).config.server
        assert (server.host, server.port) == ("127.0.0.1", 9090)

    @pytest.mark.parametrize(
        "variable",
        [
            "BLOOP__LLM_TRACING__PROXY__ENABLED",
            "bloop__llm_tracing__proxy__enabled",
            "Bloop__LLM_Tracing__Proxy__Enabled",
        ],
    )
    def test_variables_reach_nested_sections_in_any_letter_case(self, variable: str) -> None:
        assert load_config(None, {variable: "false"}).config.llm_tracing.proxy.enabled is False

    def test_the_sender_of_mails_is_the_key_from(self) -> None:
        assert load_config(write("[smtp]\nfrom = 'a@b.example'\n"), {}).config.smtp.from_ == "a@b.example"

    @pytest.mark.parametrize("key", KEYS.values(), ids=lambda key: key.dotted)
    def test_every_key_can_be_set_to_its_default_in_the_environment(self, key: Key) -> None:
        default = "" if key.default is None else key.default
        text = ",".join(default) if isinstance(default, tuple) else str(default)
        assert load_config(None, {key.variable: text}).config == Config()


class TestEnvironmentText:
    """A variable is read as the type of its key, and as nothing else."""

    @pytest.mark.parametrize("secret", ["007", "12345678901234567890", "true", "1e5", " padded ", "a,b"])
    def test_a_secret_stays_the_text_that_it_is(self, secret: str) -> None:
        assert load_config(None, {"BLOOP__AUTH__HMAC_SECRET": secret}).config.auth.hmac_secret == secret

    @pytest.mark.parametrize("text", ["true", "TRUE", "1", "yes", "on", " true "])
    def test_words_for_true(self, text: str) -> None:
        assert load_config(
            None, {"BLOOP__AUTH__REQUIRE_STRONG_SECRET": text, **STRONG}
        ).config.auth.require_strong_secret

    @pytest.mark.parametrize("text", ["false", "False", "0", "no", "off"])
    def test_words_for_false(self, text: str) -> None:
        assert not load_config(None, {"BLOOP__AUTH__ALLOW_KEYLESS": text}).config.auth.allow_keyless

    @pytest.mark.parametrize(("text", "value"), [("2", 2.0), ("0.5", 0.5), (" 3 ", 3.0)])
    def test_numbers(self, text: str, value: float) -> None:
        assert (
            load_config(None, {"BLOOP__PIPELINE__FLUSH_INTERVAL_SECS": text}).config.pipeline.flush_interval_secs
            == value
        )

    @pytest.mark.parametrize(
        ("text", "value"),
        [("10.0.0.0/8", ("10.0.0.0/8",)), ("10.0.0.1, ::1 ,", ("10.0.0.1", "::1")), ("", ())],
    )
    def test_lists_are_separated_by_commas(self, text: str, value: tuple[str, ...]) -> None:
        assert load_config(None, {"BLOOP__SERVER__TRUSTED_PROXIES": text}).config.server.trusted_proxies == value

    def test_an_empty_variable_leaves_an_optional_key_unset(self) -> None:
        server = load_config(None, {"BLOOP__SERVER__TLS_CERT": "", "BLOOP__SERVER__METRICS_TOKEN": ""}).config.server
        assert (server.tls_cert, server.metrics_token) == (None, None)

    @pytest.mark.parametrize(
        ("variable", "text", "message"),
        [
            (
                "BLOOP__SERVER__PORT",
                "http",
                "server.port = 'http' (BLOOP__SERVER__PORT): expected a whole number from 0 to 65535",
            ),
            (
                "BLOOP__SERVER__PORT",
                "8080.0",
                "server.port = '8080.0' (BLOOP__SERVER__PORT): expected a whole number from 0 to 65535",
            ),
            (
                "BLOOP__SERVER__PORT",
                "",
                "server.port = '' (BLOOP__SERVER__PORT): expected a whole number from 0 to 65535",
            ),
            (
                "BLOOP__SERVER__PORT",
                "٣",
                "server.port = '٣' (BLOOP__SERVER__PORT): expected a whole number from 0 to 65535",
            ),
            (
                "BLOOP__SERVER__PORT",
                "1_000",
                "server.port = '1_000' (BLOOP__SERVER__PORT): expected a whole number from 0 to 65535",
            ),
            ("BLOOP__SMTP__ENABLED", "maybe", "smtp.enabled = 'maybe' (BLOOP__SMTP__ENABLED): expected true or false"),
            (
                "BLOOP__PIPELINE__FLUSH_INTERVAL_SECS",
                "nan",
                "pipeline.flush_interval_secs = 'nan' (BLOOP__PIPELINE__FLUSH_INTERVAL_SECS): expected a number from 0.01 to 3600",
            ),
            (
                "bloop__ingest__ack",
                "maybe",
                'ingest.ack = \'maybe\' (bloop__ingest__ack): expected "buffered" or "durable"',
            ),
        ],
    )
    def test_a_text_that_does_not_fit_is_named_with_its_variable(self, variable: str, text: str, message: str) -> None:
        with pytest.raises(ConfigError, match=f"^{re.escape(message)}$"):
            load_config(None, {variable: text})


class TestRefusals:
    """One line names the key, the value, where it stands and what was wanted."""

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("[server]\nport = 70000", "server.port = 70000 (config.toml): expected a whole number from 0 to 65535"),
            ("[server]\nport = -1", "server.port = -1 (config.toml): expected a whole number from 0 to 65535"),
            ("[server]\nport = '80'", "server.port = '80' (config.toml): expected a whole number from 0 to 65535"),
            ("[server]\nport = true", "server.port = True (config.toml): expected a whole number from 0 to 65535"),
            ("[server]\nport = 80.5", "server.port = 80.5 (config.toml): expected a whole number from 0 to 65535"),
            ("[server]\nhost = 5", "server.host = 5 (config.toml): expected an address or host name"),
            ("[server]\nhost = ''", "server.host = '' (config.toml): expected an address or host name"),
            (
                "[server]\ntrusted_proxies = ['proxy.local']",
                "server.trusted_proxies = ['proxy.local'] (config.toml): expected IP addresses or CIDR ranges",
            ),
            (
                "[server]\ntrusted_proxies = '10.0.0.1'",
                "server.trusted_proxies = '10.0.0.1' (config.toml): expected IP addresses or CIDR ranges",
            ),
            ("[smtp]\nenabled = 1", "smtp.enabled = 1 (config.toml): expected true or false"),
            ("[database]\npath = ''", "database.path = '' (config.toml): expected a file"),
            ('[database]\npath = "a\\u0000b"', "database.path = 'a\\x00b' (config.toml): expected a file"),
            (
                "[llm_tracing.proxy]\nproviders = [1]",
                "llm_tracing.proxy.providers = [1] (config.toml): expected a list of texts",
            ),
            (
                "[llm_tracing]\ndefault_content_storage = 'all'",
                "llm_tracing.default_content_storage = 'all' (config.toml): "
                'expected "none" or "metadata_only" or "full"',
            ),
            (
                "[analytics]\nzscore_threshold = inf",
                "analytics.zscore_threshold = inf (config.toml): expected a number from 0.1 to 100",
            ),
            ("server = 5", "server = 5 (config.toml): expected a section [server]"),
            (
                "[server",
                "config.toml: not valid TOML: Expected ']' at the end of a table declaration (at end of document)",
            ),
        ],
    )
    def test_a_value_that_does_not_fit(self, text: str, message: str) -> None:
        assert refused(text) == message

    @pytest.mark.parametrize(
        "key",
        [
            "pipeline.flush_interval_secs", "retention.prune_interval_secs", "rate_limit.burst_size",
            "ingest.channel_capacity", "pipeline.flush_batch_size", "llm_tracing.flush_interval_secs",
            "retention.raw_events_days", "database.pool_size", "server.max_connections", "ingest.max_batch_size",
        ],
    )  # fmt: skip
    @pytest.mark.parametrize("value", ["0", "-1", "1" + "0" * 20, "1" + "0" * 400])
    def test_sizes_and_intervals_of_nothing_or_beyond_reason(self, key: str, value: str) -> None:
        section, name = key.split(".")
        assert refused(f"[{section}]\n{name} = {value}").startswith(f"{key} = ")

    @pytest.mark.parametrize("key", ["rate_limit.per_second", "rate_limit.auth_per_second"])
    def test_a_rate_of_zero_turns_the_limit_off(self, key: str) -> None:
        section, name = key.split(".")
        load_config(write(f"[{section}]\n{name} = 0"), {})

    @pytest.mark.parametrize("key", ["hmac_secret", "setup_token"])
    def test_a_secret_is_never_shown(self, key: str) -> None:
        assert refused(f"[auth]\n{key} = 123456") == f"auth.{key} = (hidden) (config.toml): expected text"

    def test_a_long_value_is_cut(self) -> None:
        assert len(refused(f"[ingest]\nack = '{'x' * 5000}'")) < 200

    def test_bytes_that_are_no_text(self) -> None:
        Path("config.toml").write_bytes(b"\xff\xfe")
        with pytest.raises(ConfigError, match=r"^config\.toml: not UTF-8 text$"):
            load_config(None, {})

    @pytest.mark.parametrize(
        "text", ["a = " + "1" * 5000, "a = " + "[" * 5000], ids=["endless number", "endless nesting"]
    )
    def test_toml_beyond_the_parser_is_refused_in_one_line(self, text: str) -> None:
        assert refused(text).startswith("config.toml: not valid TOML: ")

    def test_text_that_cannot_be_encoded_is_refused(self) -> None:
        with pytest.raises(ConfigError, match=r"^auth\.hmac_secret = \(hidden\) "):
            load_config(None, {"BLOOP__AUTH__HMAC_SECRET": "\udcff"})


class TestAnyInput:
    """Whatever is written, the configuration is loaded or refused in one line that names the key."""

    @given(key=st.sampled_from(sorted(KEYS)), text=st.text() | st.integers().map(str) | st.floats().map(str))
    def test_in_the_environment(self, key: str, text: str) -> None:
        loaded_or_refused(key, lambda: load_config(None, {KEYS[key].variable: text}))

    @given(
        key=st.sampled_from(sorted(KEYS)),
        value=st.recursive(st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text("a.: /é"), st.lists),
    )
    def test_in_the_file(self, key: str, value: object) -> None:
        section, _, name = key.rpartition(".")
        written = json.dumps(value, ensure_ascii=False).replace("Infinity", "inf")
        path = write(f"[{section}]\n{name} = {written}\n")
        loaded_or_refused(key, lambda: load_config(path, {}))


def loaded_or_refused(key: str, load: Callable[[], Loaded]) -> None:
    try:
        load()
    except ConfigError as error:
        assert "\n" not in str(error)  # noqa: PT017 - either outcome is fine
        assert key in str(error)  # noqa: PT017


class TestUnknownNames:
    """What means nothing is a warning with the nearest name that does."""

    @pytest.mark.parametrize(
        ("text", "warning"),
        [
            ("[server]\nprot = 1", "unknown key server.prot in config.toml; did you mean server.port?"),
            ("[sever]\nport = 1", "unknown section [sever] in config.toml; did you mean [server]?"),
            ("answer = 42", "unknown key answer in config.toml"),
            ("[zzz]\nport = 1", "unknown section [zzz] in config.toml"),
            (
                "[llm_tracing.prxy]\nenabled = true",
                "unknown section [llm_tracing.prxy] in config.toml; did you mean [llm_tracing.proxy]?",
            ),
        ],
    )
    def test_in_the_file(self, text: str, warning: str) -> None:
        assert load_config(write(text), STRONG).warnings == (warning,)

    @pytest.mark.parametrize(
        ("variable", "warning"),
        [
            (
                "BLOOP__SERVER__PROT",
                "unknown variable BLOOP__SERVER__PROT in the environment; did you mean BLOOP__SERVER__PORT?",
            ),
            ("BLOOP__", "unknown variable BLOOP__ in the environment"),
        ],
    )
    def test_in_the_environment(self, variable: str, warning: str) -> None:
        assert load_config(None, {variable: "1", **STRONG}).warnings == (warning,)

    def test_the_value_of_an_unknown_key_is_not_repeated(self) -> None:
        loaded = load_config(write("[auth]\nhmac_secert = 'top secret'"), {"BLOOP__AUTH__SECRET": "hush", **STRONG})
        assert "top secret" not in str(loaded.warnings)
        assert "hush" not in str(loaded.warnings)

    def test_other_variables_are_nobodys_business(self) -> None:
        assert load_config(None, {"PATH": "/bin", "BLOOP_TEST": "1", **STRONG}).warnings == ()


class TestDefaultsThatFollow:
    @pytest.mark.parametrize("port", [80, 8080])
    def test_the_origin_follows_the_port(self, port: int) -> None:
        origin = load_config(write(f"[server]\nport = {port}"), {}).config.auth.rp_origin
        assert origin == ("http://localhost" if port == 80 else "http://localhost:8080")

    def test_an_origin_that_is_set_stays(self) -> None:
        loaded = load_config(None, {"BLOOP__SERVER__PORT": "80", "BLOOP__AUTH__RP_ORIGIN": "http://localhost:9"})
        assert loaded.config.auth.rp_origin == "http://localhost:9"

    def test_a_batch_may_weigh_at_least_what_an_event_may(self) -> None:
        ingest = load_config(write("[ingest]\nmax_payload_bytes = 5_000_000"), {}).config.ingest
        assert ingest.max_batch_payload_bytes == 5_000_000
