"""What the followers of broadcast rooms do, until one summary of each room tells what it came to.

What counts is on disk, in records; a summary is a passing fact, and one that is lost is made good by the next, or by
a page of history.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import Factory, define

from chatd.messages import PostSummary, Summary
from chatd.model import MessageRecord, PostRecord, RoomId, RoomRecord
from chatd.rooms.room import Room

POSTS_A_SUMMARY = 16
"""With 50 emojis of 32 bytes to each of them that is 36 KiB of a frame's 64. Others wait for the next summary."""
POSTS_KEPT = 1_024
"""Of one room. Of more that change within a second, those that changed first are told of by pages alone."""


@define(eq=False)
class Summaries:
    """Which broadcast rooms somebody listens to have changed since they were last told of."""

    _changed: dict[RoomId, dict[int, MessageRecord]] = Factory(dict[RoomId, dict[int, MessageRecord]])

    def note(self, room: Room | None, record: RoomRecord | PostRecord) -> None:
        """A record of `room`, if that is in memory, is about to be applied: note what all who listen should know."""
        if room is None or not (room.attachments and room.is_broadcast):
            return
        if isinstance(record, MessageRecord):
            posts = self._changed.setdefault(room.id, {})
            posts.pop(record.seq, None)
            posts[record.seq] = record
            if len(posts) > POSTS_KEPT:
                del posts[next(iter(posts))]
        elif isinstance(record, RoomRecord) and room.record and room.record.members != record.members:
            self._changed.setdefault(room.id, {})

    def take(self, rooms: Mapping[RoomId, Room]) -> list[Summary]:
        """Return a summary of each room that changed and is still in memory; what does not fit is kept for the next."""
        changed, self._changed = self._changed, {}
        found: list[Summary] = []
        for room_id, posts in changed.items():
            room = rooms.get(room_id)
            if room is None or room.record is None:
                continue
            told = [_of(posts.pop(seq)) for seq in list(posts)[:POSTS_A_SUMMARY]]
            found.append(Summary(room=room_id, members=room.record.members, posts=tuple(told)))
            if posts:
                self._changed[room_id] = posts
        return found


def _of(record: MessageRecord) -> PostSummary:
    return PostSummary(seq=record.seq, reactions={tally.emoji: tally.count for tally in record.reactions})
