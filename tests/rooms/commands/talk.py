"""A group in which something has been said, for the tests of what is done to it."""

from __future__ import annotations

from typing import Any

from attrs import define, field

from chatd.messages import Act, Edit, Post
from chatd.model import MemberState, MessageRecord, Role, RoomKind
from chatd.rooms.effects import Actor
from tests.rooms.pieces import code, text
from tests.rooms.scene import ADMIN, MEMBER, OWNER, Scene, Standing

RESTRICTED = (MemberState.RESTRICTED, Role.MEMBER)
PEOPLE: dict[str, Standing] = {"ana": OWNER, "bo": ADMIN, "cy": MEMBER, "di": MEMBER, "ed": RESTRICTED}


@define(eq=False)
class Talk:
    """A group in which cy has posted `seq`."""

    scene: Scene = field(factory=Scene)
    people: dict[str, Standing] = field(factory=lambda: dict(PEOPLE))
    kind: RoomKind = RoomKind.GROUP
    actors: dict[str, Actor] = field(init=False)
    room: bytes = field(init=False)
    seq: int = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.actors = {user: self.scene.enter(user) for user in self.people}
        self.room = self.scene.group(self.people, kind=self.kind)
        self.seq = self.post("cy")

    def post(self, user: str, reply: int | None = None) -> int:
        done = self.scene.do(
            self.actors[user], Post(room=self.room, key=self.scene.key(), content=text(user), reply=reply)
        )
        return int(done.seq)

    def act(self, kind: type[Act], seq: int | None = None, **fields: Any) -> Act:
        return kind(room=self.room, key=self.scene.key(), seq=seq or self.seq, **fields)

    def do(self, user: str, kind: type[Act], seq: int | None = None, **fields: Any) -> str:
        return code(self.scene.do(self.actors[user], self.act(kind, seq, **fields)))

    def edit(self, user: str, words: str = "better", seq: int | None = None) -> str:
        return self.do(user, Edit, seq, content=text(words))

    def state(self, seq: int | None = None) -> MessageRecord:
        record: MessageRecord = self.scene.store._tables.messages[self.room, seq or self.seq]
        return record

    def last(self) -> Any:
        return self.scene.log(self.room)[-1]
