"""The stream of all that was committed (protocol 13.17): a page at a time, and the reader sets the pace.

What a page tells has been applied. A position is the reader's to keep: whoever goes on from the one that they have
dealt with misses nothing and meets nothing twice, over every restart of either end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import trio
from attrs import Factory, define

from chatd.chain import SHORT_HASH_BYTES, short
from chatd.codes import RefusalCode
from chatd.frozen import frozen
from chatd.messages import Follow, Followed, Refused, StreamEvent
from chatd.model import Entry, RoomId, RoomKind
from chatd.rooms.effects import Refusal, refused
from chatd.rooms.erased import takes
from chatd.server.history import PAGE_BYTES_MAX
from chatd.server.loader import Loader, expect
from chatd.server.turns import REST_S
from chatd.server.watermark import Watermark
from chatd.storage.base import Store
from chatd.storage.following import Commits, GetCommits
from chatd.storage.queries import GetRoom, Query, RoomState
from chatd.storage.relays import GetEnd
from chatd.wire import codec

FOLLOWERS_MAX = 16
"""Pages under way at a time. A session waits for its own."""
SLICES_MAX = 8
"""Of entries that nobody asked for so many slices are gone through for one page; then it comes without events."""
EVENT_BYTES = 384
"""More than surrounds the body of an event."""
GATHER_S = 0.01
"""What comes right behind the first new entry comes in the same page: a hundred pages a second are enough."""
KINDS_MAX = 10_000
"""Rooms whose kind, which never changes, is kept in memory, some 100 bytes each."""
AFTER_MS = 1_000

_BUSY = Refusal(RefusalCode.BUSY, "too many follow", AFTER_MS)
_PLACE_BYTES = 8


@frozen
class _Place:
    """How far a reader has come: the place of an entry in the order of commits, and the beginning of its hash."""

    place: int = 0
    h8: bytes = bytes(SHORT_HASH_BYTES)


@define(eq=False, kw_only=True)
class Streams:
    store: Store
    loader: Loader
    applied: Watermark
    is_at_work: Callable[[], bool]
    """Whether somebody waits for commits."""
    _under_way: int = 0
    _kinds: dict[RoomId, RoomKind] = Factory(dict[RoomId, RoomKind])

    async def page(self, command: Follow) -> Followed | Refused:
        """Answer with what follows a position, after `wait_ms` at the latest. Raises StoreError.

        Cancelled, it has changed nothing.
        """
        if self._under_way >= FOLLOWERS_MAX:
            return refused(_BUSY)
        self._under_way += 1
        try:
            return await self._page(command)
        finally:
            self._under_way -= 1

    async def _page(self, command: Follow) -> Followed:
        if command.now:
            return Followed(status="ok", position=self._position(await self._end()))
        give_up_s = trio.current_time() + command.wait_ms / 1000
        at = self._parsed(command.after)
        if at is None or not await self._is_ours(at):
            return Followed(status="reset", position=self._position(_Place()))
        slices = 0
        while True:
            part, g = await self._slice(at, command.limit)
            slices += 1
            await self._learn_kinds(part.entries)
            if self._is_old(part, g):
                if slices >= SLICES_MAX:
                    return Followed(status="ok", position=self._position(at), more=True)
                continue
            events, at, whole = self._events(part, at, command)
            more = part.more or not whole
            if events or (more and slices >= SLICES_MAX):
                return Followed(status="ok", position=self._position(at), events=tuple(events), more=more)
            if more:
                # Who catches up takes the store from nobody.
                await trio.sleep(REST_S if self.is_at_work() else 0)
            elif not await self._is_more(g, give_up_s):
                return Followed(status="ok", position=self._position(at))

    async def _end(self) -> _Place:
        """Return the place of the last entry that has been applied, and is committed by now.

        Whoever goes on from there misses nothing that commits later: the store was read after this was asked, and its
        entries are numbered in the order of their commits.
        """
        [end] = await self.loader.read([GetEnd()])
        place = expect(end, int)
        return _Place() if place == 0 else _Place(place, short((await self._at(place)).entries[-1].hash))

    async def _at(self, place: int) -> Commits:
        """Return the entry at a place; another, or none, where the store does not reach so far."""
        [found] = await self.loader.read([GetCommits(after=place - 1, entries_max=1, bytes_max=1)])
        return expect(found, Commits)

    async def _is_more(self, g: int, give_up_s: float) -> bool:
        """Wait for a commit behind `g`; return False where there was none in time."""
        with trio.move_on_at(give_up_s) as scope:
            while self.applied.g <= g:
                await self.applied.moved()
            await trio.sleep(GATHER_S)
        return not scope.cancelled_caught

    async def _slice(self, at: _Place, limit: int) -> tuple[Commits, int]:
        query = GetCommits(after=at.place, entries_max=limit, bytes_max=PAGE_BYTES_MAX)
        g, [found] = await self.loader.read_as_of([query])
        return expect(found, Commits), g

    def _is_old(self, part: Commits, g: int) -> bool:
        """Return whether a slice, which was read as of the commit `g`, holds what has been erased since, or may."""
        after = self.loader.registry.erased.after
        erasures = {room: after(room, g) for room in dict.fromkeys(entry.room for entry in part.entries)}
        if None in erasures.values():
            return True
        return any(takes(each, entry) for entry in part.entries for each in erasures[entry.room] or ())

    def _events(self, part: Commits, at: _Place, command: Follow) -> tuple[list[StreamEvent], _Place, bool]:
        """Return what of a slice is told, how far that goes, and whether it is all of the slice."""
        first = part.place - len(part.entries) + 1
        left = PAGE_BYTES_MAX
        events: list[StreamEvent] = []
        for place, entry in enumerate(part.entries, first):
            reached, kind = _Place(place, short(entry.hash)), self._kinds[entry.room]
            if _is_wanted(command, kind, entry):
                left -= EVENT_BYTES + len(entry.body or b"")
                if left < 0 and events:
                    return events, at, False
                told = codec.entered(entry)
                events.append(StreamEvent(position=self._position(reached), room_kind=kind, entry=told))
            at = reached
        return events, at, True

    async def _learn_kinds(self, entries: Sequence[Entry]) -> None:
        """Learn the kinds of the rooms of `entries`. What has no record is a self room."""
        missing = list(dict.fromkeys([entry.room for entry in entries if entry.room not in self._kinds]))
        if not missing:
            return
        asked: list[Query] = [GetRoom(room) for room in missing]
        found = await self.loader.read(asked)
        if len(self._kinds) + len(missing) > KINDS_MAX:
            kept = {entry.room for entry in entries}
            self._kinds = {room: kind for room, kind in self._kinds.items() if room in kept}
        for room, state in zip(missing, found, strict=True):
            self._kinds[room] = state.record.kind if isinstance(state, RoomState) else RoomKind.SELF

    # -- positions -------------------------------------------------------------------------------------------------

    def _position(self, at: _Place) -> bytes:
        return self.store.epoch + at.place.to_bytes(_PLACE_BYTES, "big") + at.h8

    def _parsed(self, position: bytes | None) -> _Place | None:
        """Return the place of a position; None where it is of another epoch."""
        if position is None:
            return _Place()
        epoch, rest = position[: len(self.store.epoch)], position[len(self.store.epoch) :]
        place, h8 = int.from_bytes(rest[:_PLACE_BYTES], "big"), rest[_PLACE_BYTES:]
        return _Place(place, h8) if epoch == self.store.epoch and place < 1 << 63 else None

    async def _is_ours(self, at: _Place) -> bool:
        """Return whether the store still holds what `at` tells of: a file copied back by hand may not."""
        if at.place == 0:
            return at == _Place()
        part = await self._at(at.place)
        return part.place == at.place and short(part.entries[-1].hash) == at.h8


def _is_wanted(command: Follow, kind: RoomKind, entry: Entry) -> bool:
    if command.room_kinds and kind not in command.room_kinds:
        return False
    return not command.kinds or entry.kind in command.kinds
