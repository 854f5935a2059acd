from __future__ import annotations

import resource

import pytest

from benchmarks.growth.connections import point
from benchmarks.growth.ground import Ground, TooFewDescriptors


def test_a_size_that_cannot_be_reached_is_told(ground: Ground) -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard == resource.RLIM_INFINITY:
        pytest.skip("this system allows any number of descriptors")
    with pytest.raises(TooFewDescriptors):
        point(ground, hard)


@pytest.mark.slow
def test_memory_is_looked_at_with_all_connected(ground: Ground) -> None:
    assert point(ground, 2)["rss_mib"] > 5
