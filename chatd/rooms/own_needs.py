"""What must be known of a user before what they do for themselves alone is decided: a part of `needs`."""

from __future__ import annotations

from attrs import evolve

from chatd.chain import self_id
from chatd.messages import Block, Hide, Personal, Report, SetConversation, SetPresence, SetProfile
from chatd.rooms import handles
from chatd.rooms.effects import Actor, Needs


def own_needs(actor: Actor, command: Personal | SetPresence | Block | Report | SetProfile) -> Needs:
    """Return the needs of what a user does in their self room."""
    if isinstance(command, Block | Report | SetProfile):
        return _people_needs(actor, command)
    room = self_id(actor.user)
    own = (room, actor.user)
    needed = Needs(rooms=(room,), members=(own,), key=(*own, command.key), settled=(own,))
    if isinstance(command, SetPresence):
        return evolve(needed, shown=True)
    return evolve(
        needed,
        rooms=(room, command.room),
        members=(own, (command.room, actor.user)),
        hidden=(command.room, command.seq) if isinstance(command, Hide) else None,
        pinned=isinstance(command, SetConversation) and bool(command.pinned),
    )


def _people_needs(actor: Actor, command: Block | Report | SetProfile) -> Needs:
    """Return the needs of what a user does in their self room about others, or for them to see."""
    room = self_id(actor.user)
    own = (room, actor.user)
    plain = Needs(rooms=(room,), members=(own,), key=(*own, command.key), settled=(own,))
    if isinstance(command, SetProfile):
        found = handles.handle(command.handle) if command.handle else None
        return evolve(plain, profile=True, skeleton=None if found is None else handles.skeleton(found))
    if isinstance(command, Block):
        return evolve(plain, users=(actor.user, command.user), ties=(command.user,), blocking=command.on)
    plain = evolve(plain, reporting=True)
    if command.room is None:
        return evolve(plain, users=() if command.user is None else (command.user,))
    place = None if command.seq is None else (command.room, command.seq)
    members = (own, (command.room, actor.user))
    return evolve(plain, rooms=(room, command.room), members=members, message=place, evidence=place)
