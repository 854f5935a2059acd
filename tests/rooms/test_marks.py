"""Read marks on their way to the store (invariant E6)."""

from __future__ import annotations

from hypothesis import given, strategies as st

from chatd.model import ReadMark
from chatd.rooms.marks import ReadMarks
from tests.wire.strategies import steady

ROOM = b"room-----------1"
OTHER = b"room-----------2"


def marks_with(*marks: ReadMark) -> ReadMarks:
    found = ReadMarks()
    for mark in marks:
        found.put(mark)
    return found


def test_only_the_newest_mark_of_a_room_goes_to_the_store() -> None:
    marks = marks_with(ReadMark(ROOM, "ana", 1), ReadMark(ROOM, "ana", 5))
    assert marks.take(10) == (ReadMark(ROOM, "ana", 5),)
    assert marks.take(10) == ()


def test_no_more_than_asked_for_are_taken_and_the_rest_waits() -> None:
    marks = marks_with(ReadMark(ROOM, "ana", 1), ReadMark(OTHER, "ana", 2), ReadMark(ROOM, "bo", 3))
    first, second = marks.take(2), marks.take(2)
    assert (len(first), len(second)) == (2, 1)
    assert sorted(mark.seq for mark in first + second) == [1, 2, 3]
    assert marks.waiting == {}


def test_a_mark_counts_as_newer_than_the_stores_until_it_is_applied() -> None:
    marks = marks_with(ReadMark(ROOM, "ana", 4))
    [mark] = marks.take(1)
    assert marks.newest("ana") == {ROOM: 4}
    marks.settle(mark)
    assert marks.newest("ana") == {}


def test_a_mark_that_waits_is_newer_than_one_in_flight() -> None:
    marks = marks_with(ReadMark(ROOM, "ana", 4))
    marks.take(1)
    marks.put(ReadMark(ROOM, "ana", 9))
    assert marks.newest("ana") == {ROOM: 9}


def test_an_older_mark_that_lands_leaves_the_newer_in_flight() -> None:
    marks = marks_with(ReadMark(ROOM, "ana", 4))
    [older] = marks.take(1)
    marks.put(ReadMark(ROOM, "ana", 9))
    [newer] = marks.take(1)
    marks.settle(older)
    assert marks.newest("ana") == {ROOM: 9}
    marks.settle(newer)
    assert marks.newest("ana") == {}


def test_settling_one_room_leaves_the_users_other_rooms() -> None:
    marks = marks_with(ReadMark(ROOM, "ana", 4), ReadMark(OTHER, "ana", 5))
    marks.take(2)
    marks.settle(ReadMark(ROOM, "ana", 4))
    assert marks.newest("ana") == {OTHER: 5}


def test_a_mark_nobody_took_settles_quietly() -> None:
    marks = marks_with(ReadMark(ROOM, "ana", 4))
    marks.settle(ReadMark(ROOM, "bo", 4))
    assert marks.newest("ana") == {ROOM: 4}


def test_after_a_failed_commit_marks_wait_again_and_the_greater_wins() -> None:
    marks = marks_with(ReadMark(ROOM, "ana", 4), ReadMark(OTHER, "ana", 5), ReadMark(ROOM, "bo", 6))
    marks.take(3)
    marks.put(ReadMark(ROOM, "ana", 8))
    marks.give_back()
    assert marks.waiting == {"ana": {ROOM: 8, OTHER: 5}, "bo": {ROOM: 6}}


def test_receipts_are_told_once() -> None:
    marks = marks_with(ReadMark(ROOM, "ana", 4), ReadMark(ROOM, "bo", 2))
    assert marks.take_untold() == {ROOM: {"ana": 4, "bo": 2}}
    assert marks.take_untold() == {}


@steady
@given(st.lists(st.sampled_from(["put", "take", "settle", "fail"]), max_size=40))
def test_the_store_ends_with_the_last_mark_whatever_fails_on_the_way(steps: list[str]) -> None:
    marks, seq, stored = ReadMarks(), 0, 0
    flying: list[ReadMark] = []
    for step in [*steps, "fail", "take", "settle"]:
        if step == "put":
            seq += 1
            marks.put(ReadMark(ROOM, "ana", seq))
        elif step == "take":
            flying.extend(marks.take(1))
        elif step == "fail":
            marks.give_back()
            flying.clear()
        else:
            for mark in flying:
                stored = max(stored, mark.seq)
                marks.settle(mark)
            flying.clear()
        assert max(stored, marks.newest("ana").get(ROOM, 0)) == seq
    assert (stored, marks.newest("ana")) == (seq, {})
