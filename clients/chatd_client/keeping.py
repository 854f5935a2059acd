"""What a chat knows of the entries that its user has hidden, and the drafts that the server is still to be told."""

from __future__ import annotations

from attrs import define, field

from chatd.model import EntryKind, RoomId
from chatd_client.bell import Bell
from chatd_client.events import Entry

HIDDEN_MAX = 10_000
"""So many hidden entries are known at once. Pages name theirs anyway, and so does the server what it sends anew."""

Draft = bytes | None
"""None: there is none any more."""


@define(eq=False)
class HiddenEntries:
    _known: dict[tuple[RoomId, int], None] = field(factory=dict[tuple[RoomId, int], None], init=False)

    def add(self, room: RoomId, seq: int) -> None:
        """Learn of one. The oldest known makes room where there are too many."""
        self._known[room, seq] = None
        if len(self._known) > HIDDEN_MAX:
            del self._known[next(iter(self._known))]

    def known(self) -> tuple[tuple[RoomId, int], ...]:
        """Return all of them, the oldest known first: what a store keeps."""
        return tuple(self._known)

    def forget(self, room: RoomId) -> None:
        """Forget those of a room whose history has begun again: what stands there now is told anew."""
        for place in [place for place in self._known if place[0] == room]:
            del self._known[place]

    def learn(self, entry: Entry) -> None:
        """Learn from an entry of the self room."""
        room, seq = entry.facts.get("room"), entry.facts.get("seq")
        if entry.kind == EntryKind.HIDE and type(room) is bytes and type(seq) is int:
            self.add(room, seq)

    def hides(self, entry: Entry) -> bool:
        """Return whether the user has hidden an entry, or the one that it acts on. An answer is a post like others."""
        if (entry.room, entry.seq) in self._known:
            return True
        return entry.kind != EntryKind.POST and (entry.room, entry.target) in self._known


@define(eq=False)
class Drafts:
    """The newest draft of each room, until the server has it. What was written in between is never sent."""

    bell: Bell = field(factory=Bell, init=False)
    waiting: dict[RoomId, Draft] = field(factory=dict[RoomId, Draft], init=False)
    """In the order in which they were begun."""

    def put(self, room: RoomId, draft: Draft) -> None:
        self.waiting[room] = draft
        self.bell.ring()

    def settle(self, room: RoomId, draft: Draft) -> None:
        """The server has answered for `draft`. A newer one goes on waiting."""
        if room in self.waiting and self.waiting[room] is draft:
            del self.waiting[room]
