"""What people do with their phones in a run, and what others do beside them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING

from chatd.messages import KeyedCommand
from chatd.model import Role, RoomId, UserId
from chatd.rights import JoinBy, Permission
from chatd_client import Chat
from tests.sim.phone import Phone
from tests.sim.plan import STRANGER, USERS, Action

if TYPE_CHECKING:
    from tests.sim.world import World

TEXTS = (4, 40, 400, 4000, 24_000)
"""How many characters a post may have."""
BURST_CHARACTERS = 60
RECENT = 8
EMOJIS = ("\N{PARTY POPPER}", "\N{THUMBS UP SIGN}", "+1")

Deed = Callable[["World", Phone, Action], None]


def _room(world: World, action: Action) -> RoomId | None:
    rooms = [*world.record.rooms]
    return rooms[action.what % len(rooms)] if rooms else None


def _in_room(world: World, phone: Phone, action: Action, do: Callable[[Chat, RoomId], Awaitable[object]]) -> None:
    room = _room(world, action)
    if room is not None:
        phone.do(lambda chat: do(chat, room))


def _user(world: World, action: Action) -> UserId:
    everybody = (*USERS, STRANGER)
    return everybody[action.much % len(everybody)]


def _text(world: World, action: Action) -> str:
    world.posts += 1
    return f"{world.posts} " + "x" * TEXTS[action.much % len(TEXTS)]


def post(world: World, phone: Phone, action: Action) -> None:
    text = _text(world, action)
    _in_room(world, phone, action, lambda chat, room: chat.post(room, text))


def burst(world: World, phone: Phone, action: Action) -> None:
    for _ in range(1 + action.much):
        text = _text(world, action)[:BURST_CHARACTERS]
        _in_room(world, phone, action, partial(_post, text=text))


def _seq(phone: Phone, room: RoomId, action: Action) -> int:
    """One of the newest entries that the phone was told of, or the one after."""
    return max(1, phone.heads.get(room, 1) + 1 - action.who % RECENT)


def reply(world: World, phone: Phone, action: Action) -> None:
    text = _text(world, action)
    _in_room(world, phone, action, lambda chat, room: chat.post(room, text, reply=_seq(phone, room, action)))


def edit(world: World, phone: Phone, action: Action) -> None:
    text = _text(world, action)
    _in_room(world, phone, action, lambda chat, room: chat.edit(room, _seq(phone, room, action), text))


def delete(world: World, phone: Phone, action: Action) -> None:
    _in_room(world, phone, action, lambda chat, room: chat.delete(room, _seq(phone, room, action)))


def react(world: World, phone: Phone, action: Action) -> None:
    emoji, on = EMOJIS[action.much % len(EMOJIS)], action.much % 3 > 0
    _in_room(world, phone, action, lambda chat, room: chat.react(room, _seq(phone, room, action), emoji, on=on))


def pin(world: World, phone: Phone, action: Action) -> None:
    _in_room(world, phone, action, lambda chat, room: chat.pin(room, _seq(phone, room, action), on=action.much % 3 > 0))


def versions(world: World, phone: Phone, action: Action) -> None:
    _in_room(world, phone, action, lambda chat, room: chat.versions(room, _seq(phone, room, action), limit=2))


def reactions(world: World, phone: Phone, action: Action) -> None:
    _in_room(world, phone, action, lambda chat, room: chat.reactions(room, _seq(phone, room, action), limit=2))


def create(world: World, phone: Phone, action: Action) -> None:
    members = USERS[: action.what % 4]
    phone.do(lambda chat: chat.create_group(f"group {action.what}", members))


def open_direct(world: World, phone: Phone, action: Action) -> None:
    phone.do(lambda chat: chat.open_direct(_user(world, action)))


def add(world: World, phone: Phone, action: Action) -> None:
    _in_room(world, phone, action, lambda chat, room: chat.add_member(room, _user(world, action)))


def remove(world: World, phone: Phone, action: Action) -> None:
    _in_room(world, phone, action, lambda chat, room: chat.remove_member(room, _user(world, action)))


def join(world: World, phone: Phone, action: Action) -> None:
    _in_room(world, phone, action, lambda chat, room: chat.join(room))


def leave(world: World, phone: Phone, action: Action) -> None:
    _in_room(world, phone, action, lambda chat, room: chat.leave(room))


def title(world: World, phone: Phone, action: Action) -> None:
    _in_room(world, phone, action, lambda chat, room: chat.set_title(room, f"title {action.much}"))


def role(world: World, phone: Phone, action: Action) -> None:
    role = list(Role)[action.who % len(Role)]
    _in_room(world, phone, action, lambda chat, room: chat.set_role(room, _user(world, action), role))


def silence(world: World, phone: Phone, action: Action) -> None:
    """Take the right to post from somebody for a moment, or give it back."""
    deny = (Permission.POST,) if action.who % 2 else ()
    until = world.wall.now_ms() + 1000 * (1 + action.much)
    _in_room(world, phone, action, lambda chat, room: chat.restrict(room, _user(world, action), *deny, until=until))


def ban(world: World, phone: Phone, action: Action) -> None:
    until = world.wall.now_ms() + 1000 * (1 + action.much)
    _in_room(world, phone, action, lambda chat, room: chat.ban(room, _user(world, action), until=until))


def settings(world: World, phone: Phone, action: Action) -> None:
    """Turn slow mode on or off, and let others ask to come in, or not."""
    join_by = JoinBy.REQUEST if action.who % 2 else JoinBy.INVITATION
    slow_mode_s = action.much % 3
    _in_room(world, phone, action, lambda chat, room: chat.set_settings(room, slow_mode_s=slow_mode_s, join_by=join_by))


def ask(world: World, phone: Phone, action: Action) -> None:
    _in_room(world, phone, action, lambda chat, room: chat.request_join(room))


def history(world: World, phone: Phone, action: Action) -> None:
    side = ("before", "after", "around")[action.much % 3]
    _in_room(world, phone, action, lambda chat, room: chat.history(room, **{side: action.who}, limit=10))


def members(world: World, phone: Phone, action: Action) -> None:
    _in_room(world, phone, action, lambda chat, room: chat.members(room, limit=2))


def rooms(world: World, phone: Phone, _: Action) -> None:
    phone.do(lambda chat: chat.rooms(limit=2))


def read(world: World, phone: Phone, action: Action) -> None:
    _in_room(world, phone, action, lambda chat, room: chat.mark_read(room, action.much))


def keep(world: World, phone: Phone, action: Action) -> None:
    """Archive a room, pin it or mark it as unread, or end that: for the user alone."""
    fact = {("archived", "pinned", "unread")[action.much % 3]: action.who % 2 == 0}
    _in_room(world, phone, action, lambda chat, room: chat.set_conversation(room, **fact))


def typing(world: World, phone: Phone, action: Action) -> None:
    _in_room(world, phone, action, lambda chat, room: chat.typing(room))


def repeat(world: World, phone: Phone, action: Action, *, alter: bool = False) -> None:
    mine = [command for (user, _), command in world.record.commands.items() if user == phone.user]
    chosen: list[KeyedCommand] = [mine[-1 - (action.what + each) % len(mine)] for each in range(3)] if mine else []
    world.nursery.start_soon(partial(world.guests.repeat, phone.user, chosen, alter=alter, hasty=action.much % 4 == 0))


def alter(world: World, phone: Phone, action: Action) -> None:
    repeat(world, phone, action, alter=True)


def operate(world: World, phone: Phone, _: Action) -> None:
    world.nursery.start_soon(world.guests.operate, phone.user)


def _post(chat: Chat, room: RoomId, *, text: str) -> Awaitable[object]:
    return chat.post(room, text)


DEEDS: dict[str, Deed] = {
    "post": post,
    "burst": burst,
    "reply": reply,
    "edit": edit,
    "delete": delete,
    "react": react,
    "pin": pin,
    "versions": versions,
    "reactions": reactions,
    "create": create,
    "open": open_direct,
    "add": add,
    "remove": remove,
    "join": join,
    "leave": leave,
    "title": title,
    "role": role,
    "silence": silence,
    "ban": ban,
    "settings": settings,
    "ask": ask,
    "history": history,
    "members": members,
    "rooms": rooms,
    "read": read,
    "keep": keep,
    "typing": typing,
    "repeat": repeat,
    "alter": alter,
    "operate": operate,
}
