"""The reference backend: dicts, and the contract in the plainest words. Tests hold every other backend against it.

Nothing here blocks and nothing needs trio, so a whole daemon runs over it under a simulated clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, assert_never

from attrs import define, evolve, field

from chatd import chain
from chatd.model import (
    Attributes,
    Conversation,
    Entry,
    Erasure,
    Expiry,
    Head,
    HeadPlus,
    HeldGone,
    HeldRecord,
    HiddenRecord,
    Item,
    LetterRecord,
    LettersChange,
    Membership,
    MentionsRecord,
    MessageRecord,
    NewEntry,
    PollRecord,
    PresenceRecord,
    Profile,
    ReactionRecord,
    ReadMark,
    Record,
    Relation,
    RelayRecord,
    ReportRecord,
    Resolution,
    RoomRecord,
    SeenRecord,
    SeqOf,
    ServerRecord,
    TokenRecord,
    UserRecord,
    VoteRecord,
)
from chatd.storage import queries as q
from chatd.storage.accounts_tables import ANSWERS as ACCOUNTS
from chatd.storage.base import Answers, Appended, Conflict, Duplicate, Outcome, Stored, StoreError
from chatd.storage.following_tables import ANSWERS as FOLLOWING
from chatd.storage.held_tables import ANSWERS as HELD, no_more_held
from chatd.storage.people_tables import ANSWERS as PEOPLE
from chatd.storage.personal_tables import ANSWERS as PERSONAL, mentioned, mentioned_no_more
from chatd.storage.places import place_of
from chatd.storage.polls_tables import ANSWERS as POLLS
from chatd.storage.posts_tables import ANSWERS as POSTS, forgotten, of_post
from chatd.storage.presences_tables import ANSWERS as PRESENCES, about_user
from chatd.storage.relays_tables import ANSWERS as RELAYS, changed
from chatd.storage.report_tables import ANSWERS as REPORTS, settled
from chatd.storage.servers import IN_MEMORY
from chatd.storage.tables import ANSWERS as PLAIN, Tables, Used

_MORE = RELAYS | PEOPLE | REPORTS | IN_MEMORY
ANSWERS = PLAIN | ACCOUNTS | FOLLOWING | HELD | PERSONAL | POLLS | POSTS | PRESENCES | _MORE


@define(eq=False)
class _Change:
    """One transaction: what it puts stands in the tables at once and can be taken back."""

    tables: Tables
    g: int
    _undo: list[tuple[dict[Any, Any], Any, Any]] = field(factory=list[tuple[dict[Any, Any], Any, Any]])

    def put(self, table: dict[Any, Any], key: Any, value: Any) -> None:
        self._undo.append((table, key, table.get(key)))
        table[key] = value

    def drop(self, table: dict[Any, Any], key: Any) -> None:
        self._undo.append((table, key, table.pop(key)))

    def take_back(self) -> None:
        for table, key, old in reversed(self._undo):
            if old is None:
                del table[key]
            else:
                table[key] = old

    def add(self, item: Item) -> Outcome:
        if not item.entries:
            return self._store(item, None)
        first = item.entries[0]
        used = self.tables.keys.get((first.key, first.sender, first.room))
        if used is None and any((each.key, each.sender, each.room) in self.tables.keys for each in item.entries):
            return Conflict()
        if used is None:
            return self._store(item, chain.command_hash(first.salt, item.digest))
        entry = self.tables.entries[first.room, used.seq]
        if used.command_hash is None:
            return Conflict()
        if entry.salt is None or chain.command_hash(entry.salt, item.digest) == used.command_hash:
            return Duplicate(entry.room, entry.seq, entry.time)
        return Conflict()

    def _store(self, item: Item, command_hash: bytes | None) -> Stored:
        seqs = self._seqs(item)
        entries: list[Entry] = []
        for new in item.entries:
            entries.append(self._entry(new, seqs))
            self._put_entry(entries[-1], command_hash)
            command_hash = None
        records = tuple(self._filled(record, seqs) for record in item.records)
        for record in records:
            self._put_record(record)
        return Stored(tuple(entries), records)

    def _filled(self, record: Record, seqs: Sequence[int]) -> Record:
        if isinstance(record, Conversation) and isinstance(record.draft, SeqOf):
            return evolve(record, draft=seqs[record.draft.index])
        if isinstance(record, MentionsRecord | PollRecord) and isinstance(record.seq, SeqOf):
            return evolve(record, seq=seqs[record.seq.index])
        if not isinstance(record, Membership):
            return record
        floor, until = record.floor, record.until
        head = self.tables.head(record.room).seq
        return evolve(
            record,
            floor=floor if isinstance(floor, int) else _place(floor, seqs, head),
            until=until if until is None or isinstance(until, int) else _place(until, seqs, head),
        )

    def _seqs(self, item: Item) -> list[int]:
        rooms = [entry.room for entry in item.entries]
        return [self.tables.head(room).seq + 1 + rooms[:at].count(room) for at, room in enumerate(rooms)]

    def _entry(self, new: NewEntry, seqs: Sequence[int]) -> Entry:
        head = self.tables.head(new.room)
        seq, time = head.seq + 1, max(new.time, head.time)
        target = seqs[new.target.index] if isinstance(new.target, SeqOf) else new.target
        body_hash = chain.body_hash(new.salt, new.body)
        header = (new.room, seq, new.kind.value, new.sender, new.key, time, target)
        return Entry(
            room=new.room,
            seq=seq,
            g=self.g,
            kind=new.kind,
            sender=new.sender,
            key=new.key,
            time=time,
            target=target,
            posts=head.posts + new.counts,
            salt=new.salt,
            body=new.body,
            body_hash=body_hash,
            hash=chain.link(head.hash, header, body_hash),
            expires=None if new.ttl_ms is None else time + new.ttl_ms,
        )

    def _put_entry(self, entry: Entry, command_hash: bytes | None) -> None:
        name = (entry.key, entry.sender, entry.room)
        if name in self.tables.keys:
            raise StoreError("a later entry of an item has a key that is taken")
        self.put(self.tables.keys, name, Used(entry.seq, command_hash))
        self.put(self.tables.entries, (entry.room, entry.seq), entry)
        self.put(self.tables.heads, entry.room, Head(entry.seq, entry.time, entry.posts, entry.hash))

    def _put_record(self, record: Record) -> None:
        match record:
            case RoomRecord():
                self.put(self.tables.rooms, record.room, record)
            case Membership():
                self.put(self.tables.memberships, (record.room, record.user), record)
            case MessageRecord() | ReactionRecord() | PollRecord() | VoteRecord():
                self.put(*of_post(self.tables, record))
            case MentionsRecord():
                self._put_mentions(record)
            case Erasure() | Expiry() | Resolution() | LettersChange() | HeldGone():
                pass  # come last: see `erase` and `change_letters`
            case ReadMark():
                self._put_mark(record)
            case UserRecord() | TokenRecord() | PresenceRecord() | SeenRecord():
                self.put(*about_user(self.tables, record))
            case ServerRecord():
                self.put(self.tables.server, 0, record)
            case ReportRecord():
                self.put(self.tables.reports, record.report, settled(self.tables.reports, record))
            case Conversation() | HiddenRecord() | RelayRecord() | LetterRecord():
                self.put(*place_of(self.tables, record), record)
            case Attributes() | Profile() | Relation() | HeldRecord():
                self.put(*place_of(self.tables, record), record)
            case _:
                assert_never(record)

    def _put_mentions(self, record: MentionsRecord) -> None:
        for name, edit in mentioned(self.tables, record):
            self.put(self.tables.mentions, name, edit)

    def _put_mark(self, mark: ReadMark) -> None:
        name = (mark.room, mark.user)
        self.put(self.tables.read, name, max(self.tables.read.get(name, 0), mark.seq))
        self.put(self.tables.told, name, max(self.tables.told.get(name, 0), mark.told))

    def erase(self, records: Sequence[Record]) -> None:
        """Erase what a batch erases, once all of it is put."""
        for erasure in records:
            for mention in mentioned_no_more(self.tables, erasure):
                self.put(self.tables.mentions, mention, None)
            if isinstance(erasure, Resolution) and (report := settled(self.tables.reports, erasure)):
                self.put(self.tables.reports, report.report, report)
            if isinstance(erasure, Erasure | Expiry):
                for place in self.tables.erased_by(erasure):
                    self.put(self.tables.entries, place, self.tables.entries[place].stub())
                for table, name, ended in forgotten(self.tables, erasure):
                    self.put(table, name, ended)
            for waited in no_more_held(self.tables, erasure):
                self.drop(self.tables.held, waited)

    def change_letters(self, records: Sequence[Record]) -> None:
        """Change the letters of endpoints, once all of a batch is put."""
        for change in records:
            if isinstance(change, LettersChange):
                for letter in changed(self.tables, change):
                    name = (letter.endpoint, letter.room, letter.seq)
                    if change.again:
                        self.put(self.tables.letters, name, evolve(letter, again=True))
                    else:
                        self.drop(self.tables.letters, name)

    def require_references(self, records: Sequence[Record]) -> None:
        """Raise StoreError where a membership names no room on record, or a token, as last put, no user."""
        for record in records:
            if isinstance(record, Membership) and record.room not in self.tables.rooms:
                raise StoreError("a membership in a room that has no record")
            if isinstance(record, TokenRecord) and self.tables.tokens[record.hash].user not in self.tables.users:
                raise StoreError("a token of a user who has no record")


def _place(stands_for: SeqOf | HeadPlus, seqs: Sequence[int], head: int) -> int:
    return seqs[stands_for.index] if isinstance(stands_for, SeqOf) else head + stands_for.more


@define(eq=False)
class MemoryStore:
    """A store that lasts as long as the process. Every promise but the one about crashes holds."""

    epoch: bytes
    g: int = 0
    _tables: Tables = field(factory=Tables)
    _usable: bool = True
    _held: bool = False

    def _require_usable(self) -> None:
        if not self._usable:
            raise StoreError("the store is closed, or a commit has failed")

    async def append(self, batch: Sequence[Item]) -> Appended:
        """Commit `batch` in one synchronous step; what fails is taken back whole, and then `reopen` is needed."""
        self._require_usable()
        change = _Change(self._tables, self.g + 1)
        try:
            outcomes = tuple([change.add(item) for item in batch])
            records = [each for outcome in outcomes if isinstance(outcome, Stored) for each in outcome.records]
            change.erase(records)
            change.change_letters(records)
            change.require_references(records)
        except BaseException:
            change.take_back()
            self._usable = False
            raise
        self.g = change.g
        return Appended(self.g, outcomes)

    async def read(self, queries: Sequence[q.Query], *, deadline_s: float = 5.0) -> Answers:
        """Answer all, for no time passes in here: `deadline_s` bounds what blocks."""
        self._require_usable()
        return Answers(self.g, tuple([ANSWERS[type(query)](self._tables, query) for query in queries]))

    async def reopen(self) -> None:
        self._usable, self._held = True, False

    def disk_free_bytes(self) -> int | None:
        return None

    async def checkpoint(self) -> None:
        self._require_usable()

    async def hold(self, log_bytes_max: int) -> None:
        """Note it alone: there is no file, and no log that could grow over `log_bytes_max`."""
        self._require_usable()
        self._held = True

    def release(self) -> bool:
        lasted, self._held = self._held, False
        return lasted

    async def aclose(self) -> None:
        self._usable = self._held = False
