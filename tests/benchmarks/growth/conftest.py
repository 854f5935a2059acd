from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.growth.ground import Ground
from benchmarks.growth.stores import Shelf


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    """As small as it can be, driven in Python."""
    shelf = tmp_path / "stores"
    shelf.mkdir()
    return Ground(
        directory=tmp_path,
        shelf=Shelf(shelf),
        loop_in_c=None,
        drivers=1,
        seconds=0.2,
        requests=5,
        starts=1,
        settle_s=0.0,
    )
