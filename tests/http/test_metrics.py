from __future__ import annotations

import re
from math import inf

from hypothesis import given
from hypothesis import strategies as st

from bloop_trio.http.metrics import Family, Histogram, Sample, render
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
    assert 3 < families["process_open_fds"].samples[0].value <= families["process_max_fds"].samples[0].value
    assert families["process_threads"].samples[0].value >= 1
    labels = families["bloop_build_info"].samples[0].labels
    assert set(labels) == {"version", "python", "sqlite"}
    assert all(re.fullmatch(r"\d+\.\d+.*", version) for version in labels.values())


class TestHistogram:
    def test_each_bucket_holds_what_is_in_the_ones_below(self) -> None:
        histogram = Histogram((0.1, 1.0))
        for secs in (0.05, 0.1, 0.5, 3.0):
            histogram.note(secs)
        family = Family("visit_duration_seconds", "histogram", "Visits.", histogram.samples({"shop": "a"}))
        assert render([family]).decode() == (
            "# HELP visit_duration_seconds Visits.\n"
            "# TYPE visit_duration_seconds histogram\n"
            'visit_duration_seconds_bucket{shop="a",le="0.1"} 2\n'
            'visit_duration_seconds_bucket{shop="a",le="1.0"} 3\n'
            'visit_duration_seconds_bucket{shop="a",le="+Inf"} 4\n'
            'visit_duration_seconds_sum{shop="a"} 3.65\n'
            'visit_duration_seconds_count{shop="a"} 4\n'
        )

    def test_an_empty_one_has_all_its_buckets(self) -> None:
        samples = Histogram((1.0,)).samples()
        assert [(s.suffix, s.value) for s in samples] == [("_bucket", 0), ("_bucket", 0), ("_sum", 0), ("_count", 0)]

    @given(st.lists(st.floats(min_value=0, max_value=100)))
    def test_whatever_is_noted_is_counted_once(self, durations: list[float]) -> None:
        histogram = Histogram((0.5, 1.0, 10.0))
        for secs in durations:
            histogram.note(secs)
        *buckets, total, count = histogram.samples()
        values = [bucket.value for bucket in buckets]
        assert values == sorted(values)
        assert values == [sum(secs <= bound for secs in durations) for bound in (0.5, 1.0, 10.0, inf)]
        assert (histogram.count, count.value, total.value) == (len(durations), len(durations), histogram.sum_secs)


def test_infinity_is_written_as_scrapers_read_it() -> None:
    assert render([Family.single("room_bytes", "gauge", "Room.", inf)]).endswith(b"\nroom_bytes +Inf\n")
