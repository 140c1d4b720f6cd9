"""What the maps that are kept decoded tell about themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bloop_trio.sourcemaps.metrics import source_map_families
from bloop_trio.sourcemaps.parsed import ParsedStatistics

if TYPE_CHECKING:
    from tests.client import Client


def test_every_number_is_told() -> None:
    told = ParsedStatistics(
        maps=1,
        weight_bytes=2,
        capacity_bytes=3,
        decoded_total=4,
        hits_total=5,
        misses_total=6,
        evictions_total=7,
    )
    assert {family.name: family.samples[0].value for family in source_map_families(told)} == {
        "bloop_source_maps_cached": 1,
        "bloop_source_map_cache_bytes": 2,
        "bloop_source_map_cache_capacity_bytes": 3,
        "bloop_source_maps_decoded_total": 4,
        "bloop_source_map_cache_hits_total": 5,
        "bloop_source_map_cache_misses_total": 6,
        "bloop_source_map_cache_evictions_total": 7,
    }


async def test_they_are_among_the_metrics_of_the_server(client: Client) -> None:
    lines = (await client.get("/metrics")).body.decode().splitlines()
    assert "bloop_source_maps_cached 0" in lines
