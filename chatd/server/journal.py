"""The keeper of order: group commit of everything that waits, one transaction and one fsync a batch.

The order of `submit_nowait` calls is the order of entries. While a batch commits and is delivered, the next one grows:
a larger batch is fewer writes to everybody who hears of it. Credit bounds all of it, in entries and in bytes, and no
session has more than its share of it, so a flood of one makes no batch long that others wait for (invariant L2).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Sequence, Set

import trio
from attrs import Factory, define, field

from chatd.frozen import frozen
from chatd.model import Item
from chatd.rooms.effects import InFlight, Limit
from chatd.rooms.registry import Registry
from chatd.server.config import JournalConfig
from chatd.storage.base import Appended, Store, StoreError

MARKS_A_BATCH = 512
MARKS_S_MAX = 1.0
"""A read mark waits at most this long for a batch to travel with."""
SHARE_OF_LAST = 3
"""One session may have so large a part of a batch as large as the last one: a third."""
SHARE_ENTRIES_MAX = 64
"""And no more than this: else several that flood together would make each other's shares grow."""
QUEUED_BATCHES = 2
"""What all sessions have waiting in the end where each has all it may: some 0.2 s. The rest waits unread in their
sockets. With more, credit would run out and commands be refused, which costs half of what carrying them out does."""
PACE_S = 0.001
"""Who fills most of a batch and has more leaves the disk to others for so long: else whoever writes always finds a
commit under way, and waits for two instead of one."""
PACE_BESIDE_OTHERS_S = 0.005
"""And for so long where others write: the flood has 1,100 entries a second then, and others a disk that is mostly free.
With 1 ms it had 2,700, and others' p99 was about twice what it is alone, on a machine of two cores."""
AT_WORK_S = 0.1
"""So long after a commit others are at work: who talks now and then is heard as fast as who is alone."""
GROW_TURNS_MAX = 8
"""So many turns of the scheduler a batch waits for at most, while each brings more."""


@frozen
class Batch:
    """A committed transaction: what the store made of each item, and whose it was."""

    appended: Appended
    flights: Sequence[InFlight]


@define(eq=False)
class _Share:
    """The credit that one session has taken."""

    entries: int = 0
    bytes: int = 0


