"""One user's place in a room in memory."""

from __future__ import annotations

from attrs import define

from chatd.model import Conversation, Membership, ReadMark, Relation


@define(eq=False)
class Slot:
    """One user's membership in memory, with how far they have read."""

    membership: Membership
    read: int = 0
    posted: int = 0
    """The time of their last post, as far as slow mode counts it; 0: none."""
    told: int = 0
    """How far others may know that they have read."""
    delivered: int = 0
    """How much has reached a device of theirs since the room came to memory."""
    conversation: Conversation | None = None
    """How they keep the room, as it is committed."""
    passing: bool = False
    """Of who watches the room, and is not in it."""
    blocks: bool = False
    """Of a direct room: whether they have blocked the other one."""

    def take(self, fact: ReadMark | Conversation | Relation) -> None:
        """Take how the user keeps the room, or that they blocked the other one, or merge a mark of theirs."""
        if isinstance(fact, Conversation):
            self.conversation = fact
        elif isinstance(fact, Relation):
            self.blocks = fact.since > 0
        else:
            self.read, self.told = max(self.read, fact.seq), max(self.told, fact.told)
