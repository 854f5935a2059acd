"""What the reference backend holds, and how it answers queries from it: by looking at everything."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from attrs import define, field

from chatd import chain
from chatd.frozen import frozen
from chatd.model import (
    Attributes,
    Conversation,
    Entry,
    EntryKind,
    Erasure,
    Expiry,
    Head,
    HeldRecord,
    HiddenRecord,
    Key,
    LetterRecord,
    Membership,
    MemberState,
    MessageRecord,
    PollRecord,
    PresenceRecord,
    Profile,
    ReactionRecord,
    Relation,
    RelayRecord,
    ReportId,
    ReportRecord,
    Role,
    RoomId,
    RoomRecord,
    SeqOf,
    ServerRecord,
    TokenRecord,
    UserId,
    UserRecord,
    VoteRecord,
)
from chatd.storage import queries as q
from chatd.storage.agreed import SLOW_ENTRIES_MAX
from chatd.storage.people_tables import People, Subject

ENTRY_BYTES = 256
"""What a page counts for an entry besides its body."""


def _table() -> dict[Any, Any]:
    return {}


def takes(erasure: Erasure | Expiry, room: RoomId, seq: int) -> bool:
    """Return whether the post at `seq`, if there is one, is among those that `erasure` takes."""
    if isinstance(erasure, Erasure):
        return (erasure.room, erasure.seq) == (room, seq)
    return erasure.room == room and erasure.first <= seq <= erasure.last and seq not in erasure.spared


@frozen
class Used:
    """What a key was used for."""

    seq: int
    command_hash: bytes | None
    """None where the entry is not the first of its item."""


@define(eq=False)
class Tables:
    """All that a store holds."""

    entries: dict[tuple[RoomId, int], Entry] = field(factory=_table)
    heads: dict[RoomId, Head] = field(factory=_table)
    keys: dict[tuple[Key, UserId, RoomId], Used] = field(factory=_table)
    rooms: dict[RoomId, RoomRecord] = field(factory=_table)
    memberships: dict[tuple[RoomId, UserId], Membership] = field(factory=_table)
    messages: dict[tuple[RoomId, int], MessageRecord] = field(factory=_table)
    reactions: dict[tuple[RoomId, int, str, UserId], ReactionRecord] = field(factory=_table)
    mentions: dict[tuple[RoomId, UserId, int | SeqOf], int | None] = field(factory=_table)
    """Which edit of a post mentions a user, or (an empty name) everybody; None: none does any more."""
    polls: dict[tuple[RoomId, int], PollRecord | None] = field(factory=_table)
    """None: the post was deleted."""
    votes: dict[tuple[RoomId, int, UserId], VoteRecord] = field(factory=_table)
    read: dict[tuple[RoomId, UserId], int] = field(factory=_table)
    told: dict[tuple[RoomId, UserId], int] = field(factory=_table)
    conversations: dict[tuple[RoomId, UserId], Conversation] = field(factory=_table)
    hidden: dict[tuple[RoomId, UserId, int], HiddenRecord] = field(factory=_table)
    presences: dict[UserId, PresenceRecord] = field(factory=_table)
    last_seen: dict[UserId, int] = field(factory=_table)
    users: dict[UserId, UserRecord] = field(factory=_table)
    tokens: dict[bytes, TokenRecord] = field(factory=_table)
    relays: dict[str, RelayRecord] = field(factory=_table)
    letters: dict[tuple[str, RoomId, int], LetterRecord] = field(factory=_table)
    held: dict[tuple[RoomId, int], HeldRecord] = field(factory=_table)
    server: dict[int, ServerRecord] = field(factory=_table)
    reports: dict[ReportId, ReportRecord] = field(factory=_table)
    profiles: dict[UserId, Profile] = field(factory=_table)
    people: dict[Subject, Attributes | Relation] = field(factory=_table)

    def head(self, room: RoomId) -> Head:
        return self.heads.get(room) or Head(0, 0, 0, chain.origin(room))

    def unread(self, room: RoomId, seq: int) -> int:
        """Return how many entries above `seq` count as unread: posts whose body is there."""
        above = [self.entries[room, each] for each in range(seq + 1, self.head(room).seq + 1)]
        before = self.entries[room, seq].posts if 0 < seq <= self.head(room).seq else 0
        counted = max(0, self.head(room).posts - before) if above else 0
        return counted - sum(entry.body is None and entry.kind is EntryKind.POST for entry in above)

    def edits(self, room: RoomId, seq: int) -> list[Entry]:
        """Return the edits of the post at `seq`, oldest first."""
        entries = [self.entries[room, each] for each in range(1, self.head(room).seq + 1)]
        return [entry for entry in entries if entry.target == seq and entry.kind is EntryKind.EDIT]

    def erased_by(self, erasure: Erasure | Expiry) -> list[tuple[RoomId, int]]:
        """Return the places of the entries whose bodies `erasure` takes."""
        if isinstance(erasure, Expiry):
            return self.expired_by(erasure)
        edits = self.edits(erasure.room, erasure.seq) if erasure.edited else []
        places = [(erasure.room, erasure.seq), *((edit.room, edit.seq) for edit in edits)]
        return [place for place in places if place in self.entries]

    def expired_by(self, expiry: Expiry) -> list[tuple[RoomId, int]]:
        """Return the places of the entries whose bodies `expiry` takes."""
        written = [self.entries[expiry.room, seq] for seq in range(1, self.head(expiry.room).seq + 1)]
        posts = [each.seq for each in written if each.kind is EntryKind.POST and takes(expiry, each.room, each.seq)]
        edits = [each for each in written if each.kind is EntryKind.EDIT and each.target not in expiry.spared]
        taken = range(expiry.first, expiry.last + 1)
        gone = [each.seq for each in edits if each.seq in taken or each.target in taken]
        return [(expiry.room, seq) for seq in (*posts, *gone)]

    def reactions_to(self, room: RoomId, seq: int) -> list[tuple[tuple[RoomId, int, str, UserId], ReactionRecord]]:
        """Return who reacts to a post with what, by emoji and user in the order of their bytes."""
        found = [(name, each) for name, each in self.reactions.items() if name[:2] == (room, seq) and each.on]
        return sorted(found, key=lambda named: (named[1].emoji.encode(), named[1].user.encode()))

    def votes_in(self, room: RoomId, seq: int) -> list[VoteRecord]:
        return [vote for vote in self.votes.values() if (vote.room, vote.seq) == (room, seq)]

    def posted(self, room: RoomId, user: UserId) -> int:
        """Return when `user` posted last, as far as slow mode may still hold it against them; else 0."""
        settings, head = self.rooms[room].settings, self.head(room)
        if not settings.slow_mode_s:
            return 0
        first = max(settings.slow_since, head.time - settings.slow_mode_s * 1000 + 1)
        seqs = range(max(1, head.seq - SLOW_ENTRIES_MAX + 1), head.seq + 1)
        posts = [entry for entry in (self.entries[room, seq] for seq in seqs) if entry.kind is EntryKind.POST]
        return max((post.time for post in posts if post.sender == user and post.time >= first), default=0)

    def hash_at(self, room: RoomId, seq: int) -> bytes | None:
        if seq == 0:
            return chain.origin(room)
        entry = self.entries.get((room, seq))
        return entry.hash if entry else None


def _room(tables: Tables, query: q.GetRoom) -> q.RoomState | None:
    record = tables.rooms.get(query.room)
    return q.RoomState(record, tables.head(query.room)) if record else None


def _head(tables: Tables, query: q.GetHead) -> Head:
    return tables.head(query.room)


def _membership(tables: Tables, query: q.GetMembership) -> q.MemberView | None:
    name = (query.room, query.user)
    membership = tables.memberships.get(name)
    if membership is None:
        return None
    told, kept = tables.told.get(name, 0), tables.conversations.get(name)
    own = People(tables.people).blocks_in(tables.rooms[query.room], query.user)
    return q.MemberView(membership, tables.read.get(name, 0), tables.posted(*name), told, kept, own)


def _key(tables: Tables, query: q.GetKey) -> q.KeyRow | None:
    used = tables.keys.get((query.key, query.sender, query.room))
    if used is None:
        return None
    entry = tables.entries[query.room, used.seq]
    return q.KeyRow(entry.room, entry.seq, entry.time, entry.salt, used.command_hash)


def _user(tables: Tables, query: q.GetUser) -> UserRecord | None:
    return tables.users.get(query.user)


def _found_token(tables: Tables, query: q.FindToken) -> TokenRecord | None:
    return next((tables.tokens[name] for name in sorted(tables.tokens) if name.startswith(query.prefix)), None)


def _tokens(tables: Tables, query: q.GetTokens) -> tuple[TokenRecord, ...]:
    return tuple([tables.tokens[name] for name in sorted(tables.tokens) if name > query.after][: query.limit])


def _hash(tables: Tables, query: q.GetHash) -> bytes | None:
    return tables.hash_at(query.room, query.seq)


def _unread(tables: Tables, query: q.GetUnread) -> int:
    return tables.unread(query.room, query.seq)


def _edits(tables: Tables, query: q.GetEdits) -> q.Page:
    edits = [edit for edit in tables.edits(query.room, query.seq) if query.after < edit.seq <= query.last]
    return q.Page(tuple(_bounded(edits, max(query.entries_max, 1), query.bytes_max)), None)


def _bounded(entries: Iterable[Entry], entries_max: int, bytes_max: int) -> list[Entry]:
    page: list[Entry] = []
    size = 0
    for entry in entries:
        size += ENTRY_BYTES + len(entry.body or b"")
        if page and (len(page) >= entries_max or size > bytes_max):
            break
        page.append(entry)
    return page


def _changes(tables: Tables, page: list[Entry]) -> tuple[q.Change, ...]:
    changes = [_change(tables, (entry.room, entry.seq)) for entry in page]
    return tuple([change for change in changes if change])


def _change(tables: Tables, name: tuple[RoomId, int]) -> q.Change | None:
    record, poll = tables.messages.get(name), tables.polls.get(name)
    if record is None and poll is None:
        return None
    record = record or MessageRecord(room=name[0], seq=name[1])
    edits = tables.edits(*name) if record.edits else []
    return q.Change(record, edits[-1] if edits else None, poll)


def _entries(tables: Tables, query: q.GetEntries) -> q.Page:
    seqs = range(max(query.first, 1), min(query.last, tables.head(query.room).seq) + 1)
    ordered = reversed(seqs) if query.newest else seqs
    page = _bounded([tables.entries[query.room, seq] for seq in ordered], query.entries_max, query.bytes_max)
    page.sort(key=lambda entry: entry.seq)
    before = tables.hash_at(query.room, page[0].seq - 1) if page else None
    return q.Page(tuple(page), before, _changes(tables, page) if query.changes else ())


def _members(tables: Tables, query: q.GetMembers) -> tuple[Membership, ...]:
    found = [
        membership
        for membership in tables.memberships.values()
        if membership.room == query.room
        and membership.state is not MemberState.LEFT
        and not (query.staff and membership.role is Role.MEMBER)
    ]
    found.sort(key=lambda membership: membership.user.encode())
    beyond = [membership for membership in found if membership.user.encode() > query.after.encode()]
    return tuple(beyond[: query.limit])


ANSWERS: dict[type[q.Query], Callable[[Tables, Any], object]] = {
    q.GetRoom: _room,
    q.GetHead: _head,
    q.GetMembership: _membership,
    q.GetKey: _key,
    q.GetUser: _user,
    q.FindToken: _found_token,
    q.GetTokens: _tokens,
    q.GetHash: _hash,
    q.GetUnread: _unread,
    q.GetEdits: _edits,
    q.GetEntries: _entries,
    q.GetMembers: _members,
}
"""Which function answers which query: one for each."""
