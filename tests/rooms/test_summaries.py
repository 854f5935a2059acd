"""What followers come to is noted until it is told: the newest of each post, a bounded part at a time."""

from __future__ import annotations

import pytest
from attrs import evolve

from chatd.limits import FRAME_BYTES_MAX, SEQ_MAX
from chatd.messages import PollSummary, PostSummary, Summary
from chatd.model import MessageRecord, PollRecord, ReactionRecord, RoomKind, RoomRecord, Tally, VoteRecord
from chatd.rooms.audience import Subscriber
from chatd.rooms.policy import TokenBucket
from chatd.rooms.registry import Registry
from chatd.rooms.room import Room, empty_head
from chatd.rooms.summaries import POLLS_A_SUMMARY, POSTS_A_SUMMARY, POSTS_KEPT
from chatd.wire import codec
from tests.rooms.pieces import a_registry

ROOM = b"room-----------1"
RECORD = RoomRecord(room=ROOM, kind=RoomKind.BROADCAST, title="news", members=5, owners=1)


def listened_to(registry: Registry, record: RoomRecord = RECORD) -> Room:
    """Return a room in memory that somebody listens to."""
    room = registry.install_room(record, empty_head(record.room))
    subscriber = Subscriber(1, "ana", "phone", bytes(16), TokenBucket(1, 1, 1, 0))
    registry.audience.open(subscriber)
    registry.audience.attach(subscriber, room)
    return room


def reacted(seq: int, count: int = 1) -> MessageRecord:
    return MessageRecord(room=ROOM, seq=seq, reactions=(Tally("+", count, ()),))


def polled(seq: int, count: int = 1) -> PollRecord:
    return PollRecord(room=ROOM, seq=seq, multiple=False, closes=None, counts=(count, 0), voters=count)


def taken(registry: Registry) -> list[Summary]:
    return registry.summaries.take(registry.rooms)


def test_only_the_newest_of_a_post_is_told() -> None:
    registry = a_registry()
    listened_to(registry)
    for count in (1, 2, 3):
        registry.apply_record(reacted(7, count))
    registry.apply_record(ReactionRecord(room=ROOM, seq=7, emoji="+", user="bo", on=True))
    assert taken(registry) == [Summary(room=ROOM, members=5, posts=(PostSummary(seq=7, reactions={"+": 3}),))]
    assert taken(registry) == []


def test_that_somebody_came_is_told_and_that_nothing_changed_is_not() -> None:
    registry = a_registry()
    listened_to(registry)
    registry.apply_record(evolve(RECORD, title="old news"))
    assert taken(registry) == []
    registry.apply_record(evolve(RECORD, members=6))
    assert taken(registry) == [Summary(room=ROOM, members=6)]


def test_what_does_not_fit_one_summary_comes_with_the_next() -> None:
    registry = a_registry()
    listened_to(registry)
    for seq in range(1, POSTS_A_SUMMARY + 3):
        registry.apply_record(reacted(seq))
    told = [[post.seq for post in summary.posts] for _ in range(3) for summary in taken(registry)]
    assert told == [[*range(1, POSTS_A_SUMMARY + 1)], [POSTS_A_SUMMARY + 1, POSTS_A_SUMMARY + 2]]


def test_of_too_many_posts_those_that_changed_first_are_left_out() -> None:
    registry = a_registry()
    listened_to(registry)
    for seq in range(1, POSTS_KEPT + 2):
        registry.apply_record(reacted(seq))
    assert taken(registry)[0].posts[0].seq == 2


@pytest.mark.parametrize("kind", [RoomKind.BROADCAST, RoomKind.LIVE])
def test_the_newest_of_a_poll_is_told_beside_what_became_of_posts(kind: RoomKind) -> None:
    registry = a_registry()
    listened_to(registry, evolve(RECORD, kind=kind))
    for count in (1, 2):
        registry.apply_record(polled(7, count))
    registry.apply_record(VoteRecord(room=ROOM, seq=7, user="bo", options=(0,)))
    registry.apply_record(reacted(3))
    posts = (PostSummary(seq=3, reactions={"+": 1}),) if kind is RoomKind.BROADCAST else ()
    polls = (PollSummary(seq=7, votes=(2, 0), voters=2),)
    assert taken(registry) == [Summary(room=ROOM, members=5, posts=posts, polls=polls)]
    assert taken(registry) == []


def test_polls_that_do_not_fit_one_summary_come_with_the_next() -> None:
    registry = a_registry()
    listened_to(registry)
    for seq in range(1, POLLS_A_SUMMARY + 3):
        registry.apply_record(polled(seq))
    told = [[poll.seq for poll in summary.polls] for _ in range(3) for summary in taken(registry)]
    assert told == [[*range(1, POLLS_A_SUMMARY + 1)], [POLLS_A_SUMMARY + 1, POLLS_A_SUMMARY + 2]]
    for seq in range(1, POSTS_KEPT + 2):
        registry.apply_record(polled(seq))
    assert taken(registry)[0].polls[0].seq == 2


def test_the_largest_summary_fits_a_frame() -> None:
    emojis = {f"{number:02}" + "x" * 30: 10**9 for number in range(50)}
    posts = tuple([PostSummary(seq=SEQ_MAX, reactions=emojis) for _ in range(POSTS_A_SUMMARY)])
    polls = tuple([PollSummary(seq=SEQ_MAX, votes=(10**9,) * 12, voters=10**9) for _ in range(POLLS_A_SUMMARY)])
    summary = Summary(room=ROOM, members=10**9, posts=posts, polls=polls)
    assert len(codec.encode(summary)) <= FRAME_BYTES_MAX


def test_in_a_live_room_who_comes_and_goes_is_told_by_entries() -> None:
    registry = a_registry()
    live = evolve(RECORD, kind=RoomKind.LIVE)
    listened_to(registry, live)
    registry.apply_record(evolve(live, members=6))
    assert taken(registry) == []


def test_nothing_is_noted_of_a_room_that_nobody_listens_to() -> None:
    registry = a_registry()
    registry.install_room(RECORD, empty_head(ROOM))
    registry.apply_record(reacted(1))
    registry.apply_record(evolve(reacted(1), room=b"room-----------2"))
    assert taken(registry) == []


def test_in_a_group_reactions_are_entries_and_no_summaries() -> None:
    registry = a_registry()
    listened_to(registry, evolve(RECORD, kind=RoomKind.GROUP))
    registry.apply_record(reacted(1))
    registry.apply_record(polled(1))
    assert taken(registry) == []


def test_of_a_room_that_is_gone_from_memory_nothing_is_told() -> None:
    registry = a_registry()
    room = listened_to(registry)
    registry.apply_record(reacted(1))
    registry.forget(room)
    assert taken(registry) == []
    registry.apply_record(reacted(1))


def test_of_a_room_that_recovery_found_missing_nothing_is_told() -> None:
    registry = a_registry()
    room = listened_to(registry)
    registry.apply_record(reacted(1))
    room.record = None
    assert taken(registry) == []
