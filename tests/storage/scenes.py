"""What the storage tests write and ask: small builders with plain defaults."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from hashlib import blake2b
from typing import Any

from attrs import evolve

from chatd import chain
from chatd.model import (
    Entry,
    EntryKind,
    Item,
    Membership,
    MemberState,
    NewEntry,
    Record,
    Role,
    RoomId,
    RoomKind,
    RoomRecord,
    TokenRecord,
    UserRecord,
)
from chatd.storage.base import Appended, Store, Stored
from chatd.storage.memory import MemoryStore
from chatd.storage.queries import GetEntries, Page, Query
from chatd.storage.sqlite import SqliteStore, enter

EPOCH = bytes(range(16))
ROOM = b"room-----------1"
OTHER = b"room-----------2"


def key(number: int) -> bytes:
    return number.to_bytes(16, "big")


def entry(number: int, room: RoomId = ROOM, **changes: Any) -> NewEntry:
    new = NewEntry(
        room=room,
        kind=EntryKind.POST,
        sender="ana",
        key=key(number),
        time=1000 + number,
        salt=blake2b(key(number), digest_size=16).digest(),
        body=b"text %d" % number,
        counts=True,
    )
    return evolve(new, **changes)


def item(*entries: NewEntry, records: Sequence[Record] = (), digest: bytes = b"one digest") -> Item:
    return Item(entries=entries, records=tuple(records), digest=digest)


def post(number: int, room: RoomId = ROOM, *, digest: bytes = b"one digest", **changes: Any) -> Item:
    return item(entry(number, room, **changes), digest=digest)


def large(number: int) -> Item:
    """Return a post that fills some pages."""
    return post(number, body=bytes(30_000))


def posts(count: int, room: RoomId = ROOM) -> list[Item]:
    return [post(number, room) for number in range(1, count + 1)]


def record(room: RoomId = ROOM, **changes: Any) -> RoomRecord:
    return evolve(RoomRecord(room=room, kind=RoomKind.GROUP, title="tea", members=1, owners=1), **changes)


def member(user: str, room: RoomId = ROOM, state: MemberState = MemberState.MEMBER, **changes: Any) -> Membership:
    plain = Membership(room=room, user=user, state=state, role=Role.MEMBER, floor=1, until=None)
    return evolve(plain, **changes)


def user(name: str) -> UserRecord:
    return UserRecord(user=name, created=7)


def token(first: int, name: str = "ana", **changes: Any) -> TokenRecord:
    plain = TokenRecord(hash=bytes([first]) * chain.HASH_BYTES, user=name, created=7, expires=None)
    return evolve(plain, **changes)


def records(*each: Record) -> list[Item]:
    return [Item(records=each)]


def stored(appended: Appended) -> list[Entry]:
    """Return the entries of an append that stored every item."""
    entries: list[Entry] = []
    for outcome in appended.outcomes:
        assert isinstance(outcome, Stored)
        entries += outcome.entries
    return entries


async def ask(store: Store, query: Query) -> Any:
    answers = await store.read([query])
    return answers.values[0]


async def page(store: Store, room: RoomId = ROOM, **bounds: Any) -> Page:
    query = GetEntries(room=room, first=1, last=1_000_000, entries_max=1000, bytes_max=10**9)
    answer = await ask(store, evolve(query, **bounds))
    assert isinstance(answer, Page)
    return answer


def open_elsewhere() -> set[str]:
    """Return the temporary files that SQLite has open in this process: they have no name and lie in no store."""
    found: set[str] = set()
    for descriptor in os.listdir("/proc/self/fd"):
        with suppress(FileNotFoundError):
            found.add(os.readlink(f"/proc/self/fd/{descriptor}"))
    return {path for path in found if "etilqs" in path}


async def erase(store: Store, room: RoomId, seq: int) -> None:
    """Null the body and salt of an entry, as an erasure will."""
    if isinstance(store, MemoryStore):
        entries = store._tables.entries
        entries[room, seq] = evolve(entries[room, seq], salt=None, body=None)
    else:
        await execute(store, "UPDATE entries SET salt = NULL, body = NULL WHERE room = ? AND seq = ?", room, seq)


async def execute(store: Store, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
    """Run one statement on the connection of a SqliteStore."""
    assert isinstance(store, SqliteStore)
    opened = store._current()
    run = partial(opened.writer._connection.execute, statement, parameters)
    return await store._bridge.run(partial(enter, opened.driver), lambda: run().fetchall())


async def traced(store: SqliteStore) -> list[str]:
    """Return a list that every statement of the connection will be added to."""
    statements: list[str] = []
    opened = store._current()
    trace = partial(opened.writer._connection.set_trace_callback, statements.append)
    await store._bridge.run(partial(enter, opened.driver), trace)
    return statements


async def scanned(store: SqliteStore, statement: str) -> list[str]:
    """Return the tables that SQLite would go through from end to end to answer `statement`."""
    tables = [name for (name,) in await execute(store, "SELECT name FROM sqlite_schema WHERE type = 'table'")]
    parameters: Any = dict.fromkeys(
        ("rooms", "senders", "keys", "user", "time", "room", "limit", "seq", "most", "after", "open", "report")
    )
    parameters["before"] = None
    if ":" not in statement:
        parameters = [None] * statement.count("?")
    opened = store._current()
    run = partial(opened.writer._connection.execute, "EXPLAIN QUERY PLAN " + statement, parameters)
    plan = await store._bridge.run(partial(enter, opened.driver), lambda: run().fetchall())
    aliases = (*tables, "heads", "last", "own", "back", "each")
    return [row[3] for row in plan if row[3].startswith("SCAN ") and row[3].split()[1] in aliases]
