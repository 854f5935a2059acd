"""What the model says of new rooms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatd.messages import CreateGroup, KeyedCommand, OpenDirect
from chatd.model import Answer, RoomId, RoomKind
from tests.model import quiet
from tests.model.nouns import Room, Settings
from tests.model.verdicts import Accept, Again, Refuse, Verdict

if TYPE_CHECKING:
    from tests.model.book import Book

OPEN = Settings(past="all", join_by="open")
CREATE = {RoomKind.BROADCAST: OPEN, RoomKind.LIVE: OPEN}
"""What holds in a new room, where that is not the usual."""


def create(book: Book, user: str, room_id: RoomId, command: CreateGroup) -> Verdict:
    answer, state = (Answer.INVITED, "invited") if book.invites else (Answer.ADDED, "member")
    others, against = [each for each in dict.fromkeys(command.members) if each != user], quiet.against(book, user)
    answers = {each: Answer.REFUSED if each in against else answer for each in others}
    wanted = [each for each in others if each not in against]
    changes = {user: ("member", "owner"), **dict.fromkeys(wanted, (state, "member"))}
    return Accept(room_id, "create", changes, answers)


def open_direct(book: Book, user: str, room_id: RoomId, command: OpenDirect) -> Verdict:
    if command.user == user:
        return Refuse("forbidden")
    if room_id in book.rooms:
        return Again((room_id, 1))
    return Accept(room_id, "create", dict.fromkeys(sorted((user, command.user)), ("member", "member")))


def made(book: Book, room_id: RoomId, command: KeyedCommand) -> Room:
    """Return the room that is made by a command."""
    kind = command.kind if isinstance(command, CreateGroup) else RoomKind.DIRECT
    room = book.rooms[room_id] = Room(kind.value, settings=CREATE.get(kind, Settings()), server=book.server)
    return room
