"""Under which conditions the store is put through its workloads."""

from __future__ import annotations

import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from chatd.storage import sqlite as sqlite_module, writing

MEMORY = Path("/dev/shm")

LOG_BYTES_MAX = 96 * 1024
"""The store's own bound, made small: the log is cut a few times in every workload."""


@contextmanager
def small_world() -> Generator[Path, None, None]:
    """Yield a new directory. In it a small workload sees everything: meanwhile the store checkpoints whenever it is
    asked to, and cuts its log early.

    The directory lies in memory where that can be: no cut and no fault here needs a real disk.
    """
    with (
        tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as directory,
        patch.object(writing, "WAL_BYTES_MAX", LOG_BYTES_MAX),
        patch.object(sqlite_module, "CHECKPOINT_PAGES", 0),
    ):
        yield Path(directory)
