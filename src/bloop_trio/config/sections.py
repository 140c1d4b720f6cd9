"""Every section and key with its default; the text under a key says what it does.

Units are in the names: `_bytes` (UTF-8), `_ms`, `_secs`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import attrs

from bloop_trio.config.key import (
    Rule,
    are_networks,
    is_file_path,
    is_host_name,
    is_http_url,
    is_origin,
    number,
    setting,
    whole,
)
from bloop_trio.config.llm_tracing import LlmTracingConfig

_YEAR_SECS = 366 * 86_400
_DAY_SECS = 86_400
_MIB = 1 << 20

_FILE = Rule(check=is_file_path, wanted="a file")

PLACEHOLDER_SECRET = "change-me-in-production"  # noqa: S105 - the documented value that asks to be replaced
"""The default of `auth.hmac_secret`."""


@attrs.frozen(kw_only=True)
class ServerConfig:
    """Where the server listens and how long it waits for slow clients."""

    host: str = setting("0.0.0.0", Rule(check=is_host_name, wanted="an address or host name"))  # noqa: S104 - a server
    """Address to listen on."""
    port: int = whole(5332, 0, 65_535)
    """TCP port; 0 takes any free one."""
    trusted_proxies: tuple[str, ...] = setting(
        ("127.0.0.0/8", "::1/128"), Rule(check=are_networks, wanted="IP addresses or CIDR ranges")
    )
    """Peers whose `X-Forwarded-For`, `X-Real-IP` and `Forwarded` headers are believed."""
    shutdown_timeout_secs: float = number(8.0, 0.1, 3600)
    """Time for the whole of an orderly stop. Container runtimes kill after 10 s."""
    tls_cert: Path | None = setting(None, _FILE)  # noqa: RUF009 - `setting` returns an attrs field
    """Certificate chain in PEM; with `tls_key` the server speaks HTTPS."""
    tls_key: Path | None = setting(None, _FILE)  # noqa: RUF009 - `setting` returns an attrs field
    """Private key in PEM, not encrypted."""
    metrics_token: str | None = setting(None, Rule(secret=True))
    """Bearer token that opens `/metrics` to other hosts than this one."""
    public_url: str | None = setting(None, Rule(check=is_http_url, wanted="an http:// or https:// URL"))
    """Address under which people reach the server; links in alerts start with it."""
    max_connections: int = whole(10_000, 1, 1_000_000)
    """Connections at a time; further ones get 503."""
    header_timeout_secs: float = number(10.0, 0.1, 3600)
    """Time for a request's head (and a TLS handshake) to arrive."""
    body_timeout_secs: float = number(30.0, 0.1, 3600)
    """Time for a request's body to arrive."""
    write_timeout_secs: float = number(10.0, 0.1, 3600)
    """Time for a client to take an answer."""
    keep_alive_timeout_secs: float = number(75.0, 0.1, _DAY_SECS)
    """Time that an idle connection is kept open."""


@attrs.frozen(kw_only=True)
class DatabaseConfig:
    """Where the data lies."""

    path: Path = setting(Path("bloop.db"), _FILE)  # noqa: RUF009 - `setting` returns an attrs field
    """The SQLite file; relative to the working directory."""
    pool_size: int = whole(4, 1, 64)
    """Queries that run at the same time."""


@attrs.frozen(kw_only=True)
class IngestConfig:
    """What an event may weigh, and when it is acknowledged."""

    max_payload_bytes: int = whole(32_768, 64, 64 * _MIB)
    """Body of a single event, and each event of a batch."""
    max_stack_bytes: int = whole(8_192, 1, 64 * _MIB)
    """Stack trace of an event."""
    max_metadata_bytes: int = whole(4_096, 1, 64 * _MIB)
    """Metadata of an event, as compact JSON."""
    max_message_bytes: int = whole(2_048, 1, 64 * _MIB)
    """Message of an event."""
    max_batch_size: int = whole(50, 1, 10_000)
    """Events in a batch as promised to clients; up to twice as many are taken."""
    max_batch_payload_bytes: int = whole(1_638_400, 64, 1024 * _MIB)
    """Body of a batch, at least `max_payload_bytes`. Unset: the default, or `max_payload_bytes` if that is more."""
    channel_capacity: int = whole(8_192, 1, 10_000_000)
    """Events that can wait in memory to be written; what does not fit is dropped and counted."""
    ack: Literal["buffered", "durable"] = setting("buffered")
    """When an event is acknowledged: once it is in memory, or once it is committed to disk."""
    max_wait_ms: int = whole(1_000, 0, 60_000)
    """How long a request waits for room before its events are dropped."""
    max_new_issues_per_minute: int = whole(1_000, 0, 1_000_000)
    """New errors of a project in a minute; events of further ones are counted in one of their own. 0: no limit."""
    full_occurrences_per_minute: int = whole(6_000, 0, 1_000_000_000)
    """Events of one error in a minute that are all stored; of further ones only some are, and all are counted. 0: all."""


