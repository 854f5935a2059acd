"""A room's entries: on their way to the store, at their place for ever, and where their order ends."""

from __future__ import annotations

from attrs import evolve

from chatd.frozen import frozen
from chatd.model.kinds import EntryKind, Key, RoomId, SeqOf, UserId


@frozen
class NewEntry:
    """An entry on its way to the store, which gives it seq, g, final time, posts and hash."""

    room: RoomId
    kind: EntryKind
    sender: UserId
    key: Key
    time: int
    """Proposed. The store stores max(proposed, time of the room's last entry), so that invariant O8 holds."""
    salt: bytes
    """16 random bytes that come with the proposal: they make `body_hash` say nothing of the body once erased."""
    body: bytes
    """For a post its content, the exact bytes the user wrote; else the entry's facts, one msgpack map."""
    target: int | SeqOf | None = None
    """The seq in the same room that this entry acts on."""
    counts: bool = False
    """Whether it counts as unread."""
    ttl_ms: int | None = None
    """How long after its time the server deletes it; None: never."""


@frozen
class Entry:
    """One durable fact of a room, at its place for ever. Erasing nulls `salt` and `body`; the stub stays."""

    room: RoomId
    seq: int
    g: int
    """The store-wide number of the commit that holds it. Never sent to clients."""
    kind: EntryKind
    sender: UserId
    key: Key
    time: int
    target: int | None
    posts: int
    """How many entries of the room, up to and with this one, count as unread."""
    salt: bytes | None
    body: bytes | None
    body_hash: bytes
    hash: bytes
    """The chain hash at this seq: see `chatd.chain`."""
    expires: int | None = None
    """When the server deletes it. The chain does not cover this."""

    def stub(self) -> Entry:
        """Return what stays of this entry once it is erased: all but `salt` and `body`."""
        return evolve(self, salt=None, body=None)


@frozen
class Head:
    """Where a room's order ends. Seq 0 is a room that has no entry yet; its hash is `chain.origin(room)`."""

    seq: int
    time: int
    posts: int
    hash: bytes
