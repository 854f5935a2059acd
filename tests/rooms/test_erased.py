"""What was erased since something was read, and what of it that takes."""

from __future__ import annotations

import pytest
from attrs import evolve

from chatd.model import EntryKind, Erasure, Expiry
from chatd.rooms.erased import ERASURES_KEPT, Erased, struck, takes
from tests.rooms.tails import chained

ROOM, OTHER = b"room-----------1", b"room-----------2"
FIVE = chained(ROOM, 5)
"""Five posts."""


def erasure(seq: int, room: bytes = ROOM) -> Erasure:
    return Erasure(room=room, seq=seq, edited=False)


def test_what_was_erased_after_a_commit_in_a_room_is_told_the_newest_first() -> None:
    erased = Erased()
    for g, each in ((5, erasure(1)), (6, erasure(1, OTHER)), (7, erasure(2)), (7, erasure(3))):
        erased.take(each, g)
    assert erased.after(ROOM, 4) == (erasure(3), erasure(2), erasure(1))
    assert erased.after(ROOM, 5) == (erasure(3), erasure(2))
    assert erased.after(ROOM, 7) == ()
    assert erased.after(OTHER, 6) == ()


def test_who_read_before_what_is_remembered_is_not_told_what_was_erased() -> None:
    erased = Erased()
    for number in range(ERASURES_KEPT + 1):
        erased.take(erasure(1, OTHER), 10 + number)
    assert erased.after(ROOM, 9) is None
    assert erased.after(ROOM, 10) == ()
    assert len(erased.after(OTHER, 10) or ()) == ERASURES_KEPT


def test_of_a_room_that_is_kept_for_nobody_all_was_taken_at_its_end_and_no_index_hears_of_it() -> None:
    erased = Erased()
    erased.end(ROOM, 5)
    [all_of_it] = erased.after(ROOM, 4) or ()
    assert struck(FIVE, [all_of_it]) == tuple([evolve(each, body=None, salt=None) for each in FIVE])
    assert (erased.after(ROOM, 5), erased.after(OTHER, 4), list(erased.expiries)) == ((), (), [])


def test_an_erasure_takes_a_post_and_its_edits() -> None:
    post, edit = FIVE[1], evolve(FIVE[3], kind=EntryKind.EDIT, target=2)
    assert [takes(erasure(2), each) for each in (post, edit, FIVE[2])] == [True, True, False]
    assert not takes(erasure(2), evolve(post, kind=EntryKind.PIN, target=2))


@pytest.mark.parametrize(
    ("seq", "target", "gone"), [(2, 0, True), (3, 0, False), (5, 0, False), (5, 2, True), (5, 3, False), (2, 1, True)]
)
def test_an_expiry_takes_posts_and_edits_with_them_but_for_those_spared(seq: int, target: int, gone: bool) -> None:
    entry = FIVE[seq - 1]
    if target:
        entry = evolve(entry, kind=EntryKind.EDIT, target=target)
    assert takes(Expiry(room=ROOM, first=2, last=4, spared=(3,)), entry) is gone


def test_of_what_was_taken_stubs_are_left() -> None:
    stubs = struck(FIVE, (erasure(2), Expiry(room=ROOM, first=4, last=4)))
    assert [each.body is None for each in stubs] == [False, True, False, True, False]
    assert [each.salt is None for each in stubs] == [False, True, False, True, False]
    assert [each.hash for each in stubs] == [each.hash for each in FIVE]
    assert struck(FIVE, ()) == tuple(FIVE)
