"""All endpoints of the app: their tasks, what they keep on disk, and what operators ask of them."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import assert_never

import trio
from attrs import Factory, define

from chatd.messages import (
    AskWebhooks,
    Letter,
    LettersPage,
    ListLetters,
    ListWebhooks,
    Reply,
    Webhook,
    WebhooksPage,
)
from chatd.model import Item, LetterRecord, RelayRecord, WebhookRecord
from chatd.rooms.effects import InFlight
from chatd.server.hooks.calls import caller_of
from chatd.server.hooks.endpoints import Endpoint
from chatd.server.hooks.relay import RETRY_S, Relay
from chatd.server.journal import Journal
from chatd.server.loader import Loader, expect, expect_all
from chatd.server.metrics import Metrics
from chatd.storage.relays import CountLetters, GetEnd, GetLetters, GetRelays

RELAYS_LISTED_MAX = 100
KEPT_S_MAX = 5.0
"""A commit that takes longer may have been lost with a full disk: it is put again, which changes nothing."""


@define(eq=False, kw_only=True)
class Relays:
    loader: Loader
    journal: Journal
    metrics: Metrics
    relays: dict[str, Relay] = Factory(dict[str, Relay])
    _landing: dict[WebhookRecord, trio.Event] = Factory(dict[WebhookRecord, trio.Event])

    def open(self, endpoints: Sequence[Endpoint], now: Callable[[], int], chance: random.Random) -> None:
        """Take these endpoints, which `run` will tell."""
        for endpoint in endpoints:
            self.relays[endpoint.name] = Relay(
                endpoint=endpoint,
                caller=caller_of(endpoint.target),
                store=self.loader.store,
                applied=self.loader.applied,
                metrics=self.metrics,
                keep=self.keep,
                now=now,
                chance=chance,
            )

    async def run(self) -> None:
        """Tell every endpoint until cancelled, each in a task of its own."""
        async with trio.open_nursery() as nursery:
            for relay in self.relays.values():
                nursery.start_soon(relay.run)

    # -- on disk ---------------------------------------------------------------------------------------------------

    def landed(self, record: WebhookRecord) -> None:
        """Take note that a record was committed and applied."""
        relay = self.relays.get(record.endpoint)
        if relay and not isinstance(record, RelayRecord):
            relay.stale = True
        event = self._landing.get(record)
        if event is not None:
            event.set()

    async def keep(self, records: Sequence[WebhookRecord]) -> None:
        """Return once `records` are on disk, together. Tries until then, and while the disk is full waits first.

        Cancelled, they may be kept or not.
        """
        while not await self._keep(records):
            pass

    async def _keep(self, records: Sequence[WebhookRecord]) -> bool:
        if self.journal.full:
            await trio.sleep(RETRY_S)
            return False
        first = records[0]
        event = self._landing.setdefault(first, trio.Event())
        self.journal.submit_nowait(InFlight(item=Item(records=tuple(records)), session=0, request=0))
        try:
            with trio.move_on_after(KEPT_S_MAX):
                await event.wait()
            return event.is_set()
        finally:
            self._landing.pop(first, None)

    # -- operators -------------------------------------------------------------------------------------------------

    async def answer(self, command: AskWebhooks) -> Reply:
        """Return the reply to an operator. Raises StoreError."""
        match command:
            case ListWebhooks():
                return await self._list()
            case ListLetters():
                return await self._letters(command)
        assert_never(command)

    async def _list(self) -> WebhooksPage:
        [found, end] = await self.loader.read([GetRelays(limit=RELAYS_LISTED_MAX), GetEnd()])
        records = {record.endpoint: record for record in expect_all(found, RelayRecord)}
        names = sorted(dict.fromkeys([*records, *self.relays]), key=str.encode)
        counts = await self.loader.read([CountLetters(endpoint=name) for name in names]) if names else []
        rows = [
            self._row(name, records.get(name), expect(end, int), expect(count, int))
            for name, count in zip(names, counts, strict=True)
        ]
        return WebhooksPage(webhooks=tuple(rows))

    def _row(self, name: str, record: RelayRecord | None, end: int, letters: int) -> Webhook:
        relay = self.relays.get(name)
        place = max(record.place, relay.place if relay else 0) if record else end
        return Webhook(
            endpoint=name,
            configured=relay is not None,
            lag=max(0, end - place),
            time=record.time if record else 0,
            letters=letters,
            failures=relay.failures if relay else 0,
            error=relay.error if relay else "",
            paused=relay.paused if relay else False,
        )

    async def _letters(self, command: ListLetters) -> LettersPage:
        after = None if command.next is None else (command.next[:16], int.from_bytes(command.next[16:], "big"))
        query = GetLetters(endpoint=command.endpoint, after=after, limit=command.limit + 1)
        [found] = await self.loader.read([query])
        rows = expect_all(found, LetterRecord)
        page, more = rows[: command.limit], len(rows) > command.limit
        return LettersPage(
            letters=tuple([_letter(row) for row in page]),
            more=more,
            next=page[-1].room + page[-1].seq.to_bytes(8, "big") if more else None,
        )


def _letter(row: LetterRecord) -> Letter:
    return Letter(room=row.room, seq=row.seq, time=row.time, attempts=row.attempts, error=row.error, again=row.again)
