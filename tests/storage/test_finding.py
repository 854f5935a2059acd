"""How the index's file is searched: by what its rooms hold alone, and within the deadline."""

from __future__ import annotations

import sqlite3
from functools import partial

import pytest

from chatd.storage import finding
from chatd.storage.finding import phrases
from chatd.storage.search import SearchIndex
from tests.storage.indexes import asked, posted, put

COUNTS = {"_NUMBER": 1, "_AT": 2, "_FIRST": 2, "_LAST": 2, "_SINCE": 2, "_BEFORE": 2, "_FOUND": 5}


def test_every_phrase_is_quoted_and_names_its_room() -> None:
    query = asked('tea "or not" gr* NOT')
    assert phrases(0x1F, query) == ('"1f\x80tea" AND "1f\x80or 1f\x80not" AND "1f\x80gr" * AND "1f\x80not"')


def test_a_sender_is_a_phrase_of_letters_and_digits() -> None:
    word = phrases(1, asked("tea", sender='"* OR x')).partition(" AND ")[2]
    assert word.startswith('"1\x81')
    assert word.strip('"').replace("\x81", "").isalnum()


@pytest.mark.parametrize("name", COUNTS)
async def test_no_statement_goes_through_a_whole_table(search: SearchIndex, name: str) -> None:
    statement = "EXPLAIN QUERY PLAN " + getattr(finding, name)
    parameters = ["x"] * COUNTS[name]
    connection = search._current().finder._connection
    run = partial(connection.execute, statement, parameters)
    plan = [row[3] for row in await search._bridge.run(search._enter, lambda: run().fetchall())]
    assert [step for step in plan if step.startswith("SCAN") and "VIRTUAL TABLE INDEX" not in step] == []
    assert [step for step in plan if "TEMP B-TREE" in step] == []


async def test_a_deadline_binds_also_within_one_room(search: SearchIndex) -> None:
    """The machine of SQLite is stopped in the middle, though FTS5 does the most of the work."""
    await put(search, *[posted(seq, "tea " * 20 + f"xx{seq:05}") for seq in range(1, 4000)])
    looks = 0
    opened = search._current()

    def is_late() -> bool:
        nonlocal looks
        looks += 1
        return looks > 1

    def slow() -> None:
        opened.finder._connection.set_progress_handler(is_late, 100)
        opened.finder.find(asked("xx* tea"), lambda: False)

    with pytest.raises(sqlite3.Error):
        await search._bridge.run(search._enter, slow)
    assert looks > 1
