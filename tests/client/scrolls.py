"""Rooms as a server holds them: entries with a true hash chain, and what a subscribe is answered with."""

from __future__ import annotations

from typing import Any

from attrs import define, evolve, field

from chatd import chain, facts
from chatd.messages import (
    Entered,
    Gap,
    RoomSummary,
    RoomSync,
)
from chatd.model import EntryKind, MemberState, Role, RoomId, RoomKind
from chatd.wire import content

ROOM = b"r" * 16
OTHER = b"o" * 16
SELF = chain.self_id("ana")


@define(eq=False)
class Scroll:
    """A room as its server holds it: entries with their chain."""

    room: RoomId = ROOM
    entries: list[Entered] = field(factory=list)
    hashes: list[bytes] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.hashes = [chain.origin(self.room)]

    @property
    def head(self) -> int:
        return len(self.entries)

    def add(
        self,
        body: bytes,
        kind: str = "post",
        sender: str = "bo",
        key: bytes | None = None,
        target: int | None = None,
    ) -> Entered:
        seq, salt = self.head + 1, b"s" * 16
        key = key or seq.to_bytes(16, "big")
        header = (self.room, seq, kind, sender, key, 1000 + seq, target)
        full = chain.link(self.hashes[-1], header, chain.body_hash(salt, body))
        entered = Entered(
            room=self.room, seq=seq, kind=kind, sender=sender, key=key, time=1000 + seq, posts=seq,
            h8=chain.short(full), body=body, salt=salt, target=target,
        )  # fmt: skip
        self.hashes.append(full)
        self.entries.append(entered)
        return entered

    def say(self, text: str, sender: str = "bo") -> Entered:
        return self.add(content.text(text), sender=sender)

    def says(self, *texts: str) -> list[Entered]:
        return [self.say(text) for text in texts]

    def gap(self, start: int, end: int, reason: str = "not_visible") -> Gap:
        return Gap(room=self.room, start=start, end=end, reason=reason, hash=self.hashes[end])

    def sync(self, after: int, upto: int | None = None, **changes: Any) -> RoomSync:
        """What a subscribe from the cursor `after` is answered with."""
        end = self.head if upto is None else upto
        whole = RoomSync(
            room=self.room, status="ok", kind=RoomKind.GROUP, title="friends", state=MemberState.MEMBER,
            role=Role.MEMBER, start=after + 1, end=end, head=self.head, hash=self.hashes[after],
            attached=end == self.head, more=end < self.head,
        )  # fmt: skip
        return evolve(whole, **changes)

    def summary(self, **changes: Any) -> RoomSummary:
        plain = RoomSummary(
            room=self.room, kind=RoomKind.GROUP, state=MemberState.MEMBER, role=Role.MEMBER, title="friends",
            head=self.head,
        )  # fmt: skip
        return evolve(plain, **changes)


def self_entry(scroll: Scroll, room: RoomId, title: str, state: MemberState = MemberState.MEMBER) -> Entered:
    """Write into a self room that its user's standing in `room` has changed."""
    change = facts.Change("ana", state, Role.MEMBER)
    return scroll.add(facts.own_room(room, RoomKind.GROUP, title, None, change), kind=EntryKind.ROOM.value)
