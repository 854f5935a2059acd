"""What hosts and audiences do in the rooms of streams."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from chatd.model import RoomId, RoomKind
from chatd.rights import Archive, JoinBy
from chatd_client import Chat
from tests.sim.channels import kind_of
from tests.sim.phone import Phone
from tests.sim.plan import USERS, Action

if TYPE_CHECKING:
    from tests.sim.world import World

LATEST = (None, 0, 5)
"""With how many entries one begins to watch."""
KEEP = (0, 10, 16)


def stream(_: World, phone: Phone, action: Action) -> None:
    """Open the room of a stream, whose staff are few."""
    staff = USERS[: action.what % 3]
    phone.do(lambda chat: chat.create_group(f"live {action.what}", staff, kind=RoomKind.LIVE))


def _in_stream(world: World, phone: Phone, action: Action, do: Callable[[Chat, RoomId], Awaitable[object]]) -> None:
    rooms = [room for room in world.record.rooms if kind_of(world.disk.entry(room, 1)) == "live"]
    if rooms:
        room = rooms[action.what % len(rooms)]
        phone.do(lambda chat: do(chat, room))


def tune_in(world: World, phone: Phone, action: Action) -> None:
    async def watch(chat: Chat, room: RoomId) -> None:
        phone.out.pop(room, None)
        chat.watch(room, latest=LATEST[action.much % len(LATEST)])

    _in_stream(world, phone, action, watch)


def tune_out(world: World, phone: Phone, action: Action) -> None:
    async def unwatch(chat: Chat, room: RoomId) -> None:
        if chat._desk.follower.watches(room):
            phone.out[room], phone.returns[room] = None, True
        await chat.unwatch(room)

    _in_stream(world, phone, action, unwatch)


def cheer(world: World, phone: Phone, action: Action) -> None:
    _in_stream(world, phone, action, lambda chat, room: chat.cheer(room, "+1", 1 + action.much % 30))


def chatter(world: World, phone: Phone, action: Action) -> None:
    """Post something short, several times: slow mode may be on, and what is old expires."""

    async def post(chat: Chat, room: RoomId) -> None:
        for _ in range(1 + action.much % 8):
            world.posts += 1
            await chat.post(room, f"{world.posts}")

    _in_stream(world, phone, action, post)


def host(world: World, phone: Phone, action: Action) -> None:
    """Say how fast people may post, how much the room keeps, and who may watch."""
    slow_mode_s, keep = action.much % 3, KEEP[action.who % len(KEEP)]
    join_by = JoinBy.OPEN if action.much % 4 else JoinBy.INVITATION
    _in_stream(
        world,
        phone,
        action,
        lambda chat, room: chat.set_settings(room, slow_mode_s=slow_mode_s, keep=keep, join_by=join_by),
    )


def end(world: World, phone: Phone, action: Action) -> None:
    archive = list(Archive)[action.much % len(Archive)]
    _in_stream(world, phone, action, lambda chat, room: chat.end_stream(room, archive))
