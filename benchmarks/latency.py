"""Latencies, counted by the microsecond while it matters and put into an HDR histogram afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from attrs import define
from hdrh.histogram import HdrHistogram  # type: ignore[import-untyped]

LATENCY_US_MAX = 600_000_000
"""Ten minutes. What took longer counts as this long."""
_DIGITS = 3

Counts = dict[int, int]
"""How often each latency, in whole microseconds, was seen: one dict operation a sample, and cheap to hand over."""


@define(eq=False)
class Latencies:
    """An HDR histogram with three significant digits."""

    _histogram: Any

    @classmethod
    def of(cls, counts: Iterable[Mapping[int, int]]) -> Latencies:
        """Return the latencies of several drivers together."""
        histogram = HdrHistogram(1, LATENCY_US_MAX, _DIGITS)
        for each in counts:
            for micros, count in each.items():
                histogram.record_value(min(max(micros, 1), LATENCY_US_MAX), count)
        return cls(histogram)

    @property
    def samples(self) -> int:
        return int(self._histogram.get_total_count())

    def percentile_ms(self, percentile: float) -> float | None:
        """Return the latency, in milliseconds, that `percentile` % did not exceed; None of no sample."""
        if not self.samples:
            return None
        return round(float(self._histogram.get_value_at_percentile(percentile)) / 1000, 3)