@attrs.frozen(kw_only=True)
class PipelineConfig:
    """How buffered events are written."""

    flush_interval_secs: float = number(2.0, 0.01, 3600)
    """Longest time that an event waits in memory."""
    flush_batch_size: int = whole(500, 1, 100_000)
    """Waiting events that start a write before the interval is over."""
    sample_reservoir_size: int = whole(5, 1, 1_000)
    """Newest occurrences that are kept in full for each fingerprint."""


@attrs.frozen(kw_only=True)
class RetentionConfig:
    """How long data is kept."""

    raw_events_days: int = whole(7, 1, 3_650)
    """Days that single events are kept unless administrators set something else; issues and samples stay."""
    hourly_counts_days: int = whole(90, 1, 3_650)
    """Days that counts by the hour are kept unless administrators set something else."""
    aggregates_days: int = whole(0, 0, 36_500)
    """Days after which an error goes that has not been seen any more, unless administrators set something else; 0: never."""
    max_database_bytes: int = whole(0, 0, 1 << 49)
    """Size of the database beyond which the oldest events go early, unless administrators set one; 0: no limit."""
    audit_days: int = whole(365, 1, 36_500)
    """Days that entries of the audit log are kept."""
    prune_interval_secs: int = whole(3_600, 1, 7 * _DAY_SECS)
    """Time between two removals of what is too old."""


@attrs.frozen(kw_only=True)
class AuthConfig:
    """Who may send, and who may sign in."""

    hmac_secret: str = setting(PLACEHOLDER_SECRET, Rule(secret=True))
    """Signs events that name no project; they go to the default project. Empty closes this way in."""
    require_strong_secret: bool = setting(default=False)
    """Refuse to start unless `hmac_secret` has at least 32 bytes and is not the default."""
    allow_keyless: bool = setting(default=True)
    """Accept events that name no project and are signed with a project's key, as some SDKs send them."""
    setup_token: str | None = setting(None, Rule(secret=True))
    """Demanded from whoever registers the first administrator."""
    rp_id: str = setting("localhost", Rule(check=is_host_name, wanted="a host name"))
    """Domain that passkeys belong to."""
    rp_origin: str = setting(
        "http://localhost:5332", Rule(check=is_origin, wanted="an origin such as https://bloop.example.com")
    )
    """Origin of the dashboard, on `rp_id` or below it. Unset: `localhost` at the server's port."""
    session_ttl_secs: int = whole(604_800, 60, 10 * _YEAR_SECS)
    """Time that a sign-in lasts."""


@attrs.frozen(kw_only=True)
class RateLimitConfig:
    """Requests that one client address may make."""

    per_second: int = whole(100, 0, 1_000_000)
    """Ingest requests a second in the long run; 0 turns the limit off."""
    burst_size: int = whole(200, 1, 1_000_000)
    """Ingest requests at once."""
    auth_per_second: int = whole(5, 0, 1_000_000)
    """Sign-in requests a second in the long run; 0 turns the limit off."""
    auth_burst_size: int = whole(10, 1, 1_000_000)
    """Sign-in requests at once."""