@define(eq=False, kw_only=True)
class Journal:
    """`failed` is awaited when a commit failed: its batch is UNKNOWN. It adds what it gives up, and returns to go on,
    or raises to end."""

    store: Store
    registry: Registry
    config: JournalConfig
    committed: trio.MemorySendChannel[Batch]
    failed: Callable[[StoreError, list[InFlight]], Awaitable[None]]
    batches: int = 0
    """How many transactions were committed."""
    _worked_s: float = -AT_WORK_S
    """When an item of a session was last committed, on trio's clock."""
    _shared_s: float = -AT_WORK_S
    """When one was last committed with another session's, or in the batch after."""
    _last_sessions: Set[int] = frozenset()
    """Whose items were last committed."""
    g: int = 0
    """The last commit handed to delivery."""
    full: bool = False
    """Whether the disk is: then read marks wait."""
    _waiting: deque[InFlight] = Factory(deque[InFlight])
    stopping: bool = False
    """Whether `run` ends once everything submitted is committed and handed on."""
    _shut: bool = False
    """Whether no credit is given, because a failed commit is being looked into."""
    _wake: trio.Event = Factory(trio.Event)
    _released: trio.Event = Factory(trio.Event)
    _entries_left: int = field(init=False)
    _bytes_left: int = field(init=False)
    _shares: dict[int, _Share] = Factory(dict[int, _Share])
    """Of the sessions that have taken any."""
    _last_entries: int = 0
    """What the last batch was given credit for."""
    _delivering: bool = False
    """Whether a batch was handed to delivery and is not delivered yet."""

    def __attrs_post_init__(self) -> None:
        self._entries_left, self._bytes_left = self.config.entries_max, self.config.bytes_max

    # -- credit ----------------------------------------------------------------------------------------------------

    def credit_nowait(self, limit: Limit, session: int) -> bool:
        """Take room for a command of `session` in the journal. Return False, and take nothing, when there is none."""
        return self._is_within_share(limit, session) and self._take_credit(limit, session)

    def _take_credit(self, limit: Limit, session: int) -> bool:
        if self._shut or self._entries_left < limit.entries or self._bytes_left < limit.bytes:
            return False
        self._entries_left -= limit.entries
        self._bytes_left -= limit.bytes
        share = self._shares.get(session)
        if share is None:
            share = self._shares[session] = _Share()
        share.entries += limit.entries
        share.bytes += limit.bytes
        return True

    async def credit(self, limit: Limit, session: int) -> bool:
        """Take room for a command. Cancelled, it took nothing.

        Waits for the session's own commands as long as they take, and then for others' at most `busy_wait_ms_max`.
        """
        if not self._is_within_share(limit, session):
            await self._wait_for_share(limit, session)
        if self._take_credit(limit, session):
            return True
        with trio.move_on_after(self.config.busy_wait_ms_max / 1000):
            while not self._take_credit(limit, session):
                await self._released.wait()
            return True
        return False

    async def _wait_for_share(self, limit: Limit, session: int) -> None:
        """Wait for the session's own commands; then, if most of a batch was its own, at its pace a moment more."""
        share = self._shares.get(session)
        floods = share is not None and 2 * share.entries > self._last_entries
        while not self._is_within_share(limit, session):
            await self._released.wait()
        if floods:
            shared = trio.current_time() - self._shared_s < AT_WORK_S
            await trio.sleep(PACE_BESIDE_OTHERS_S if shared else PACE_S)

    def _is_within_share(self, limit: Limit, session: int) -> bool:
        """Return whether a session may take `limit` as well. What alone is over the share is taken alone.

        Where many write, each may have a third of what was last written; one that floods alone makes no batch large.
        Where very many flood, all of them together have about `QUEUED_BATCHES` waiting.
        """
        share = self._shares.get(session)
        if share is None:
            return True
        even = QUEUED_BATCHES * self.config.batch_entries_max // len(self._shares)
        of_last = min(self._last_entries // SHARE_OF_LAST, SHARE_ENTRIES_MAX)
        most_entries = min(max(self.config.share_entries, of_last), even)
        return share.entries + limit.entries <= most_entries and share.bytes + limit.bytes <= self.config.share_bytes

    def give_back(self, limit: Limit, session: int) -> None:
        """Take back credit for what was not submitted."""
        self._give_back(limit, session)
        self._tell_released()

    def delivered(self, flights: Sequence[InFlight]) -> None:
        """Take back the credit of a batch that everybody has been told of, and let the next one commit."""
        self._delivering = False
        self._release(flights)

    def _release(self, flights: Sequence[InFlight]) -> None:
        for flight in flights:
            if flight.credit:
                self._give_back(flight.credit, flight.session)
        self._tell_released()

    def _give_back(self, limit: Limit, session: int) -> None:
        self._entries_left += limit.entries
        self._bytes_left += limit.bytes
        share = self._shares[session]
        share.entries -= limit.entries
        share.bytes -= limit.bytes
        if not share.entries:
            del self._shares[session]

    def _tell_released(self) -> None:
        self._released.set()
        self._released = trio.Event()

    # -- order -----------------------------------------------------------------------------------------------------

    def submit_nowait(self, flight: InFlight) -> None:
        """Take an item whose credit was taken. Its place in the order is this call's."""
        self._waiting.append(flight)
        self._wake.set()

    def is_at_work(self) -> bool:
        """Return whether an item of a session waits, or was committed in the last `AT_WORK_S`. Read marks are none."""
        return bool(self._waiting) or trio.current_time() - self._worked_s < AT_WORK_S

    def give_up(self, lost: list[InFlight]) -> None:
        """Move what waits to `lost`: it was decided on what a failed commit may not have stored."""
        lost.extend(self._waiting)
        self._waiting.clear()

    def stop(self) -> None:
        """Let `run` end once everything submitted is committed and handed on."""
        self.stopping = True
        self._wake.set()

    async def run(self) -> None:
        """Commit what waits until stopped. Raises what `failed` raises: then nothing more is committed."""
        async with self.committed:
            while await self._something_waits():
                while self._delivering:
                    await self._released.wait()
                await self._let_grow()
                await self._commit(self._take())
                await self._checkpoint()

    async def keep_marks(self) -> None:
        """Once a second, make sure that read marks do not wait for a batch that never comes."""
        while True:
            await trio.sleep(MARKS_S_MAX)
            if self.registry.marks.waiting:
                self._wake.set()

    async def _something_waits(self) -> bool:
        if not self._waiting and not self.stopping:
            self._wake = trio.Event()
            await self._wake.wait()
        return bool(self._waiting or (self.registry.marks.waiting and not self.full) or not self.stopping)

    async def _let_grow(self) -> None:
        """Let those who are being read have another turn, as long as each turn brings more. One that is alone goes."""
        grown = 1
        for _ in range(GROW_TURNS_MAX):
            if not grown < len(self._waiting) < self.config.batch_entries_max:
                return
            grown = len(self._waiting)
            await trio.lowlevel.checkpoint()

    def _take(self) -> list[InFlight]:
        """Take the next batch: in order, at least one item if any waits, and the read marks of the moment."""
        batch: list[InFlight] = []
        entries_left, bytes_left = self.config.batch_entries_max, self.config.batch_bytes_max
        while self._waiting and (not batch or entries_left > 0 < bytes_left):
            flight = self._waiting.popleft()
            if flight.credit:
                entries_left -= flight.credit.entries
                bytes_left -= flight.credit.bytes
            batch.append(flight)
        if batch:
            self._last_entries = self.config.batch_entries_max - entries_left
        if not self.full and (marks := self.registry.marks.take(MARKS_A_BATCH)):
            batch.append(InFlight(item=Item(records=marks), session=0, request=0))
        return batch

    async def _commit(self, batch: list[InFlight]) -> None:
        if not batch:
            return
        try:
            appended = await self.store.append([flight.item for flight in batch])
        except StoreError as error:
            await self._fail(error, batch)
            return
        self.batches += 1
        self._note_work({flight.session for flight in batch if flight.session})
        self.g = appended.g
        self._delivering = True
        await self.committed.send(Batch(appended, batch))

    def _note_work(self, sessions: Set[int]) -> None:
        if sessions:
            self._worked_s = trio.current_time()
            if len(sessions | self._last_sessions) > 1:
                self._shared_s = self._worked_s
            self._last_sessions = sessions

    async def _fail(self, error: StoreError, batch: list[InFlight]) -> None:
        """Shut the gate until `failed` has dealt with the batch whose outcome nobody knows."""
        self._shut = True
        lost = list(batch)
        await self.failed(error, lost)
        self._shut = False
        self._release(lost)

    async def _checkpoint(self) -> None:
        """Let the store do what it has to do between batches; mostly that is nothing."""
        try:
            await self.store.checkpoint()
        except StoreError as error:
            await self._fail(error, [])
