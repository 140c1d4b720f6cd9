from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import trustme

from bloop_trio.config import load_config
from bloop_trio.exceptions import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def warnings(**variables: str) -> tuple[str, ...]:
    return load_config(None, {f"BLOOP__{name.upper()}": text for name, text in variables.items()}).warnings


def refused(**variables: str) -> str:
    with pytest.raises(ConfigError) as caught:
        warnings(**variables)
    assert "\n" not in str(caught.value)
    return str(caught.value)


STRONG = "s" * 32
ADVICE = "set at least 32 random bytes, for example from `openssl rand -hex 32`"


class TestSecret:
    @pytest.mark.parametrize(
        ("secret", "weakness"),
        [
            ("change-me-in-production", "is the published default"),
            ("your-secret-here", "has 16 bytes"),
            ("my-production-secret", "has 20 bytes"),
            ("é" * 15, "has 30 bytes"),
        ],
    )
    def test_a_weak_one_is_warned_of_at_every_start(self, secret: str, weakness: str) -> None:
        assert warnings(auth__hmac_secret=secret) == (
            f"auth.hmac_secret {weakness}, so anyone may send events to the default project: {ADVICE}",
        )

    @pytest.mark.parametrize("secret", [STRONG, "é" * 16])
    def test_32_bytes_are_strong(self, secret: str) -> None:
        assert warnings(auth__hmac_secret=secret, auth__require_strong_secret="true") == ()

    def test_an_empty_one_closes_the_way_without_a_project_key(self) -> None:
        assert warnings(auth__hmac_secret="") == ()

    @pytest.mark.parametrize(
        ("secret", "weakness"),
        [("change-me-in-production", "is the published default"), ("short", "has 5 bytes"), ("", "has 0 bytes")],
    )
    def test_a_weak_one_is_refused_on_demand(self, secret: str, weakness: str) -> None:
        assert refused(auth__hmac_secret=secret, auth__require_strong_secret="true") == (
            f"auth.hmac_secret {weakness}, and auth.require_strong_secret is true: {ADVICE}"
        )


class TestOrigin:
    @pytest.mark.parametrize(
        ("rp_id", "rp_origin", "stored"),
        [
            ("localhost", "http://localhost:5332", "http://localhost:5332"),
            ("example.com", "https://example.com", "https://example.com"),
            ("example.com", "https://bloop.example.com", "https://bloop.example.com"),
            ("Example.com", "HTTPS://Bloop.Example.COM/", "https://bloop.example.com"),
            ("example.com", "https://example.com:443", "https://example.com"),
            ("example.com", "https://example.com:8443", "https://example.com:8443"),
        ],
    )
    def test_the_host_is_the_domain_or_below_it(self, rp_id: str, rp_origin: str, stored: str) -> None:
        loaded = load_config(None, {"BLOOP__AUTH__RP_ID": rp_id, "BLOOP__AUTH__RP_ORIGIN": rp_origin})
        assert loaded.config.auth.rp_origin == stored

    @pytest.mark.parametrize(
        ("rp_id", "rp_origin"),
        [
            ("example.com", "https://example.org"),
            ("example.com", "https://badexample.com"),
            ("bloop.example.com", "https://example.com"),
        ],
    )
    def test_any_other_host_is_refused(self, rp_id: str, rp_origin: str) -> None:
        assert refused(auth__rp_id=rp_id, auth__rp_origin=rp_origin) == (
            f"auth.rp_origin = '{rp_origin}' is not on auth.rp_id = '{rp_id}': expected that host or one below it"
        )

    def test_a_domain_alone_is_refused_since_the_origin_would_be_localhost(self) -> None:
        assert refused(auth__rp_id="example.com").startswith("auth.rp_origin = 'http://localhost:5332' is not on ")

    @pytest.mark.parametrize(
        "rp_origin",
        ["", "localhost", "ftp://localhost", "http://localhost/path", "http://localhost?q", "http://u@localhost",
         "http://localhost:port", "http://[::1", "http://"],
    )  # fmt: skip
    def test_what_is_no_origin_is_refused(self, rp_origin: str) -> None:
        assert refused(auth__rp_origin=rp_origin) == (
            f"auth.rp_origin = '{rp_origin}' (BLOOP__AUTH__RP_ORIGIN): "
            "expected an origin such as https://bloop.example.com"
        )

    def test_plain_http_is_warned_of_but_on_localhost(self) -> None:
        assert warnings(auth__hmac_secret=STRONG, auth__rp_id="lan.example", auth__rp_origin="http://lan.example") == (
            "auth.rp_origin = 'http://lan.example' is not https: browsers offer no passkeys there",
        )


USABLE_MAIL = {"smtp__enabled": "true", "smtp__host": "mail.example.org", "auth__hmac_secret": STRONG}


