"""One room in memory: what is committed, what is in flight, and the newest frames.

Judging uses committed + pending; queries and delivery use committed only. A post leaves nothing pending, so the
common case is a few look-ups.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial

from attrs import Factory, define, field

from chatd.chain import origin
from chatd.frozen import frozen
from chatd.model import (
    Entry,
    EntryKind,
    FilterAction,
    Head,
    Membership,
    MessageRecord,
    PollRecord,
    ReactionRecord,
    RoomId,
    RoomKind,
    RoomRecord,
    UserId,
    VoteRecord,
)
from chatd.rooms.effects import InFlight
from chatd.rooms.live import Live
from chatd.rooms.said import Said
from chatd.rooms.slots import Slot
from chatd.rooms.subjects import FACTS, Pending, Subject, subject

REVIEWED_MAX = 1_000
_BROADCAST, _LIVE = RoomKind.BROADCAST, RoomKind.LIVE


@define(eq=False)
class Attachment:
    """A session listening to a room. What was noted for it is sent while it is live and its session was not paused."""

    room: Room
    session: int
    generation: int
    live: bool = True


@frozen
class Framed:
    """An entry as it went out: its frame, and the chain hash at its seq."""

    seq: int
    hash: bytes
    frame: bytes


def changed_beside(flight: InFlight, room: RoomId) -> list[RoomId]:
    """Return the rooms besides `room`, which has the command's entry, whose facts it changes without one of theirs."""
    facts = [record.room for record in flight.item.records if isinstance(record, FACTS)]
    return [each for each in dict.fromkeys(facts) if each != room]


