"""Whether every command was stored whole (D7): its entry, the members' own entries of it, and the records.

A change of membership is one item of three things that can be read apart: the entry in the room, the entry in the
self room of each whom it concerns, and the membership by which the daemon lists the room. They must tell the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chatd.model import PRESENT, EntryKind, RoomId, UserId
from chatd_client import Entry
from tests.crash.reading import Found

PRESENT_STATES = [state.value for state in PRESENT]


def torn(found: Found) -> list[str]:
    """Return a sentence for every two things that do not tell the same."""
    return [*_sparse(found), *_standings(found), *_titles(found)]


def _sparse(found: Found) -> Iterator[str]:
    for user, entries in found.own.items():
        if [entry.seq for entry in entries] != list(range(1, len(entries) + 1)):
            yield f"O1 the self room of {user} is not dense"


def _standings(found: Found) -> Iterator[str]:
    for user, entries in found.own.items():
        by_room = {room: _standing(room_entries).get(user) for room, room_entries in found.rooms.items()}
        by_user = _own_standing(entries)
        for room, told in by_room.items():
            if by_user.get(room) != told:
                yield f"D7 {user} in {room.hex()}: {told} by the room, {by_user.get(room)} by their self room"
            listed = room in found.listed[user]
            if listed is not (told in PRESENT_STATES):
                yield f"D7 {user} in {room.hex()}: {told} by the room, and by their membership listed: {listed}"
        for room in by_user:
            if room not in found.rooms:
                yield f"D7 {user} was told of {room.hex()}, which is no room"


def _titles(found: Found) -> Iterator[str]:
    for user, rooms in found.listed.items():
        for room, summary in rooms.items():
            title = _title(found.rooms.get(room, []))
            if summary.title != title:
                yield f"D7 {user} in {room.hex()}: titled {title!r} by its entries, {summary.title!r} by its record"


def _standing(entries: Sequence[Entry]) -> dict[UserId, str]:
    """Return each user's last state in a room, by its entries."""
    standing: dict[UserId, str] = {}
    for entry in entries:
        if entry.kind in (EntryKind.CREATE, EntryKind.MEMBERS):
            changes = entry.facts["members" if entry.kind == EntryKind.CREATE else "changes"]
            standing.update({user: state for user, state, _ in changes})
    return standing


def _own_standing(entries: Sequence[Entry]) -> dict[RoomId, str]:
    """Return a user's last state in each room, by their self room."""
    return {entry.facts["room"]: entry.facts["state"] for entry in entries if entry.kind == EntryKind.ROOM}


def _title(entries: Sequence[Entry]) -> str:
    titles: list[str] = [entry.facts["title"] for entry in entries if "title" in entry.facts]
    return titles[-1] if titles else ""
