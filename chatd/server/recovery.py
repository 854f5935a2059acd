"""What happens when a commit failed: its outcome is unknown, never "no", because a failed COMMIT can be on disk.

Only a full disk is survived. Any other failure is raised, and the daemon ends: an fsync is never retried.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import trio
from attrs import define

from chatd.chain import direct_id
from chatd.codes import CloseCode
from chatd.model import (
    Conversation,
    Head,
    Item,
    Relation,
    RelationKind,
    RoomId,
    RoomKind,
    ServerRecord,
    UserRecord,
)
from chatd.rooms.effects import InFlight
from chatd.rooms.room import Room, empty_head
from chatd.rooms.subjects import FACTS
from chatd.server.core import Core
from chatd.server.loader import expect
from chatd.storage import queries as ask
from chatd.storage.base import StoreError, StoreFull
from chatd.storage.servers import GetServer

DISK_LOOK_S = 1.0


@define(eq=False)
class Recovery:
    core: Core

    async def failed(self, error: StoreError, lost: list[InFlight]) -> None:
        """Bring memory back to what the store holds. Raises `error` where that is not survived, or StoreError anew.

        Adds to `lost` what was decided until memory was back: it rests on what the failed commit may not have stored.
        """
        core = self.core
        if not isinstance(error, StoreFull):
            raise error
        core.log.error("disk full", error=str(error), commands=len(lost))
        core.metrics.commits_failed += 1
        core.journal.full = True
        await core.fanout.applied.reached(core.journal.g)
        await core.store.reopen()
        found = await self._read_touched(lost)
        # One synchronous step from here on: whoever decides next decides on what the store holds.
        rooms = self._touched(lost)
        self._part(lost, rooms)
        for flight in lost:
            if flight.key:
                core.registry.in_flight.drop(flight, flight.key)
                core.registry.looks.settle(flight.item)
        for room in rooms:
            self._reset(room, found)
        for query in _own_queries(lost):
            self._keep(found[query])
        core.registry.apply_record(expect(found[GetServer()], ServerRecord))
        core.registry.marks.give_back()
        core.journal.g = core.registry.g = core.store.g
        core.fanout.applied.move(core.store.g)
        core.expiries.note(0)

    async def read_server(self) -> None:
        """Bring to memory what holds for the whole server. Raises StoreError."""
        [found] = (await self.core.store.read([GetServer()])).values
        self.core.registry.apply_record(expect(found, ServerRecord))

    async def _read_touched(self, lost: list[InFlight]) -> dict[ask.Query, object]:
        """Return what the store holds of every room that `lost` touches. Nothing commits meanwhile: the gate is shut.

        There is no await between the last look at the journal and the return.
        """
        found: dict[ask.Query, object] = {}
        while True:
            self.core.journal.give_up(lost)
            wanted = [GetServer(), *[query for room in self._touched(lost) for query in _queries(room)]]
            asked = [query for query in [*wanted, *_own_queries(lost)] if query not in found]
            if not asked:
                return found
            found.update(zip(asked, (await self.core.store.read(asked)).values, strict=True))

    def _touched(self, lost: Sequence[InFlight]) -> list[Room]:
        ids: dict[RoomId, None] = {}
        for flight in lost:
            ids.update(dict.fromkeys(entry.room for entry in flight.item.entries))
            ids.update(dict.fromkeys(r.room for r in flight.item.records if isinstance(r, FACTS)))
        return [self.core.registry.rooms[room] for room in ids if room in self.core.registry.rooms]

    def _part(self, lost: Sequence[InFlight], rooms: list[Room]) -> None:
        """Close who waits for an answer that nobody knows; pause who listens to a room that starts again."""
        waiting = dict.fromkeys(flight.session for flight in lost)
        waiting.update(dict.fromkeys(rider.session for flight in lost for rider in flight.riders))
        for session in waiting:
            self.core.sessions.close(session, CloseCode.RECOVERING, "the outcome is unknown: send again")
        listening = dict.fromkeys(session for room in rooms for session in room.attachments)
        for session in listening:
            self.core.fanout.pause(session, "recovered")

    def _reset(self, room: Room, found: Mapping[ask.Query, object]) -> None:
        registry = self.core.registry
        registry.messages.forget(room.id)
        if _is_self(room):
            registry.tails.held_bytes -= room.rewind(expect(found[ask.GetHead(room.id)], Head))
            return
        state, *members = (found[query] for query in _queries(room))
        known = isinstance(state, ask.RoomState)
        head = state.head if isinstance(state, ask.RoomState) else empty_head(room.id)
        record = state.record if isinstance(state, ask.RoomState) else None
        registry.tails.held_bytes -= room.reset(record, head)
        for view in members:
            if isinstance(view, ask.MemberView):
                registry.install_member(
                    view.membership,
                    view.read,
                    view.posted,
                    told=view.told,
                    kept=view.conversation,
                    blocks=view.blocks,
                )
        if not known:
            registry.forget(room)

    def _keep(self, view: object) -> None:
        """Take from the store how a user keeps a room and whether they block the other one there, or whether their
        sessions end: no room is reset for it."""
        if isinstance(view, ask.MemberView):
            if view.conversation:
                self.core.registry.apply_record(view.conversation)
            room = self.core.registry.rooms.get(view.membership.room)
            if room and (slot := room.slots.get(view.membership.user)):
                slot.blocks = view.blocks
        elif isinstance(view, UserRecord):
            self.core.registry.apply_record(view)

    async def watch_disk(self) -> None:
        """Once a second, see whether what commits may be taken: not below `disk_free_bytes_min`.

        A backup under way is given up then: it keeps the log from being moved.
        A full disk is over when there is space again and a probe has been committed.
        """
        core = self.core
        while True:
            await trio.sleep(DISK_LOOK_S)
            free = core.store.disk_free_bytes()
            enough = free is None or free >= core.config.disk_free_bytes_min
            if not enough and not core.journal.full:
                core.log.error("disk nearly full", free_bytes=free)
                core.journal.full = True
                core.holds.give_up()
            elif enough and core.journal.full and await self._probe():
                core.journal.full = False
                core.log.info("disk has space again", free_bytes=free)

    async def _probe(self) -> bool:
        """Commit nothing, and return whether that reached the disk."""
        batches = self.core.journal.batches
        self.core.journal.submit_nowait(InFlight(item=Item(), session=0, request=0))
        await self.core.fanout.applied.moved()
        return self.core.journal.batches > batches


def _is_self(room: Room) -> bool:
    return room.record is not None and room.record.kind is RoomKind.SELF


def _own_queries(lost: Sequence[InFlight]) -> list[ask.Query]:
    """Return what must be read of how users keep their conversations, whom they block, and whose sessions may end."""
    records = [record for flight in lost for record in flight.item.records]
    blocks = [each for each in records if isinstance(each, Relation) and each.kind is RelationKind.BLOCK]
    return [
        *(ask.GetMembership(each.room, each.user) for each in records if isinstance(each, Conversation)),
        *(ask.GetMembership(direct_id(each.user, each.other), each.user) for each in blocks),
        *(ask.GetUser(each.user) for each in records if isinstance(each, UserRecord) and _ends_sessions(each)),
    ]


def _ends_sessions(user: UserRecord) -> bool:
    return user.closed is not None or bool(user.revoked_until)


def _queries(room: Room) -> list[ask.Query]:
    """Return what must be read to reset `room`."""
    if _is_self(room):
        return [ask.GetHead(room.id)]
    return [ask.GetRoom(room.id), *(ask.GetMembership(room.id, user) for user in room.slots)]
