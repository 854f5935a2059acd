"""What the numbers of an action mean when its time has come: which room, which user, which entry, which words."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from chatd.model import PRESENT, EntryKind, RoomId, UserId
from chatd_client import Chat
from tests.sim.phone import Phone
from tests.sim.plan import STRANGER, USERS, Action

if TYPE_CHECKING:
    from tests.sim.world import World

TEXTS = (4, 40, 400, 4000, 24_000)
"""How many characters a post may have."""
RECENT = 8
LOOKED_BACK = 20
"""Entries."""
STRAY = 4
"""So seldom somebody does a thing where it makes no sense."""

Deed = Callable[["World", Phone, Action], None]


def a_room(world: World, phone: Phone, action: Action) -> RoomId | None:
    """Return one of the rooms that were made, mostly one that the phone's user is in; None before the first."""
    rooms = [*world.record.rooms]
    standings = world.disk.tables.memberships
    theirs = [each for each in rooms if (own := standings.get((each, phone.user))) and own.state in PRESENT]
    if theirs and action.who % STRAY:
        return theirs[action.what % len(theirs)]
    return rooms[action.what % len(rooms)] if rooms else None


def in_room(world: World, phone: Phone, action: Action, do: Callable[[Chat, RoomId], Awaitable[object]]) -> None:
    room = a_room(world, phone, action)
    if room is not None:
        phone.do(lambda chat: do(chat, room))


def a_user(action: Action) -> UserId:
    everybody = (*USERS, STRANGER)
    return everybody[action.much % len(everybody)]


def a_seq(phone: Phone, room: RoomId, action: Action, *, own: bool = False) -> int:
    """Return one of the newest entries that the phone was told of: mostly a post, of the user's `own` if that is asked
    for and there are any; now and then whatever it is, or the one after."""
    head, entry = phone.heads.get(room, 1), phone.server.disk.entry
    recent = [found for seq in range(head, max(0, head - LOOKED_BACK), -1) if (found := entry(room, seq))]
    posts = [each for each in recent if each.kind is EntryKind.POST]
    if own:
        posts = [each for each in posts if each.sender == phone.user] or posts
    if posts and action.what % STRAY:
        return posts[action.who % min(len(posts), RECENT)].seq
    return max(1, head + 1 - action.who % RECENT)


def a_text(world: World, action: Action) -> str:
    """Return words that no other post has."""
    world.posts += 1
    return f"{world.posts} " + "x" * TEXTS[action.much % len(TEXTS)]
