"""The posts in memory: what commits while one is on its way reaches it, and memory stays bounded."""

from __future__ import annotations

import pytest
from attrs import evolve

from chatd.model import EntryKind, MessageRecord, PollRecord, ReactionRecord, SeqOf, VoteRecord
from chatd.rooms import said as module
from chatd.rooms.said import Messages, Said

ROOM, OTHER = b"room-----------1", b"room-----------2"
NOTHING = MessageRecord(room=ROOM, seq=1)
EDITED = evolve(NOTHING, edits=1)


def a_post(seq: int = 1, room: bytes = ROOM) -> Said:
    return Said(EntryKind.POST, "ana", 7, MessageRecord(room=room, seq=seq))


def reaction(*, on: bool, emoji: str = "x") -> ReactionRecord:
    return ReactionRecord(room=ROOM, seq=1, emoji=emoji, user="bo", on=on)


def test_what_commits_while_a_post_is_read_reaches_it() -> None:
    messages = Messages(10)
    with messages.loading((ROOM, 1)):
        messages.apply(EDITED)
        messages.install(a_post())
    assert (found := messages.get(ROOM, 1)) is not None
    assert found.record == EDITED


def test_a_post_in_memory_wins_over_what_was_read_later() -> None:
    messages = Messages(10)
    with messages.loading((ROOM, 1)):
        messages.install(a_post())
        messages.apply(EDITED)
    with messages.loading((ROOM, 1)):
        messages.install(a_post())
    assert (found := messages.get(ROOM, 1)) is not None
    assert found.record == EDITED


def test_two_who_load_one_post_both_hear_what_commits() -> None:
    messages = Messages(10)
    with messages.loading((ROOM, 1)):
        with messages.loading((ROOM, 1)):
            messages.apply(EDITED)
        messages.install(a_post())
    assert (found := messages.get(ROOM, 1)) is not None
    assert found.record == EDITED


def test_what_is_neither_in_memory_nor_on_its_way_is_not_noted() -> None:
    messages = Messages(10)
    messages.apply(EDITED)
    messages.apply(reaction(on=True))
    with messages.loading((ROOM, 1)):
        messages.install(a_post())
        messages.install_reaction((ROOM, 1), ("x", "bo"), on=False)
    assert (found := messages.get(ROOM, 1)) is not None
    assert (found.record, found.reactions) == (NOTHING, {("x", "bo"): False})


def test_a_reaction_that_commits_while_it_is_read_wins_over_what_was_read() -> None:
    messages = Messages(10)
    with messages.loading((ROOM, 1)):
        messages.install(a_post())
        messages.apply(reaction(on=True))
        messages.install_reaction((ROOM, 1), ("x", "bo"), on=False)
    assert (found := messages.get(ROOM, 1)) is not None
    assert found.reactions == {("x", "bo"): True}
    messages.apply(reaction(on=False))
    assert found.reactions == {("x", "bo"): False}


def test_a_reaction_to_a_post_that_has_left_memory_is_not_kept() -> None:
    messages = Messages(10)
    with messages.loading((ROOM, 1)):
        messages.install_reaction((ROOM, 1), ("x", "bo"), on=True)
    assert messages.get(ROOM, 1) is None


def test_the_post_that_came_first_leaves_first() -> None:
    messages = Messages(2)
    for seq in (1, 2, 3):
        with messages.loading((ROOM, seq)):
            messages.install(a_post(seq))
    assert [messages.get(ROOM, seq) is not None for seq in (1, 2, 3)] == [False, True, True]


def test_of_one_post_only_so_many_reactions_are_kept() -> None:
    messages = Messages(2)
    with messages.loading((ROOM, 1)):
        messages.install(a_post())
        for number in range(module.REACTIONS_KEPT + 1):
            messages.install_reaction((ROOM, 1), (str(number), "bo"), on=True)
    assert (found := messages.get(ROOM, 1)) is not None
    assert len(found.reactions) == module.REACTIONS_KEPT
    assert ("0", "bo") not in found.reactions


POLL = PollRecord(room=ROOM, seq=1, multiple=False, closes=None, counts=(0, 0))


def vote(*options: int, user: str = "bo") -> VoteRecord:
    return VoteRecord(room=ROOM, seq=1, user=user, options=options)


def test_a_vote_that_commits_while_a_poll_is_read_wins_over_what_was_read() -> None:
    messages = Messages(10)
    counted = evolve(POLL, counts=(0, 1), voters=1)
    with messages.loading((ROOM, 1)):
        messages.apply(counted)
        messages.apply(vote(1))
        messages.install(as_poll(a_post(), POLL))
        messages.install_vote((ROOM, 1), "bo", ())
    assert (found := messages.get(ROOM, 1)) is not None
    assert (found.poll, found.votes) == (counted, {"bo": (1,)})
    messages.apply(POLL)
    messages.apply(vote(0))
    messages.apply(vote(0, user="cy"))
    assert (found.poll, found.votes) == (POLL, {"bo": (0,)})


def as_poll(said: Said, poll: PollRecord) -> Said:
    said.poll = poll
    return said


def test_a_vote_in_a_poll_that_has_left_memory_is_not_kept() -> None:
    messages = Messages(10)
    with messages.loading((ROOM, 1)):
        messages.install_vote((ROOM, 1), "bo", (1,))
    assert messages.get(ROOM, 1) is None


def test_of_one_poll_only_so_many_votes_are_kept() -> None:
    messages = Messages(2)
    with messages.loading((ROOM, 1)):
        messages.install(a_post())
        for number in range(module.VOTES_KEPT + 1):
            messages.install_vote((ROOM, 1), str(number), (0,))
    assert (found := messages.get(ROOM, 1)) is not None
    assert len(found.votes) == module.VOTES_KEPT
    assert "0" not in found.votes


def test_a_record_whose_seq_the_store_has_not_filled_in_is_no_committed_one() -> None:
    with pytest.raises(TypeError, match="names its seq"):
        Messages(2).apply(evolve(POLL, seq=SeqOf(0)))


def test_a_room_is_forgotten_and_no_other() -> None:
    messages = Messages(9)
    for room in (ROOM, OTHER):
        with messages.loading((room, 1)):
            messages.install(a_post(room=room))
    messages.forget(ROOM)
    assert (messages.get(ROOM, 1), messages.get(OTHER, 1) is None) == (None, False)
