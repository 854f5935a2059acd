from __future__ import annotations

import pytest

from benchmarks.growth.ground import Ground
from benchmarks.growth.restart import WAL_BYTES, point


@pytest.mark.slow
def test_a_start_is_measured_after_each_kind_of_end(ground: Ground) -> None:
    found = point(ground, 2)
    assert min(found["clean_s"], found["killed_s"], found["cold_s"]) > 0
    assert found["wal_kib"] >= WAL_BYTES / 1024
