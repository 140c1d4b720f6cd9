"""The section ``[llm_tracing]`` and its own section ``[llm_tracing.proxy]``."""

from __future__ import annotations

from typing import Literal

import attrs

from bloop_trio.config.key import Rule, is_http_url, number, setting, whole

_DAY_SECS = 86_400
_HTTP_URL = Rule(check=is_http_url, wanted="an http:// or https:// URL")


@attrs.frozen(kw_only=True)
class ProxyConfig:
    """The proxy between applications and their LLM providers."""

    enabled: bool = setting(default=True)
    """Offer the proxy at all."""
    providers: tuple[str, ...] = setting(("openai", "anthropic"))
    """Providers that it forwards to."""
    openai_base_url: str = setting("https://api.openai.com/v1", _HTTP_URL)
    """Where requests for OpenAI go."""
    anthropic_base_url: str = setting("https://api.anthropic.com/v1", _HTTP_URL)
    """Where requests for Anthropic go."""
    capture_prompts: bool = setting(default=True)
    """Record what is asked, as far as the content policy allows."""
    capture_completions: bool = setting(default=True)
    """Record what is answered, as far as the content policy allows."""
    capture_streaming: bool = setting(default=True)
    """Record streamed answers too."""


@attrs.frozen(kw_only=True)
class LlmTracingConfig:
    """Traces of LLM calls."""

    enabled: bool = setting(default=True)
    """Take and show traces at all."""
    channel_capacity: int = whole(4_096, 1, 10_000_000)
    """Traces that can wait in memory to be written."""
    flush_interval_secs: float = number(2.0, 0.01, 3600)
    """Longest time that a trace waits in memory."""
    flush_batch_size: int = whole(200, 1, 100_000)
    """Waiting traces that start a write before the interval is over."""
    max_spans_per_trace: int = whole(100, 1, 100_000)
    """Spans in a trace."""
    max_batch_size: int = whole(50, 1, 10_000)
    """Traces in a batch."""
    default_content_storage: Literal["none", "metadata_only", "full"] = setting("none")
    """How much of prompts and completions is kept where a project says nothing else."""
    cache_ttl_secs: int = whole(30, 0, _DAY_SECS)
    """Time that a query's result is served from memory."""
    pricing_refresh_interval_secs: int = whole(3_600, 0, 365 * _DAY_SECS)
    """Time between two fetches of the price list; 0 keeps the one that is built in."""
    pricing_url: str = setting(
        "https://raw.githubusercontent.com/BerriAI/litellm/main/model_prices_and_context_window.json", _HTTP_URL
    )
    """Where the price list is fetched from."""
    proxy: ProxyConfig = attrs.field(factory=ProxyConfig)
