"""What users say without an entry: how far they have read, what has reached them, and that they type."""

from __future__ import annotations

from chatd import features
from chatd.chain import self_id
from chatd.codes import RefusalCode
from chatd.limits import Limits
from chatd.messages import IsTyping, MarkDelivered, MarkRead, Typing
from chatd.rights import Feature, Permission
from chatd.rooms.effects import Actor, Refusal, Signal
from chatd.rooms.permissions import holds
from chatd.rooms.policy import is_present
from chatd.rooms.refusals import NOT_MEMBER, UNKNOWN_ROOM
from chatd.rooms.registry import Registry
from chatd.rooms.room import Room
from chatd.rooms.watching import watches

TYPING_MS_MIN = 1000
"""A session is heard typing in one room at most this often."""
MUTE = Refusal(RefusalCode.FORBIDDEN, "you may not post here")
NO_MARKS = Refusal(RefusalCode.WRONG_KIND, "a cursor is all that a self room needs")


def mark(registry: Registry, actor: Actor, command: MarkRead | MarkDelivered) -> Refusal | None:
    """Merge a mark of a present member by max. Return the refusal where there is one."""
    room = _room_of(registry, actor, command)
    if isinstance(room, Refusal):
        return room
    if room.id == self_id(actor.user):
        return NO_MARKS
    if command.seq > room.head.seq:
        return Refusal(RefusalCode.BAD_SEQ, f"the head is {room.head.seq}")
    if isinstance(command, MarkRead):
        # Who is blocked sees of who blocked them what they would see if nothing of theirs was read (invariant A8).
        private = command.private or room.slots[actor.user].blocks
        registry.mark_read(room, actor.user, command.seq, private=private)
    else:
        registry.mark_delivered(room, actor.user, command.seq)
    return None


def types(registry: Registry, actor: Actor, command: Typing, now: int, limits: Limits) -> Signal | Refusal | None:
    """Return what others are told of a present member who types: None when that is not worth telling.

    Who may not post has nothing to type.
    """
    room = _room_of(registry, actor, command)
    if isinstance(room, Refusal):
        return room
    own = room.member(actor.user)
    if own is None or room.record is None or not holds(room.record, own, Permission.POST, now):
        return MUTE
    heard = registry.audience.sessions[actor.session].types(room.id, now, TYPING_MS_MIN)
    if not heard or room.slots[actor.user].blocks or Feature.TYPING not in features.in_force(room.record, limits):
        return None
    return Signal(room.id, actor.session, IsTyping(room=room.id, user=actor.user))


def _room_of(registry: Registry, actor: Actor, command: MarkRead | MarkDelivered | Typing) -> Room | Refusal:
    room = registry.rooms.get(command.room)
    own = room.member(actor.user) if room else None
    if room is not None and own is None and watches(room, actor.user):
        return NOT_MEMBER
    if room is None or own is None:
        return UNKNOWN_ROOM
    return room if is_present(own) else NOT_MEMBER
