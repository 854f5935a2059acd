"""What a transaction will hold: each item judged by its key, every entry given its place. Pure, no SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard

from attrs import define, evolve, field

from chatd import chain
from chatd.frozen import frozen
from chatd.model import (
    Conversation,
    Entry,
    Head,
    HeadPlus,
    Item,
    Key,
    Membership,
    MentionsRecord,
    NewEntry,
    PollRecord,
    Record,
    RoomId,
    SeqOf,
    UserId,
)
from chatd.storage.base import Conflict, Duplicate, Outcome, Stored

KeyName = tuple[Key, UserId, RoomId]
"""What is unique: a key, its sender and the room."""


def key_name(entry: NewEntry) -> KeyName:
    return (entry.key, entry.sender, entry.room)


def entry_rooms(batch: Sequence[Item]) -> list[RoomId]:
    """Return the rooms that `batch` writes entries to, or where it must know where they end, each once, in order."""
    rooms = {entry.room: None for item in batch for entry in item.entries}
    ends = {record.room: None for item in batch for record in item.records if _asks_for_head(record)}
    return list(rooms | ends)


def _asks_for_head(record: Record) -> TypeGuard[Membership]:
    return isinstance(record, Membership) and HeadPlus in (type(record.floor), type(record.until))


@frozen
class Used:
    """The entry that a key was used for."""

    seq: int
    time: int
    salt: bytes | None
    """None once erased."""
    command_hash: bytes | None
    """None where the entry is not the first of its item: no command has this key."""


@define(eq=False)
class Draft:
    """A batch on its way into a transaction."""

    g: int
    heads: dict[RoomId, Head]
    """Of every room in `entry_rooms`; moves on as entries are added."""
    _used: dict[KeyName, Used] | None
    """The batch's keys that are taken. None is the optimist's draft: it judges nothing, and a clash shows when the
    rows are inserted."""
    rows: list[tuple[Any, ...]] = field(factory=list[tuple[Any, ...]])
    records: list[Record] = field(factory=list[Record])

    def add(self, item: Item) -> Outcome:
        """Judge `item` and, unless its key is taken, give its entries their places."""
        if item.entries and self._used is not None:
            name, *derived = map(key_name, item.entries)
            if name in self._used:
                return _verdict(item, self._used[name])
            if any(each in self._used for each in derived):
                return Conflict()
            outcome = self._store(item)
            self._used |= _uses(item, outcome.entries)
            return outcome
        return self._store(item)

    def _store(self, item: Item) -> Stored:
        seqs = self._seqs(item.entries)
        command_hash = _command_hash(item)
        entries: list[Entry] = []
        for new in item.entries:
            entries.append(self._place(new, seqs, command_hash))
            command_hash = None
        records = tuple([filled(record, seqs, self.heads) for record in item.records])
        self.records += records
        return Stored(tuple(entries), records)

    def _seqs(self, entries: Sequence[NewEntry]) -> list[int]:
        """Return the seq that each entry will get."""
        if len(entries) == 1:
            return [self.heads[entries[0].room].seq + 1]
        last: dict[RoomId, int] = {}
        seqs: list[int] = []
        for entry in entries:
            last[entry.room] = last.get(entry.room, self.heads[entry.room].seq) + 1
            seqs.append(last[entry.room])
        return seqs

    def _place(self, new: NewEntry, seqs: Sequence[int], command_hash: bytes | None) -> Entry:
        room, kind, sender, key = new.room, new.kind.value, new.sender, new.key
        head = self.heads[room]
        seq = head.seq + 1
        time = max(new.time, head.time)
        target = seqs[new.target.index] if isinstance(new.target, SeqOf) else new.target
        posts = head.posts + new.counts
        hashed_body = chain.body_hash(new.salt, new.body)
        hashed = chain.link(head.hash, (room, seq, kind, sender, key, time, target), hashed_body)
        expires = None if new.ttl_ms is None else time + new.ttl_ms
        self.heads[room] = Head(seq, time, posts, hashed)
        self.rows.append(
            (
                *(room, seq, self.g, kind, sender, key, command_hash, time, target, posts),
                *(new.salt, hashed_body, hashed, expires, new.body),
            )
        )
        return Entry(  # by place: each field passed by name costs 30 ns
            *(room, seq, self.g, new.kind, sender, key, time, target, posts),
            *(new.salt, new.body, hashed_body, hashed, expires),
        )


def filled(record: Record, seqs: Sequence[int], heads: Mapping[RoomId, Head]) -> Record:
    """Return `record` with the seqs in the place of every `SeqOf` and `HeadPlus`."""
    if isinstance(record, Membership):
        if isinstance(record.floor, SeqOf):
            record = evolve(record, floor=seqs[record.floor.index])
        if isinstance(record.until, SeqOf):
            record = evolve(record, until=seqs[record.until.index])
        if isinstance(record.floor, HeadPlus):
            record = evolve(record, floor=heads[record.room].seq + record.floor.more)
        if isinstance(record.until, HeadPlus):
            record = evolve(record, until=heads[record.room].seq + record.until.more)
    if isinstance(record, Conversation) and isinstance(record.draft, SeqOf):
        record = evolve(record, draft=seqs[record.draft.index])
    if isinstance(record, MentionsRecord | PollRecord) and isinstance(record.seq, SeqOf):
        record = evolve(record, seq=seqs[record.seq.index])
    return record


def _command_hash(item: Item) -> bytes | None:
    return chain.command_hash(item.entries[0].salt, item.digest) if item.entries else None


def _uses(item: Item, entries: Sequence[Entry]) -> dict[KeyName, Used]:
    command_hash = _command_hash(item)
    uses: dict[KeyName, Used] = {}
    for entry in entries:
        uses[entry.key, entry.sender, entry.room] = Used(entry.seq, entry.time, entry.salt, command_hash)
        command_hash = None
    return uses


def _verdict(item: Item, used: Used) -> Duplicate | Conflict:
    same = used.command_hash is not None and (
        used.salt is None or chain.command_hash(used.salt, item.digest) == used.command_hash
    )
    return Duplicate(item.entries[0].room, used.seq, used.time) if same else Conflict()
