"""Read marks on their way to the store (invariant E6)."""

from __future__ import annotations

from attrs import evolve
from hypothesis import given, strategies as st

from chatd.model import ReadMark
from chatd.rooms.marks import News, ReadMarks, merged
from tests.wire.strategies import steady

ROOM = b"room-----------1"
OTHER = b"room-----------2"


def mark(seq: int, user: str = "ana", room: bytes = ROOM, told: int | None = None) -> ReadMark:
    return ReadMark(room, user, seq, seq if told is None else told)


def marks_with(*marks: ReadMark) -> ReadMarks:
    found = ReadMarks()
    for each in marks:
        found.put(each)
    return found


def test_only_the_newest_mark_of_a_room_goes_to_the_store() -> None:
    marks = marks_with(mark(1), mark(5))
    assert marks.take(10) == (mark(5),)
    assert marks.take(10) == ()


def test_no_more_than_asked_for_are_taken_and_the_rest_waits() -> None:
    marks = marks_with(mark(1), mark(2, room=OTHER), mark(3, "bo"))
    first, second = marks.take(2), marks.take(2)
    assert (len(first), len(second)) == (2, 1)
    assert sorted(each.seq for each in first + second) == [1, 2, 3]
    assert marks.waiting == {}


def test_a_mark_counts_as_newer_than_the_stores_until_it_is_applied() -> None:
    marks = marks_with(mark(4))
    [taken] = marks.take(1)
    assert marks.newest("ana") == {ROOM: mark(4)}
    marks.settle(taken)
    assert marks.newest("ana") == {}


def test_a_mark_that_waits_is_newer_than_one_in_flight() -> None:
    marks = marks_with(mark(4))
    marks.take(1)
    marks.put(mark(9))
    assert marks.newest("ana") == {ROOM: mark(9)}


def test_an_older_mark_that_lands_leaves_the_newer_in_flight() -> None:
    marks = marks_with(mark(4))
    [older] = marks.take(1)
    marks.put(mark(9))
    [newer] = marks.take(1)
    marks.settle(older)
    assert marks.newest("ana") == {ROOM: mark(9)}
    marks.settle(newer)
    assert marks.newest("ana") == {}


def test_a_mark_that_was_only_told_since_is_still_newer() -> None:
    marks = marks_with(mark(4, told=1))
    [private] = marks.take(1)
    marks.put(mark(4))
    [public] = marks.take(1)
    marks.settle(private)
    assert marks.newest("ana") == {ROOM: mark(4)}
    marks.settle(public)
    assert marks.newest("ana") == {}


def test_settling_one_room_leaves_the_users_other_rooms() -> None:
    marks = marks_with(mark(4), mark(5, room=OTHER))
    marks.take(2)
    marks.settle(mark(4))
    assert marks.newest("ana") == {OTHER: mark(5, room=OTHER)}


def test_a_mark_nobody_took_settles_quietly() -> None:
    marks = marks_with(mark(4))
    marks.settle(mark(4, "bo"))
    assert marks.newest("ana") == {ROOM: mark(4)}


def test_after_a_failed_commit_marks_wait_again_and_the_greater_wins() -> None:
    marks = marks_with(mark(4), mark(5, room=OTHER), mark(6, "bo"))
    marks.take(3)
    marks.put(mark(8, told=2))
    marks.give_back()
    assert marks.waiting == {
        "ana": {ROOM: mark(8, told=4), OTHER: mark(5, room=OTHER)},
        "bo": {ROOM: mark(6, "bo")},
    }


def test_two_marks_come_to_the_greater_of_both() -> None:
    assert merged(None, mark(3)) == mark(3)
    assert merged(mark(3, told=3), mark(5, told=1)) == mark(5, told=3)


def test_receipts_are_told_once() -> None:
    marks = marks_with(mark(4), mark(2, "bo"))
    marks.put(mark(9, told=4), private=True)
    marks.deliver(OTHER, "bo", 7)
    assert marks.take_news() == {
        ROOM: News(read={"ana": 4, "bo": 2}, own={"ana": 9}),
        OTHER: News(delivered={"bo": 7}),
    }
    assert marks.take_news() == {}


@steady
@given(st.lists(st.sampled_from(["put", "tell", "take", "settle", "fail"]), max_size=40))
def test_the_store_ends_with_the_last_mark_whatever_fails_on_the_way(steps: list[str]) -> None:
    marks, newest, stored = ReadMarks(), mark(0), mark(0)
    flying: list[ReadMark] = []
    for step in [*steps, "fail", "take", "settle"]:
        if step in ("put", "tell"):
            newest = evolve(newest, seq=newest.seq + 1, told=newest.seq + 1 if step == "tell" else newest.told)
            marks.put(newest, private=step == "put")
        elif step == "take":
            flying.extend(marks.take(1))
        elif step == "fail":
            marks.give_back()
            flying.clear()
        else:
            for each in flying:
                stored = merged(stored, each)
                marks.settle(each)
            flying.clear()
        assert merged(stored, marks.newest("ana").get(ROOM, stored)) == newest
    assert (stored, marks.newest("ana")) == (newest, {})
