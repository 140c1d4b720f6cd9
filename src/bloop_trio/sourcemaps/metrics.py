"""The maps that are ready to be used, as metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bloop_trio.http.metrics import Family

if TYPE_CHECKING:
    from bloop_trio.sourcemaps.parsed import ParsedStatistics


def source_map_families(statistics: ParsedStatistics) -> list[Family]:
    """Return how many maps are kept decoded, and how often that has helped."""
    return [
        Family.single("bloop_source_maps_cached", "gauge", "Source maps that are kept decoded.", statistics.maps),
        Family.single(
            "bloop_source_map_cache_bytes", "gauge", "About what these take in memory.", statistics.weight_bytes
        ),
        Family.single(
            "bloop_source_map_cache_capacity_bytes", "gauge", "What they may take.", statistics.capacity_bytes
        ),
        Family.single(
            "bloop_source_map_cache_hits_total",
            "counter",
            "Looks for a source map that was kept decoded.",
            statistics.hits_total,
        ),
        Family.single(
            "bloop_source_map_cache_misses_total",
            "counter",
            "Looks for a source map that was not.",
            statistics.misses_total,
        ),
        Family.single(
            "bloop_source_map_cache_evictions_total",
            "counter",
            "Source maps that made room for others.",
            statistics.evictions_total,
        ),
        Family.single(
            "bloop_source_maps_decoded_total", "counter", "Source maps that were decoded.", statistics.decoded_total
        ),
    ]
