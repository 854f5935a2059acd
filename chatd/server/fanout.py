"""The one task that shows a commit to the world: apply, answer, deliver.

First one synchronous step applies a batch and notes who gets what; then acks and refusals go out; then the joined
frames, the same object to every attachment. In a small room a reply leaves with the frames, right before them. A joined
blob is cut at every entry that changes the audience.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from typing import assert_never

import trio
from attrs import Factory, define, field

from chatd.chain import command_hash
from chatd.codes import RefusalCode, Unwatching
from chatd.frozen import frozen
from chatd.messages import Committed, Done, Paused, Reply, Unwatched
from chatd.model import Answer, Entry, EntryKind, Membership, MemberState, RoomId, RoomRecord, UserId
from chatd.rooms import reading
from chatd.rooms.effects import First, InFlight, Refusal, Rider, refused
from chatd.rooms.policy import is_present
from chatd.rooms.refusals import CONFLICT
from chatd.rooms.registry import Registry
from chatd.rooms.room import Attachment, Room
from chatd.server.journal import Batch
from chatd.server.metrics import Metrics
from chatd.server.sessions import Sessions
from chatd.server.signals import PUSHES_A_STEP
from chatd.server.watermark import Watermark
from chatd.storage.base import Conflict, Duplicate, Outcome, Stored
from chatd.wire import codec

CORKED_AUDIENCE_MAX = 16
CORKED_PUSHES_MAX = 1024
"""A reply waits for the blob of a room that small, to leave in one write with it, behind so many pushes: 5 ms."""
_HELD = EntryKind.HELD


@frozen
class Delivery:
    """One object, offered to each of these attachments."""

    frames: bytes
    audience: Sequence[Attachment]


@define(eq=False)
class _Blobs:
    """The frames of a batch, joined for each room between two changes of its audience."""

    deliveries: list[Delivery] = Factory(list[Delivery])
    _open: dict[RoomId, tuple[Room, list[bytes]]] = Factory(dict[RoomId, tuple[Room, list[bytes]]])

    def add(self, room: Room, frame: bytes) -> None:
        if room.attachments:
            self._open.setdefault(room.id, (room, []))[1].append(frame)

    def cut(self, room: Room) -> None:
        """Close the blob of `room` for those who listen now."""
        if opened := self._open.pop(room.id, None):
            frames = opened[1]
            joined = frames[0] if len(frames) == 1 else b"".join(frames)
            self.deliveries.append(Delivery(joined, list(room.attachments.values())))

    def cut_all(self) -> list[Delivery]:
        for room, _ in list(self._open.values()):
            self.cut(room)
        return self.deliveries


@define(eq=False, kw_only=True)
class Fanout:
    registry: Registry
    sessions: Sessions
    applied: Watermark
    metrics: Metrics
    delivered: Callable[[Sequence[InFlight]], None]
    """Called with the flights of a batch when all of it has been pushed."""
    on_expiring: Callable[[int], None] = field(default=lambda _: None)
    """Called with the end of every entry applied that has one; with 0 when a stream has ended."""

    async def run(self, batches: trio.MemoryReceiveChannel[Batch]) -> None:
        """Deliver committed batches, in order, until the channel closes."""
        async with batches:
            async for batch in batches:
                deliveries = self.apply(batch)
                self._count(batch)
                corked = self.answer(batch, soon(deliveries))
                await self._push(deliveries, corked)
                self.delivered(batch.flights)

    def _count(self, batch: Batch) -> None:
        stored = [outcome for outcome in batch.appended.outcomes if isinstance(outcome, Stored)]
        self.metrics.commits += 1
        self.metrics.items += len(stored)
        self.metrics.entries += sum(len(outcome.entries) for outcome in stored)

    # -- (a) one synchronous step ----------------------------------------------------------------------------------

    def apply(self, batch: Batch) -> list[Delivery]:
        """Apply a batch and return who gets what of it."""
        blobs = _Blobs()
        for flight, outcome in zip(batch.flights, batch.appended.outcomes, strict=True):
            if isinstance(outcome, Stored):
                self._apply_item(flight, outcome, blobs)
            self.registry.settle(flight)
        deliveries = blobs.cut_all()
        self.registry.g = batch.appended.g
        self.applied.move(batch.appended.g)
        return deliveries

    def _apply_item(self, flight: InFlight, stored: Stored, blobs: _Blobs) -> None:
        if not stored.entries:
            self._apply_records(stored)
            return
        if stored.records:
            self._apply_change(stored, blobs)
        else:
            for entry in stored.entries:
                self._apply_entry(entry, blobs)
        self._land(flight, stored.entries)

    def _apply_change(self, stored: Stored, blobs: _Blobs) -> None:
        """Apply entries and the records that change with them: who joins sees them, who leaves sees them too. Of those
        who come to a broadcast room, and leave it, there is no entry there: what comes next goes by it."""
        first = stored.entries[0]
        if first.kind is EntryKind.END:
            self.on_expiring(0)
        members = [record for record in stored.records if isinstance(record, Membership)]
        room = self.registry.rooms.get(members[0].room) if members else None
        arriving = [m for m in members if room and is_present(m) and not is_present(room.member(m.user))]
        leaving = [m for m in members if room and not is_present(m) and is_present(room.member(m.user))]
        stage = self.registry.rooms.get(first.room)
        away = self._away(stage, stored) if stage and stage.live else {}
        if room and arriving:
            blobs.cut(room)
            self._attach(room, arriving, blobs)
            self._apply_records(stored)
        for entry in stored.entries:
            self._apply_entry(entry, blobs)
            if room and leaving and entry is first:
                blobs.cut(room)
                self._detach(room, leaving)
            if stage and away and entry is first:
                blobs.cut(stage)
                self._send_away(stage, away, blobs)
        if not arriving:
            self._apply_records(stored)

    def _apply_records(self, stored: Stored) -> None:
        for record in stored.records:
            self.registry.apply_record(record)

    def _apply_entry(self, entry: Entry, blobs: _Blobs) -> None:
        if entry.expires is not None:
            self.on_expiring(entry.expires)
        frame = self.registry.apply_entry(entry, codec.encode_entry)
        if frame is not None:
            blobs.add(self.registry.rooms[entry.room], frame)

    def _attach(self, room: Room, arriving: list[Membership], blobs: _Blobs) -> None:
        """Attach the sessions of who joins that listen to their self room, and name what they are not sent."""
        for member in arriving:
            attached: list[Attachment] = []
            for session in self.registry.audience.sessions_of(member.user):
                subscriber = self.registry.audience.sessions[session]
                if room.id in subscriber.watching:
                    # It goes on hearing what it hears, from now on as a member.
                    self.registry.audience.stay(subscriber, room)
                elif subscriber.own_room in subscriber.attachments:
                    attached.append(self.registry.audience.attach(subscriber, room))
            before = room.member(member.user)
            hidden = reading.Range(reading.until(before) + 1, room.head.seq)
            if attached and hidden:
                gap = reading.gap(room.id, hidden, reading.why_hidden(member, hidden), room.head.hash)
                blobs.deliveries.append(Delivery(codec.encode(gap), attached))

    def _detach(self, room: Room, leaving: list[Membership]) -> None:
        for member in leaving:
            for session in self.registry.audience.sessions_of(member.user):
                self.registry.audience.detach(self.registry.audience.sessions[session], room)

    def _away(self, room: Room, stored: Stored) -> dict[int, Unwatching]:
        """Return the sessions that watch the room no more by what was stored, and why."""
        away: dict[int, Unwatching] = {}
        for record in stored.records:
            if isinstance(record, RoomRecord) and record.ended and not (room.record and room.record.ended):
                away |= dict.fromkeys(room.live.sessions if room.live else (), Unwatching.ENDED)
            elif isinstance(record, Membership) and record.state is MemberState.BANNED:
                away |= dict.fromkeys(self.registry.audience.watching(record.user, room), Unwatching.BANNED)
        return away

    def _send_away(self, room: Room, away: dict[int, Unwatching], blobs: _Blobs) -> None:
        """Let these sessions watch the room no more, and tell them why."""
        told: dict[Unwatching, list[Attachment]] = {}
        for session, reason in away.items():
            subscriber = self.registry.audience.sessions[session]
            there = subscriber.attachments.get(room.id) or Attachment(room, session, subscriber.generation)
            told.setdefault(reason, []).append(there)
            self.registry.audience.unwatch(subscriber, room)
        for reason, attachments in told.items():
            event = Unwatched(room=room.id, reason=reason.value)
            blobs.deliveries.append(Delivery(codec.encode(event), attachments))

    def _land(self, flight: InFlight, entries: Sequence[Entry]) -> None:
        """Tell look-ups under way, which may have read the store before this commit."""
        first, keys = entries[0], self.registry.keys
        for entry in entries[1:] if len(entries) > 1 and not keys.idle else ():
            keys.land((entry.room, entry.sender, entry.key), First(entry.room, entry.seq, entry.time, entry.salt, None))
        if flight.key and first.salt is not None and keys.is_watched(flight.key):
            hashed = command_hash(first.salt, flight.item.digest)
            keys.land(flight.key, First(first.room, first.seq, first.time, first.salt, hashed))

    # -- (b) acks and refusals -------------------------------------------------------------------------------------

    def answer(self, batch: Batch, corked: Container[int] = ()) -> dict[int, list[tuple[int, Reply]]]:
        """Send every reply that rests on `batch`, those of one session in one write; return those of `corked`
        sessions, for `_push` to send."""
        replies: dict[int, list[tuple[int, Reply]]] = {}
        for flight, outcome in zip(batch.flights, batch.appended.outcomes, strict=True):
            held = bool(flight.item.entries) and flight.item.entries[0].kind is _HELD
            if flight.request:
                reply = _reply(outcome, flight.answers, held=held) if flight.key else Done()
                replies.setdefault(flight.session, []).append((flight.request, reply))
            for rider in flight.riders:
                replies.setdefault(rider.session, []).append((rider.request, _ride(rider, outcome, held=held)))
        for session, answers in replies.items():
            if session not in corked:
                self.sessions.reply(session, answers)
        return {session: answers for session, answers in replies.items() if session in corked}

    # -- (c) pushes ------------------------------------------------------------------------------------------------

    async def _push(self, deliveries: list[Delivery], corked: dict[int, list[tuple[int, Reply]]]) -> None:
        """Offer every delivery, and the replies that waited for one right before it."""
        hears, push, pushed = self.registry.audience.hears, self.sessions.push, 0
        for delivery in deliveries:
            frames = delivery.frames
            self.metrics.deliveries += len(delivery.audience)
            for attachment in delivery.audience:
                pushed += 1
                if pushed % PUSHES_A_STEP == 0:
                    await trio.lowlevel.checkpoint()
                session, heard = attachment.session, hears(attachment)
                if corked and (answers := corked.pop(session, None)):
                    taken = self.sessions.reply(session, answers, frames if heard else b"")
                else:
                    taken = not heard or push(session, frames)
                if heard and not taken:
                    self.pause(session, "slow")

    def pause(self, session: int, reason: str) -> None:
        """Detach a session from everything and tell it so. Nothing is lost: it subscribes from its cursors."""
        if subscriber := self.registry.audience.sessions.get(session):
            self.metrics.sessions_paused += 1
            self.registry.audience.pause(subscriber)
            self.sessions.push_reserved(session, Paused(reason=reason))


def soon(deliveries: Sequence[Delivery]) -> set[int]:
    """Return the sessions that hear of a small room soon enough for their replies to wait for it."""
    sessions: set[int] = set()
    pushes = 0
    for delivery in deliveries:
        pushes += len(delivery.audience)
        if pushes > CORKED_PUSHES_MAX:
            break
        if len(delivery.audience) <= CORKED_AUDIENCE_MAX:
            sessions.update([attachment.session for attachment in delivery.audience])
    return sessions


def _ride(rider: Rider, outcome: Outcome, *, held: bool) -> Reply:
    """Return the reply of who waited for another's outcome: their own, or that outcome as a duplicate. Where two
    commands with one key waited together and the key belongs to a third, nobody has compared the second with that one:
    it is asked to come again, and is then looked up (invariant E2)."""
    if isinstance(outcome, Conflict) and rider.message == refused(CONFLICT):
        return refused(Refusal(RefusalCode.BUSY, "the key is being looked into", 1))
    return rider.message if rider.message is not None else _reply(outcome, again=True, held=held)


def _reply(
    outcome: Outcome, answers: dict[UserId, Answer] | None = None, *, again: bool = False, held: bool = False
) -> Reply:
    match outcome:
        case Stored():
            first = outcome.entries[0]
            return Committed(first.room, first.seq, first.time, again, answers, held)
        case Duplicate():
            return Committed(room=outcome.room, seq=outcome.seq, time=outcome.time, duplicate=True, held=held)
        case Conflict():
            return refused(CONFLICT)
    assert_never(outcome)
