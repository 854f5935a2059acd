"""A broadcast room for the tests: its staff, and whoever comes to follow it."""

from __future__ import annotations

from typing import Any

import msgpack
from attrs import define, field

from chatd.chain import self_id
from chatd.messages import CreateGroup, Join, Post, SetRole
from chatd.model import Role, RoomId, RoomKind
from chatd.rooms.effects import Actor
from tests.rooms.pieces import code, text
from tests.rooms.scene import Scene


@define(eq=False)
class Channel:
    """A broadcast room of olga's with mark as its moderator, and whoever follows it."""

    scene: Scene = field(factory=Scene)
    room: RoomId = field(init=False)
    olga: Actor = field(init=False)
    mark: Actor = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.olga, self.mark = self.scene.enter("olga"), self.scene.enter("mark")
        create = CreateGroup(key=self.scene.key(), title="news", kind=RoomKind.BROADCAST, members=("mark",))
        self.room = self.scene.do(self.olga, create).room
        self.do(self.olga, SetRole, user="mark", role=Role.MODERATOR)

    def do(self, actor: Actor, command: Any, **fields: Any) -> Any:
        return self.scene.do(actor, command(room=self.room, key=self.scene.key(), **fields))

    def ask(self, actor: Actor, command: Any, **fields: Any) -> Any:
        return self.scene.ask(actor, command(room=self.room, key=self.scene.key(), **fields))

    def fan(self, name: str) -> Actor:
        """Return somebody who follows the room."""
        actor = self.scene.enter(name)
        assert code(self.do(actor, Join)) == "ok"
        return actor

    def post(self) -> int:
        """Return the seq of a new post of olga's."""
        seq: int = self.do(self.olga, Post, content=text()).seq
        return seq

    @property
    def head(self) -> int:
        return len(self.scene.log(self.room))

    def told(self, name: str) -> list[tuple[str, Any]]:
        """Return the kinds and facts of what somebody's self room holds."""
        return [(entry.kind.value, msgpack.unpackb(entry.body)) for entry in self.scene.log(self_id(name))]
