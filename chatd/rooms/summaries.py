"""What the followers of broadcast rooms and the audience of streams do, until one summary of each room tells what it
came to.

What counts is on disk, in records; a summary is a passing fact, and one that is lost is made good by the next, or by
a page of history.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from attrs import Factory, define

from chatd.messages import PollSummary, PostSummary, Summary
from chatd.model import APART, MessageRecord, PollRecord, PostRecord, RoomId, RoomKind, RoomRecord
from chatd.rooms.room import Room

POSTS_A_SUMMARY = 16
"""With 50 emojis of 32 bytes to each of them that is 36 KiB of a frame's 64. Others wait for the next summary."""
POLLS_A_SUMMARY = 16
"""With 12 options of nine digits that is 2 KiB."""
POSTS_KEPT = 1_024
"""Of one room, and so many polls. Of more that change within a second, those that changed first are told of by pages
alone."""

T = TypeVar("T")


@define(eq=False)
class _Changed:
    """What has changed in a room since its last summary, the newest last."""

    posts: dict[int, MessageRecord] = Factory(dict[int, MessageRecord])
    polls: dict[int, PollRecord] = Factory(dict[int, PollRecord])


@define(eq=False)
class Summaries:
    """Which broadcast and live rooms somebody listens to have changed since they were last told of."""

    _changed: dict[RoomId, _Changed] = Factory(dict[RoomId, _Changed])

    def note(self, room: Room | None, record: RoomRecord | PostRecord) -> None:
        """A record of `room`, if that is in memory, is about to be applied: note what all who listen should know.

        In a live room that are polls: nobody reacts to its posts, and who comes and goes is told by entries.
        """
        if room is None or room.record is None or not room.attachments or room.record.kind not in APART:
            return
        if isinstance(record, PollRecord) and isinstance(record.seq, int):
            _put(self._of(room).polls, record.seq, record)
        elif room.record.kind is not RoomKind.BROADCAST:
            return
        elif isinstance(record, MessageRecord):
            _put(self._of(room).posts, record.seq, record)
        elif isinstance(record, RoomRecord) and room.record.members != record.members:
            self._of(room)

    def _of(self, room: Room) -> _Changed:
        return self._changed.setdefault(room.id, _Changed())

    def take(self, rooms: Mapping[RoomId, Room]) -> list[Summary]:
        """Return a summary of each room that changed and is still in memory; what does not fit is kept for the next."""
        changed, self._changed = self._changed, {}
        found: list[Summary] = []
        for room_id, news in changed.items():
            room = rooms.get(room_id)
            if room is None or room.record is None:
                continue
            posts = [_post(news.posts.pop(seq)) for seq in list(news.posts)[:POSTS_A_SUMMARY]]
            polls = [_poll(seq, news.polls.pop(seq)) for seq in list(news.polls)[:POLLS_A_SUMMARY]]
            members = room.record.members
            found.append(Summary(room=room_id, members=members, posts=tuple(posts), polls=tuple(polls)))
            if news.posts or news.polls:
                self._changed[room_id] = news
        return found


def _put(changed: dict[int, T], seq: int, record: T) -> None:
    """Put the newest of a post, or poll, behind all others; of too many the oldest goes."""
    changed.pop(seq, None)
    changed[seq] = record
    if len(changed) > POSTS_KEPT:
        del changed[next(iter(changed))]


def _post(record: MessageRecord) -> PostSummary:
    return PostSummary(seq=record.seq, reactions={tally.emoji: tally.count for tally in record.reactions})


def _poll(seq: int, record: PollRecord) -> PollSummary:
    return PollSummary(seq=seq, votes=record.counts, voters=record.voters)
