"""What is known of rooms beside their entries: kind, title and, of a direct room, the other user."""

from __future__ import annotations

from typing import cast

from attrs import define, evolve, field, frozen

from chatd import features
from chatd.messages import RoomSummary, RoomSync
from chatd.model import EntryKind, RoomId, RoomKind, UserId
from chatd.rights import Archive, Feature
from chatd_client.events import Entry


@frozen(kw_only=True)
class RoomInfo:
    room: RoomId
    kind: RoomKind | None = None
    title: str = ""
    peer: UserId | None = None
    muted_until: int = 0
    """Milliseconds since 1970; 0: the user has not muted it."""
    archived: bool = False
    pinned: int = 0
    """When the user pinned it; 0: they have not."""
    marked_unread: bool = False
    """By hand, and not read on since."""
    unread_at: int | None = None
    """Where the read mark stood when the user marked it as unread."""
    draft: int = 0
    """The seq of the entry in the self room that holds the user's draft; 0: there is none, or none is known."""
    off: tuple[Feature, ...] = ()
    """What is off of what rooms of this kind have."""
    watchers: int = 0
    """About how many watch it."""
    ended: Archive | None = None
    """Of a live room whose stream is over: what has become of it."""

    @property
    def features(self) -> tuple[Feature, ...]:
        """What is on in the room; nothing while its kind is not known."""
        return () if self.kind is None else features.on(self.kind, self.off)

    def has(self, feature: Feature) -> bool:
        """Whether a feature is on, as far as is known: true while the kind of the room is not."""
        return self.kind is None or feature in self.features


_KEPT = (EntryKind.CONVERSATION, EntryKind.DRAFT)


def _kept(info: RoomInfo, entry: Entry) -> RoomInfo:
    """Return what is known of a room once its user has said how they keep it, or what they are writing."""
    facts = entry.facts
    if entry.kind == EntryKind.DRAFT:
        return evolve(info, draft=entry.seq if facts.get("content") else 0)
    return evolve(
        info,
        muted_until=_number(facts.get("muted_until")) or 0,
        archived=facts.get("archived") is True,
        pinned=_number(facts.get("pinned")) or 0,
        unread_at=_number(facts.get("unread")),
    )


def _off(value: object) -> tuple[Feature, ...]:
    return features.known(cast("list[object]", value)) if isinstance(value, list) else ()


def _number(value: object) -> int | None:
    return value if type(value) is int else None


def _archive(value: object) -> Archive | None:
    return next((archive for archive in Archive if archive.value == value), None)


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
        info = self.get(told.room)
        if told.kind is not None:
            self._rooms[told.room] = info = evolve(
                info, kind=told.kind, title=told.title, peer=told.peer, off=features.known(told.off)
            )
        if isinstance(told, RoomSync) and told.kind is not None:
            self._rooms[told.room] = info = evolve(info, watchers=told.watchers, ended=_archive(told.ended))
        if isinstance(told, RoomSummary):
            self._rooms[told.room] = evolve(
                info,
                muted_until=told.muted_until,
                archived=told.archived,
                pinned=told.pinned,
                unread_at=told.read if told.marked_unread else None,
                draft=told.draft,
            )

    def learn_watchers(self, room: RoomId, count: int) -> None:
        """Take about how many watch a room."""
        self._rooms[room] = evolve(self.get(room), watchers=count)

    def learn_entry(self, entry: Entry) -> None:
        """Take what an entry says of its room, or, in a self room, of another."""
        facts = entry.facts
        if entry.kind == EntryKind.TITLE:
            self._rooms[entry.room] = evolve(self.get(entry.room), title=str(facts.get("title", "")))
        elif entry.kind == EntryKind.ROOM and type(facts.get("room")) is bytes:
            self._rooms[facts["room"]] = evolve(
                self.get(facts["room"]),
                kind=_kind(facts.get("kind")),
                title=str(facts.get("title", "")),
                peer=facts.get("peer"),
                off=_off(facts.get("off")),
            )
        elif entry.kind == EntryKind.END:
            self._rooms[entry.room] = evolve(self.get(entry.room), ended=_archive(facts.get("archive")))
        elif entry.kind == EntryKind.FEATURES:
            self._rooms[entry.room] = evolve(self.get(entry.room), off=_off(facts.get("off")))
        elif entry.kind in _KEPT and type(facts.get("room")) is bytes:
            self._rooms[facts["room"]] = _kept(self.get(facts["room"]), entry)
        elif entry.kind == EntryKind.CREATE:
            known = self.get(entry.room)
            title = known.title or str(facts.get("title", ""))
            self._rooms[entry.room] = evolve(known, kind=_kind(facts.get("kind")), title=title)
