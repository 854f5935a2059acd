"""Whether what was read may hold what has been erased since."""

from __future__ import annotations

from chatd.rooms.erased import ROOMS_KEPT, Erased

ROOM, OTHER = b"room-----------1", b"room-----------2"


def test_what_was_read_before_an_erasure_in_its_room_is_old_and_nothing_else_is() -> None:
    erased = Erased()
    erased.note(ROOM, 5)
    assert [erased.since(ROOM, g) for g in (4, 5, 6)] == [True, False, False]
    assert not erased.since(OTHER, 4)


def test_the_last_erasure_of_a_room_counts() -> None:
    erased = Erased()
    for g in (5, 9):
        erased.note(ROOM, g)
    assert [erased.since(ROOM, g) for g in (8, 9)] == [True, False]


def test_a_room_that_is_not_remembered_any_more_is_rather_read_again() -> None:
    erased = Erased()
    erased.note(ROOM, 5)
    for number in range(ROOMS_KEPT):
        erased.note(number.to_bytes(16, "big"), 6 + number)
    assert [erased.since(ROOM, g) for g in (4, 5)] == [True, False]
    assert [erased.since(OTHER, g) for g in (4, 5)] == [True, False]
