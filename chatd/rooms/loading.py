"""What commits while something is on its way from the store: who waits for it is told, and decides on nothing old."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import Factory, define

from chatd.model import Conversation, Entry, Membership, ReadMark, Relation, RoomId, RoomRecord, UserId
from chatd.rooms.effects import First, KeyId
from chatd.rooms.slots import Slot


@define(eq=False)
class Loading:
    """A room on its way from the store: how many wait for it, and what was committed meanwhile.

    Where loads overlap without end, all of this is kept without end: so it holds at most one mark and one conversation
    for each user, and nothing of a room once that is in memory, where it stays while anybody loads it.
    """

    waiting: int = 0
    missed: list[Entry | Membership | RoomRecord] = Factory(list[Entry | Membership | RoomRecord])
    _marks: dict[UserId, ReadMark] = Factory(dict[UserId, ReadMark])
    """What belongs to one membership, which may have been read before it and arrive after it."""
    _kept: dict[UserId, Conversation] = Factory(dict[UserId, Conversation])

    _blocks: dict[UserId, Relation] = Factory(dict[UserId, Relation])
    """Of the other one of a direct room."""

    def note(self, fact: ReadMark | Conversation | Relation) -> None:
        """Keep what was committed for one user. Of marks the greater seqs win, of the rest the newer."""
        if isinstance(fact, Conversation):
            self._kept[fact.user] = fact
            return
        if isinstance(fact, Relation):
            self._blocks[fact.user] = fact
            return
        before = self._marks.get(fact.user, fact)
        self._marks[fact.user] = ReadMark(fact.room, fact.user, max(before.seq, fact.seq), max(before.told, fact.told))

    def catch_up(self, slot: Slot) -> None:
        """Let a membership that has arrived take what was committed for its user meanwhile."""
        user = slot.membership.user
        for fact in (self._marks.get(user), self._kept.get(user), self._blocks.get(user)):
            if fact is not None:
                slot.take(fact)


class Loads(dict[RoomId, Loading]):
    """The rooms that are being loaded."""

    def begin(self, rooms: Iterable[RoomId]) -> None:
        for room in rooms:
            self.setdefault(room, Loading()).waiting += 1

    def end(self, rooms: Iterable[RoomId]) -> None:
        for room in rooms:
            self[room].waiting -= 1
            if not self[room].waiting:
                del self[room]

    def miss(self, room: RoomId, fact: Entry | Membership | RoomRecord) -> None:
        """Keep what was committed in a room that is not in memory yet."""
        if loading := self.get(room):
            loading.missed.append(fact)

    def missed(self, room: RoomId) -> list[Entry | Membership | RoomRecord]:
        """Return, once, what was committed in a room before it came to memory."""
        loading = self.get(room) or Loading()
        missed, loading.missed = loading.missed, []
        return missed

    def catch_up(self, room: RoomId, slot: Slot) -> None:
        if loading := self.get(room):
            loading.catch_up(slot)

    def note(self, room: RoomId, fact: ReadMark | Conversation | Relation) -> None:
        if loading := self.get(room):
            loading.note(fact)


@define(eq=False)
class Watch:
    """A look-up of a key under way: the store may answer with what was true before the key was applied."""

    first: First | None = None


@define(eq=False)
class Watches:
    """The look-ups of keys under way."""

    _watched: dict[KeyId, list[Watch]] = Factory(dict[KeyId, list[Watch]])

    def watch(self, key: KeyId) -> Watch:
        """Return what will hold the first outcome of `key` if that is applied before `unwatch`."""
        watch = Watch()
        self._watched.setdefault(key, []).append(watch)
        return watch

    def unwatch(self, key: KeyId, watch: Watch) -> None:
        """Stop watching: `watch` keeps what it holds."""
        self._watched[key].remove(watch)
        if not self._watched[key]:
            del self._watched[key]

    def is_watched(self, key: KeyId) -> bool:
        return key in self._watched

    def land(self, key: KeyId, first: First) -> None:
        """Tell who looks `key` up right now that it has been applied."""
        for watch in self._watched.get(key, ()):
            watch.first = first

    @property
    def idle(self) -> bool:
        """Whether nothing is being looked up."""
        return not self._watched
