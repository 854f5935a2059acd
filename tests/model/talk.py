"""What the model says of what is done to posts, and what it leaves behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatd.messages import Act, Delete, Edit, MessageState, Pin, React
from tests.model.nouns import Line, Room, Standing

if TYPE_CHECKING:
    from collections.abc import Sequence

RANK = {"member": 0, "moderator": 1, "admin": 2, "owner": 3}
FIRST = 3


def refusal(room: Room, user: str, own: Standing, command: Act) -> str | None:
    """Return why a present member may not do it; None where they may."""
    line = room.lines[command.seq - 1] if command.seq <= room.head else None
    if line is None or line.kind != "post" or command.seq < own.floor:
        return "bad_seq"
    if isinstance(command, Edit) and line.sender != user:
        return "forbidden"
    if isinstance(command, Pin) and room.kind == "group" and RANK[own.role] < RANK["moderator"]:
        return "forbidden"
    if isinstance(command, Delete):
        return _may_not_delete(room, user, own, line) or ("unchanged" if line.deleted else None)
    if line.deleted:
        return "deleted"
    return "unchanged" if _is_so(room, user, line, command) else None


def _may_not_delete(room: Room, user: str, own: Standing, line: Line) -> str | None:
    if line.sender == user:
        return None
    author = room.people[line.sender]
    above = RANK[own.role] > RANK[author.role]
    return None if room.kind == "group" and RANK[own.role] >= RANK["moderator"] and above else "forbidden"


def _is_so(room: Room, user: str, line: Line, command: Act) -> bool:
    if isinstance(command, React):
        return ((command.emoji, user) in line.given) is command.on
    return isinstance(command, Pin) and (command.seq in room.pins) is command.on


def enter(room: Room, user: str, command: Act) -> None:
    """Do it to the post."""
    line = room.lines[command.seq - 1]
    match command:
        case Edit():
            line.edits += 1
        case Delete():
            line.deleted, line.given = True, []
            _take_off(room, command.seq)
        case React():
            if command.on:
                line.given.append((command.emoji, user))
            else:
                line.given.remove((command.emoji, user))
        case Pin():
            _take_off(room, command.seq)
            if command.on:
                room.pins.append(command.seq)


def _take_off(room: Room, seq: int) -> None:
    room.pins = [pinned for pinned in room.pins if pinned != seq]


def states(room: Room, seqs: Sequence[int]) -> list[tuple[int, int, bool, dict[str, int]]]:
    """Return what a page must tell of what became of the entries at `seqs`: (seq, edits, deleted, counts)."""
    lines = [(seq, room.lines[seq - 1]) for seq in seqs]
    found = [(seq, line.edits, line.deleted, _counts(line)) for seq, line in lines]
    return [each for each in found if any(each[1:])]


def told(messages: Sequence[MessageState]) -> list[tuple[int, int, bool, dict[str, int]]]:
    """Return what a page told, of those of which it had anything to tell."""
    found = [(each.seq, each.edits, each.deleted, dict(each.reactions)) for each in messages]
    return [each for each in found if any(each[1:])]


def _counts(line: Line) -> dict[str, int]:
    emojis = [emoji for emoji, _ in line.given]
    return {emoji: emojis.count(emoji) for emoji in emojis}
