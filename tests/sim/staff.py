"""What those who lead a room ask of others: what may not be said, who speaks, who is let in; and how they review."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from chatd.messages import HeldPost
from chatd.model import FilterAction, MemberState, Role, RoomId
from chatd.rights import JoinBy
from chatd.wire.bodies import Text
from chatd_client import Chat, Refused
from tests.sim.choices import STRAY, a_room, a_seq, a_text, a_user, in_room
from tests.sim.gates import ADULT
from tests.sim.phone import Phone
from tests.sim.plan import Action

if TYPE_CHECKING:
    from tests.sim.world import World

WORD = "spam"
WORD_CHARACTERS = 40


def _who(world: World, room: RoomId, phone: Phone, number: int, *, leads: bool) -> Phone:
    """Return the phone of somebody who has a role in the room, or of who has none; where there is no such phone, the
    same one."""
    standings = world.disk.tables.memberships
    found = [
        each
        for each in world.phones
        if (own := standings.get((room, each.user))) and own.state is MemberState.MEMBER
        if (own.role is not Role.MEMBER) is leads
    ]
    return found[number % len(found)] if found else phone


def _lead(
    world: World, phone: Phone, action: Action, room: RoomId | None, do: Callable[[Chat, RoomId], Awaitable[object]]
) -> None:
    if room is not None:
        _who(world, room, phone, action.who, leads=True).do(lambda chat: do(chat, room))


# -- what waits --------------------------------------------------------------------------------------------------------


def sift(world: World, phone: Phone, action: Action) -> None:
    """Ask what may not be said, and say it anew: what is caught is held for review mostly, or refused."""
    words = (WORD,) * (action.much % 5 > 0)
    hold = FilterAction.HOLD if action.much % 4 else FilterAction.REFUSE
    exempt = Role.OWNER if action.much % 2 else Role.MODERATOR

    async def sift_in(chat: Chat, room: RoomId) -> None:
        with suppress(Refused):
            await chat.filter(room)
        await chat.set_filter(room, words=words, action=hold, exempt=exempt)

    _lead(world, phone, action, a_room(world, phone, action), sift_in)


def tempt(world: World, phone: Phone, action: Action) -> None:
    """Say what a filter may catch: alone, twice, as an answer, to somebody, or for some time."""
    text = f"{WORD} {a_text(world, action)}"[:WORD_CHARACTERS]
    mentions = (a_user(action),) * (action.much % 4 == 1)
    ttl_s = 20 if action.much % 4 == 2 else None

    async def say(chat: Chat, room: RoomId) -> None:
        seq = a_seq(phone, room, action) if action.much % 4 == 3 else None
        await chat.post(room, Text(text=text, mentions=mentions), reply=seq, ttl_s=ttl_s)
        await chat.post(room, f"{text} again")

    strict = [room.room for room in world.disk.tables.rooms.values() if room.filter is not None]
    if strict and action.what % STRAY:
        room = strict[action.what % len(strict)]
        _who(world, room, phone, action.who, leads=False).do(lambda chat: say(chat, room))
    else:
        in_room(world, phone, action, say)


def review(world: World, phone: Phone, action: Action) -> None:
    """Let what waits be said, or not. Now and then two look at the same post at once, and do not agree."""
    waiting = [*dict.fromkeys(room for room, _ in world.disk.tables.held)]
    room = waiting[action.what % len(waiting)] if waiting else a_room(world, phone, action)
    if room is None:
        return
    for number in range(1 + (action.much % 4 == 0)):
        leader = _who(world, room, phone, action.who + number, leads=True)
        leader.do(partial(_review, room=room, action=action, approve=(action.who + number) % 3 > 0))


async def _review(chat: Chat, *, room: RoomId, action: Action, approve: bool) -> None:
    found: tuple[HeldPost, ...] = ()
    with suppress(Refused):
        found = (await chat.held_posts(room)).posts
    post = found[action.what % len(found)] if found else HeldPost(number=1, user=a_user(action), time=0, content=b"")
    await (chat.approve(room, post) if approve else chat.reject(room, post, "not here"))


# -- who speaks, and who comes in --------------------------------------------------------------------------------------


def require(world: World, phone: Phone, action: Action) -> None:
    """Let only those speak of whom the app says that they are of age, or everybody again."""
    requires = {ADULT: (True,)} if action.much % 3 else {}
    _lead(
        world, phone, action, a_room(world, phone, action), lambda chat, room: chat.set_gates(room, requires=requires)
    )


def vouch(world: World, _: Phone, action: Action) -> None:
    world.nursery.start_soon(partial(world.guests.vouch, a_user(action), adult=action.who % 3 > 0))


def knock(world: World, phone: Phone, action: Action) -> None:
    """Where those who lead a room take requests, ask to be let in."""

    async def ask(chat: Chat, room: RoomId) -> None:
        await chat.set_settings(room, join_by=JoinBy.REQUEST)
        phone.do(lambda other: other.request_join(room))

    _lead(world, phone, action, a_room(world, phone, action), ask)


def let_in(world: World, phone: Phone, action: Action) -> None:
    """Let somebody in who has asked, or turn them down."""
    asked = [each for each in world.disk.tables.memberships.values() if each.state is MemberState.REQUESTED]
    if asked:
        one = asked[action.what % len(asked)]
        answer = Chat.add_member if action.much % 3 else Chat.remove_member
        _lead(world, phone, action, one.room, lambda chat, room: answer(chat, room, one.user))
