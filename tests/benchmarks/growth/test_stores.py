from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks.growth.stores import (
    DEEP_ROOM,
    NoSpace,
    Shelf,
    deepen,
    forget_cached,
    make_rooms,
    read_through,
    require_space,
)
from chatd.chain import short
from chatd.storage.check import check

ROOMS = [["ana", "bo"], ["bo"], ["ana", "bo", "cy"]]


def rows(data: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(data / "chatd.db")) as connection:
        return connection.execute(query).fetchall()


@pytest.mark.parametrize("entries", [1, 2, 12_000])
def test_a_deep_store_is_what_chatd_checks_for(tmp_path: Path, entries: int) -> None:
    deepen(tmp_path / "data", entries)
    report = check(tmp_path / "data")
    assert (report.rooms, report.entries, report.faults) == (1, entries, ())


def test_what_grew_in_steps_is_what_was_made_at_once(tmp_path: Path) -> None:
    for entries in (3, 50, 200):
        deepen(tmp_path / "steps", entries)
    deepen(tmp_path / "once", 200)
    query = "SELECT seq, hash FROM entries ORDER BY seq"
    assert rows(tmp_path / "steps", query) == rows(tmp_path / "once", query)


def test_a_store_that_is_deep_enough_stays(tmp_path: Path) -> None:
    deepen(tmp_path / "data", 20)
    deepen(tmp_path / "data", 10)
    assert check(tmp_path / "data").entries == 20


def test_rooms_are_what_chatd_checks_for(tmp_path: Path) -> None:
    make_rooms(tmp_path / "data", ROOMS)
    report = check(tmp_path / "data")
    assert (report.rooms, report.entries, report.faults) == (3, 3, ())


def test_rooms_have_the_members_that_were_asked_for(tmp_path: Path) -> None:
    cursors = make_rooms(tmp_path / "data", ROOMS)
    members = rows(tmp_path / "data", "SELECT room, user FROM memberships ORDER BY user")
    assert [[user for room, user in members if room == at.room] for at in cursors] == ROOMS
    assert sorted(rows(tmp_path / "data", "SELECT members FROM rooms")) == [(1,), (2,), (3,)]


def test_cursors_stand_at_the_ends_of_the_rooms_in_order(tmp_path: Path) -> None:
    cursors = make_rooms(tmp_path / "data", ROOMS)
    stored = {
        room: (seq, hashed) for room, seq, hashed in rows(tmp_path / "data", "SELECT room, seq, hash FROM entries")
    }
    assert len(stored) == len(cursors) == 3
    for at in cursors:
        seq, hashed = stored[at.room]
        assert isinstance(hashed, bytes)
        assert (at.seq, at.h8) == (seq, short(hashed))


def test_what_is_written_to_a_small_store_is_forgotten(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    with shelf.lend(10) as lent:
        deepen(lent / "data", 20)
    with shelf.lend(10) as again:
        assert check(again / "data").entries == 10
    assert [path.name for path in tmp_path.iterdir()] == ["10"]


def test_a_large_store_is_lent_itself(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, copied_max=15)
    with shelf.lend(16) as lent:
        deepen(lent / "data", 20)
    with shelf.lend(16) as again:
        assert check(again / "data").entries == 20


def test_a_store_grows_from_the_largest_that_is_smaller(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    with shelf.lend(5):
        pass
    with closing(sqlite3.connect(tmp_path / "5" / "data" / "chatd.db")) as connection, connection:
        connection.execute("UPDATE rooms SET title = 'grown'")
    with shelf.lend(9) as lent:
        assert rows(lent / "data", "SELECT title, count(*) FROM rooms, entries") == [("grown", 9)]
        assert rows(lent / "data", "SELECT DISTINCT room FROM entries") == [(DEEP_ROOM,)]


def test_a_disk_that_is_too_small_is_told_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(NoSpace, match=r"store of 1,000,000,000,000 entries: 447035.8 GiB are needed, .* are free"):
        require_space(tmp_path, 10**12)
    with pytest.raises(NoSpace), Shelf(tmp_path).lend(10**12):
        pass
    assert list(tmp_path.iterdir()) == []


def test_what_is_not_cached_any_more_is_still_there(tmp_path: Path) -> None:
    deepen(tmp_path, 1000)
    forget_cached(tmp_path)
    read_through(tmp_path)
    assert check(tmp_path).entries == 1000
