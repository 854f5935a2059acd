"""What people do with their phones in a run, and what others do beside them."""

from __future__ import annotations

from collections.abc import Awaitable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from chatd.messages import KeyedCommand
from chatd.model import Role, RoomId, RoomKind
from chatd.rights import JoinBy, Permission
from chatd.wire.bodies import Text
from chatd_client import Chat, Unfit
from tests.sim import doors, others, own, polls, staff, streams
from tests.sim.choices import Deed, a_seq, a_text, a_user, in_room
from tests.sim.phone import Phone
from tests.sim.plan import USERS, Action

if TYPE_CHECKING:
    from tests.sim.world import World

BURST_CHARACTERS = 60
EMOJIS = ("\N{PARTY POPPER}", "\N{THUMBS UP SIGN}", "+1")


def post(world: World, phone: Phone, action: Action) -> None:
    text = a_text(world, action)
    in_room(world, phone, action, lambda chat, room: chat.post(room, text))


def burst(world: World, phone: Phone, action: Action) -> None:
    for _ in range(1 + action.much):
        text = a_text(world, action)[:BURST_CHARACTERS]
        in_room(world, phone, action, partial(_post, text=text))


def call(world: World, phone: Phone, action: Action) -> None:
    """Mention somebody, who may not be there, or now and then everybody."""
    said = Text(text=a_text(world, action), mentions=(a_user(action),), mention_all=action.much % 4 == 0)
    in_room(world, phone, action, lambda chat, room: chat.post(room, said))


def fade(world: World, phone: Phone, action: Action) -> None:
    text = a_text(world, action)
    in_room(world, phone, action, lambda chat, room: chat.post(room, text, ttl_s=1 + 10 * (action.who % 4)))


def reply(world: World, phone: Phone, action: Action) -> None:
    text = a_text(world, action)
    in_room(world, phone, action, lambda chat, room: chat.post(room, text, reply=a_seq(phone, room, action)))


def edit(world: World, phone: Phone, action: Action) -> None:
    text = a_text(world, action)
    in_room(world, phone, action, lambda chat, room: chat.edit(room, a_seq(phone, room, action, own=True), text))


def delete(world: World, phone: Phone, action: Action) -> None:
    in_room(world, phone, action, lambda chat, room: chat.delete(room, a_seq(phone, room, action, own=True)))


def react(world: World, phone: Phone, action: Action) -> None:
    emoji, on = EMOJIS[action.much % len(EMOJIS)], action.much % 3 > 0
    in_room(world, phone, action, lambda chat, room: chat.react(room, a_seq(phone, room, action), emoji, on=on))


def pin(world: World, phone: Phone, action: Action) -> None:
    in_room(world, phone, action, lambda chat, room: chat.pin(room, a_seq(phone, room, action), on=action.much % 3 > 0))


def versions(world: World, phone: Phone, action: Action) -> None:
    in_room(world, phone, action, lambda chat, room: chat.versions(room, a_seq(phone, room, action), limit=2))


def reactions(world: World, phone: Phone, action: Action) -> None:
    in_room(world, phone, action, lambda chat, room: chat.reactions(room, a_seq(phone, room, action), limit=2))


def forward(world: World, phone: Phone, action: Action) -> None:
    in_room(world, phone, action, lambda chat, room: _forward(chat, room, a_seq(phone, room, action)))


async def _forward(chat: Chat, room: RoomId, seq: int) -> None:
    """Hand a post on to the room where it stands, if it is one."""
    with suppress(Unfit):
        await chat.forward(room, room, seq)


def create(world: World, phone: Phone, action: Action) -> None:
    members = USERS[: action.what % 4]
    kind = RoomKind.BROADCAST if action.much % 2 else RoomKind.GROUP
    phone.do(lambda chat: chat.create_group(f"{kind.value} {action.what}", members, kind=kind))


def open_direct(world: World, phone: Phone, action: Action) -> None:
    phone.do(lambda chat: chat.open_direct(a_user(action)))


def add(world: World, phone: Phone, action: Action) -> None:
    in_room(world, phone, action, lambda chat, room: chat.add_member(room, a_user(action)))


def remove(world: World, phone: Phone, action: Action) -> None:
    in_room(world, phone, action, lambda chat, room: chat.remove_member(room, a_user(action)))


