"""What people do about each other: block, report, look into reports, show themselves, and list whom they know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatd.model import ContactList, ReportId, RoomId
from chatd_client import Chat, Refused
from tests.sim.choices import a_user, in_room
from tests.sim.phone import Phone
from tests.sim.plan import Action

if TYPE_CHECKING:
    from tests.sim.world import World


def block(world: World, phone: Phone, action: Action) -> None:
    phone.do(lambda chat: chat.block(a_user(action), on=action.who % 3 > 0))


HANDLES = ("modern", "modem", "ana_li", "")


def profile(world: World, phone: Phone, action: Action) -> None:
    """Take a handle that others want, too, or give it up; and look at somebody."""
    handle = HANDLES[action.much % len(HANDLES)]
    phone.do(lambda chat: chat.set_profile(name=f"name {action.who}", handle=handle))
    phone.do(lambda chat: chat.profiles(a_user(action)))


def contacts(world: World, phone: Phone, action: Action) -> None:
    which = list(ContactList)[action.much % len(ContactList)]
    phone.do(lambda chat: chat.contacts(which, limit=2))


def report(world: World, phone: Phone, action: Action) -> None:
    """Report a user, a room, or an entry of it."""
    if action.much % 3 == 0:
        phone.do(lambda chat: chat.report("spam", user=a_user(action)))
        return
    seq = 1 + action.who if action.much % 3 == 1 else None
    in_room(world, phone, action, lambda chat, room: chat.report("spam", room=room, seq=seq, text="look"))


async def _first(chat: Chat, room: RoomId) -> ReportId:
    """Return the oldest open report of a room, or what is none."""
    try:
        found = (await chat.reports(room, limit=2)).reports
    except Refused:
        found = ()
    return found[0].report if found else bytes(16)


def look(world: World, phone: Phone, action: Action) -> None:
    async def look_into(chat: Chat, room: RoomId) -> None:
        await chat.evidence(room, await _first(chat, room))

    in_room(world, phone, action, look_into)


def settle(world: World, phone: Phone, action: Action) -> None:
    async def resolve(chat: Chat, room: RoomId) -> None:
        await chat.resolve(room, await _first(chat, room))

    in_room(world, phone, action, resolve)
