"""What people do for themselves: read, keep a room their own way, hide a post, begin a draft."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatd.model import Shown
from tests.sim.choices import a_room, a_seq, in_room
from tests.sim.phone import Phone
from tests.sim.plan import USERS, Action

if TYPE_CHECKING:
    from tests.sim.world import World


def read(world: World, phone: Phone, action: Action) -> None:
    private = action.what % 4 == 0
    in_room(world, phone, action, lambda chat, room: chat.mark_read(room, action.much, private=private))


def keep(world: World, phone: Phone, action: Action) -> None:
    """Archive a room, pin it or mark it as unread, or end that: for the user alone."""
    fact = {("archived", "pinned", "unread")[action.much % 3]: action.who % 2 == 0}
    in_room(world, phone, action, lambda chat, room: chat.set_conversation(room, **fact))


def hide(world: World, phone: Phone, action: Action) -> None:
    in_room(world, phone, action, lambda chat, room: chat.hide(room, a_seq(phone, room, action)))


def draft(world: World, phone: Phone, action: Action) -> None:
    """Begin a draft, go on with it, or drop it; and read what another device may have left."""
    room = a_room(world, phone, action)
    if room is not None and phone.chat is not None:
        phone.chat.set_draft(room, f"draft {action.who}" if action.much % 3 else "")
        phone.do(lambda chat: chat.draft(room))


def delivered(world: World, phone: Phone, action: Action) -> None:
    in_room(world, phone, action, lambda chat, room: chat.mark_delivered(room, phone.heads.get(room, 1)))


def readers(world: World, phone: Phone, action: Action) -> None:
    in_room(world, phone, action, lambda chat, room: chat.who_read(room, a_seq(phone, room, action)))


def show(world: World, phone: Phone, action: Action) -> None:
    phone.do(lambda chat: chat.set_presence(list(Shown)[action.much % len(Shown)]))


def watch(world: World, phone: Phone, action: Action) -> None:
    in_room(world, phone, action, lambda chat, room: chat.watch_presence(*USERS[: action.much % 4], room=room))
