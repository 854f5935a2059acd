"""Subscribe and catch up are one act: what follows each cursor, and then the room live, without a window between.

The reply, the gaps and the entries leave in one write of at most 64 KiB. Whatever does not fit is `more`.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import Factory, define, evolve

from chatd.chain import short
from chatd.limits import FRAME_BYTES_MAX, Limits
from chatd.messages import CaughtUp, RoomSync, Subscribe, Subscribed
from chatd.model import Entry, RoomId
from chatd.rooms import reading
from chatd.rooms.effects import Actor
from chatd.rooms.erased import struck
from chatd.rooms.policy import is_present
from chatd.rooms.reading import Cursor, Plan, Range
from chatd.rooms.registry import Registry
from chatd.rooms.room import Room
from chatd.rooms.slots import Slot
from chatd.rooms.watching import heard_as
from chatd.server.loader import Loader, expect_all
from chatd.server.outbox import Outbox
from chatd.storage import queries as ask
from chatd.storage.base import Store
from chatd.storage.personal import GetHidden
from chatd.wire import codec

REPLY_BYTES_MAX = 24 * 1024
"""Of the reply itself: beside it the largest entry still fits, so every subscribe moves on."""
SYNC_BYTES = 384
"""What a room takes in the reply, its title and its pins apart."""
SEQ_BYTES = 9
ENTRIES_A_REPLY = FRAME_BYTES_MAX // 128
"""More than leave with one reply: the frame of every entry takes more than 128 bytes."""


@define(eq=False)
class Found:
    """What the store gave for one plan."""

    planned: Plan
    cursor_hash: bytes | None = None
    before: bytes | None = None
    entries: Sequence[Entry] = ()
    g: int = 0
    """The commit as of which they were read."""
    hidden: Sequence[int] = ()
    """Which of those after the cursor the user has hidden."""


@define(eq=False)
class Outgoing:
    """What will leave in one write, and how much more may."""

    left_bytes: int
    syncs: list[RoomSync] = Factory(list[RoomSync])
    frames: list[bytes] = Factory(list[bytes])
    attach: list[Room] = Factory(list[Room])

    def take(self, frame: bytes, beside: int = 0) -> bool:
        """Add a frame if it fits, and with it so many bytes in the reply."""
        if len(frame) + beside > self.left_bytes:
            return False
        self.left_bytes -= len(frame) + beside
        self.frames.append(frame)
        return True


@define(eq=False, kw_only=True)
class Catchup:
    registry: Registry
    loader: Loader
    store: Store
    limits: Limits

    async def subscribe(self, actor: Actor, outbox: Outbox, request: int, command: Subscribe) -> None:
        """Answer a subscribe and send what follows its cursors. Raises StoreError, and then sent nothing."""
        cursors = reading.cursors(command.rooms)[: self.limits.subscribe_rooms_max]
        asked = [cursor.room for cursor in cursors]
        with self.loader.held(asked):
            await self.loader.bring(actor, asked, [(room, actor.user) for room in asked])
            same_epoch = command.epoch == self.store.epoch
            plans = [self._plan(actor, cursor, command.latest, same_epoch=same_epoch) for cursor in cursors]
            covered = self._covered(plans)
            found = await self._fetch(actor, covered)
            self._finish(actor, outbox, request, covered, found, whole=len(covered) == len(plans))

    def _slot(self, actor: Actor, room_id: RoomId) -> tuple[Room | None, Slot | None]:
        room = self.registry.rooms.get(room_id)
        return room, heard_as(room, actor) if room else None

    def _plan(self, actor: Actor, cursor: Cursor, latest: int | None, *, same_epoch: bool) -> Plan:
        planned = reading.plan(*self._slot(actor, cursor.room), cursor, latest)
        if planned.known and cursor.seq and not same_epoch:
            return Plan(cursor=cursor, known=True, reset=True)
        return planned

    # -- what memory does not have ---------------------------------------------------------------------------------

    async def _fetch(self, actor: Actor, plans: list[Plan]) -> list[Found]:
        queries: list[tuple[Found, ask.Query]] = []
        found = [Found(planned) for planned in plans]
        paged = sum(self._needs_page(planned) for planned in plans)
        share = max(2048, FRAME_BYTES_MAX // max(1, paged))
        for planned, into in zip(plans, found, strict=True):
            if planned.known and not planned.reset:
                queries.extend((into, query) for query in self._queries(planned, into, share))
                queries.extend((into, query) for query in self._hidden_queries(actor, planned))
        g, values = await self.loader.read_as_of([query for _, query in queries]) if queries else (0, [])
        for (into, query), value in zip(queries, values, strict=True):
            if isinstance(value, ask.Page):
                into.entries, into.g = value.entries, g
                into.before = into.before or value.before
            elif isinstance(query, GetHidden):
                into.hidden = expect_all(value, int)
            elif isinstance(query, ask.GetHash) and isinstance(value, bytes):
                _put_hash(into, query, value)
        return found

    def _needs_page(self, planned: Plan) -> bool:
        room = self.registry.rooms.get(planned.cursor.room)
        return room is not None and bool(planned.wanted) and reading.tail_from(room, planned.wanted.first, 0) is None

    def _queries(self, planned: Plan, into: Found, share: int) -> list[ask.Query]:
        """Note what memory knows of the hashes a plan needs, and return the queries for the rest of it."""
        room_id = planned.cursor.room
        room = self.registry.rooms[room_id]
        queries: list[ask.Query] = []
        into.cursor_hash = reading.known_hash(room, planned.cursor.seq)
        into.before = reading.known_hash(room, planned.wanted.first - 1)
        if into.cursor_hash is None:
            queries.append(ask.GetHash(room=room_id, seq=planned.cursor.seq))
        if into.before is None and planned.wanted.first - 1 != planned.cursor.seq:
            queries.append(ask.GetHash(room=room_id, seq=planned.wanted.first - 1))
        if self._needs_page(planned):
            wanted = planned.wanted
            limit = self.limits.page_entries_max
            page = ask.GetEntries(
                room=room_id, first=wanted.first, last=wanted.last, entries_max=limit, bytes_max=share
            )
            queries.append(page)
        return queries

    def _hidden_queries(self, actor: Actor, planned: Plan) -> list[ask.Query]:
        """Return what must be asked of the entries that the user has hidden; mostly that is nothing."""
        _, slot = self._slot(actor, planned.cursor.room)
        kept = slot.conversation if slot else None
        if kept is None or not kept.hidden or not planned.wanted:
            return []
        first = planned.wanted.first
        last = min(planned.wanted.last, first + ENTRIES_A_REPLY - 1)
        return [GetHidden(room=kept.room, user=kept.user, first=first, last=last)]

    # -- the one step ----------------------------------------------------------------------------------------------

    def _finish(
        self, actor: Actor, outbox: Outbox, request: int, plans: list[Plan], found: list[Found], *, whole: bool
    ) -> None:
        """Build the answer from what the store gave and from the tail, attach, and push: no await in between."""
        subscriber = self.registry.audience.sessions.get(actor.session)
        if subscriber is None:
            return
        reply_bytes = sum(self._sync_bytes(planned) for planned in plans)
        out = Outgoing(FRAME_BYTES_MAX - reply_bytes)
        for planned, brought in zip(plans, found, strict=True):
            self._finish_room(actor, planned, brought, out)
        for planned in plans:
            if room := self.registry.rooms.get(planned.cursor.room):
                # The stream of the room goes on from the cursor, or not at all: an older attachment would tear it.
                self.registry.audience.silence(subscriber, room)
        for room in out.attach:
            self.registry.audience.attach(subscriber, room)
        frames = [codec.encode(Subscribed(rooms=tuple(out.syncs)), request), *out.frames]
        if whole and not any(sync.more for sync in out.syncs):
            frames.append(codec.encode(CaughtUp(request=request)))
        outbox.push(b"".join(frames))

    def _covered(self, plans: list[Plan]) -> list[Plan]:
        """Return the plans whose answers fit the reply: a prefix, at least one."""
        left = REPLY_BYTES_MAX
        for count, planned in enumerate(plans):
            left -= self._sync_bytes(planned)
            if left < 0 and count:
                return plans[:count]
        return plans

    def _sync_bytes(self, planned: Plan) -> int:
        room = self.registry.rooms.get(planned.cursor.room)
        if room is None or room.record is None:
            return SYNC_BYTES
        return SYNC_BYTES + len(room.record.title.encode()) + SEQ_BYTES * len(room.record.pins)

    def _finish_room(self, actor: Actor, planned: Plan, brought: Found, out: Outgoing) -> None:
        cursor = planned.cursor
        room, slot = self._slot(actor, cursor.room)
        if room is None or slot is None or room.record is None:
            out.syncs.append(reading.unknown(cursor.room))
            return
        start = planned.wanted.first if planned.known else cursor.seq + 1
        nothing = Range(start, start - 1)
        if not planned.known:
            # They joined while this was read: the client asks again.
            out.syncs.append(self._synced(room, slot, status="ok", sent=nothing, before=None, attached=False))
            return
        moved = brought.cursor_hash is None or short(brought.cursor_hash) != cursor.h8
        if planned.reset or moved:
            reset = Range(1, 0)
            out.syncs.append(self._synced(room, slot, status="reset", sent=reset, before=None, attached=False))
            return
        seen = reading.visible(room, slot.membership)
        erasures = self.registry.erased.after(room.id, brought.g) if brought.entries else ()
        stale = erasures is None or start < seen.first
        if stale or not self._take_gaps(room, planned, brought, out):
            # What was read begins with what has expired by now, or may hold what is gone and nobody remembers, the
            # membership changed, or the gaps do not fit: the client asks again.
            out.syncs.append(self._synced(room, slot, status="ok", sent=nothing, before=None, attached=False))
            return
        brought.entries = struck(brought.entries, erasures or ())
        last = self._take_entries(room, Range(start, seen.last), brought, out)
        attached = is_present(slot.membership) and last >= seen.last
        if attached:
            out.attach.append(room)
        sent = Range(start, last)
        sync = self._synced(room, slot, status="ok", sent=sent, before=brought.before, attached=attached)
        hidden = tuple([seq for seq in brought.hidden if start <= seq <= last])
        out.syncs.append(evolve(sync, hidden=hidden) if hidden else sync)

    def _synced(
        self, room: Room, slot: Slot, *, status: str, sent: Range, before: bytes | None, attached: bool
    ) -> RoomSync:
        return reading.synced(
            room, slot, limits=self.limits, status=status, sent=sent, before=before, attached=attached
        )

    def _take_gaps(self, room: Room, planned: Plan, brought: Found, out: Outgoing) -> bool:
        last = len(planned.gaps) - 1
        frames = [
            codec.encode(reading.gap(room.id, hidden, reason, brought.before if index == last else None))
            for index, (hidden, reason) in enumerate(planned.gaps)
        ]
        return not frames or out.take(b"".join(frames))

    def _take_entries(self, room: Room, wanted: Range, brought: Found, out: Outgoing) -> int:
        """Take entries from the store's page, then from the tail, as many as fit. Return the last seq taken."""
        last = wanted.first - 1
        for entry in brought.entries:
            beside = SEQ_BYTES if entry.seq in brought.hidden else 0
            if entry.seq > wanted.last or not out.take(codec.encode_entry(entry), beside):
                return last
            last = entry.seq
        if last >= wanted.last:
            return last
        for frame in reading.tail_from(room, last + 1, out.left_bytes) or ():
            beside = SEQ_BYTES if last + 1 in brought.hidden else 0
            if last == wanted.last or not out.take(frame, beside):
                break
            last += 1
        return last


def _put_hash(into: Found, query: ask.GetHash, value: bytes) -> None:
    if query.seq == into.planned.cursor.seq:
        into.cursor_hash = value
    if query.seq == into.planned.wanted.first - 1:
        into.before = value
