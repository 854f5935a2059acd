"""One room in memory: what is committed, what is in flight, and the newest frames.

Judging uses committed + pending; queries and delivery use committed only. A post leaves nothing pending, so the
common case is a few look-ups.
"""

from __future__ import annotations

from collections import deque

from attrs import Factory, define, field

from chatd.frozen import frozen
from chatd.model import Entry, Head, Membership, RoomId, RoomRecord, UserId
from chatd.rooms.effects import InFlight


@define(eq=False)
class Slot:
    """One user's membership in memory, with how far they have read."""

    membership: Membership
    read: int = 0


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


@define(eq=False)
class Pending:
    """The newest standing of one fact among the items in flight, and how many of them set it."""

    value: RoomRecord | Membership
    count: int = 0


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
    _pending: dict[UserId | None, Pending] = Factory(dict[UserId | None, Pending])

    def __attrs_post_init__(self) -> None:
        self.before = self.head.hash

    @property
    def idle(self) -> bool:
        """Whether nothing would be lost, and nobody disturbed, if it left memory."""
        return not (self.attachments or self.in_flight)

    # -- judging: committed + pending ------------------------------------------------------------------------------

    def judged_record(self) -> RoomRecord | None:
        """Return what the room will be once everything in flight is committed."""
        pending = self._pending.get(None)
        return pending.value if pending and isinstance(pending.value, RoomRecord) else self.record

    def judged_member(self, user: UserId) -> Membership | None:
        """Return a user's membership once everything in flight is committed. A `SeqOf` in it is not yet known."""
        pending = self._pending.get(user)
        if pending and isinstance(pending.value, Membership):
            return pending.value
        slot = self.slots.get(user)
        return slot.membership if slot else None

    def is_settled(self, user: UserId) -> bool:
        """Return whether no item in flight changes the membership of `user`."""
        return user not in self._pending

    def submit(self, flight: InFlight) -> None:
        """Note an item of this room as in flight."""
        self.in_flight += 1
        if self.record is None and self.creation is None:
            self.creation = flight
        for record in flight.item.records:
            if isinstance(record, RoomRecord | Membership) and record.room == self.id:
                subject = record.user if isinstance(record, Membership) else None
                pending = self._pending.setdefault(subject, Pending(record))
                pending.value = record
                pending.count += 1
                self.last_change = flight

    def settle(self, flight: InFlight) -> None:
        """Forget an item as in flight: its outcome is known. Items settle in the order they were submitted."""
        self.in_flight -= 1
        if self.creation is flight:
            self.creation = None
        if self.last_change is flight:
            self.last_change = None
        for record in flight.item.records:
            if isinstance(record, RoomRecord | Membership) and record.room == self.id:
                subject = record.user if isinstance(record, Membership) else None
                self._pending[subject].count -= 1
                if not self._pending[subject].count:
                    del self._pending[subject]

    # -- committed -------------------------------------------------------------------------------------------------

    def member(self, user: UserId) -> Membership | None:
        """Return a user's committed membership, of those in memory."""
        slot = self.slots.get(user)
        return slot.membership if slot else None

    def apply(self, entry: Entry, frame: bytes) -> None:
        """Move the head to `entry`, which the store has committed right after it, and keep its frame."""
        self.head = Head(entry.seq, entry.time, entry.posts, entry.hash)
        self.tail.append(Framed(entry.seq, entry.hash, frame))

    def apply_member(self, membership: Membership) -> None:
        """Put a committed membership."""
        slot = self.slots.get(membership.user)
        if slot is None:
            self.slots[membership.user] = Slot(membership)
        else:
            slot.membership = membership

    def shorten(self) -> int:
        """Drop the oldest frame of the tail and return its bytes; 0 when there is none."""
        if not self.tail:
            return 0
        oldest = self.tail.popleft()
        self.before = oldest.hash
        return len(oldest.frame)

    def rewind(self, head: Head) -> int:
        """Go on from `head`, without a tail. Return the bytes of the tail that was dropped."""
        dropped = sum(len(framed.frame) for framed in self.tail)
        self.head, self.before = head, head.hash
        self.tail.clear()
        return dropped

    def reset(self, record: RoomRecord | None, head: Head) -> int:
        """Start again from what the store holds, in place. Return the bytes of the tail that was dropped."""
        self.record = record
        self.slots.clear()
        self.in_flight = 0
        self._pending.clear()
        self.creation = self.last_change = None
        return self.rewind(head)
