from __future__ import annotations

import re

from bloop_trio.http.metrics import Family, Sample, render
from bloop_trio.http.process_metrics import process_families


def test_a_family_is_written_with_its_help_its_type_and_its_samples() -> None:
    family = Family(
        "shop_orders_total",
        "counter",
        "Orders\nby \\ country.",
        (Sample(3, {"country": "is", "note": 'a "b" \\ c\nd'}), Sample(0.5, {"country": "no", "note": ""})),
    )
    assert render([family]).decode() == (
        "# HELP shop_orders_total Orders\\nby \\\\ country.\n"
        "# TYPE shop_orders_total counter\n"
        'shop_orders_total{country="is",note="a \\"b\\" \\\\ c\\nd"} 3\n'
        'shop_orders_total{country="no",note=""} 0.5\n'
    )


def test_a_single_number_has_no_braces_and_an_empty_family_announces_itself() -> None:
    page = render([Family.single("up", "gauge", "Up.", 1), Family("down", "gauge", "Down.", ())]).decode()
    assert page == "# HELP up Up.\n# TYPE up gauge\nup 1\n# HELP down Down.\n# TYPE down gauge\n"


def test_nothing_to_show_is_an_empty_page() -> None:
    assert render([]) == b""


def test_the_process_reports_itself_in_plausible_numbers() -> None:
    families = {family.name: family for family in process_families()}
    assert families["process_resident_memory_bytes"].samples[0].value > 1_000_000
    assert families["process_start_time_seconds"].samples[0].value > 1_000_000_000
    assert families["process_cpu_seconds_total"].samples[0].value > 0
    assert re.fullmatch(r"\d+\.\d+.*", families["bloop_build_info"].samples[0].labels["version"])
