"""The sieves in memory: each is made once, and all of them have a limit."""

from __future__ import annotations

from chatd import filters
from chatd.model import Filter
from chatd.rooms.sieves import Sieves

ROOMS = [bytes([number]) * 16 for number in range(3)]


def given(*words: str) -> Filter:
    return Filter(words=words)


def test_the_sieve_of_a_room_is_made_once() -> None:
    sieves, spam, eggs = Sieves(), given("spam"), given("eggs")
    made = [sieves.of(ROOMS[0], spam), sieves.of(ROOMS[1], eggs)]
    assert [sieves.of(ROOMS[0], spam), sieves.of(ROOMS[1], eggs)] == made
    assert [each.catches(["spam"]) for each in made] == [True, False]


def test_another_filter_of_a_room_takes_the_place_of_the_one_before() -> None:
    spam, eggs = given("spam"), given("eggs")
    sieves = Sieves(size_max=2 * filters.sieve(spam).size)
    other = sieves.of(ROOMS[1], spam)
    for each in (spam, eggs, spam, eggs):
        assert sieves.of(ROOMS[0], each).filter is each
    assert sieves.of(ROOMS[1], spam) is other


def test_beyond_the_limit_that_goes_which_was_used_longest_ago() -> None:
    there = [given(word) for word in ("spam", "eggs", "tea")]
    sieves = Sieves(size_max=2 * filters.sieve(there[0]).size)
    first, second = sieves.of(ROOMS[0], there[0]), sieves.of(ROOMS[1], there[1])
    assert sieves.of(ROOMS[0], there[0]) is first
    sieves.of(ROOMS[2], there[2])
    assert sieves.of(ROOMS[0], there[0]) is first
    assert sieves.of(ROOMS[1], there[1]) is not second


def test_a_large_sieve_takes_the_place_of_several_small_ones_and_holds_alone() -> None:
    small, large = given("a"), given("a b c d", "e f g")
    sieves = Sieves(size_max=filters.sieve(large).size)
    before = [sieves.of(room, small) for room in ROOMS[:2]]
    one = sieves.of(ROOMS[2], large)
    assert sieves.of(ROOMS[2], large) is one
    assert [sieves.of(room, small) for room in ROOMS[:2]] != before
    alone = Sieves(size_max=1)
    assert alone.of(ROOMS[0], large) is alone.of(ROOMS[0], large)
