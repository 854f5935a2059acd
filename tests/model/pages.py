"""What the model says of the commands that read: pages and subscribes, exact when nothing else happens meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chatd.chain import origin, self_id, short
from chatd.messages import (
    Contacts,
    ContactsPage,
    Entered,
    HeldPage,
    HeldPosts,
    History,
    HistoryPage,
    Members,
    MembersPage,
    Refused,
    Rooms,
    RoomsPage,
    Subscribe,
    Subscribed,
    Votes,
    VotesPage,
)
from chatd.model import RoomId
from chatd.wire import codec
from tests.model import quiet, said, talk, waiting
from tests.model.nouns import Room, Standing
from tests.model.rights import knows_members
from tests.model.verdicts import Accept

if TYPE_CHECKING:
    from tests.model.device import Ask
    from tests.model.record import Record

READS = (Subscribe, History, Members, Rooms, Votes, HeldPosts, Contacts)
PAGE = 5
LARGE_BYTES = 24 * 1024


def check(record: Record, ask: Ask, reply: Any) -> None:
    """Complain where a page shows what it may not, and, of an answer alone, where it is not the model's."""
    match ask.command, reply:
        case Subscribe(), Subscribed():
            _sync(record, ask, reply)
        case History(), HistoryPage():
            _history(record, ask, reply)
        case Members(), MembersPage():
            _members(record, ask, reply)
        case Rooms(), RoomsPage():
            _rooms(record, ask, reply)
        case Votes(), VotesPage():
            _votes(record, ask, reply)
        case HeldPosts(), HeldPage():
            waiting.check(record, ask, reply)
        case HeldPosts(), Refused():
            waiting.check_refusal(record, ask, reply.code)
        case Contacts(), ContactsPage():
            quiet.contacts(record, ask, reply)
        case ((History() | Members()), Refused()):
            _refusal(record, ask, reply)
        case Votes(), Refused():
            if ask.alone and reply.code != _may_not_ask_for_votes(record, ask):
                record.complain("votes refused", ask, reply)
        case _:
            record.complain("a page of another kind", ask, reply)


def _refusal(record: Record, ask: Ask, reply: Refused) -> None:
    standing = record.book.standing(ask.command.room, ask.user)
    right = "not_member" if isinstance(ask.command, Members) and standing else "unknown_room"
    wrong = standing is not None and (isinstance(ask.command, History) or standing.here)
    if ask.alone and (wrong or reply.code != right):
        record.complain("refused", ask, reply)


def _last(record: Record, room_id: RoomId, user: str) -> int:
    standing = record.book.standing(room_id, user)
    return record.book.rooms[room_id].seen(standing)[1] if standing else 0


def _sync(record: Record, ask: Ask, reply: Subscribed) -> None:
    cursors = list(zip(ask.command.rooms[::3], ask.command.rooms[1::3], ask.command.rooms[2::3], strict=True))
    if [sync.room for sync in reply.rooms] != [room for room, _, _ in cursors]:
        record.complain("a subscribe answered for other rooms", ask, reply)
    if not ask.alone:
        return
    for sync, (room_id, seq, h8) in zip(reply.rooms, cursors, strict=False):
        standing = record.book.standing(room_id, ask.user)
        if standing is None:
            if sync.status != "unknown_room":
                record.complain("A4 a room that is none of theirs", ask, sync)
            continue
        room = record.book.rooms[room_id]
        hashed = _hash_at(record, room_id, seq)
        if hashed is None or short(hashed) != h8:
            if sync.status != "reset":
                record.complain("a foreign cursor was taken", ask, sync)
            continue
        told = (
            sync.status,
            sync.title,
            sync.state,
            sync.role,
            sync.members,
            sync.read,
            sync.head,
            sync.pins,
            sync.ended,
        )
        last = _last(record, room_id, ask.user)
        is_told = standing.here or standing.state == "invited"
        title, members = (room.title, len(room.here())) if is_told else ("", 0)
        pins = tuple(room.pins) if standing.here else ()
        right = ("ok", title, standing.state, standing.role, members, standing.read, last, pins, room.ended)
        if told != right:
            record.complain("subscribed", ask.user, told, "right is", right)
        _range(record, ask, sync, seq, room, standing)


def _range(record: Record, ask: Ask, sync: Any, seq: int, room: Room, standing: Standing) -> None:
    last = room.seen(standing)[1]
    start = max(seq + 1, standing.floor)
    start = max(start, min(room.gone, last) + 1)
    if ask.command.latest is not None:
        start = max(start, last - ask.command.latest + 1)
    if sync.start != start or sync.more != (sync.end < last) or (sync.more and sync.end < sync.start):
        record.complain("another range than", start, last, sync)
    if sync.hash != _hash_at(record, sync.room, start - 1):
        record.complain("another hash before the range", sync)


def _hash_at(record: Record, room_id: RoomId, seq: int) -> bytes | None:
    entries = record.disk.truth.get(room_id, [])
    if seq > len(entries):
        return None
    return entries[seq - 1].hash if seq else origin(room_id)


