"""What a user may see of a room, and how far a request for a page or for sync goes. Pure arithmetic over seqs.

Promise 3: a client holds a cursor, (epoch, seq, h8), and gets everything after it that it may see, or the name of
the gap. No range reaches beyond the applied head.
"""

from __future__ import annotations

from attrs import field

from chatd import features
from chatd.chain import origin
from chatd.codes import GapReason
from chatd.frozen import frozen
from chatd.limits import Limits
from chatd.messages import Gap, History, RoomSync
from chatd.model import PRESENT, HeadPlus, Membership, MemberState, RoomId, SeqOf
from chatd.rooms.commands.draft import peer
from chatd.rooms.room import Room
from chatd.rooms.slots import Slot


@frozen
class Range:
    """The seqs first..last; empty when last < first."""

    first: int
    last: int

    def __bool__(self) -> bool:
        return self.first <= self.last

    def clip(self, other: Range) -> Range:
        return Range(max(self.first, other.first), min(self.last, other.last))


def _settled(seq: int | SeqOf | HeadPlus) -> int:
    if not isinstance(seq, int):
        raise TypeError("a committed membership names its seqs")
    return seq


def visible(room: Room, member: Membership) -> Range:
    """Return what `member` may see of `room`, as of the last commit applied (invariant A1)."""
    return _granted(room, member).clip(Range(_expired(room) + 1, room.head.seq))


def _granted(room: Room, member: Membership) -> Range:
    """Return what the membership lets see, whether it is there still or has expired."""
    until = room.head.seq if member.until is None else min(_settled(member.until), room.head.seq)
    return Range(_settled(member.floor), until)


def _expired(room: Room) -> int:
    """Return the last seq that is given to nobody any more."""
    if room.record is None:
        return 0
    return min(room.record.expired, room.head.seq)


def spares(room: Room, member: Membership, seq: int | None) -> bool:
    """Return whether `seq` is a post that a present member may still be given, because it is pinned, although others
    around it have expired."""
    record = room.record
    if record is None or seq is None or member.state not in PRESENT:
        return False
    return seq in record.pins and _settled(member.floor) <= seq <= record.expired


def until(member: Membership | None) -> int:
    """Return the last seq that a user who is not present may see; 0 for who never was."""
    return 0 if member is None or member.until is None else _settled(member.until)


@frozen
class Window:
    """The two parts of a history page: the entries up to a seq, newest first kept, and those after it."""

    before: Range
    after: Range


def window(command: History, seen: Range, limit: int) -> Window:
    """Return which entries of `seen` a page of at most `limit` entries takes."""
    nothing = Range(1, 0)
    if command.after is not None:
        first = max(command.after + 1, seen.first)
        return Window(nothing, Range(first, first + limit - 1).clip(seen))
    if command.around is not None:
        centre = min(max(command.around, seen.first), max(seen.last, seen.first))
        below = (limit + 1) // 2
        return Window(
            Range(centre - below + 1, centre).clip(seen), Range(centre + 1, centre + limit - below).clip(seen)
        )
    last = seen.last if command.before is None else min(command.before - 1, seen.last)
    return Window(Range(last - limit + 1, last).clip(seen), nothing)


@frozen
class Cursor:
    """How far a client has a room: everything up to seq, whose chain hash begins with h8."""

    room: RoomId
    seq: int
    h8: bytes


def cursors(rooms: tuple[bytes | int, ...]) -> list[Cursor]:
    """Return the cursors of a subscribe from its flat list, checked already; of a room named twice the last."""
    triples = zip(rooms[::3], rooms[1::3], rooms[2::3], strict=True)
    found: dict[RoomId, Cursor] = {}
    for room, seq, h8 in triples:
        if isinstance(room, bytes) and isinstance(seq, int) and isinstance(h8, bytes):
            found[room] = Cursor(room, seq, h8)
    return list(found.values())


@frozen(kw_only=True)
class Plan:
    """How one room of a subscribe will be answered, as things stand now."""

    cursor: Cursor
    known: bool
    """Whether the user has any standing in the room."""
    reset: bool = False
    """The cursor lies beyond the head: it belongs to a store that is no more."""
    gaps: tuple[tuple[Range, GapReason], ...] = ()
    wanted: Range = field(default=Range(1, 0))
    """The entries to send."""


