"""The task that makes the index follow the store: beside the road of commits, never on it.

Woken by what has been applied, it reads what is new in the order of commits, a bounded slice at a time, and puts it
into the index. It takes a share of one core, a small one while the daemon has work. Whatever happens to the index, it
is made again from the store: nothing here ends a daemon.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence

import structlog
import trio
from attrs import Factory, define, evolve

from chatd.messages import Unfit
from chatd.model import Entry, EntryKind, Expiry, Head
from chatd.server.loader import expect
from chatd.server.metrics import Metrics
from chatd.server.watermark import Watermark
from chatd.storage.base import Store, StoreError
from chatd.storage.following import Commits, GetCommits
from chatd.storage.index import Edited, Erased, Index, IndexChange, IndexFailed, Posted, Progress
from chatd.storage.queries import GetHead
from chatd.wire import content

SLICE_ENTRIES = 128
SLICE_BYTES = 128 * 1024
"""Of bodies. A slice holds up the store for about a millisecond, and a search that comes meanwhile for ten."""
ENTRIES_A_STEP = 16
"""Read and parsed at one go, some 30 us each (invariant L3)."""
SHARE = 0.25
"""Of one core: some thousand posts a second, so an index falls behind in bursts alone."""
SHARE_BUSY = 0.04
BUSY_CORES = 0.6
"""From so much of a core on the daemon is busy, this task's own share included: what it commits goes first."""
REST_S_MIN, REST_S_MAX = 0.05, 2.0
"""Posts that come one by one go in together, 20 times a second at most."""
RETRY_S = 10.0
"""After a failure: a full disk does not pass sooner."""
TIDY_S = 3600.0
"""Between two times of clearing away what was erased. Each writes the whole index anew, at the pace of all else."""

EXPIRED_A_STEP = 512
"""Posts that are taken out of the index at one go."""

ALSO_SEARCHED = ("caption", "title", "question")
"""Keys of a content whose texts are found too."""

log = structlog.stdlib.get_logger()


def said(body: bytes) -> str:
    """Return what a post of that content is found by: all that people read of it. Never raises."""
    try:
        parsed = content.parse(body)
    except Unfit:
        return ""
    also = [parsed.extra.get(key) for key in ALSO_SEARCHED]
    return "\n".join([parsed.text, parsed.fallback, *[text for text in also if isinstance(text, str)]])


def change_of(entry: Entry) -> IndexChange | None:
    """Return what `entry` changes in an index; None where it says nothing that is searched for."""
    room, seq, target, body = entry.room, entry.seq, entry.target, entry.body
    if entry.kind is EntryKind.POST:
        text = None if body is None else said(body)
        return Posted(room=room, seq=seq, sender=entry.sender, time=entry.time, text=text)
    if target is None:
        return None
    if entry.kind is EntryKind.DELETE:
        return Erased(room=room, seq=target)
    if entry.kind is EntryKind.EDIT and body is not None:
        return Edited(room=room, seq=target, version=seq, text=said(body))
    return None


async def changes_of(entries: Sequence[Entry]) -> list[IndexChange]:
    """Return what `entries` change in an index, in their order, letting others go on every few of them."""
    changes: list[IndexChange] = []
    for start in range(0, len(entries), ENTRIES_A_STEP):
        found = map(change_of, entries[start : start + ENTRIES_A_STEP])
        changes += [change for change in found if change is not None]
        await trio.lowlevel.checkpoint()
    return changes


def never() -> bool:
    return False


