"""What is known of rooms beside their entries: kind, title and, of a direct room, the other user."""

from __future__ import annotations

from attrs import define, evolve, field, frozen

from chatd.messages import RoomSummary, RoomSync
from chatd.model import EntryKind, RoomId, RoomKind, UserId
from chatd_client.events import Entry


@frozen(kw_only=True)
class RoomInfo:
    room: RoomId
    kind: RoomKind | None = None
    title: str = ""
    peer: UserId | None = None


def _kind(value: object) -> RoomKind | None:
    return next((kind for kind in RoomKind if kind.value == value), None)


@define(eq=False)
class Directory:
    """Learns from everything that passes. What it says may lag behind the room."""

    _rooms: dict[RoomId, RoomInfo] = field(factory=dict[RoomId, RoomInfo], init=False)

    def get(self, room: RoomId) -> RoomInfo:
        """Return what is known, which may be no more than the id."""
        return self._rooms.get(room) or RoomInfo(room=room)

    def learn(self, told: RoomSync | RoomSummary) -> None:
        """Take what a reply says of a room."""
        if told.kind is not None:
            self._rooms[told.room] = RoomInfo(room=told.room, kind=told.kind, title=told.title, peer=told.peer)

    def learn_entry(self, entry: Entry) -> None:
        """Take what an entry says of its room, or, in a self room, of another."""
        facts = entry.facts
        if entry.kind == EntryKind.TITLE:
            self._rooms[entry.room] = evolve(self.get(entry.room), title=str(facts.get("title", "")))
        elif entry.kind == EntryKind.ROOM and type(facts.get("room")) is bytes:
            self._rooms[facts["room"]] = RoomInfo(
                room=facts["room"],
                kind=_kind(facts.get("kind")),
                title=str(facts.get("title", "")),
                peer=facts.get("peer"),
            )
        elif entry.kind == EntryKind.CREATE:
            known = self.get(entry.room)
            title = known.title or str(facts.get("title", ""))
            self._rooms[entry.room] = evolve(known, kind=_kind(facts.get("kind")), title=title)
