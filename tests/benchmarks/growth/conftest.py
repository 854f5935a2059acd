"""What the tests of these curves are measured on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from benchmarks.growth.ground import Ground
from benchmarks.growth.stores import Shelf


@pytest.fixture
def ground() -> Iterator[Ground]:
    """As small as it can be, driven in Python; its path is short, because that of a Unix socket below it must be."""
    with TemporaryDirectory(prefix="ground-") as directory:
        shelf = Path(directory) / "stores"
        shelf.mkdir()
        yield Ground(
            directory=Path(directory),
            shelf=Shelf(shelf),
            loop_in_c=None,
            drivers=1,
            seconds=0.2,
            requests=5,
            starts=1,
            settle_s=0.0,
        )
