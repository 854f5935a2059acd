from __future__ import annotations

import pytest

from benchmarks.latency import LATENCY_US_MAX, Latencies


def test_without_samples_there_is_no_percentile() -> None:
    latencies = Latencies.of([{}, {}])
    assert (latencies.samples, latencies.percentile_ms(50)) == (0, None)


def test_the_samples_of_all_drivers_count_together() -> None:
    latencies = Latencies.of([{1000: 2}, {1000: 1, 3000: 1}])
    assert latencies.samples == 4


@pytest.mark.parametrize(("percentile", "millis"), [(50, 1.0), (90, 1.0), (99, 2.0), (99.9, 50.0), (100, 50.0)])
def test_a_percentile_is_what_so_many_did_not_exceed(percentile: float, millis: float) -> None:
    found = Latencies.of([{1000: 900, 2000: 90, 50_000: 10}]).percentile_ms(percentile)
    assert found == pytest.approx(millis, rel=0.001)


@pytest.mark.parametrize(("micros", "counted"), [(-5, 1), (0, 1), (LATENCY_US_MAX * 2, LATENCY_US_MAX)])
def test_a_latency_beyond_the_scale_counts_at_its_end(micros: int, counted: int) -> None:
    assert Latencies.of([{micros: 1}]).percentile_ms(100) == pytest.approx(counted / 1000, rel=0.001)
