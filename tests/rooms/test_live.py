"""What passes in the room of a stream, counted."""

from __future__ import annotations

import pytest

from chatd.rooms import live
from chatd.rooms.live import Live, coarse


@pytest.mark.parametrize(
    ("count", "told"),
    [(0, 0), (7, 7), (99, 99), (100, 100), (109, 100), (110, 110), (1_999, 1_900), (123_456, 120_000)],
)
def test_a_large_count_is_told_with_two_digits(count: int, told: int) -> None:
    assert coarse(count) == told


def test_a_user_watches_while_any_of_their_sessions_does() -> None:
    there = Live()
    there.add(1, "ana")
    there.add(2, "ana")
    assert ("ana" in there, "bo" in there, there.count) == (True, False, 2)
    there.remove(1)
    assert "ana" in there
    there.remove(2)
    assert ("ana" in there, there.count) == (False, 0)


def test_cheers_are_added_up_until_they_are_taken() -> None:
    there = Live()
    there.cheer("+", 2)
    there.cheer("-", 1)
    there.cheer("+", 3)
    assert there.take_cheers() == {"+": 5, "-": 1}
    assert there.take_cheers() == {}


def test_so_many_different_emojis_are_counted_and_no_more() -> None:
    there = Live()
    for number in range(live.CHEERED_MAX + 1):
        there.cheer(f"e{number}", 1)
    there.cheer("e0", 1)
    taken = there.take_cheers()
    assert (len(taken), taken["e0"]) == (live.CHEERED_MAX, 2)


def test_last_posts_are_remembered_within_a_bound_the_oldest_leave_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "POSTED_MAX", 2)
    there = Live()
    for time, user in enumerate(("ana", "bo", "ana", "cy"), 1):
        there.note_post(user, time)
    assert [there.last_post(user) for user in ("ana", "bo", "cy")] == [3, 0, 4]