@define(eq=False, kw_only=True)
class Room:
    """Invariant: `tail` is without holes and, unless empty, ends at the head; `before` is the hash before its first."""

    id: RoomId
    record: RoomRecord | None
    """None while the entry that creates the room is in flight."""
    head: Head
    slots: dict[UserId, Slot] = Factory(dict[UserId, Slot])
    attachments: dict[int, Attachment] = Factory(dict[int, Attachment])
    tail: deque[Framed] = Factory(deque[Framed])
    before: bytes = field(init=False)
    in_flight: int = 0
    """How many items of this room are in flight, posts too."""
    creation: InFlight | None = None
    """The item in flight that creates the room."""
    last_change: InFlight | None = None
    """The newest item in flight that changes more than the order of entries."""
    live: Live | None = None
    reviewed: deque[int] = Factory(partial(deque[int], maxlen=REVIEWED_MAX))
    """The numbers of posts that were reviewed lately: what was read of the store may be older."""
    _pending: dict[Subject, Pending] = Factory(dict[Subject, Pending])
    _posting: dict[UserId, InFlight] = Factory(dict[UserId, InFlight])
    """The newest post in flight of each user, where slow mode is on."""

    def __attrs_post_init__(self) -> None:
        self.before = self.head.hash

    @property
    def idle(self) -> bool:
        """Whether nothing would be lost, and nobody disturbed, if it left memory."""
        return not (self.attachments or self.in_flight or (self.live and self.live.sessions))

    @property
    def is_for_nobody(self) -> bool:
        """Whether its stream has ended, and all that was written there is erased step by step."""
        return self.record is not None and self.record.erasing is not None

    def knows(self, user: UserId) -> bool:
        """Return whether memory holds what part `user` has here: that of a watcher was looked up when they began."""
        return user in self.slots or (self.live is not None and user in self.live)

    # -- judging: committed + pending ------------------------------------------------------------------------------

    def judged_record(self) -> RoomRecord | None:
        """Return what the room will be once everything in flight is committed."""
        if not self._pending:
            return self.record
        pending = self._pending.get(())
        return pending.value if pending and isinstance(pending.value, RoomRecord) else self.record

    def judged_member(self, user: UserId) -> Membership | None:
        """Return a user's membership once everything in flight is committed. A `SeqOf` in it is not yet known."""
        pending = self._pending.get((user,)) if self._pending else None
        if pending and isinstance(pending.value, Membership):
            return pending.value
        slot = self.slots.get(user)
        return slot.membership if slot else None

    def judged_message(self, said: Said) -> MessageRecord:
        """Return what will have become of a post once everything in flight is committed."""
        pending = self._pending.get((said.record.seq,))
        return pending.value if pending and isinstance(pending.value, MessageRecord) else said.record

    def judged_reaction(self, said: Said, emoji: str, user: UserId) -> bool:
        """Return whether a user will react so to a post once everything in flight is committed."""
        pending = self._pending.get((said.record.seq, emoji, user))
        if pending and isinstance(pending.value, ReactionRecord):
            return pending.value.on
        return said.reactions.get((emoji, user), False)

    def judged_poll(self, said: Said) -> PollRecord | None:
        """Return how a poll will stand once everything in flight is committed; None of a post that is none."""
        pending = self._pending.get(("poll", said.record.seq))
        return pending.value if pending and isinstance(pending.value, PollRecord) else said.poll

    def judged_vote(self, said: Said, user: UserId) -> tuple[int, ...]:
        """Return what a user will have chosen in a poll once everything in flight is committed."""
        pending = self._pending.get(("vote", said.record.seq, user))
        return pending.value.options if pending and isinstance(pending.value, VoteRecord) else said.votes.get(user, ())

    def waits(self, number: int) -> bool:
        """Return whether a held post, which the store has, still waits once everything in flight is committed."""
        record = self.judged_record()
        there = record is not None and record.held > 0
        return there and number not in self.reviewed and ("held", number) not in self._pending

    @property
    def keeps_keys_aside(self) -> bool:
        """Whether the key of a command about this room may stand in the self room of who sent it.

        Then the key of every post is looked up, too.
        """
        record = self.judged_record() if self._pending else self.record
        return record is not None and (
            record.kind is _BROADCAST
            or record.held_ever > 0
            or (record.filter is not None and record.filter.action is FilterAction.HOLD)
        )

    @property
    def keeps_votes_aside(self) -> bool:
        """Whether the key of a vote in this room may stand in the self room of the voter."""
        record = self.judged_record()
        return self.keeps_keys_aside or (record is not None and record.kind is _LIVE)

    def judged_post(self, user: UserId) -> int:
        """Return the time of a user's last post, in flight or committed, as far as slow mode counts it; 0: none."""
        slot, flight = self.slots.get(user), self._posting.get(user)
        committed = slot.posted if slot else self.live.last_post(user) if self.live else 0
        # A proposed time that lies before the head becomes the head's when it is stored.
        return max(committed, flight.item.entries[0].time, self.head.time) if flight else committed

    def is_settled(self, user: UserId) -> bool:
        """Return whether no item in flight changes the membership of `user`; of a self room, whether none is at all."""
        is_own = self.record is not None and self.record.kind is RoomKind.SELF
        return not self.in_flight if is_own else (user,) not in self._pending

    def submit(self, flight: InFlight) -> None:
        """Note an item of this room as in flight."""
        self.in_flight += 1
        if self.record is None and self.creation is None:
            self.creation = flight
        for record in flight.item.records:
            if isinstance(record, FACTS) and record.room == self.id:
                pending = self._pending.setdefault(subject(record), Pending(record))
                pending.value = record
                pending.count += 1
                self.last_change = flight
        if (judged := self.judged_record()) and judged.settings.slow_mode_s:
            for entry in flight.item.entries:
                if entry.kind is EntryKind.POST and entry.room == self.id:
                    self._posting[entry.sender] = self.last_change = flight

    def settle(self, flight: InFlight) -> None:
        """Forget an item as in flight: its outcome is known. Items settle in the order they were submitted."""
        self.in_flight -= 1
        if self.creation is flight:
            self.creation = None
        if self.last_change is flight:
            self.last_change = None
        for entry in flight.item.entries if self._posting else ():
            if self._posting.get(entry.sender) is flight:
                del self._posting[entry.sender]
        for record in flight.item.records:
            if isinstance(record, FACTS) and record.room == self.id:
                about = subject(record)
                self._pending[about].count -= 1
                if not self._pending[about].count:
                    del self._pending[about]

    # -- committed -------------------------------------------------------------------------------------------------

    def member(self, user: UserId) -> Membership | None:
        """Return a user's committed membership, of those in memory."""
        slot = self.slots.get(user)
        return slot.membership if slot else None

    def apply(self, entry: Entry, frame: bytes) -> None:
        """Move the head to `entry`, which the store has committed right after it, and keep its frame."""
        self.head = Head(entry.seq, entry.time, entry.posts, entry.hash)
        slow = self.record is not None and self.record.settings.slow_mode_s > 0
        if slow and entry.kind is EntryKind.POST:
            self._note_post(entry)
        self.tail.append(Framed(entry.seq, entry.hash, frame))

    def _note_post(self, entry: Entry) -> None:
        if slot := self.slots.get(entry.sender):
            slot.posted = entry.time
        elif self.live:
            self.live.note_post(entry.sender, entry.time)

    def take(self, record: RoomRecord) -> bool:
        """Put the committed record; return whether another number of posts waits for review by it."""
        before, self.record = self.record, record
        return before is not None and before.held != record.held

    def apply_member(self, membership: Membership) -> None:
        """Put a committed membership."""
        slot = self.slots.get(membership.user)
        if slot is None:
            self.slots[membership.user] = Slot(membership)
        else:
            slot.membership = membership

    def trim(self, is_here: Callable[[UserId], bool]) -> int:
        """Drop the memberships of who is not here and of whom nothing is in flight; return how many that were.

        They are loaded again when they count for something. A broadcast room may have a million.
        """
        gone = [user for user in self.slots if not is_here(user) and (user,) not in self._pending]
        for user in gone:
            del self.slots[user]
        return len(gone)

    def shorten(self) -> int:
        """Drop the oldest frame of the tail and return its bytes; 0 when there is none."""
        if not self.tail:
            return 0
        oldest = self.tail.popleft()
        self.before = oldest.hash
        return len(oldest.frame)

    def forget_up_to(self, seq: int) -> int:
        """Drop the frames of the tail up to `seq`, which hold what was erased; return their bytes."""
        dropped = 0
        while self.tail and self.tail[0].seq <= seq:
            dropped += self.shorten()
        return dropped

    def rewind(self, head: Head) -> int:
        """Go on from `head`, without a tail, nothing in flight. Return the bytes of the tail that was dropped."""
        dropped = sum(len(framed.frame) for framed in self.tail)
        self.head, self.before, self.in_flight = head, head.hash, 0
        self.tail.clear()
        return dropped

    def reset(self, record: RoomRecord | None, head: Head) -> int:
        """Start again from what the store holds, in place. Return the bytes of the tail that was dropped."""
        self.record = record
        self.slots.clear()
        self._pending.clear()
        self._posting.clear()
        self.creation = self.last_change = None
        return self.rewind(head)


def empty_head(room: RoomId) -> Head:
    """Return the head of a room without entries."""
    return Head(0, 0, 0, origin(room))
