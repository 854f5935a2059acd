from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks.micro.journal import MICROS, ROOMS, SIZES, commit


@pytest.mark.slow
async def test_every_post_is_on_disk_in_as_many_commits_as_batches(tmp_path: Path) -> None:
    assert await commit(tmp_path, 300, 2) > 0.0
    with closing(sqlite3.connect(tmp_path / "chatd.db")) as connection:
        found = connection.execute(
            "SELECT count(*), count(DISTINCT room), count(DISTINCT g) FROM entries WHERE kind = 'post'"
        ).fetchone()
    assert found == (600, ROOMS, 2)


def test_a_figure_is_for_one_post() -> None:
    assert [micro.inner for micro in MICROS] == list(SIZES)


@pytest.mark.slow
def test_it_can_be_measured() -> None:
    assert MICROS[0].measure(1) > 0.0
