"""The rooms in memory, who listens to them, and what is in flight: the state that every decision reads.

Only what is applied here is shown to anybody. Invariants: `g` is the last commit applied; a room is evicted only
when idle; what commits while a room is being loaded reaches it all the same (`Loading.missed`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import assert_never

from attrs import Factory, define, field

from chatd.chain import direct_id, self_id
from chatd.model import (
    AboutUser,
    Attributes,
    Conversation,
    Entry,
    Erasure,
    Expiry,
    Head,
    HeldGone,
    HeldRecord,
    HiddenRecord,
    Membership,
    MemberState,
    MentionsRecord,
    PostRecord,
    Profile,
    ReadMark,
    Record,
    Relation,
    RelationKind,
    ReportRecord,
    Resolution,
    Role,
    RoomId,
    RoomKind,
    RoomRecord,
    ServerRecord,
    UserId,
    WebhookRecord,
)
from chatd.rights import Level
from chatd.rooms.audience import Audience
from chatd.rooms.effects import InFlight
from chatd.rooms.erased import Erased
from chatd.rooms.keys import Flights
from chatd.rooms.loading import Loads, Watches
from chatd.rooms.looks import Looks
from chatd.rooms.marks import ReadMarks
from chatd.rooms.room import Room, changed_beside, empty_head
from chatd.rooms.said import MESSAGES_MAX, Messages
from chatd.rooms.slots import Slot
from chatd.rooms.summaries import Summaries
from chatd.rooms.tails import Tails


@define(eq=False, kw_only=True)
class Registry:
    rooms_max: int
    slots_max: int
    tails: Tails
    messages: Messages = Factory(lambda: Messages(MESSAGES_MAX))
    rooms: dict[RoomId, Room] = Factory(dict[RoomId, Room])
    audience: Audience = Factory(Audience)
    marks: ReadMarks = Factory(ReadMarks)
    summaries: Summaries = Factory(Summaries)
    in_flight: Flights = Factory(Flights)
    g: int = 0
    erased: Erased = Factory(Erased)
    looks: Looks = Factory(Looks)
    keys: Watches = Factory(Watches)
    slots: int = 0
    """How many memberships are in memory: an upper bound, exact again after each eviction."""
    level: Level = Level.NORMAL
    """The emergency level of the whole server; `on_level` is called when it has changed."""
    on_level: Callable[[Level], None] = field(default=lambda _: None)
    on_held: Callable[[Room], None] = field(default=lambda _: None)  # more or fewer posts wait
    on_user: Callable[[AboutUser], None] = field(default=lambda _: None)
    """Called for every record applied that is about a user: a revoked token, and a closed user, end their sessions."""
    on_webhook: Callable[[WebhookRecord], None] = field(default=lambda _: None)
    _loading: Loads = Factory(Loads)
    _evict_at: int = field(init=False)
    _evict_slots_at: int = field(init=False)
    """Look for idle rooms when there are so many: where all are busy, not again for every one more."""

    def __attrs_post_init__(self) -> None:
        self._evict_at, self._evict_slots_at = self.rooms_max, self.slots_max

    # -- loading ---------------------------------------------------------------------------------------------------

    def begin_load(self, rooms: Iterable[RoomId]) -> None:
        """Keep what commits in `rooms` from now on for who loads them, until `end_load`."""
        self._loading.begin(rooms)

    def end_load(self, rooms: Iterable[RoomId]) -> None:
        self._loading.end(rooms)

    def install_room(self, record: RoomRecord, head: Head) -> Room:
        """Put a room that was read from the store between `begin_load` and `end_load`; one in memory already wins."""
        room = self.rooms.get(record.room)
        if room is None:
            room = self.add_room(Room(id=record.room, record=record, head=head))
            for fact in self._loading.missed(record.room):
                self._replay(room, fact)
        return room

    def install_member(
        self,
        membership: Membership,
        read: int,
        posted: int = 0,
        *,
        told: int | None = None,
        kept: Conversation | None = None,
        blocks: bool = False,
    ) -> None:
        """Put a membership read from the store; one in memory already wins, and so does the greatest read mark.

        The rest is as in `MemberView`; `told` is `read` where it is None.
        """
        user, room = membership.user, self.rooms.get(membership.room)
        if room is None:
            return
        slot = room.slots.get(user)
        if slot is None:
            self.slots += 1
            slot = room.slots[user] = Slot(membership, posted=posted, blocks=blocks)
        slot.conversation = slot.conversation or kept
        slot.take(ReadMark(room.id, user, read, read if told is None else told))
        if newer := self.marks.newest(user).get(room.id):
            slot.take(newer)
        self._loading.catch_up(room.id, slot)

    def install_self(self, user: UserId, head: Head) -> Room:
        """Put a user's self room. It has no record in the store: its owner is its only member, always."""
        room_id = self_id(user)
        record = RoomRecord(room=room_id, kind=RoomKind.SELF, members=1, owners=1)
        room = self.install_room(record, head)
        own = Membership(room=room_id, user=user, state=MemberState.MEMBER, role=Role.OWNER, floor=1, until=None)
        self.install_member(own, 0)
        return room

    def add_room(self, room: Room) -> Room:
        """Put a room that is new, evicting idle ones when memory is full."""
        if len(self.rooms) >= self._evict_at or self.slots > self._evict_slots_at:
            self._evict()
        self.rooms[room.id] = room
        return room

    def _evict(self) -> None:
        """Drop the idle rooms that came first, until a tenth of the room is free. Busy ones stay, however many; where
        that is too much, without the memberships of who is not here."""
        rooms_left, slots_left = self.rooms_max * 9 // 10, self.slots_max * 9 // 10
        self.slots = sum(len(room.slots) for room in self.rooms.values())
        for room in [room for room in self.rooms.values() if room.idle and room.id not in self._loading]:
            if len(self.rooms) <= rooms_left and self.slots <= slots_left:
                break
            self.slots -= len(room.slots)
            self.forget(room)
        for room in self.rooms.values():
            if self.slots > slots_left and room.id not in self._loading:
                self.slots -= room.trim(self.audience.is_here)
        self._evict_at = max(self.rooms_max, len(self.rooms) + self.rooms_max // 100)
        self._evict_slots_at = max(self.slots_max, self.slots + self.slots_max // 100)
        self.tails.tidy()

    def forget(self, room: Room) -> None:
        """Drop a room from memory. It must be idle."""
        self.tails.drop(room)
        self.rooms.pop(room.id, None)

    # -- in flight -------------------------------------------------------------------------------------------------

    def submit(self, flight: InFlight) -> None:
        """Note a command's item as in flight. A room that it creates comes to memory here."""
        if flight.key is None:
            return
        self.in_flight.add(flight, flight.key)
        room_id = flight.key[0]
        room = self.rooms.get(room_id)
        if room is None:
            room = self.add_room(Room(id=room_id, record=None, head=empty_head(room_id)))
        room.submit(flight)
        if flight.item.records:
            self.looks.submit(flight.item)
            for other in changed_beside(flight, room_id):
                self.rooms[other].submit(flight)

    def settle(self, flight: InFlight) -> None:
        """Forget an item as in flight: its outcome is applied, or was never stored."""
        if flight.key is None:
            return
        self.in_flight.drop(flight, flight.key)
        self.rooms[flight.key[0]].settle(flight)
        if flight.item.records:
            self.looks.settle(flight.item)
            for other in changed_beside(flight, flight.key[0]):
                self.rooms[other].settle(flight)

    # -- applying --------------------------------------------------------------------------------------------------

    def apply_entry(self, entry: Entry, encode: Callable[[Entry], bytes]) -> bytes | None:
        """Apply a committed entry. Return its frame, or None when its room is not in memory."""
        room = self.rooms.get(entry.room)
        if room is None:
            self._loading.miss(entry.room, entry)
            return None
        frame = encode(entry)
        room.apply(entry, frame)
        self.tails.grow(room, len(frame))
        return frame

    def apply_record(self, record: Record) -> None:
        """Apply a committed fact that stands beside the rooms."""
        if isinstance(record, PostRecord):
            room = self.rooms.get(record.room)
            self.messages.apply(record)
            self.summaries.note(room, record)
            self.tails.note(room, record)
            return
        if isinstance(record, WebhookRecord | AboutUser):
            self.on_webhook(record) if isinstance(record, WebhookRecord) else self.on_user(record)
            return
        match record:
            case ServerRecord():
                if record.level is not self.level:
                    self.level = record.level
                    self.on_level(record.level)
            case HiddenRecord() | MentionsRecord() | HeldRecord() | Attributes() | ReportRecord() | Resolution():
                pass
            case Profile() | Relation():
                self._learn(record)
            case ReadMark() | Conversation():
                if isinstance(record, ReadMark):
                    self.marks.settle(record)
                self._put_own(record.room, record)
            case RoomRecord() | Membership():
                self._put(self.rooms.get(record.room), record)
            case Erasure() | Expiry() | HeldGone():
                self._erase(record)
            case _:
                assert_never(record)

    def _learn(self, record: Profile | Relation) -> None:
        self.looks.apply(record)
        if isinstance(record, Relation) and record.kind is RelationKind.BLOCK:
            self._put_own(direct_id(record.user, record.other), record)

    def _put(self, room: Room | None, record: RoomRecord | Membership) -> None:
        if isinstance(record, RoomRecord) and record.erasing is not None and not (room and room.is_for_nobody):
            self.erased.end(record.room, self.g + 1)
        if room is None:
            self._loading.miss(record.room, record)
        elif isinstance(record, RoomRecord):
            self.summaries.note(room, record)
            if room.take(record):
                self.on_held(room)
        elif record.user in room.slots or not (room.record and room.record.kind is RoomKind.DIRECT):
            # Of a direct room the store tells it, and whom that user blocks.
            self.slots += record.user not in room.slots
            room.apply_member(record)

    def _erase(self, erasure: Erasure | Expiry | HeldGone) -> None:
        room = self.rooms.get(erasure.room)
        if not isinstance(erasure, HeldGone):
            self.erased.take(erasure, self.g + 1)
            if room:
                self.tails.erase(room, erasure)
        elif room and erasure.number:
            room.reviewed.append(erasure.number)

    def _put_own(self, room_id: RoomId, fact: ReadMark | Conversation | Relation) -> None:
        room = self.rooms.get(room_id)
        if room and (slot := room.slots.get(fact.user)):
            slot.take(fact)
        self._loading.note(room_id, fact)

    def _replay(self, room: Room, fact: Entry | Membership | RoomRecord) -> None:
        """Bring a room that was just loaded up to date. Its tail starts after what it missed."""
        if not isinstance(fact, Entry):
            self._put(room, fact)
        elif fact.seq > room.head.seq:
            room.head = Head(fact.seq, fact.time, fact.posts, fact.hash)
            room.before = fact.hash

    def mark_read(self, room: Room, user: UserId, seq: int, *, private: bool = False) -> None:
        """Merge a read mark, which only ever grows (E6), and note it for the store, and for others unless private."""
        slot = room.slots[user]
        if seq > (slot.read if private else slot.told):
            slot.take(ReadMark(room.id, user, seq, 0 if private else seq))
            self.marks.put(ReadMark(room.id, user, slot.read, slot.told), private=private)

    def mark_delivered(self, room: Room, user: UserId, seq: int) -> None:
        """Note for others how much has reached a device of `user`, which only grows while the room is in memory."""
        if seq > room.slots[user].delivered:
            room.slots[user].delivered = seq
            self.marks.deliver(room.id, user, seq)