def call_back(world: World, phone: Phone, action: Action) -> None:
    """Remove somebody, go on without them, and add them again."""
    text = a_text(world, action)[:BURST_CHARACTERS]

    async def do(chat: Chat, room: RoomId) -> None:
        await chat.remove_member(room, a_user(action))
        await chat.post(room, text)
        await chat.add_member(room, a_user(action))

    in_room(world, phone, action, do)


def join(world: World, phone: Phone, action: Action) -> None:
    in_room(world, phone, action, lambda chat, room: chat.join(room))


def leave(world: World, phone: Phone, action: Action) -> None:
    in_room(world, phone, action, lambda chat, room: chat.leave(room))


def title(world: World, phone: Phone, action: Action) -> None:
    in_room(world, phone, action, lambda chat, room: chat.set_title(room, f"title {action.much}"))


def role(world: World, phone: Phone, action: Action) -> None:
    role = list(Role)[action.who % len(Role)]
    in_room(world, phone, action, lambda chat, room: chat.set_role(room, a_user(action), role))


def silence(world: World, phone: Phone, action: Action) -> None:
    """Take the right to post from somebody for a moment, or give it back."""
    deny = (Permission.POST,) if action.who % 2 else ()
    until = world.wall.now_ms() + 1000 * (1 + action.much)
    in_room(world, phone, action, lambda chat, room: chat.restrict(room, a_user(action), *deny, until=until))


def ban(world: World, phone: Phone, action: Action) -> None:
    until = world.wall.now_ms() + 1000 * (1 + action.much)
    in_room(world, phone, action, lambda chat, room: chat.ban(room, a_user(action), until=until))


def settings(world: World, phone: Phone, action: Action) -> None:
    """Turn slow mode on or off, and say how others come in."""
    join_by = list(JoinBy)[action.who % len(JoinBy)]
    slow_mode_s = action.much % 3
    in_room(world, phone, action, lambda chat, room: chat.set_settings(room, slow_mode_s=slow_mode_s, join_by=join_by))


def ask(world: World, phone: Phone, action: Action) -> None:
    in_room(world, phone, action, lambda chat, room: chat.request_join(room))


def history(world: World, phone: Phone, action: Action) -> None:
    side = ("before", "after", "around")[action.much % 3]
    in_room(world, phone, action, lambda chat, room: chat.history(room, **{side: action.who}, limit=10))


def members(world: World, phone: Phone, action: Action) -> None:
    in_room(world, phone, action, lambda chat, room: chat.members(room, limit=2))


def rooms(world: World, phone: Phone, _: Action) -> None:
    phone.do(lambda chat: chat.rooms(limit=2))


def typing(world: World, phone: Phone, action: Action) -> None:
    in_room(world, phone, action, lambda chat, room: chat.typing(room))


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
    "call": call,
    "fade": fade,
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
    "call back": call_back,
    "join": join,
    "leave": leave,
    "title": title,
    "role": role,
    "silence": silence,
    "ban": ban,
    "settings": settings,
    "ask": ask,
    "unban": doors.unban,
    "invite": doors.invite,
    "uninvite": doors.uninvite,
    "enter": doors.enter,
    "may": doors.may,
    "sift": staff.sift,
    "tempt": staff.tempt,
    "review": staff.review,
    "require": staff.require,
    "vouch": staff.vouch,
    "knock": staff.knock,
    "let in": staff.let_in,
    "hand over": doors.hand_over,
    "history": history,
    "members": members,
    "rooms": rooms,
    "read": own.read,
    "keep": own.keep,
    "hide": own.hide,
    "draft": own.draft,
    "delivered": own.delivered,
    "readers": own.readers,
    "block": others.block,
    "profile": others.profile,
    "contacts": others.contacts,
    "report": others.report,
    "look": others.look,
    "settle": others.settle,
    "typing": typing,
    "repeat": repeat,
    "alter": alter,
    "operate": operate,
    "poll": polls.poll,
    "vote": polls.vote,
    "close": polls.close,
    "votes": polls.votes,
    "forward": forward,
    "show": own.show,
    "watch": own.watch,
    "stream": streams.stream,
    "tune in": streams.tune_in,
    "tune out": streams.tune_out,
    "cheer": streams.cheer,
    "chatter": streams.chatter,
    "host": streams.host,
    "end": streams.end,
}
