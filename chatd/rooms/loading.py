"""What commits while something is on its way from the store: who waits for it is told, and decides on nothing old."""

from __future__ import annotations

from attrs import Factory, define

from chatd.model import Conversation, Entry, Membership, ReadMark, RoomRecord
from chatd.rooms.effects import First
from chatd.rooms.room import Slot


@define(eq=False)
class Loading:
    """A room on its way from the store: how many wait for it, and what was committed meanwhile."""

    waiting: int = 0
    missed: list[Entry | Membership | RoomRecord] = Factory(list[Entry | Membership | RoomRecord])
    own: list[ReadMark | Conversation] = Factory(list[ReadMark | Conversation])
    """What belongs to one membership, which may have been read before it and arrive after it."""

    def catch_up(self, slot: Slot) -> None:
        """Let a membership that has arrived take what was committed for its user meanwhile."""
        for fact in self.own:
            if fact.user == slot.membership.user:
                slot.take(fact)


@define(eq=False)
class Watch:
    """A look-up of a key under way: the store may answer with what was true before the key was applied."""

    first: First | None = None