@define(eq=False, kw_only=True)
class Feeding:
    index: Index
    store: Store
    applied: Watermark
    metrics: Metrics
    is_full: Callable[[], bool] = never
    """Whether the disk is too full for anything that can wait."""
    cpu_s: Callable[[], float] = time.process_time
    expiries: deque[Expiry] = Factory(deque[Expiry])
    """What is to be taken out of the index."""
    ready: bool = False
    """Whether the index is open."""
    indexed: Watermark = Factory(Watermark)
    """The commit up to which all is in the index. Another object where the index was begun again."""
    _broken: bool = False
    _scope: trio.CancelScope = Factory(trio.CancelScope)
    _tidied_s: float = float("-inf")
    _looked_s: float = 0.0
    _spent_s: float = 0.0

    async def run(self) -> None:
        """Feed the index until cancelled. Raises nothing else: after a failure it begins again, once `RETRY_S` is over.

        Killed in between, the next one goes on where the last put came to.
        """
        while True:
            try:
                with trio.CancelScope() as self._scope:
                    await self._follow()
            except IndexFailed as error:
                self.fail(error)
            except StoreError as error:
                log.warning("search waits", error=str(error))
            except Exception:
                self._broken = True
                log.exception("search failed")
            self.ready = False
            await trio.sleep(RETRY_S)

    def fail(self, error: IndexFailed) -> None:
        """Take note that the index failed somebody: it is begun again, and where it is broken, anew."""
        log.warning("search failed", error=str(error), broken=error.broken)
        self._broken = self._broken or error.broken
        self._scope.cancel()

    async def _forget(self) -> None:
        """Take out some of what has expired, as far as the index has come to it."""
        if self.expiries:
            expiry = self.expiries.popleft()
            [head] = (await self.store.read([GetHead(expiry.room)])).values
            last = min(expiry.last, expect(head, Head).seq)
            step = min(last, expiry.first + EXPIRED_A_STEP - 1)
            await self.index.put([Erased(room=expiry.room, seq=seq) for seq in range(expiry.first, step + 1)], None)
            if step < last:
                self.expiries.appendleft(evolve(expiry, first=step + 1))

    async def _follow(self) -> None:
        self.indexed = Watermark()
        progress = await self.index.begin(self.store.epoch, anew=self._broken)
        self._broken = False
        if not await self._continues(progress):
            progress = await self.index.begin(self.store.epoch, anew=True)
        self.ready = True
        if progress.place == 0 and self.store.g > 0:
            log.info("search begins anew")
        await self._feed_from(progress.place)

    async def _feed_from(self, place: int) -> None:
        while True:
            if self.is_full():
                await trio.sleep(REST_S_MAX)
                continue
            began_s = trio.current_time()
            place, g = await self._feed(place)
            await self._forget()
            await self._rest(began_s)
            if self.indexed.g == g and not self.expiries:
                await self._tidy()
                while self.applied.g <= g and not self._may_tidy():
                    await self.applied.moved()

    async def _continues(self, progress: Progress) -> bool:
        """Return whether the store still holds what the index has come to: a file copied back by hand may not."""
        if progress.place == 0:
            return True
        part, _ = await self._read(progress.place - 1, entries_max=1)
        return part.place == progress.place and part.entries[-1].hash == progress.hash

    async def _read(self, place: int, entries_max: int = SLICE_ENTRIES) -> tuple[Commits, int]:
        """Return a slice and the last commit it sees, applied: what nobody was shown yet is not to be found."""
        query = GetCommits(after=place, entries_max=entries_max, bytes_max=SLICE_BYTES)
        answers = await self.store.read([query])
        await self.applied.reached(answers.g)
        return expect(answers.values[0], Commits), answers.g

    async def _feed(self, place: int) -> tuple[int, int]:
        """Put one slice; return its place and the last commit it saw."""
        part, g = await self._read(place)
        if part.entries:
            changes = await changes_of(part.entries)
            await self.index.put(changes, Progress(part.place, part.entries[-1].hash))
            self.metrics.entries_indexed += len(part.entries)
        if not part.more:
            self.indexed.move(g)
        return part.place, g

    async def _rest(self, began_s: float) -> None:
        """Leave the core to others for as long as the share of what began then asks for."""
        share = SHARE_BUSY if self._is_busy() else SHARE
        took_s = trio.current_time() - began_s
        await trio.sleep(min(max(REST_S_MIN, took_s * (1 / share - 1)), REST_S_MAX))

    def _is_busy(self) -> bool:
        """Return whether the whole process has used much of a core since the last look."""
        now_s, spent_s = trio.current_time(), self.cpu_s()
        passed_s, used_s = now_s - self._looked_s, spent_s - self._spent_s
        self._looked_s, self._spent_s = now_s, spent_s
        return used_s > BUSY_CORES * passed_s > 0

    def _may_tidy(self) -> bool:
        return self.index.untidy and trio.current_time() - self._tidied_s >= TIDY_S

    async def _tidy(self) -> None:
        """Clear away some of what was erased, where it is time for that."""
        if self._may_tidy():
            began_s = trio.current_time()
            if not await self.index.tidy():
                self._tidied_s = began_s
            await self._rest(began_s)
