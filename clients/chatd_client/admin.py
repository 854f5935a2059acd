"""The admin side of a server, for the app that embeds it: users, rooms, and the stream of all that is committed.

async with administer("unix:///var/lib/chatd/control.sock") as admin:
    await admin.create_user("ana")
    group = await admin.create_group("ana", "news")
    await admin.post(group.room, "welcome")
    async for event in admin.stream(after=position):
        position = keep(event)
"""

from __future__ import annotations

import ssl
from collections import deque
from collections.abc import Collection
from types import TracebackType

import anyio
from anyio.abc import TaskGroup
from attrs import define, field, frozen

from chatd.limits import VERSION
from chatd.messages import Hello
from chatd.messages.administering import FOLLOW_MS_MAX, StreamEvent
from chatd.model import EntryKind, RoomKind
from chatd.names import SYSTEM
from chatd_client import events
from chatd_client.address import Dial, dial_to
from chatd_client.administering import Administering
from chatd_client.desk import Desk
from chatd_client.errors import Left, StreamReset
from chatd_client.inbox import Inbox
from chatd_client.ledger import Ledger
from chatd_client.line import Line, close_tasks
from chatd_client.sources import Sources

COMMANDS_MAX = 10_000


@frozen
class Streamed:
    """An entry of any room, as it was committed."""

    position: bytes
    """From which on `stream` goes on once this one is dealt with: keep it together with what came of it."""
    room_kind: RoomKind
    entry: events.Entry


def _streamed(event: StreamEvent) -> Streamed:
    return Streamed(event.position, event.room_kind, events.entry(event.entry, SYSTEM))


@define(eq=False)
class Stream:
    """What `async for` goes through: every entry of every room, each once, in the order of commits.

    The server gives the next page when this one is consumed: it waits for no slow reader, and forgets none.
    """

    _line: Line
    _asking: Administering
    position: bytes | None
    """Everything up to it has been told, or was not asked for. It moves on while nothing comes, too."""
    _room_kinds: tuple[RoomKind, ...]
    _kinds: tuple[EntryKind, ...]
    _ready: deque[Streamed] = field(factory=deque[Streamed], init=False)
    _reached: bytes | None = field(default=None, init=False)
    """The position of the page whose events are being told."""

    def __aiter__(self) -> Stream:
        return self

    async def __anext__(self) -> Streamed:
        try:
            return await self.next_event()
        except Left:
            raise StopAsyncIteration from None

    async def next_event(self) -> Streamed:
        """Return the next event, however long that takes. Cancelled, it loses none.

        Raises StreamReset where the position is of another store, and Ended after the end.
        """
        await anyio.lowlevel.checkpoint()
        while not self._ready:
            await self._next_page()
        event = self._ready.popleft()
        self.position = event.position if self._ready else self._reached
        return event

    async def _next_page(self) -> None:
        events, reached = await self.page(self.position)
        self._ready.extend(events)
        self._reached = reached
        if not events:
            self.position = reached

    async def page(self, after: bytes | None, *, wait_ms: int = FOLLOW_MS_MAX) -> tuple[list[Streamed], bytes]:
        """Return what follows a position, and the position behind it, after `wait_ms` at the latest. It takes nothing
        from who goes through the stream. Raises StreamReset and Ended."""
        page = await self._asking.follow(after, room_kinds=self._room_kinds, kinds=self._kinds, wait_ms=wait_ms)
        if page.status != "ok":
            raise StreamReset("the position does not belong to what the server holds: begin anew")
        return [_streamed(event) for event in page.events], page.position

    @property
    def closed(self) -> bool:
        return self._line.desk.ended is not None

    def close(self) -> None:
        """Give the stream's connection up. What was not told yet is told to who follows from `position`."""
        self._line.desk.finish(Left("the stream has been closed"))
        self._line.hang_up()


@define(eq=False)
class Admin(Administering):
    """The admin side of one server. Made by `administer`, used within `async with`."""

    _dial: Dial
    _hello: Hello
    _tasks: TaskGroup = field(init=False, repr=False)
    _streams: list[Stream] = field(factory=list[Stream], init=False, repr=False)

    async def __aenter__(self) -> Admin:
        """Begin to connect; do not wait for the connection."""
        self._tasks = anyio.create_task_group()
        await self._tasks.__aenter__()
        self._desk.ended = None
        self._tasks.start_soon(Line(self._desk, self._dial, self._hello).run)
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> bool | None:
        """Disconnect, also when cancelled. The body's own exception leaves as it is, in no exception group."""
        self._desk.finish(Left("the admin side has been left"))
        while self._streams:
            self._streams.pop().close()
        self._tasks.cancel_scope.cancel()
        return await close_tasks(self._tasks, exc_type, exc, traceback)

    def stream(
        self,
        after: bytes | None = None,
        *,
        room_kinds: Collection[RoomKind] = (),
        kinds: Collection[EntryKind] = (),
    ) -> Stream:
        """Return all that was and will be committed behind a position, None: from the beginning; for `async for`.
        `newest_position` is where what is new begins.

        With kinds, only entries of these, and in rooms of these. It has a connection of its own, and ends when the
        admin side is left. Never blocks. Raises Ended.
        """
        self._check_open()
        self._streams = [each for each in self._streams if not each.closed]
        desk = _a_desk(self._desk.sources)
        desk.ended = None
        line = Line(desk, self._dial, self._hello)
        self._tasks.start_soon(line.run)
        stream = Stream(line, Administering(desk, False), after, tuple(room_kinds), tuple(kinds))
        self._streams.append(stream)
        return stream


def _a_desk(sources: Sources) -> Desk:
    return Desk(Inbox(1), Ledger(COMMANDS_MAX), sources, follows_all=False, latest=None, syncs=False)


def administer(
    address: str | Dial,
    *,
    credential: str = "",
    tls: ssl.SSLContext | None = None,
    heartbeat_s: int = 60,
    agent: str = "chatd_client",
    sources: Sources | None = None,
) -> Admin:
    """Return the admin side of a server, to be entered with `async with`.

    `address` is unix:///path, tls://host:port, tcp://host:port on this machine, or a function that opens an AnyIO byte
    stream. DIR/control.sock asks for no `credential`: who may open it is an operator. Raises ValueError for bad
    arguments; a credential over tcp:// beyond this machine is one.
    """
    dial = dial_to(address, tls=tls, secret=True, plaintext=False) if isinstance(address, str) else address
    hello = Hello(version=VERSION, scheme="operator", credential=credential, heartbeat_s=heartbeat_s, agent=agent)
    return Admin(_a_desk(sources or Sources()), False, dial, hello)
