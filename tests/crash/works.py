"""What one client does next: posts mostly, now and then what changes a room, now and then what must be refused."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from attrs import define

from chatd.chain import KEY_BYTES
from chatd.messages import AddMember, CreateGroup, KeyedCommand, Post, RemoveMember, SetTitle
from chatd.model import RoomId, UserId
from chatd.wire import content

GUEST = "guest"
"""Who is added and removed all the time."""
TEXT_BYTES = (0, 0, 20, 100, 100, 100, 1_000, 12_000)
"""Besides the words that every text has."""
CHANGES = 0.06
"""The part of an owner's commands that change a room or make one."""
MISTAKES = 0.02
"""The part of posts that go to a room in which their sender is not."""


@define(eq=False)
class Works:
    """The commands of one client, each with a key of its own. Pure: chance alone decides."""

    user: UserId
    chance: Random
    rooms: Sequence[RoomId]
    """In which the user is, for good."""
    closed: Sequence[RoomId] = ()
    """In which the user is not."""
    owns: bool = False
    """Whether the user owns the rooms."""
    _number: int = 0

    def next(self) -> KeyedCommand:
        if self.owns and self.chance.random() < CHANGES:
            return self._change()
        if self.closed and self.chance.random() < MISTAKES:
            return self._post(self.chance.choice(self.closed))
        return self._post(self.chance.choice(self.rooms))

    def text(self) -> str:
        """Return a text that no other client writes, and this one only once."""
        return f"{self.user} {self._count()} " + "x" * self.chance.choice(TEXT_BYTES)

    def _post(self, room: RoomId) -> Post:
        return Post(room=room, key=self._key(), content=content.text(self.text()))

    def _change(self) -> KeyedCommand:
        key, room, title = self._key(), self.chance.choice(self.rooms), f"title {self._count()}"
        match self.chance.randrange(4):
            case 0:
                return SetTitle(room=room, key=key, title=title)
            case 1:
                return AddMember(room=room, key=key, users=(GUEST,))
            case 2:
                return RemoveMember(room=room, key=key, user=GUEST)
            case _:
                return CreateGroup(key=key, title=title, members=(GUEST,))

    def _count(self) -> int:
        self._number += 1
        return self._number

    def _key(self) -> bytes:
        return self.chance.randbytes(KEY_BYTES)
