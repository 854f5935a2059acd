"""Stores that hold much already, filled by chatd's own store: many rooms, or one room that is deep.

Names, keys, salts and times follow from the sizes alone, so equal sizes give equal entries.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import trio
from attrs import define

from benchmarks.peers.chatd_speech import Cursor
from benchmarks.peers.speech import Seat
from benchmarks.processes import tell
from chatd import facts
from chatd.chain import SALT_BYTES, group_id, short
from chatd.model import (
    EntryKind,
    Head,
    Item,
    Key,
    Membership,
    MemberState,
    NewEntry,
    Role,
    RoomKind,
    RoomRecord,
    UserId,
    UserRecord,
)
from chatd.storage import open_store
from chatd.storage.base import Store, Stored
from chatd.storage.queries import GetHead
from chatd.wire import content as contents

EPOCH = b"benchmarks.growth"[:16]
DEEP_MEMBERS = 5
"""Of the room that is deep. In turn they wrote what stands in it."""
BYTES_PER_ENTRY = 480
"""Of disk, with the indexes, and some to spare: 10^6 entries took 400 MB."""
COPIED_ENTRIES_MAX = 1_000_000
"""A store of so many is lent as a copy. A larger one is lent itself: what is added to it hardly counts."""
_SPARE_BYTES = 1024**3
_BATCH_ITEMS = 5_000
_READ_BYTES = 1024**2
_TOLD_EVERY = 1_000_000
_TEXT = contents.text("x" * 100)
_DIGEST = bytes(32)
_BEGAN_MS = 1_700_000_000_000
_STEP_MS = 10


class NoSpace(RuntimeError):
    """The disk cannot hold a store. `str()` says how much is missing, and where."""


def _users(members: int, room: int = 0) -> list[UserId]:
    return [Seat(room, member).user for member in range(members)]


def _key(number: int) -> Key:
    """Return a key that rises with time, as clients make them."""
    return (_BEGAN_MS + number * _STEP_MS).to_bytes(6, "big") + number.to_bytes(10, "big")


def _entry(number: int, room: bytes, kind: EntryKind, sender: UserId, body: bytes) -> NewEntry:
    return NewEntry(
        room=room,
        kind=kind,
        sender=sender,
        key=_key(number),
        time=_BEGAN_MS + number * _STEP_MS,
        salt=number.to_bytes(SALT_BYTES, "big"),
        body=body,
        counts=kind is EntryKind.POST,
    )


def room_item(number: int, users: Sequence[UserId]) -> Item:
    """Return what creates group `number` with these members. The first is its owner."""
    room = group_id(users[0], _key(number))
    changes = [
        facts.Change(user, MemberState.MEMBER, Role.MEMBER if index else Role.OWNER) for index, user in enumerate(users)
    ]
    body = facts.created(RoomKind.GROUP, f"room {number}", changes)
    return Item(
        entries=(_entry(number, room, EntryKind.CREATE, users[0], body),),
        records=(
            RoomRecord(room=room, kind=RoomKind.GROUP, title=f"room {number}", members=len(users), owners=1),
            *(
                Membership(room=room, user=each.user, state=each.state, role=each.role, floor=1, until=None)
                for each in changes
            ),
            *(UserRecord(user=user, created=_BEGAN_MS) for user in users),
        ),
        digest=_DIGEST,
    )


DEEP_ROOM = group_id(_users(1)[0], _key(0))


def _deep_items(first: int, last: int) -> Iterator[Item]:
    """Return what writes the entries first..last of the deep room; the first of all creates it."""
    users = _users(DEEP_MEMBERS)
    for seq in range(first, last + 1):
        if seq == 1:
            yield room_item(0, users)
        else:
            entry = _entry(seq, DEEP_ROOM, EntryKind.POST, users[seq % DEEP_MEMBERS], _TEXT)
            yield Item(entries=(entry,), digest=_DIGEST)


async def _append(store: Store, items: Iterator[Item]) -> list[Cursor]:
    """Append everything. Returns where each room's order ends then."""
    ends: dict[bytes, Cursor] = {}
    stored = 0
    while batch := list(islice(items, _BATCH_ITEMS)):
        outcomes = (await store.append(batch)).outcomes
        for entry in (entry for each in outcomes if isinstance(each, Stored) for entry in each.entries):
            ends[entry.room] = Cursor(entry.room, entry.seq, short(entry.hash))
        await store.checkpoint()
        stored += len(batch)
        if stored % _TOLD_EVERY < _BATCH_ITEMS <= stored:
            tell(f"{stored:,} entries stored")
    return list(ends.values())


