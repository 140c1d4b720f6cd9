"""The rules that join several keys. Each key's own type and range are checked before."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bloop_trio.config.key import is_host_name
from bloop_trio.config.sections import PLACEHOLDER_SECRET
from bloop_trio.exceptions import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bloop_trio.config.sections import AuthConfig, Config, IngestConfig, ServerConfig, SmtpConfig

STRONG_SECRET_BYTES = 32
"""Least length of a secret that cannot be guessed."""


def validate(config: Config) -> list[str]:
    """Return the warnings about a configuration that can be used, one line each.

    Raises:
        ConfigError: It cannot be used; one line that names the keys.
    """
    _check_tls(config.server)
    _check_sizes(config.ingest)
    _check_smtp(config.smtp)
    _check_origin(config.auth)
    return [*_secret_warnings(config.auth), *_origin_warnings(config.auth), *_smtp_warnings(config.smtp)]


def _check_tls(server: ServerConfig) -> None:
    if server.tls_cert is None and server.tls_key is None:
        return
    if server.tls_cert is None or server.tls_key is None:
        missing, present = ("tls_cert", "tls_key") if server.tls_cert is None else ("tls_key", "tls_cert")
        raise ConfigError(f"server.{missing} is not set, but server.{present} is: TLS needs both")
    for key, path in (("tls_cert", server.tls_cert), ("tls_key", server.tls_key)):
        try:
            path.read_bytes()
        except OSError as error:
            raise ConfigError(f"server.{key} = {str(path)!r}: {error.strerror}") from None
    import ssl  # noqa: PLC0415 - a tenth of a command's start, and most have no use for it

    try:
        # Without a password to give, an encrypted key would ask for one on the terminal.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(server.tls_cert, server.tls_key, password="")
    except (ssl.SSLError, ValueError) as error:
        reason = getattr(error, "reason", None) or str(error)
        raise ConfigError(
            f"server.tls_cert = {str(server.tls_cert)!r}, server.tls_key = {str(server.tls_key)!r}: "
            f"expected a PEM certificate and its unencrypted key ({reason})"
        ) from None


def _check_sizes(ingest: IngestConfig) -> None:
    if ingest.max_batch_payload_bytes < ingest.max_payload_bytes:
        raise ConfigError(
            f"ingest.max_batch_payload_bytes = {ingest.max_batch_payload_bytes}: expected at least "
            f"ingest.max_payload_bytes, which is {ingest.max_payload_bytes}"
        )


def _check_smtp(smtp: SmtpConfig) -> None:
    if not smtp.enabled:
        return
    if not is_host_name(smtp.host):
        raise ConfigError(f"smtp.host = {smtp.host!r}: expected the mail server's name, since smtp.enabled is true")
    if smtp.host == "smtp.example.com":
        raise ConfigError(f"smtp.host = {smtp.host!r} is the example: set your mail server, since smtp.enabled is true")
    name, _, domain = smtp.from_.rpartition("@")
    if not name or not is_host_name(domain) or not smtp.from_.isprintable():
        raise ConfigError(f"smtp.from = {smtp.from_!r}: expected a mail address, since smtp.enabled is true")
    if smtp.password and not smtp.username:
        raise ConfigError("smtp.username is not set, but smtp.password is: signing in needs both")


def _check_origin(auth: AuthConfig) -> None:
    host = urlsplit(auth.rp_origin).hostname or ""
    if host != auth.rp_id.lower() and not host.endswith("." + auth.rp_id.lower()):
        raise ConfigError(
            f"auth.rp_origin = {auth.rp_origin!r} is not on auth.rp_id = {auth.rp_id!r}: "
            f"expected that host or one below it"
        )


def _secret_warnings(auth: AuthConfig) -> Iterator[str]:
    secret_bytes = len(auth.hmac_secret.encode())
    if auth.hmac_secret == PLACEHOLDER_SECRET:
        weakness = "is the published default"
    elif secret_bytes == 0 and not auth.require_strong_secret:
        return  # the way to say that every event must name its project
    elif secret_bytes < STRONG_SECRET_BYTES:
        weakness = f"has {secret_bytes} bytes"
    else:
        return
    advice = f"set at least {STRONG_SECRET_BYTES} random bytes, for example from `openssl rand -hex 32`"
    if auth.require_strong_secret:
        raise ConfigError(f"auth.hmac_secret {weakness}, and auth.require_strong_secret is true: {advice}")
    yield f"auth.hmac_secret {weakness}, so anyone may send events to the default project: {advice}"


def _origin_warnings(auth: AuthConfig) -> Iterator[str]:
    parts = urlsplit(auth.rp_origin)
    host = parts.hostname or ""
    if parts.scheme == "http" and host != "localhost" and not host.endswith(".localhost"):
        yield f"auth.rp_origin = {auth.rp_origin!r} is not https: browsers offer no passkeys there"


def _smtp_warnings(smtp: SmtpConfig) -> Iterator[str]:
    if smtp.enabled and smtp.username and smtp.tls == "none":
        yield 'smtp.tls = "none": the password of smtp.username is sent unencrypted'
