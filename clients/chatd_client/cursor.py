"""How far a room is known, and whether an entry continues it."""

from __future__ import annotations

from attrs import frozen

from chatd import chain, messages
from chatd.model import RoomId
from chatd_client import events


@frozen
class Cursor:
    """How far a room is known: the last seq, and the full chain hash there."""

    room: RoomId
    seq: int
    hash: bytes


@frozen
class Told:
    """An event, and the cursor of its room once the app has consumed it."""

    event: events.Event
    cursor: Cursor | None = None


def entry_hash(before: bytes, message: messages.Entered) -> bytes | None:
    """Return the chain hash of an entry after the hash `before`; None where the entry does not continue it."""
    if message.body is not None and message.salt is not None:
        hashed = chain.body_hash(message.salt, message.body)
    elif message.body is None and message.body_hash is not None:
        hashed = message.body_hash
    else:
        return None
    header = (message.room, message.seq, message.kind, message.sender, message.key, message.time, message.target)
    full = chain.link(before, header, hashed)
    return full if chain.short(full) == message.h8 else None
