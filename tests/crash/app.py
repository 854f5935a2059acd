"""An app on the client library, through every kill: it posts, and follows all its rooms from their first entry on."""

from __future__ import annotations

from random import Random

import trio
from attrs import Factory, define

from chatd.chain import self_id
from chatd.messages import KeyedCommand
from chatd.model import EntryKind, RoomId, UserId
from chatd_client import (
    Broken,
    Chat,
    ChatError,
    Committed,
    Ended,
    Entry,
    Event,
    Gap,
    Reset,
    Sending,
    Sources,
    Unavailable,
    connect,
)
from tests.crash.book import Book
from tests.crash.works import Works

BURST_MAX = 8
JITTER = 0.05
"""Of the library's own, so that it comes back soon: it may wait half a second after the first break, else."""


@define(eq=False)
class App:
    """One user's app. Its connections are one stream for the judge: the library promises each entry once over all."""

    user: UserId
    book: Book
    chance: Random
    works: Works | None = None
    """What it posts; None of one that only follows."""
    settling: bool = False
    """Whether it posts no more."""
    settled: trio.Event = Factory(trio.Event)
    """Set once all that it posted is acknowledged."""
    over: trio.Event = Factory(trio.Event)
    _reach: dict[RoomId, int] = Factory(dict[RoomId, int])
    _session: int = 0
    _moved: trio.Event = Factory(trio.Event)

    async def run(self, url: str) -> None:
        """Be the app until it is over."""
        self._session = self.book.session()
        sources = Sources(chance=lambda: self.chance.random() * JITTER)
        try:
            async with (
                connect(url, user=self.user, device="app", sources=sources) as chat,
                trio.open_nursery() as nursery,
            ):
                nursery.start_soon(self._follow, chat)
                await self._post(chat)
                self.settled.set()
                await self.over.wait()
                nursery.cancel_scope.cancel()
        except* ChatError as errors:
            self.book.fault(f"the app of {self.user} failed: {errors.exceptions!r}")
        finally:
            self.settled.set()

    async def reached(self, heads: dict[RoomId, int]) -> None:
        """Return when everything up to these entries was told, in all rooms that were ever told of."""
        while any(self._reach[room] < heads[room] for room in heads if room in self._reach):
            await self._moved.wait()

    # -- posting ---------------------------------------------------------------------------------------------------

    async def _post(self, chat: Chat) -> None:
        while self.works is not None and not self.settling:
            burst = [self._give(chat, self.works) for _ in range(self.chance.randint(1, BURST_MAX))]
            for command, sending in burst:
                reply: Committed = await sending.acked()
                self.book.ack(self.user, self.user, command, reply)

    def _give(self, chat: Chat, works: Works) -> tuple[KeyedCommand, Sending]:
        sending = chat.post_nowait(self.chance.choice(works.rooms), works.text())
        command = sending.command
        if not isinstance(command, KeyedCommand):
            raise TypeError("a post has a key")
        self.book.invoke(self.user, self.user, "app", command)
        return command, sending

    # -- following -------------------------------------------------------------------------------------------------

    async def _follow(self, chat: Chat) -> None:
        try:
            async for event in chat.events():
                self._hear(event)
        except Ended as error:
            self.book.fault(f"the app of {self.user} was ended: {error}")

    def _hear(self, event: Event) -> None:
        match event:
            case Entry() | Gap() if event.room == self_id(self.user):
                pass
            case Entry():
                self._begin(event.room, event.seq - 1 if event.kind in (EntryKind.CREATE, EntryKind.MEMBERS) else 0)
                self._reach[event.room] = event.seq
                self.book.receive(self.user, self._session, self.user, event)
            case Gap():
                self._begin(event.room, 0)
                self._reach[event.room] = event.end
                self.book.skip(self.user, self._session, self.user, event)
            case Reset() | Broken() | Unavailable():
                self.book.fault(f"the app of {self.user} was told {event}")
            case _:
                pass
        self._moved.set()
        self._moved = trio.Event()

    def _begin(self, room: RoomId, seq: int) -> None:
        """A room begins before the entry by which the user came into it, or where the daemon says what is left out."""
        if room not in self._reach:
            self.book.begin(self.user, self._session, self.user, room, seq)
