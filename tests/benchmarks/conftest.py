from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks.daemon import Daemon, own_daemon


@pytest.fixture(scope="session")
def daemon() -> Iterator[Daemon]:
    """One daemon for all tests that neither kill nor configure theirs."""
    with own_daemon() as running:
        yield running


@pytest.fixture(scope="session")
def tls_daemon() -> Iterator[Daemon]:
    """The same, which listens on tls:// alone."""
    with own_daemon(tls=True) as running:
        yield running
