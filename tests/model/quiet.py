"""What must not show of who blocks somebody, and of who reads privately (protocol 14.5, 10.3; invariant A8).

All else that is blocked is judged, stored and told as if there were no block: the rest of the model knows of none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatd.chain import self_id
from chatd.messages import Block, ContactsPage, IsTyping, MarkRead, Receipts, Typing
from tests.model.verdicts import Accept, Refuse, Verdict

if TYPE_CHECKING:
    from tests.model.book import Book
    from tests.model.device import Ask, Device
    from tests.model.record import Record


def block(book: Book, user: str, command: Block) -> Verdict:
    if command.user == user:
        return Refuse("forbidden")
    is_so = (command.user in book.blocks.get(user, {})) is command.on
    return Refuse("unchanged") if is_so else Accept(self_id(user), "block")


def blocked(book: Book, user: str, command: Block) -> None:
    """A block is there, or is no more."""
    theirs = book.blocks.setdefault(user, {})
    if command.on:
        theirs[command.user] = book.step
    else:
        del theirs[command.user]


def against(book: Book, user: str) -> list[str]:
    """Return who has blocked a user."""
    return [other for other, theirs in book.blocks.items() if user in theirs]


def mark(book: Book, ask: Ask) -> None:
    """Note how far others may be told at most that somebody has read, once they have said so."""
    command, own = ask.command, book.standing(ask.command.room, ask.user)
    if not isinstance(command, MarkRead) or own is None:
        return
    if not command.private and not (ask.alone and _blocks_there(book, ask.user, command.room)):
        own.told = max(own.told, command.seq)


def _blocks_there(book: Book, user: str, room_id: bytes) -> bool:
    """Return whether it is a direct room, of which `user` has blocked the other one."""
    room = book.rooms.get(room_id)
    if room is None or room.kind != "direct":
        return False
    return any(other in book.blocks.get(user, {}) for other in room.people)


def hear(record: Record, device: Device, message: Any) -> None:
    """Complain of a signal that tells on who blocks, or on who reads privately."""
    match message:
        case IsTyping():
            since = record.book.blocks.get(message.user, {}).get(device.user, record.book.step)
            is_direct = record.book.rooms[message.room].kind == "direct"
            if is_direct and since < record.book.step and not device.valve.was_shut:
                record.complain("A8 who is blocked sees them typing", device.user, message)
        case Receipts():
            for user, seq in message.read.items():
                own = record.book.standing(message.room, user)
                if user != device.user and (own is None or seq > own.told):
                    record.complain("A8 or 10.3 who reads privately was seen", device.user, message, own)
        case _:
            pass


def note(record: Record, ask: Ask) -> None:
    """Count what was kept back."""
    if isinstance(ask.command, Typing | MarkRead) and _blocks_there(record.book, ask.user, ask.command.room):
        record.met[f"kept back: {type(ask.command).__name__}"] += 1


def contacts(record: Record, ask: Ask, page: ContactsPage) -> None:
    """Complain where the list of those whom a user has blocked is not the model's."""
    right = sorted(record.book.blocks.get(ask.user, {}))
    limit = min(ask.command.limit, 2)
    if ask.alone and (list(page.users), page.more) != (right[:limit], len(right) > limit):
        record.complain("blocks", ask, page, "right is", right)
