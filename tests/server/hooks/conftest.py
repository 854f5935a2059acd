from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs


@pytest.fixture(autouse=True)
def logs() -> Iterator[list[Any]]:
    """What is logged. Printed with its traceback, an error would take longer than all else in its test."""
    with capture_logs() as captured:
        yield captured
