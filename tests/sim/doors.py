"""Who may come in, and by what: links, the end of a ban, what one may do inside, and whose it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatd.model import RoomId
from chatd_client import Chat
from tests.sim.choices import a_user, in_room
from tests.sim.phone import Phone
from tests.sim.plan import Action

if TYPE_CHECKING:
    from tests.sim.world import World

USES = (1, 2, None)


def unban(world: World, phone: Phone, action: Action) -> None:
    in_room(world, phone, action, lambda chat, room: chat.unban(room, a_user(action)))


def invite(world: World, phone: Phone, action: Action) -> None:
    """Make a link, which everybody in the run may find."""

    async def make(chat: Chat, room: RoomId) -> None:
        ttl_s = 1 + action.much
        world.links.append(await chat.create_invite(room, uses=USES[action.who % len(USES)], ttl_s=ttl_s))

    in_room(world, phone, action, make)


def uninvite(world: World, phone: Phone, action: Action) -> None:
    if world.links:
        link = world.links[action.what % len(world.links)]
        phone.do(lambda chat: chat.revoke_invite(link.room, link))


def enter(world: World, phone: Phone, action: Action) -> None:
    """Follow a link, whatever became of it."""
    if world.links:
        link = world.links[action.what % len(world.links)]
        phone.do(lambda chat: chat.join_by_invite(link))


def may(world: World, phone: Phone, action: Action) -> None:
    user = a_user(action) if action.who % 2 else None
    in_room(world, phone, action, lambda chat, room: chat.permissions(room, user))


def hand_over(world: World, phone: Phone, action: Action) -> None:
    in_room(world, phone, action, lambda chat, room: chat.transfer_ownership(room, a_user(action)))
