"""How many files a process may hold at once."""

from __future__ import annotations

import resource
from collections.abc import Generator

import pytest

from benchmarks.descriptors import raise_descriptors


@pytest.fixture
def lowered() -> Generator[int]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(256, soft), hard))
    yield hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_the_soft_limit_becomes_the_hard_one(lowered: int) -> None:
    assert raise_descriptors() == lowered
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (lowered, lowered)
