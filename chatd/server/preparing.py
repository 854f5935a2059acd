"""What is brought to memory before a command is decided, where one look is not enough to know what that is."""

from __future__ import annotations

from attrs import evolve

from chatd.checked import Checked
from chatd.limits import CONTENT_BYTES_MAX
from chatd.messages import Command, Edit, Post, Review, Unfit
from chatd.model import RoomId, RoomKind, UserId
from chatd.rooms.commands.streaming import expiring
from chatd.rooms.effects import NOTHING_LOADED, Actor, Loaded
from chatd.rooms.gates import asks_more
from chatd.rooms.needs import calling, holding_needs, keyed_needs, needs
from chatd.rooms.registry import Registry
from chatd.server.loader import Loader
from chatd.wire import content

_LIVE = RoomKind.LIVE


def at_hand(loader: Loader, actor: Actor, command: Post, said: Checked | None) -> Loaded | None:
    """Return what `prepared` would, where all of it is in memory already, or None: no task waits for most posts.

    That is a post sent for the first time that mentions nobody and is no forward, by a member, in a room that keeps all
    its entries and their keys, and asks for nothing that the author's token does not say.
    """
    if command.retry or command.origin is not None or (said is not None and said.mentions):
        return None
    room = loader.registry.rooms.get(command.room)
    if room is None or room.record is None or room.record.kind is _LIVE or not room.knows(actor.user):
        return None
    return None if room.keeps_keys_aside or asks_more(room, actor) else NOTHING_LOADED


async def prepared(loader: Loader, actor: Actor, command: Command, said: Checked | None = None) -> Loaded:
    """Return what the decision on `command` needs besides the rooms, which are in memory then. Raises StoreError.

    `said` is what the content of the command says. There is no await between the last look at the registry and the
    return, so the caller may decide at once.
    """
    needed = needs(actor, command, said)
    loaded = loader.ready(actor, needed)
    if loaded is None:
        loaded = await loader.load(actor, needed)
    if type(command) is Post:
        if needed.key is None and lets_expire(loader, actor.user, command.room):
            loaded = await loader.load(actor, calling(keyed_needs(actor, command), said))
        return await _holding(loader, actor, command, said, loaded)
    if type(command) is Review:
        return await _reviewing(loader, actor, command, loaded)
    return loaded


async def looked_up(
    loader: Loader, actor: Actor, command: Post | Edit, said: Checked | None, *, holds: bool = False
) -> Loaded:
    """Return what `prepared` does, for a post or an edit whose key is looked up in any case; `holds`: the app's rules
    want it to be held."""
    loaded = await loader.load(actor, calling(keyed_needs(actor, command), said))
    return await _holding(loader, actor, command, said, loaded, holds=holds) if isinstance(command, Post) else loaded


async def _holding(
    loader: Loader, actor: Actor, command: Post, said: Checked | None, loaded: Loaded, *, holds: bool = False
) -> Loaded:
    if holds or may_be_held(loader.registry, actor.user, command.room):
        return await loader.load(actor, calling(holding_needs(actor, command), said))
    return loaded


def lets_expire(loader: Loader, user: UserId, room_id: RoomId) -> bool:
    """Return whether a post to a live room would let others expire now: then its key is looked up, for a repeat changes
    nothing, and nobody may be decided on what it would have changed."""
    room = loader.registry.rooms.get(room_id)
    if room is None or room.record is None or room.record.kind is not RoomKind.LIVE or not room.knows(user):
        return False
    return bool(expiring(room, room.judged_record() or room.record, loader.limits))


def may_be_held(registry: Registry, user: UserId, room_id: RoomId) -> bool:
    """Return whether the key of a post may stand in its author's self room, where no index of its room finds it: that
    of a post which was held, or, in a broadcast room, that of another command.

    A stranger does not wait for that: it would tell them that the room exists (invariant A4).
    """
    room = registry.rooms.get(room_id)
    return room is not None and room.keeps_keys_aside and room.knows(user)


async def _reviewing(loader: Loader, actor: Actor, command: Review, loaded: Loaded) -> Loaded:
    """Return with a held post what its content says, and bring those whom it mentions: not for a stranger (A4)."""
    room = loader.registry.rooms.get(command.room)
    if loaded.held is None or room is None or not (actor.operator or room.knows(actor.user)):
        return loaded
    if not command.approve:
        return loaded
    try:
        said = content.check(loaded.held.content, CONTENT_BYTES_MAX)
    except Unfit:  # it was held by a server that knew other rules: what may not be posted today is rejected alone
        return evolve(loaded, held=None)
    key = (command.room, loaded.held.user, loaded.held.key)  # that which the post would have
    loaded = await loader.load(actor, evolve(calling(needs(actor, command), said), derived=(key,)))
    return evolve(loaded, checked=said)
