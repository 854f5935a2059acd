from __future__ import annotations

import logging
import os
import resource
import sys
from collections.abc import Iterator

import pytest
import structlog


@pytest.fixture
def restored(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No variable of the machine's, and after a command the process as it was before."""
    for name in os.environ:
        if name.startswith("CHATD_"):
            monkeypatch.delenv(name)
    root = logging.getLogger()
    before = root.handlers[:], root.level
    interval, files = sys.getswitchinterval(), resource.getrlimit(resource.RLIMIT_NOFILE)
    yield
    structlog.reset_defaults()
    root.handlers[:], root.level = before
    sys.setswitchinterval(interval)
    resource.setrlimit(resource.RLIMIT_NOFILE, files)
