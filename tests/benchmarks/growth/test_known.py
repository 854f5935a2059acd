from __future__ import annotations

import pytest

from benchmarks.growth.ground import Ground
from benchmarks.growth.known import point


@pytest.mark.slow
def test_memory_is_looked_at_with_rooms_loaded_and_with_rooms_stored(ground: Ground) -> None:
    found = point(ground, 3)
    assert min(found["loaded_mib"], found["stored_mib"]) > 5
