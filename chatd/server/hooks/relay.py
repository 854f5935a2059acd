"""The task that tells one endpoint of everything that is committed, at least once and in slices, beside the chat.

The store is the queue: a position in the order of commits is all that is kept. What an endpoint does not take in its
time becomes a letter, in the same transaction that moves the position past it, so nothing is skipped.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

import structlog
import trio
from attrs import Factory, define

from chatd.model import Entry, LetterRecord, LettersChange, RelayRecord, RoomId, RoomKind, WebhookRecord
from chatd.server.hooks.calls import Call, Caller, CallFailed
from chatd.server.hooks.endpoints import SLICE_ENTRIES, Endpoint
from chatd.server.hooks.payload import event, name_of
from chatd.server.loader import expect, expect_all
from chatd.server.metrics import Metrics
from chatd.server.watermark import Watermark
from chatd.storage import queries as ask
from chatd.storage.base import Store, StoreError
from chatd.storage.following import Commits, GetCommits, stub_of
from chatd.storage.relays import CountLetters, GetEnd, GetLetters, GetRelay

SLICE_BYTES = 256 * 1024
REST_S, REST_S_MORE = 0.05, 0.01
"""Between two looks at the store; where there was more to see than a slice, the second: 3,200 entries a second at most,
which leaves the store to others."""
NOTED_S = 1.0
"""A position that has moved is on disk so soon; what came since it is told again after a crash, with the same ids."""
RETRY_S = 10.0
"""After a failure that was not the endpoint's."""
BACKOFF_S_MIN, BACKOFF_S_MAX = 1.0, 300.0
ANSWER_BYTES_MAX = 4096
ROOMS_KNOWN_MAX = 10_000
ERROR_BYTES_MAX = 200
SUCCESS = range(200, 300)

log = structlog.stdlib.get_logger()


