"""Who watches a live room takes part in it without a membership: as a member of no rank, while the session does.

What was taken from a user counts for them as a watcher, too, and who is banned does not watch (protocol 5.93).
"""

from __future__ import annotations

from typing import assert_never

from chatd.codes import RefusalCode
from chatd.limits import CHEERS_MAX, WATCHED_ROOMS_MAX, Limits
from chatd.messages import Cheer, Unwatch, Watch
from chatd.model import Membership, MemberState, Role, RoomId, RoomKind, RoomRecord, UserId
from chatd.rights import Archive, JoinBy, Permission
from chatd.rooms.audience import Subscriber
from chatd.rooms.effects import Actor, Refusal
from chatd.rooms.permissions import holds, is_banned
from chatd.rooms.policy import is_present
from chatd.rooms.refusals import ENDED, KEPT_OUT, NOT_MEMBER, UNCHANGED, UNKNOWN_ROOM
from chatd.rooms.registry import Registry
from chatd.rooms.room import Room
from chatd.rooms.slots import Slot

_NOT_LIVE = Refusal(RefusalCode.WRONG_KIND, "only live rooms are watched")
_QUIET = Refusal(RefusalCode.FORBIDDEN, "you may not cheer here")


def watches(room: Room, user: UserId) -> bool:
    """Return whether a session of `user` watches `room`."""
    return room.live is not None and user in room.live


def passing(member: Membership | None, room: RoomId, user: UserId, now: int = 0) -> Membership:
    """Return what a watcher counts as: a member who may see all that there is, with what was taken from them.

    `member` is their standing in the room, if they ever had one. At the time `now` they have just come: where one must
    have been a member for some time before one speaks, they do not.
    """
    return Membership(
        room=room,
        user=user,
        state=MemberState.MEMBER,
        role=Role.MEMBER,
        floor=1,
        until=None,
        denied=member.denied if member else (),
        since=now,
    )


def slot_of(room: Room, user: UserId) -> Slot | None:
    """Return a user's place in a room as it is committed: by their membership, or, of who watches it, a passing one."""
    slot = room.slots.get(user)
    if not watches(room, user) or (slot and is_present(slot.membership)):
        return slot
    return Slot(passing(slot.membership if slot else None, room.id, user), passing=True)


def heard_as(room: Room, actor: Actor) -> Slot | None:
    """Return as what the actor's session may listen to a room. By watching only the session that watches does: another
    one of its user would go on listening when that ends."""
    slot = slot_of(room, actor.user)
    if slot is None or not slot.passing or (room.live and actor.session in room.live.sessions):
        return slot
    return room.slots.get(actor.user)


def take(
    registry: Registry, actor: Actor, command: Watch | Unwatch | Cheer, now: int, limits: Limits
) -> Refusal | None:
    """Carry out what comes from an audience; return the refusal where there is one."""
    match command:
        case Watch():
            return watch(registry, actor, command, now, limits)
        case Unwatch():
            return unwatch(registry, actor, command)
        case Cheer():
            return cheer(registry, actor, command, now)
    assert_never(command)


def watch(registry: Registry, actor: Actor, command: Watch, now: int, limits: Limits) -> Refusal | None:
    """Let the actor's session watch a room; return the refusal of one that may not. Of a member nothing is noted."""
    room = registry.rooms.get(command.room)
    own = room.member(actor.user) if room else None
    if room is None or room.record is None:
        return UNKNOWN_ROOM
    if refusal := _kept_away(room.record, own, now):
        return refusal
    if is_present(own):
        return None
    subscriber = registry.audience.sessions[actor.session]
    if room.id in subscriber.watching:
        return None
    if refusal := _too_many(room, subscriber, limits):
        return refusal
    registry.audience.watch(subscriber, room)
    return None


def _kept_away(record: RoomRecord, own: Membership | None, now: int) -> Refusal | None:
    """Whoever knows an open room may watch it, but who is banned. One that is not open is unknown to strangers."""
    if record.kind is not RoomKind.LIVE:
        return UNKNOWN_ROOM if own is None else _NOT_LIVE
    if is_present(own):
        return None
    if own is not None and is_banned(own, now):
        return KEPT_OUT
    if record.settings.join_by is not JoinBy.OPEN:
        return UNKNOWN_ROOM if own is None else KEPT_OUT
    return ENDED if record.ended not in (None, Archive.ALL) else None


def _too_many(room: Room, subscriber: Subscriber, limits: Limits) -> Refusal | None:
    if room.live is not None and len(room.live.sessions) >= limits.watchers_max:
        return Refusal(RefusalCode.ROOM_FULL, f"at most {limits.watchers_max} watch a room")
    if len(subscriber.watching) >= WATCHED_ROOMS_MAX:
        return Refusal(RefusalCode.LIMIT_REACHED, f"a session watches at most {WATCHED_ROOMS_MAX} rooms")
    return None


def unwatch(registry: Registry, actor: Actor, command: Unwatch) -> Refusal | None:
    """Let the actor's session watch a room no more. One that it does not watch stays as it is."""
    subscriber = registry.audience.sessions[actor.session]
    if (room := subscriber.watching.get(command.room)) is None:
        return UNCHANGED
    registry.audience.unwatch(subscriber, room)
    return None


def cheer(registry: Registry, actor: Actor, command: Cheer, now: int) -> Refusal | None:
    """Count what the actor cheers, `CHEERS_MAX` a second and session; what is beyond that passes without counting."""
    room = registry.rooms.get(command.room)
    slot = slot_of(room, actor.user) if room else None
    if room is None or room.record is None or slot is None:
        return UNKNOWN_ROOM
    if not is_present(slot.membership):
        return NOT_MEMBER
    if room.record.kind is not RoomKind.LIVE:
        return Refusal(RefusalCode.WRONG_KIND, "only in live rooms somebody cheers")
    if room.record.ended is not None:
        return ENDED
    if not holds(room.record, slot.membership, Permission.REACT, now):
        return _QUIET
    subscriber = registry.audience.sessions[actor.session]
    if counted := subscriber.cheers(command.count, now, CHEERS_MAX):
        registry.audience.goes_live(room).cheer(command.emoji, counted)
    return None