def _history(record: Record, ask: Ask, page: HistoryPage) -> None:
    command, room = ask.command, record.book.rooms[ask.command.room]
    seqs = [entry.seq for entry in page.entries]
    if not all(room.could_see(ask.user, seq) for seq in seqs):
        record.complain("A1 a page shows what it may not", ask, page)
    if not all(_is_entry(record, ask, entry) for entry in page.entries):
        record.complain("O2 a page of other entries", ask, page)
    if seqs and page.hash != _hash_at(record, command.room, seqs[0] - 1):
        record.complain("another hash before the page", ask, page)
    standing = record.book.standing(command.room, ask.user)
    if not ask.alone or standing is None:
        return
    right_states = talk.states(room, seqs) if standing.here else []
    if talk.told(page.messages) != right_states:
        record.complain("what became of posts", ask, page.messages, "right is", right_states)
    last = _last(record, command.room, ask.user)
    first = room.seen(standing)[0]
    if command.limit == 1 and standing.here and command.around in room.pins and command.around <= room.expired:
        first = last = command.around  # a pinned post, alone
    seen = list(range(first, last + 1))
    right = _fitting(record, command, seqs, _page(command, seen, min(command.limit, PAGE)))
    before = right[0] > seen[0] if right else command.after is not None and bool(seen)
    after = right[-1] < seen[-1] if right else command.before is not None and bool(seen)
    if (seqs, page.floor, page.head, page.more_before, page.more_after) != (right, first, last, before, after):
        record.complain("history", ask, "gave", seqs, "right is", right, page)


def _is_entry(record: Record, ask: Ask, entry: Entered) -> bool:
    """Whether the store holds it so; where something else happened meanwhile, it may have been erased since."""
    before = codec.entered(record.disk.truth[entry.room][entry.seq - 1])
    now = record.disk.entered(entry.room, entry.seq)
    return entry == now or (entry == before and not ask.alone)


def _fitting(record: Record, command: History, seqs: list[int], right: list[int]) -> list[int]:
    """Return the page that is right; where the whole of it may be too large for a frame, the part that was given."""
    entries = record.disk.truth.get(command.room, [])
    if sum(len(entries[seq - 1].body or b"") for seq in right) < LARGE_BYTES:
        return right
    nearest = right[0] if command.after is not None else command.around or right[-1]
    part = [seq for seq in right if seqs and seqs[0] <= seq <= seqs[-1]]
    return part if nearest not in right or nearest in part else right


def _page(command: History, seen: list[int], limit: int) -> list[int]:
    if command.after is not None:
        return [seq for seq in seen if seq > command.after][:limit]
    if command.around is not None:
        if not seen:
            return []
        centre = min(max(command.around, seen[0]), seen[-1])
        below = [seq for seq in seen if seq <= centre][-((limit + 1) // 2) :]
        return below + [seq for seq in seen if seq > centre][: limit - (limit + 1) // 2]
    return [seq for seq in seen if command.before is None or seq < command.before][-limit:]


def _members(record: Record, ask: Ask, page: MembersPage) -> None:
    if not ask.alone:
        return
    if not any(isinstance(each, Accept) for each in record.book.judge(ask.user, ask.command)):
        record.complain("members shown to a stranger", ask, page)
        return
    room = record.book.rooms[ask.command.room]
    people, shows_all = room.people, knows_members(room, room.people[ask.user])
    there = [
        (user, people[user].state, people[user].role)
        for user in sorted(people)
        if people[user].state != "left" and user > (ask.command.after or "")
        if shows_all or people[user].role != "member"
    ]
    limit = min(ask.command.limit, 2)
    told = [(each.user, each.state, each.role) for each in page.members]
    if (told, page.more) != (there[:limit], len(there) > limit):
        record.complain("members", ask, page, "right is", there)


def _rooms(record: Record, ask: Ask, page: RoomsPage) -> None:
    """Every page is a part of the list without holes; the first one starts it."""
    if not ask.alone:
        return
    right = sorted(_rows(record, ask.user), reverse=True)
    told = [_told(record, each) for each in page.rooms]
    places = [each[1] for each in right]
    start = 0 if ask.command.next is None or not told else places.index(told[0][1])
    if told != right[start : start + len(told)] or page.more != (start + len(told) < len(right)):
        record.complain("rooms", ask, told, "right is", right)


def _rows(record: Record, user: str) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    for room_id, room in record.book.rooms.items():
        own = room.people.get(user)
        if own is None or room_id == self_id(user) or own.state not in ("member", "invited"):
            continue
        time = record.disk.truth[room_id][-1].time
        facts = (room.kind, room.title, own.state, own.role, len(room.here()), own.read)
        unread = room.there(max(own.read, own.floor - 1, room.expired)) if own.here else []
        called = [line for line in unread if said.calls(line, user)]
        reached = own.here and own.floor <= room.head
        rows.append((time, room_id, *facts, room.head if reached else 0, len(unread), len(called), reached))
    return rows


def _told(record: Record, row: Any) -> tuple[Any, ...]:
    facts = (row.kind, row.title, row.state, row.role, row.members, row.read)
    time = record.disk.truth[row.room][-1].time
    return (time, row.room, *facts, row.head, row.unread, row.mentions, row.last is not None)


# -- votes -------------------------------------------------------------------------------------------------------------


def _votes(record: Record, ask: Ask, page: VotesPage) -> None:
    if not ask.alone:
        return
    line = record.book.rooms[ask.command.room].lines[ask.command.seq - 1]
    votes = line.ballots.votes if line.ballots else {}
    right = [(user, votes[user]) for user in sorted(votes) if user > (ask.command.after or "")]
    told = [(each.user, each.options) for each in page.votes]
    limit = ask.command.limit
    if _may_not_ask_for_votes(record, ask) or (told, page.more) != (right[:limit], len(right) > limit):
        record.complain("votes", ask, page, "right is", right)


def _may_not_ask_for_votes(record: Record, ask: Ask) -> str | None:
    command = ask.command
    own = record.book.standing(command.room, ask.user)
    if own is None:
        return "unknown_room"
    room = record.book.rooms[command.room]
    if not own.here:
        return "not_member"
    if not knows_members(room, own):
        return "forbidden"
    first, last = room.seen(own)
    return None if first <= command.seq <= last else "bad_seq"