def plan(room: Room | None, slot: Slot | None, cursor: Cursor, latest: int | None) -> Plan:
    """Return what follows `cursor`, with the ranges that will not be given named as gaps."""
    if room is None or slot is None or room.record is None:
        return Plan(cursor=cursor, known=False)
    if cursor.seq > room.head.seq:
        return Plan(cursor=cursor, known=True, reset=True)
    seen = _granted(room, slot.membership)
    gaps: list[tuple[Range, GapReason]] = []
    start = cursor.seq + 1
    if start < seen.first:  # who has just come may see nothing yet: then this is all there is
        gaps.append((Range(start, seen.first - 1), GapReason.NOT_VISIBLE))
        start = seen.first
    if gone := Range(start, min(_expired(room), seen.last)):
        gaps.append((gone, GapReason.EXPIRED))
        start = gone.last + 1
    wanted = Range(start, seen.last)
    if latest is not None and seen.last - latest + 1 > start:
        gaps.append((Range(start, seen.last - latest), GapReason.SKIPPED))
        wanted = Range(seen.last - latest + 1, seen.last)
    return Plan(cursor=cursor, known=True, gaps=tuple(gaps), wanted=wanted)


def known_hash(room: Room, seq: int) -> bytes | None:
    """Return the chain hash at `seq` if it is in memory, else None."""
    if seq == 0:
        return origin(room.id)
    if seq == room.head.seq:
        return room.head.hash
    start = room.head.seq - len(room.tail)
    if seq == start:
        return room.before
    return room.tail[seq - start - 1].hash if start < seq < room.head.seq else None


def tail_from(room: Room, first: int, bytes_max: int) -> list[bytes] | None:
    """Return frames of the tail from seq `first` on, as many as fit; None when the tail does not reach so far back."""
    skip = first - (room.head.seq - len(room.tail)) - 1
    if skip < 0:
        return None
    frames: list[bytes] = []
    for index in range(skip, len(room.tail)):
        bytes_max -= len(room.tail[index].frame)
        if bytes_max < 0:
            break
        frames.append(room.tail[index].frame)
    return frames


def gap(room: RoomId, hidden: Range, reason: GapReason, hashed: bytes | None) -> Gap:
    """Return the event that names `hidden`; `hashed` is the chain hash at its end, from which a client goes on."""
    return Gap(room=room, start=hidden.first, end=hidden.last, reason=reason.value, hash=hashed)


def why_hidden(member: Membership, hidden: Range) -> GapReason:
    """Return why who has just come in is not sent `hidden`, which ends at the head of before: where they may read it,
    it is only left out."""
    return GapReason.NOT_VISIBLE if _settled(member.floor) > hidden.first else GapReason.SKIPPED


def unknown(room: RoomId) -> RoomSync:
    """Return the answer for a room that does not exist, or that the user has no part in: the same (invariant A4)."""
    return RoomSync(room=room, status="unknown_room")


def synced(
    room: Room, slot: Slot, *, limits: Limits, status: str, sent: Range, before: bytes | None, attached: bool
) -> RoomSync:
    """Return the answer for a room that the user has a part in; the entries `sent` follow it.

    Who has left, or only asks to be let in, is not told what the room is called now, nor how many are in it (A2).
    """
    record, member = room.record, slot.membership
    if record is None:
        raise TypeError("a room that is not committed cannot be synced")
    seen = visible(room, member)
    present = member.state in PRESENT
    outside = not present and member.state is not MemberState.INVITED
    return RoomSync(
        room=room.id,
        status=status,
        kind=record.kind,
        title="" if outside else record.title,
        peer=peer(record, member.user),
        state=None if slot.passing else member.state,
        role=None if slot.passing else member.role,
        members=0 if outside else record.members,
        read=slot.read,
        start=sent.first,
        end=sent.last,
        head=max(seen.last, 0),
        hash=before,
        attached=attached,
        more=status == "ok" and not attached and sent.last < seen.last,
        pins=record.pins if present else (),
        off=() if outside else features.words(features.off(record, limits)),
        watchers=room.live.count if room.live and present else 0,
        ended=record.ended.value if record.ended else None,
    )
