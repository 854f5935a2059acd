"""How votes are counted, and which are not."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, strategies as st

from chatd.checked import Ballot
from chatd.model import PollRecord, SeqOf
from chatd.rooms.effects import Refusal
from chatd.rooms.polls import counted, is_over, opened
from tests.wire.strategies import steady

ROOM = b"room-----------1"
POLL = PollRecord(room=ROOM, seq=2, multiple=True, closes=100, counts=(3, 0, 1), voters=3)
ballots = st.lists(
    st.tuples(st.sampled_from(["ana", "bo", "cy"]), st.sets(st.integers(0, 3)).map(lambda each: tuple(sorted(each))))
)


def code(answer: PollRecord | Refusal) -> str:
    return answer.code.value if isinstance(answer, Refusal) else "ok"


def test_a_poll_opens_with_nothing_for_every_option() -> None:
    ballot = Ballot(options=3, multiple=True, closes=7)
    assert opened(ROOM, ballot, SeqOf(0)) == PollRecord(
        room=ROOM, seq=SeqOf(0), multiple=True, closes=7, counts=(0, 0, 0)
    )


@pytest.mark.parametrize(
    ("now", "changes", "over"),
    [
        (99, {}, False),
        (100, {}, True),
        (10**15, {"closes": None}, False),
        (0, {"closed": True}, True),
        (0, {"closes": 0}, True),
    ],
)
def test_a_poll_is_over_when_it_was_closed_and_from_its_time_on(now: int, changes: Any, over: bool) -> None:
    assert is_over(evolve(POLL, **changes), now) is over


@pytest.mark.parametrize(
    ("before", "options", "counts", "voters"),
    [
        ((), (1,), (3, 1, 1), 4),
        ((), (0, 2), (4, 0, 2), 4),
        ((0,), (1,), (2, 1, 1), 3),
        ((0, 2), (0,), (3, 0, 0), 3),
        ((0,), (), (2, 0, 1), 2),
    ],
)
def test_a_vote_stands_in_the_place_of_the_one_before(
    before: tuple[int, ...], options: tuple[int, ...], counts: tuple[int, ...], voters: int
) -> None:
    assert counted(POLL, before, options, 99) == evolve(POLL, counts=counts, voters=voters)


@pytest.mark.parametrize(
    ("before", "options", "changes", "now", "answer"),
    [
        ((), (3,), {}, 99, "bad_option"),
        ((), (0, 3), {}, 99, "bad_option"),
        ((), (0, 1), {"multiple": False}, 99, "bad_option"),
        ((0,), (0,), {}, 99, "unchanged"),
        ((), (), {}, 99, "unchanged"),
        ((), (9,), {}, 100, "too_late"),
        ((0,), (0,), {"closed": True}, 99, "too_late"),
    ],
)
def test_a_vote_that_does_not_count(
    before: tuple[int, ...], options: tuple[int, ...], changes: Any, now: int, answer: str
) -> None:
    assert code(counted(evolve(POLL, **changes), before, options, now)) == answer


@steady
@given(ballots)
def test_the_counts_are_those_of_a_count_by_hand(votes: list[tuple[str, tuple[int, ...]]]) -> None:
    poll = evolve(POLL, counts=(0, 0, 0, 0), voters=0)
    chosen: dict[str, tuple[int, ...]] = {}
    for who, options in votes:
        after = counted(poll, chosen.get(who, ()), options, 0)
        if isinstance(after, PollRecord):
            poll, chosen[who] = after, options
        assert poll.counts == tuple(sum(place in each for each in chosen.values()) for place in range(4))
        assert poll.voters == sum(bool(each) for each in chosen.values())
