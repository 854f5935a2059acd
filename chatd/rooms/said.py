"""The posts in memory, as far as decisions need them: who made each, what became of it, and who reacted.

A post comes to memory when somebody acts on it, and leaves it when too many others have come since. What commits while
one is on its way from the store reaches it all the same (`loading`).
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import assert_never

from attrs import Factory, define

from chatd.model import (
    EntryKind,
    MessageRecord,
    PollRecord,
    PostRecord,
    ReactionRecord,
    RoomId,
    SeqOf,
    UserId,
    VoteRecord,
)

MESSAGES_MAX = 20_000
REACTIONS_KEPT = 16
"""Of one post, about 150 bytes each: others are read again, and each is read right before it is judged."""
VOTES_KEPT = 16
"""Of one poll, about 100 bytes each; as with reactions."""

Place = tuple[RoomId, int]
Reaction = tuple[str, UserId]


@define(eq=False)
class Said:
    """A post, or another entry that somebody took for one."""

    kind: EntryKind
    sender: UserId
    time: int
    record: MessageRecord
    poll: PollRecord | None = None
    """Of a poll."""
    reactions: dict[Reaction, bool] = Factory(dict[Reaction, bool])
    """Whether a user reacts with an emoji, of those that were asked for."""
    votes: dict[UserId, tuple[int, ...]] = Factory(dict[UserId, tuple[int, ...]])
    """What a user chose, of those who were asked for."""


@define(eq=False)
class _Loading:
    """A post on its way from the store, and what was committed meanwhile."""

    waiting: int = 0
    record: MessageRecord | None = None
    poll: PollRecord | None = None
    reactions: dict[Reaction, bool] = Factory(dict[Reaction, bool])
    votes: dict[UserId, tuple[int, ...]] = Factory(dict[UserId, tuple[int, ...]])


@define(eq=False)
class Messages:
    most: int
    """How many are kept, about 600 bytes each."""
    _said: dict[Place, Said] = Factory(dict[Place, Said])
    _loading: dict[Place, _Loading] = Factory(dict[Place, _Loading])

    def get(self, room: RoomId, seq: int) -> Said | None:
        return self._said.get((room, seq))

    @contextmanager
    def loading(self, place: Place) -> Generator[None, None, None]:
        """Keep what commits about the post at `place` for who reads it from the store within the block."""
        loading = self._loading.setdefault(place, _Loading())
        loading.waiting += 1
        try:
            yield
        finally:
            loading.waiting -= 1
            if not loading.waiting:
                del self._loading[place]

    def met(self, place: Place) -> MessageRecord | None:
        """Return what was committed last about the post at `place` since somebody began to read it: of `loading`."""
        return self._loading[place].record

    def install(self, said: Said) -> None:
        """Put what was read within `loading`; one in memory already wins."""
        place = (said.record.room, said.record.seq)
        if place in self._said:
            return
        loading = self._loading[place]
        said.record = loading.record or said.record
        said.poll = loading.poll or said.poll
        while len(self._said) >= self.most:
            del self._said[next(iter(self._said))]
        self._said[place] = said

    def install_reaction(self, place: Place, reaction: Reaction, *, on: bool) -> None:
        """Put whether a user reacts to a post in memory, read within `loading`; what was committed since wins."""
        if (said := self._said.get(place)) is None:
            return
        while len(said.reactions) >= REACTIONS_KEPT:
            del said.reactions[next(iter(said.reactions))]
        said.reactions[reaction] = self._loading[place].reactions.get(reaction, on)

    def install_vote(self, place: Place, user: UserId, options: tuple[int, ...]) -> None:
        """Put what a user chose in a poll in memory, read within `loading`; what was committed since wins."""
        if (said := self._said.get(place)) is None:
            return
        while len(said.votes) >= VOTES_KEPT:
            del said.votes[next(iter(said.votes))]
        said.votes[user] = self._loading[place].votes.get(user, options)

    def apply(self, record: PostRecord) -> None:
        """Put a committed fact where its post is in memory, or on its way there."""
        if isinstance(record.seq, SeqOf):
            raise TypeError("a committed record names its seq")
        place = (record.room, record.seq)
        if said := self._said.get(place):
            _put(said, record, whole=False)
        if loading := self._loading.get(place):
            _put(loading, record, whole=True)

    def forget(self, room: RoomId) -> None:
        """Drop the posts of a room: what memory holds of it may not be what the store does."""
        for place in [place for place in self._said if place[0] == room]:
            del self._said[place]


def _put(into: Said | _Loading, record: PostRecord, *, whole: bool) -> None:
    """Put a fact; what single users did only where that was asked for, unless all is to be kept."""
    match record:
        case MessageRecord():
            into.record = record
        case PollRecord():
            into.poll = record
        case ReactionRecord():
            if whole or (record.emoji, record.user) in into.reactions:
                into.reactions[record.emoji, record.user] = record.on
        case VoteRecord():
            if whole or record.user in into.votes:
                into.votes[record.user] = record.options
        case _:
            assert_never(record)
