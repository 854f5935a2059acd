"""Who is here: the sessions, the devices of each user, and which rooms each session listens to.

Membership, connection and presence are three things; this is presence. Nothing in it outlives the process.
"""

from __future__ import annotations

from attrs import Factory, define

from chatd.model import RoomId, UserId
from chatd.rooms.live import Live
from chatd.rooms.policy import TokenBucket
from chatd.rooms.room import Attachment, Room


@define(eq=False)
class Subscriber:
    """A session as the rooms know it."""

    session: int
    user: UserId
    device: str
    own_room: RoomId
    """The user's self room: who listens to it is attached to every room the user joins."""
    bucket: TokenBucket
    told_presence: bool = False
    """Whether the session is told of changes of others' presence."""
    generation: int = 0
    """Grows with every pause: what was noted for an attachment of before is not sent any more."""
    attachments: dict[RoomId, Attachment] = Factory(dict[RoomId, Attachment])
    typed_ms: dict[RoomId, int] = Factory(dict[RoomId, int])
    """When this session last said that it types, for each room it listens to."""
    watching: dict[RoomId, Room] = Factory(dict[RoomId, Room])
    """The live rooms that it watches, also while it is paused."""
    _cheered: tuple[int, int] = (0, 0)
    """A second, and how much of what it cheered then was counted."""

    def types(self, room: RoomId, now: int, ms_min: int) -> bool:
        """Note that the session types in `room`; return whether that is worth telling, `ms_min` after the last time."""
        # A clock that was set back must not silence anybody until it is where it was.
        if room not in self.attachments or 0 <= now - self.typed_ms.get(room, now - ms_min) < ms_min:
            return False
        self.typed_ms[room] = now
        return True

    def cheers(self, count: int, now: int, most: int) -> int:
        """Return how many of `count` cheers are counted: in all at most `most` in one second."""
        second = now // 1000
        counted = self._cheered[1] if self._cheered[0] == second else 0
        more = min(count, most - counted)
        self._cheered = (second, counted + more)
        return more


@define(eq=False)
class Audience:
    sessions: dict[int, Subscriber] = Factory(dict[int, Subscriber])
    live: dict[RoomId, Room] = Factory(dict[RoomId, Room])
    """The rooms of which something passing may be to be told."""
    _devices: dict[UserId, dict[str, int]] = Factory(dict[UserId, dict[str, int]])

    def session_of(self, user: UserId, device: str) -> int | None:
        """Return the session that a new one of the same user and device replaces."""
        return self._devices.get(user, {}).get(device)

    def sessions_of(self, user: UserId) -> list[int]:
        """Return the sessions a user has now."""
        return list(self._devices.get(user, {}).values())

    def is_here(self, user: UserId) -> bool:
        """Return whether a user has any session now."""
        return user in self._devices

    def open(self, subscriber: Subscriber) -> None:
        """Add a session. One of the same user and device must be closed before."""
        self.sessions[subscriber.session] = subscriber
        self._devices.setdefault(subscriber.user, {})[subscriber.device] = subscriber.session

    def close(self, session: int) -> None:
        """Detach and forget a session; an unknown one is ignored."""
        subscriber = self.sessions.pop(session, None)
        if subscriber is None:
            return
        self.pause(subscriber)
        for room in [*subscriber.watching.values()]:
            self.unwatch(subscriber, room)
        devices = self._devices[subscriber.user]
        del devices[subscriber.device]
        if not devices:
            del self._devices[subscriber.user]

    def attach(self, subscriber: Subscriber, room: Room) -> Attachment:
        """Let a session listen to `room` from its applied head on; an attachment it already has ends."""
        if previous := subscriber.attachments.get(room.id):
            previous.live = False
        attachment = Attachment(room, subscriber.session, subscriber.generation)
        subscriber.attachments[room.id] = room.attachments[subscriber.session] = attachment
        return attachment

    def detach(self, subscriber: Subscriber, room: Room) -> None:
        """Note nothing more of `room` for a session. What was noted before is still sent."""
        subscriber.attachments.pop(room.id, None)
        subscriber.typed_ms.pop(room.id, None)
        room.attachments.pop(subscriber.session, None)

    def goes_live(self, room: Room) -> Live:
        """Return what passes in `room`, of which everybody in it will be told."""
        self.live[room.id] = room
        room.live = room.live or Live()
        return room.live

    def watch(self, subscriber: Subscriber, room: Room) -> None:
        """Let a session take part in `room` that does not yet, until `unwatch` or its end."""
        self.goes_live(room).add(subscriber.session, subscriber.user)
        subscriber.watching[room.id] = room

    def stay(self, subscriber: Subscriber, room: Room) -> None:
        """Let a session that watches `room` go on listening to it by a membership."""
        del subscriber.watching[room.id]
        self.goes_live(room).remove(subscriber.session)

    def unwatch(self, subscriber: Subscriber, room: Room) -> None:
        """Let a session that watches `room` do so no more, and detach it."""
        self.stay(subscriber, room)
        self.detach(subscriber, room)

    def watching(self, user: UserId, room: Room) -> list[int]:
        """Return the sessions of a user that watch `room`."""
        return [each for each in self.sessions_of(user) if room.id in self.sessions[each].watching]

    def silence(self, subscriber: Subscriber, room: Room) -> None:
        """Detach a session from `room`; what was noted for that attachment is not sent any more."""
        if attachment := subscriber.attachments.get(room.id):
            attachment.live = False
            self.detach(subscriber, room)

    def pause(self, subscriber: Subscriber) -> None:
        """Detach a session from every room; what was noted for it is not sent any more."""
        subscriber.generation += 1
        for attachment in subscriber.attachments.values():
            attachment.room.attachments.pop(subscriber.session, None)
        subscriber.attachments.clear()
        subscriber.typed_ms.clear()

    def hears(self, attachment: Attachment) -> bool:
        """Return whether what was noted for `attachment` may still be sent."""
        if not attachment.live:
            return False
        subscriber = self.sessions.get(attachment.session)
        return subscriber is not None and subscriber.generation == attachment.generation