def make_rooms(data: Path, rooms: Sequence[Sequence[UserId]]) -> list[Cursor]:
    """Make a store with a group of each of these users. Returns the cursors of who has seen all, in that order.

    Raises StoreError if the store cannot be made.
    """

    async def make() -> list[Cursor]:
        async with open_store(data, new_epoch=EPOCH) as store:
            return await _append(store, (room_item(number, users) for number, users in enumerate(rooms)))

    return trio.run(make)


def deepen(data: Path, entries: int) -> None:
    """Let the deep room of a store have at least so many entries; the store is made if there is none.

    Raises StoreError as `make_rooms`.
    """

    async def grow() -> None:
        async with open_store(data, new_epoch=EPOCH) as store:
            [head] = (await store.read([GetHead(DEEP_ROOM)])).values
            seq = head.seq if isinstance(head, Head) else 0
            await _append(store, _deep_items(seq + 1, entries))

    trio.run(grow)


@define(eq=False)
class Shelf:
    """Stores with one deep room, by its depth: each is made from the next smaller one when it is first asked for."""

    directory: Path
    copied_max: int = COPIED_ENTRIES_MAX

    @contextmanager
    def lend(self, entries: int) -> Generator[Path, None, None]:
        """Hand out a directory with a store of so many entries in `data`. What is written to a small one is forgotten.

        Raises NoSpace, StoreError or OSError.
        """
        made = self._made(entries)
        if entries > self.copied_max:
            yield made
            return
        with TemporaryDirectory(dir=self.directory, prefix="lent-") as lent:
            self._copy(made, Path(lent), entries)
            yield Path(lent)

    def _made(self, entries: int) -> Path:
        place = self.directory / str(entries)
        if place.exists():
            return place
        require_space(self.directory, entries)
        with TemporaryDirectory(dir=self.directory, prefix="made-") as unfinished:
            smaller = self._smaller(entries)
            if smaller is not None:
                self._copy(smaller, Path(unfinished), entries)
            tell(f"filling a store with {entries:,} entries")
            deepen(Path(unfinished, "data"), entries)
            _settle()
            Path(unfinished).rename(place)
            # What the context manager removes in the end.
            Path(unfinished).mkdir()
        return place

    def _smaller(self, entries: int) -> Path | None:
        sizes = [int(path.name) for path in self.directory.iterdir() if path.name.isdigit()]
        smaller = [size for size in sizes if size < entries and size <= self.copied_max]
        return self.directory / str(max(smaller)) if smaller else None

    def _copy(self, source: Path, target: Path, entries: int) -> None:
        require_space(self.directory, entries)
        shutil.copytree(source / "data", target / "data")
        _settle()


def _settle() -> None:
    """Let the disk finish what it was given: else it would write while something is measured."""
    os.sync()


def forget_cached(data: Path) -> None:
    """Ask the system to drop what it has cached of a store that nobody has open."""
    for path in _files(data):
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def read_through(data: Path) -> None:
    """Read a store that nobody has open from end to end, so that the system has it in its cache if it fits."""
    for path in _files(data):
        with path.open("rb") as file:
            while file.read(_READ_BYTES):
                pass


def _files(data: Path) -> list[Path]:
    return [path for path in data.iterdir() if path.is_file()]


def require_space(directory: Path, entries: int) -> None:
    """Raise NoSpace if a store of so many entries would leave less than a GiB free."""
    needed = entries * BYTES_PER_ENTRY + _SPARE_BYTES
    free = shutil.disk_usage(directory).free
    if free < needed:
        said = f"{needed / 1024**3:.1f} GiB are needed, {free / 1024**3:.1f} GiB are free"
        raise NoSpace(f"{directory}: a store of {entries:,} entries: {said}")
