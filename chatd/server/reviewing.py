"""The posts that wait for review: who may see which, page by page, and who is told how many there are."""

from __future__ import annotations

from collections.abc import Callable

import trio
from attrs import Factory, define

from chatd.limits import Limits
from chatd.messages import HeldPage, HeldPost, HeldPosts, InReview, Refused
from chatd.model import HeldRecord, Role, RoomId, UserId
from chatd.rights import Permission
from chatd.rooms.effects import Actor, Refusal, refused
from chatd.rooms.permissions import holds
from chatd.rooms.policy import is_present
from chatd.rooms.refusals import NOT_MEMBER, UNKNOWN_ROOM
from chatd.rooms.registry import Registry
from chatd.rooms.room import Room
from chatd.server.history import PAGE_BYTES_MAX, place_of
from chatd.server.loader import Loader, expect_all
from chatd.server.sessions import Sessions
from chatd.server.signals import PUSHES_A_STEP
from chatd.storage.held import GetQueue
from chatd.wire import codec

TOLD_S = 1.0
"""How many wait in a room is told at most this often."""


@define(eq=False, kw_only=True)
class Reviews:
    registry: Registry
    sessions: Sessions
    loader: Loader
    limits: Limits
    now: Callable[[], int]
    _changed: dict[RoomId, Room] = Factory(dict[RoomId, Room])

    def note(self, room: Room) -> None:
        """Another number of posts waits in `room` than before."""
        self._changed[room.id] = room

    async def keep_told(self) -> None:
        """Once a second, tell those who listen to a room and have a role in it how many posts wait there."""
        while True:
            await trio.sleep(TOLD_S)
            changed, self._changed = self._changed, {}
            for room in changed.values():
                await self._tell(room)

    async def _tell(self, room: Room) -> None:
        """Push it, letting others go on every `PUSHES_A_STEP`: there may be tens of thousands who are not told."""
        frame = codec.encode(InReview(room=room.id, held=room.record.held if room.record else 0))
        for number, session in enumerate([*room.attachments], 1):
            subscriber, there = self.registry.audience.sessions.get(session), self.sessions.by_id.get(session)
            member = room.member(subscriber.user) if subscriber else None
            if there and member and member.role is not Role.MEMBER:
                there.outbox.push_signal(("review", room.id), frame)
            if number % PUSHES_A_STEP == 0:
                await trio.lowlevel.checkpoint()

    async def page(self, actor: Actor, command: HeldPosts) -> HeldPage | Refused:
        """Answer with a page. The caller holds the room. Raises StoreError."""
        room = command.room
        await self.loader.bring(actor, [room], [(room, actor.user)])
        whose = self._whose(actor, command)
        if isinstance(whose, Refusal):
            return refused(whose)
        found = await self._read(command, whose, command.after, min(command.limit, self.limits.page_entries_max))
        last = found[-1].number if found else command.after
        behind = await self._read(command, whose, last, 1)
        if self._whose(actor, command) != whose:
            return await self.page(actor, command)
        posts = tuple([_told(each) for each in found if self.registry.rooms[room].waits(each.number)])
        return HeldPage(room=room, posts=posts, more=bool(behind))

    async def _read(self, command: HeldPosts, whose: UserId | None, after: int, limit: int) -> list[HeldRecord]:
        query = GetQueue(room=command.room, user=whose, after=after, limit=limit, bytes_max=PAGE_BYTES_MAX)
        [found] = await self.loader.read([query])
        return expect_all(found, HeldRecord)

    def _whose(self, actor: Actor, command: HeldPosts) -> UserId | Refusal | None:
        """Return whose posts `actor` may see, None for everybody's; or why nobody's."""
        place = place_of(self.registry, actor, command.room)
        if place is None:
            return UNKNOWN_ROOM
        room, own = place
        if not is_present(own):
            return NOT_MEMBER
        may_review = room.record is not None and holds(room.record, own, Permission.DELETE_OTHERS, self.now())
        return None if may_review else actor.user


def _told(held: HeldRecord) -> HeldPost:
    return HeldPost(number=held.number, user=held.user, time=held.time, content=held.content, reply=held.reply)
