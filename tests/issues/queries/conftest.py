"""What the tests of exports share."""

from __future__ import annotations

import attrs
import pytest

from bloop_trio.issues.queries import export_events, export_tables


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of a few rows, so that a handful of events crosses every boundary."""
    monkeypatch.setattr(export_events, "PART_BYTES", 1)
    monkeypatch.setattr(export_events, "_ROWS_AT_ONCE", 2)
    monkeypatch.setattr(export_events, "WINDOW_IDS", 3)
    monkeypatch.setattr(export_tables, "_SLICE_ROWS", 2)
    monkeypatch.setattr(export_tables, "_SLICE_PARENTS", 2)
    for kind in (export_tables._COUNTS, export_tables._HOURLY_COUNTS, export_tables._STATUS_CHANGES):
        monkeypatch.setattr(export_tables, kind_name(kind), attrs.evolve(kind, slice_rows=2))
    merged = attrs.evolve(export_tables._MERGED_COUNTS, slice_rows=2)
    monkeypatch.setattr(export_tables, "_MERGED_COUNTS", merged)


def kind_name(kind: export_tables._Kind) -> str:
    return f"_{kind.name.upper()}"
