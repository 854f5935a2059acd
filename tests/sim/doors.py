"""Who may come in, and by what: links, the end of a ban, what one may do and say inside, and whose it is."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from chatd.messages import HeldPost
from chatd.model import FilterAction, RoomId
from chatd_client import Chat, Refused
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


def sift(world: World, phone: Phone, action: Action) -> None:
    """Ask what may not be said, look at a post that may wait for review, and set what may not be said anew."""
    words = ("spam",) * (action.much % 2)
    hold = FilterAction.HOLD if action.much % 3 else FilterAction.REFUSE

    async def sift_in(chat: Chat, room: RoomId) -> None:
        with suppress(Refused):
            await chat.filter(room)
        post = HeldPost(number=1, user=a_user(action), time=0, content=b"")
        with suppress(Refused):
            post = next(iter((await chat.held_posts(room)).posts), post)
        with suppress(Refused):
            await chat.reject(room, post)
        await chat.set_filter(room, words=words, action=hold)

    in_room(world, phone, action, sift_in)


def hand_over(world: World, phone: Phone, action: Action) -> None:
    in_room(world, phone, action, lambda chat, room: chat.transfer_ownership(room, a_user(action)))
