"""What the numbers of an action mean when its time has come: which room, which user, which entry, which words."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from chatd.model import RoomId, UserId
from chatd_client import Chat
from tests.sim.phone import Phone
from tests.sim.plan import STRANGER, USERS, Action

if TYPE_CHECKING:
    from tests.sim.world import World

TEXTS = (4, 40, 400, 4000, 24_000)
"""How many characters a post may have."""
RECENT = 8

Deed = Callable[["World", Phone, Action], None]


def a_room(world: World, action: Action) -> RoomId | None:
    """Return one of the rooms that were made, None before the first."""
    rooms = [*world.record.rooms]
    return rooms[action.what % len(rooms)] if rooms else None


def in_room(world: World, phone: Phone, action: Action, do: Callable[[Chat, RoomId], Awaitable[object]]) -> None:
    room = a_room(world, action)
    if room is not None:
        phone.do(lambda chat: do(chat, room))


def a_user(action: Action) -> UserId:
    everybody = (*USERS, STRANGER)
    return everybody[action.much % len(everybody)]


def a_seq(phone: Phone, room: RoomId, action: Action) -> int:
    """Return one of the newest entries that the phone was told of, or the one after."""
    return max(1, phone.heads.get(room, 1) + 1 - action.who % RECENT)


def a_text(world: World, action: Action) -> str:
    """Return words that no other post has."""
    world.posts += 1
    return f"{world.posts} " + "x" * TEXTS[action.much % len(TEXTS)]