class TestMail:
    def test_the_example_is_fine_while_mail_is_off(self) -> None:
        assert warnings(auth__hmac_secret=STRONG, smtp__host="", smtp__from="") == ()

    def test_a_usable_server_is_accepted(self) -> None:
        assert warnings(**USABLE_MAIL) == ()

    @pytest.mark.parametrize(
        ("changes", "key"),
        [
            ({"smtp__host": ""}, "smtp.host"),
            ({"smtp__host": "two words"}, "smtp.host"),
            ({"smtp__host": "smtp.example.com"}, "smtp.host"),
            ({"smtp__from": "nobody"}, "smtp.from"),
            ({"smtp__from": "@example.org"}, "smtp.from"),
            ({"smtp__from": "a@b\r\nBcc: c@d"}, "smtp.from"),
            ({"smtp__port": "0"}, "smtp.port"),
            ({"smtp__password": "hush"}, "smtp.username"),
        ],
    )
    def test_an_unusable_one_is_refused_by_its_key(self, changes: dict[str, str], key: str) -> None:
        message = refused(**(USABLE_MAIL | changes))
        assert message.startswith(key)
        assert "hush" not in message

    @pytest.mark.parametrize(
        ("given", "tls"),
        [
            ({}, "starttls"),
            ({"smtp__starttls": "true"}, "starttls"),
            ({"smtp__starttls": "false"}, "tls"),
            ({"smtp__tls": "none"}, "none"),
            ({"smtp__starttls": "false", "smtp__tls": "starttls"}, "starttls"),
        ],
    )
    def test_it_is_encrypted_as_starttls_says_unless_tls_says_more(self, given: dict[str, str], tls: str) -> None:
        environ = {f"BLOOP__{name.upper()}": value for name, value in given.items()}
        assert load_config(None, environ).config.smtp.tls == tls

    def test_a_password_in_the_clear_is_a_warning(self) -> None:
        signs_in = {"smtp__username": "bloop", "smtp__password": "hush", "smtp__tls": "none"}
        assert warnings(**USABLE_MAIL, **signs_in) == (
            'smtp.tls = "none": the password of smtp.username is sent unencrypted',
        )
        assert warnings(**USABLE_MAIL, smtp__tls="none") == ()


def test_a_batch_may_not_weigh_less_than_an_event() -> None:
    assert refused(ingest__max_batch_payload_bytes="1000") == (
        "ingest.max_batch_payload_bytes = 1000: expected at least ingest.max_payload_bytes, which is 32768"
    )


class TestTls:
    @pytest.fixture
    def files(self, tmp_path: Path) -> tuple[Path, Path]:
        issued = trustme.CA().issue_cert("localhost")
        cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
        issued.cert_chain_pems[0].write_to_path(cert)
        issued.private_key_pem.write_to_path(key)
        return cert, key

    def test_a_certificate_and_its_key_are_accepted(self, files: tuple[Path, Path]) -> None:
        cert, key = files
        assert warnings(auth__hmac_secret=STRONG, server__tls_cert=str(cert), server__tls_key=str(key)) == ()

    def test_the_origin_becomes_https(self, files: tuple[Path, Path]) -> None:
        environ = {"BLOOP__SERVER__TLS_CERT": str(files[0]), "BLOOP__SERVER__TLS_KEY": str(files[1])}
        assert load_config(None, environ).config.auth.rp_origin == "https://localhost:5332"

    @pytest.mark.parametrize(("present", "missing"), [("tls_cert", "tls_key"), ("tls_key", "tls_cert")])
    def test_one_alone_is_refused(self, present: str, missing: str) -> None:
        assert refused(**{f"server__{present}": "file.pem"}) == (
            f"server.{missing} is not set, but server.{present} is: TLS needs both"
        )

    def test_a_file_that_is_not_there_is_named(self, files: tuple[Path, Path]) -> None:
        assert refused(server__tls_cert="absent.pem", server__tls_key=str(files[1])) == (
            "server.tls_cert = 'absent.pem': No such file or directory"
        )

    def test_files_that_do_not_belong_together_are_refused(self, files: tuple[Path, Path], tmp_path: Path) -> None:
        other = tmp_path / "other.pem"
        trustme.CA().issue_cert("localhost").private_key_pem.write_to_path(other)
        message = refused(server__tls_cert=str(files[0]), server__tls_key=str(other))
        assert re.search(r"expected a PEM certificate and its unencrypted key \(.+\)$", message)

    def test_an_encrypted_key_is_refused_without_asking_for_its_password(
        self, files: tuple[Path, Path], tmp_path: Path
    ) -> None:
        from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - this test alone

        key = serialization.load_pem_private_key(files[1].read_bytes(), None)
        locked = tmp_path / "locked.pem"
        locked.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.BestAvailableEncryption(b"password"),
            )
        )
        assert "expected a PEM certificate and its unencrypted key" in refused(
            server__tls_cert=str(files[0]), server__tls_key=str(locked)
        )