@attrs.frozen(kw_only=True)
class AlertingConfig:
    """When alerts are quiet, and where they may go."""

    cooldown_secs: int = whole(900, 0, _YEAR_SECS)
    """Least time between two alerts of one rule for one issue."""
    max_per_minute: int = whole(20, 1, 100_000)
    """Messages a minute to one channel; what is more goes out together, as one digest."""
    allow_private_webhooks: bool = setting(default=False)
    """Let webhooks go to addresses inside the own network."""
    log_days: int = whole(90, 1, 3_650)
    """Days that alerts, and what became of their deliveries, can be read."""


@attrs.frozen(kw_only=True)
class SmtpConfig:
    """The mail server for alerts by mail."""

    enabled: bool = setting(default=False)
    """Send mail at all."""
    host: str = setting("smtp.example.com")
    """Mail server."""
    port: int = whole(587, 1, 65_535)
    """Its port."""
    username: str = setting("")
    """User to sign in as; empty: without signing in."""
    password: str = setting("", Rule(secret=True))
    """The user's password."""
    from_: str = setting("bloop@example.com")
    """Sender of the mails."""
    starttls: bool = setting(default=True)
    """Encrypt the connection with STARTTLS, and refuse to send without; false: encrypt it from the start."""
    tls: Literal["starttls", "tls", "none"] = setting("starttls")
    """How the connection is encrypted, if at all; says more than `starttls`, and wins. Unset: as that says."""


@attrs.frozen(kw_only=True)
class SourceMapsConfig:
    """The source maps that lead from minified stacks to the sources."""

    max_upload_bytes: int = whole(50 * _MIB, 1024, 1024 * _MIB)
    """Largest request that uploads some."""
    max_map_bytes: int = whole(64 * _MIB, 1024, 1024 * _MIB)
    """Largest map, after decompression."""
    max_maps: int = whole(2_000, 1, 1_000_000)
    """Maps of one project."""
    max_stored_bytes: int = whole(2048 * _MIB, 1024, 1 << 40)
    """Bytes that the maps of one project take in the database, where they are compressed."""
    max_age_days: int = whole(0, 0, 36_500)
    """Days that a map is kept after its upload, and after the last event of its release; 0: for ever."""
    cache_bytes: int = whole(128 * _MIB, 0, 1 << 40)
    """Memory for maps that are ready to be used; the one that was used last is kept even if it is larger."""


@attrs.frozen(kw_only=True)
class AnalyticsConfig:
    """The insights."""

    enabled: bool = setting(default=True)
    """Offer insights at all."""
    cache_ttl_secs: int = whole(60, 0, _DAY_SECS)
    """Time that an insight is served from memory; 0 computes each anew."""
    zscore_threshold: float = number(2.5, 0.1, 100)
    """Standard deviations above the mean that make an hour a spike."""
    memory_limit_bytes: int = whole(96 * _MIB, 32 * _MIB, 1 << 40)
    """Memory for what is calculated, and for the counts that it reads; the library itself takes some 70 MB beside."""
    threads: int = whole(2, 1, 256)
    """Processor cores that one calculation may use."""
    max_temp_bytes: int = whole(1024 * _MIB, 0, 1 << 49)
    """Disk beside the database for what does not fit into that memory."""


@attrs.frozen(kw_only=True)
class Config:
    """All settings. Every key has a default, so ``Config()`` is a working configuration."""

    server: ServerConfig = attrs.field(factory=ServerConfig)
    database: DatabaseConfig = attrs.field(factory=DatabaseConfig)
    ingest: IngestConfig = attrs.field(factory=IngestConfig)
    pipeline: PipelineConfig = attrs.field(factory=PipelineConfig)
    retention: RetentionConfig = attrs.field(factory=RetentionConfig)
    auth: AuthConfig = attrs.field(factory=AuthConfig)
    rate_limit: RateLimitConfig = attrs.field(factory=RateLimitConfig)
    alerting: AlertingConfig = attrs.field(factory=AlertingConfig)
    smtp: SmtpConfig = attrs.field(factory=SmtpConfig)
    source_maps: SourceMapsConfig = attrs.field(factory=SourceMapsConfig)
    analytics: AnalyticsConfig = attrs.field(factory=AnalyticsConfig)
    llm_tracing: LlmTracingConfig = attrs.field(factory=LlmTracingConfig)
