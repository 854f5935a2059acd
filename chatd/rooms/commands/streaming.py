"""The room of a stream keeps its newest entries alone, and ends with the stream."""

from __future__ import annotations

from attrs import evolve

from chatd import facts
from chatd.codes import RefusalCode
from chatd.limits import SEQ_MAX, Limits
from chatd.messages import Ban, Delete, End, KeyedCommand, Leave, RemoveMember, Restrict, RevokeInvite, SetRole, Unban
from chatd.model import EntryKind, Expiry, HeldGone, Membership, Record, RoomKind, RoomRecord
from chatd.rights import Archive, Permission, Settings
from chatd.rooms.commands.draft import Decision, Draft, Proposal, entry
from chatd.rooms.effects import Refusal
from chatd.rooms.refusals import UNCHANGED
from chatd.rooms.room import Room

EXPIRED_AT_LEAST = 128
"""So many expire at once: then not every post has something to erase."""
EXPIRED_AT_MOST = 512
"""Where a room is to keep less than it did, the rest goes with the posts that follow."""

GOES_ON = (Delete, Leave, RemoveMember, SetRole, Restrict, Ban, Unban, RevokeInvite, End)
"""What is decided in a room whose stream is over as before."""


def is_over(record: RoomRecord, command: KeyedCommand) -> bool:
    """Return whether `command` comes too late for a room whose stream has ended."""
    return record.ended is not None and not isinstance(command, GOES_ON)


def end(room: Room, record: RoomRecord, own: Membership, command: End, proposal: Proposal) -> Decision:
    """End the stream of a room: nobody writes in it any more, and it is kept as the command says.

    What is kept for nobody is given to nobody from this commit on, and erased by what follows (`rooms/retaining.py`),
    but for posts that were spared, few, which it erases itself. So it does, in any case, with what waits for review:
    nobody posts here any more.
    """
    if record.kind is not RoomKind.LIVE:
        return Refusal(RefusalCode.WRONG_KIND, "only the room of a stream ends")
    if refusal := proposal.policy.may(record, own, Permission.SETTINGS, proposal.now):
        return refusal
    if record.ended is not None:
        return UNCHANGED
    over = evolve(record, ended=command.archive, held=0)
    after: list[Record] = [over]
    if command.archive is Archive.NONE:
        after = [
            evolve(over, pins=(), expired=SEQ_MAX, erasing=record.expired),
            *[Expiry(room=room.id, first=seq, last=seq) for seq in record.pins if seq <= record.expired],
        ]
    if record.held:
        after.append(HeldGone(room=room.id, number=None))
    body = facts.ended(command.archive)
    return Draft(entries=(entry(proposal, room.id, EntryKind.END, body),), records=tuple(after))


def kept(settings: Settings, limits: Limits) -> int:
    """Return how many of its newest entries a live room keeps."""
    return min(settings.keep or limits.live_entries_max, limits.live_entries_max)


def expiring(room: Room, record: RoomRecord, limits: Limits) -> tuple[Record, ...]:
    """Return the records by which a live room lets its oldest entries expire, when there are enough of them.

    They go with a post, so whoever judges it again finds the same. Pinned posts are spared. In between a room holds
    up to `EXPIRED_AT_LEAST`, or a quarter, more than it keeps.
    """
    keep = kept(record.settings, limits)
    last = min(room.head.seq - keep, record.expired + EXPIRED_AT_MOST)
    return let_go(record, last) if last - record.expired >= min(EXPIRED_AT_LEAST, keep // 4) else ()


def let_go(record: RoomRecord, last: int) -> tuple[Record, ...]:
    """Return the records by which a live room lets its entries up to `last` expire, pinned posts excepted."""
    spared = tuple([seq for seq in record.pins if seq <= last])
    expiry = Expiry(room=record.room, first=record.expired + 1, last=last, spared=spared)
    return (evolve(record, expired=last), expiry)