@define(eq=False, kw_only=True)
class Relay:
    endpoint: Endpoint
    caller: Caller
    store: Store
    applied: Watermark
    metrics: Metrics
    keep: Callable[[Sequence[WebhookRecord]], Awaitable[None]]
    """Returns once the records are on disk."""
    now: Callable[[], int]
    chance: random.Random
    place: int = 0
    failures: int = 0
    """Calls that failed since the last that did not."""
    error: str = ""
    """Of the last of them."""
    paused: bool = False
    """Whether there are so many letters that no slice is begun."""
    stale: bool = True
    """Whether the letters were changed since the last look at them."""
    _letters: int = 0
    _seen_g: int = 0
    """The last commit of which what was read with the last look knows."""
    _again: Sequence[LetterRecord] = ()
    _noted: int = 0
    _noted_s: float = 0.0
    _kinds: dict[RoomId, RoomKind] = Factory(dict[RoomId, RoomKind])

    async def run(self) -> None:
        """Tell the endpoint until cancelled. Raises nothing else."""
        try:
            while True:
                try:
                    await self._follow()
                except StoreError as error:
                    log.warning("webhooks wait", endpoint=self.endpoint.name, error=str(error))
                except Exception:
                    log.exception("webhooks failed", endpoint=self.endpoint.name)
                await trio.sleep(RETRY_S)
        finally:
            with trio.CancelScope(shield=True):
                await self.caller.aclose()

    # -- the order of commits --------------------------------------------------------------------------------------

    async def _follow(self) -> None:
        await self._begin()
        while True:
            part, g = await self._look()
            if self._again:
                again, self._again = self._again, ()
                await self._redeliver(again)
            elif self._is_full():
                await self._rest(g)
            else:
                failed = await self._deliver(part.entries)
                self.place = part.place
                moved = self.place != self._noted and trio.current_time() - self._noted_s >= NOTED_S
                if failed or moved:
                    await self._note(failed)
                if part.more:
                    await trio.sleep(REST_S_MORE)
                else:
                    await self._rest(g)

    async def _begin(self) -> None:
        """Go on from the position on disk. A new endpoint begins at the end, or at the beginning, and that is noted.

        A store that was copied back by hand may end before it: what is new then comes behind that end.
        """
        self.stale = True
        answers = await self.store.read([GetRelay(endpoint=self.endpoint.name), GetEnd()])
        found, end = answers.values[0], expect(answers.values[1], int)
        if isinstance(found, StoreError):
            raise found
        if isinstance(found, RelayRecord):
            self.place = self._noted = min(found.place, end)
        else:
            self.place = 0 if self.endpoint.from_beginning else end
            await self._note([])

    async def _look(self) -> tuple[Commits, int]:
        """Return what is next, and the commit that this sees, applied: what nobody was shown yet is told to no
        endpoint. Looks at the letters where they were changed."""
        name = self.endpoint.name
        queries: list[ask.Query] = [
            GetCommits(after=self.place, entries_max=SLICE_ENTRIES, bytes_max=SLICE_BYTES),
        ]
        if self.stale:
            queries += [GetLetters(endpoint=name, after=None, limit=SLICE_ENTRIES, again=True)]
            queries += [CountLetters(endpoint=name)]
        self.stale = False
        answers = await self.store.read(queries)
        part, *about_letters = answers.values
        if about_letters:
            self._again = expect_all(about_letters[0], LetterRecord)
            self._letters = expect(about_letters[1], int)
        await self.applied.reached(answers.g)
        self._seen_g = answers.g
        return expect(part, Commits), answers.g

    async def _note(self, letters: Sequence[LetterRecord]) -> None:
        """Keep the position, and with it what it has left behind."""
        place = self.place
        await self.keep([RelayRecord(endpoint=self.endpoint.name, place=place, time=self.now()), *letters])
        self._noted, self._noted_s = place, trio.current_time()

    async def _rest(self, g: int) -> None:
        """Return when something has been applied after `g`; a position that moved is noted meanwhile."""
        await trio.sleep(REST_S)
        while self.applied.g <= g:
            with trio.move_on_after(NOTED_S if self._noted != self.place else float("inf")) as scope:
                await self.applied.moved()
            if scope.cancelled_caught:
                await self._note([])

    def _is_full(self) -> bool:
        """Return whether the letters of one more slice might be too many. Says so when that begins, and ends."""
        full = self._letters + SLICE_ENTRIES > self.endpoint.letters_max
        if full and not self.paused:
            log.error("webhook paused", endpoint=self.endpoint.name, letters=self._letters)
        elif self.paused and not full:
            log.info("webhook goes on", endpoint=self.endpoint.name)
        self.paused = full
        return full

    # -- a slice ---------------------------------------------------------------------------------------------------

    async def _deliver(self, entries: Sequence[Entry]) -> list[LetterRecord]:
        """Tell the endpoint of those of `entries` that it wants; return letters about those it did not take."""
        await self._learn_kinds([entry.room for entry in entries])
        wanted = [entry for entry in entries if self.endpoint.wants(entry, self._kinds[entry.room])]
        letters: list[LetterRecord] = []

        async def tell(entry: Entry) -> None:
            if failed := await self._persist(entry):
                letters.append(failed)

        await self._at_once(tell, wanted)
        return letters

    async def _at_once(self, tell: Callable[[Entry], Awaitable[None]], entries: Sequence[Entry]) -> None:
        """Tell of `entries`, as many at once as the endpoint takes."""
        waiting = deque(entries)

        async def work() -> None:
            while waiting:
                await tell(waiting.popleft())

        async with trio.open_nursery() as nursery:
            for _ in range(min(self.endpoint.calls_max, len(entries))):
                nursery.start_soon(work)

    async def _learn_kinds(self, rooms: Sequence[RoomId]) -> None:
        if len(self._kinds) > ROOMS_KNOWN_MAX:
            self._kinds.clear()
        missing = [room for room in dict.fromkeys(rooms) if room not in self._kinds]
        if missing:
            answers = await self.store.read([ask.GetRoom(room) for room in missing])
            for room, state in zip(missing, answers.values, strict=True):
                if isinstance(state, StoreError):
                    raise state
                self._kinds[room] = state.record.kind if isinstance(state, ask.RoomState) else RoomKind.SELF

    async def _persist(self, entry: Entry) -> LetterRecord | None:
        """Try until the endpoint has taken it, or its time is over: then return the letter about it."""
        ends_s = trio.current_time() + self.endpoint.retry_s_max
        attempt = 1
        while (error := await self._attempt(entry, attempt)) is not None:
            wait_s = min(BACKOFF_S_MAX, BACKOFF_S_MIN * 2 ** min(attempt - 1, 20)) * self.chance.uniform(0.5, 1.0)
            if trio.current_time() + wait_s > ends_s:
                log.warning("webhook gave up", endpoint=self.endpoint.name, attempts=attempt, error=error)
                return self._letter(entry, attempt, error)
            await trio.sleep(wait_s)
            attempt += 1
        return None

    def _letter(self, entry: Entry, attempts: int, error: str) -> LetterRecord:
        return LetterRecord(
            endpoint=self.endpoint.name,
            room=entry.room,
            seq=entry.seq,
            time=self.now(),
            attempts=attempts,
            error=error,
        )

    async def _attempt(self, entry: Entry, attempt: int) -> str | None:
        """Make one call. Return None where the endpoint took it, else what it met."""
        self.metrics.webhook_calls += 1
        error = await self._call(entry, attempt)
        if error is None:
            self.failures = 0
        else:
            self.metrics.webhook_failures += 1
            self.failures += 1
            self.error = error
        return error

    async def _call(self, entry: Entry, attempt: int) -> str | None:
        try:
            current = await self._read(entry.room, entry.seq) if self.applied.g > self._seen_g else entry
            body = event(self.endpoint, current or entry, self._kinds[entry.room])
            call = Call(name=name_of(self.endpoint, entry), attempt=attempt, body=body, now_ms=self.now())
            answer = await self.caller.post(call, ANSWER_BYTES_MAX, whole=False)
        except (CallFailed, StoreError) as error:
            return str(error).encode("ascii", "backslashreplace")[:ERROR_BYTES_MAX].decode()
        return None if answer.status in SUCCESS else f"status {answer.status}"

    async def _read(self, room: RoomId, seq: int) -> Entry | None:
        """Return an entry as it is now: it may have been erased since the look, while others were told first, or its
        stream have ended, and be kept for nobody."""
        query = ask.GetEntries(room=room, first=seq, last=seq, entries_max=1, bytes_max=1)
        answers = await self.store.read([query, ask.GetRoom(room)])
        page, state = expect(answers.values[0], ask.Page), answers.values[1]
        if isinstance(state, StoreError):
            raise state
        gone = [room] if isinstance(state, ask.RoomState) and state.record.erasing is not None else []
        return stub_of(page.entries[0], gone) if page.entries else None

    # -- letters ---------------------------------------------------------------------------------------------------

    async def _redeliver(self, letters: Sequence[LetterRecord]) -> None:
        """Try each letter once more: it is forgotten where that succeeds, and else stays."""
        found = [(letter, await self._read(letter.room, letter.seq)) for letter in letters]
        attempts = {entry.hash: letter.attempts for letter, entry in found if entry}
        await self._learn_kinds([letter.room for letter in letters])
        done: list[WebhookRecord] = [
            LettersChange(endpoint=letter.endpoint, room=letter.room, seq=letter.seq)
            for letter, entry in found
            if entry is None
        ]

        async def tell(entry: Entry) -> None:
            attempt = attempts[entry.hash] + 1
            error = await self._attempt(entry, attempt)
            gone = LettersChange(endpoint=self.endpoint.name, room=entry.room, seq=entry.seq)
            done.append(gone if error is None else self._letter(entry, attempt, error))

        await self._at_once(tell, [entry for _, entry in found if entry])
        await self.keep(done)
