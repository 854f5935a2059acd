"""The chat that an app holds: it connects, connects again, hands out events, and keeps its state in the app's store."""

from __future__ import annotations

import ssl
from types import TracebackType

import anyio
from anyio.abc import TaskGroup
from attrs import define, field, frozen

from chatd.limits import VERSION
from chatd.messages import CAPABILITIES, Hello
from chatd_client.address import Dial, dial_to
from chatd_client.commands import Commands
from chatd_client.credentials import Fresh, Token, given
from chatd_client.desk import Desk
from chatd_client.errors import Left, StoreFailed
from chatd_client.events import Connected, Event
from chatd_client.inbox import Inbox
from chatd_client.ledger import Ledger
from chatd_client.line import Line, close_tasks
from chatd_client.sources import Sources
from chatd_client.store import Saved, Store

SAVE_S = 1.0
"""How long a consumed event may stay unsaved."""
FAREWELL_S_MAX = 1.0
SAVE_AT_EXIT_S_MAX = 10.0


@frozen
class EventIterator:
    """What `async for` goes through. Asking for the next event says that the one before has been consumed."""

    _chat: Chat

    def __aiter__(self) -> EventIterator:
        return self

    async def __anext__(self) -> Event:
        try:
            return await self._chat.next_event()
        except Left:
            raise StopAsyncIteration from None


@define(eq=False)
class Chat(Commands):
    """A user's conversations on one device. Made by `connect`, used within `async with`.

    Inside, tasks read and write; the app consumes `events()`, from one task, and calls commands from any. An app
    that does not consume its events slows its own connection down, and commands still get their replies.
    """

    _dial: Dial
    _hello: Hello
    _store: Store | None = None
    _fresh: Fresh | None = None
    _tasks: TaskGroup = field(init=False, repr=False)
    _line: Line = field(init=False, repr=False)
    _saved: Saved = field(factory=Saved, init=False, repr=False)
    _saving: anyio.Lock = field(factory=anyio.Lock, init=False, repr=False)

    async def __aenter__(self) -> Chat:
        """Load the store's state and begin to connect; do not wait for the connection. Raises StoreFailed."""
        await self._load()
        self._tasks, self._line = anyio.create_task_group(), Line(self._desk, self._dial, self._hello, self._fresh)
        await self._tasks.__aenter__()
        self._desk.ended = None
        self._tasks.start_soon(self._line.run)
        if self._store is not None:
            self._tasks.start_soon(self._save_often)
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> bool | None:
        """Disconnect and save, also when cancelled. Without an exception, the event in the app's hand is consumed.

        The body's own exception leaves as it is, in no exception group. Raises StoreFailed if the last save fails.
        """
        try:
            if exc is None:
                self._desk.inbox.consume()
                await self._take_leave()
        finally:
            self._desk.finish(Left("the chat has been left"))
            self._tasks.cancel_scope.cancel()
            try:
                swallowed = await close_tasks(self._tasks, exc_type, exc, traceback)
            finally:
                with anyio.move_on_after(SAVE_AT_EXIT_S_MAX, shield=True):
                    await self._save_at_exit(exc)
        return swallowed

    async def _take_leave(self) -> None:
        link = self._line.link
        if link is not None and self._desk.online and self._desk.unsaid:
            with anyio.move_on_after(FAREWELL_S_MAX):
                await link.farewell()

    async def connected(self) -> Connected:
        """Return who this user is as soon as there is a connection. Raises Ended."""
        while not self._desk.online:
            if self._desk.ended is not None:
                raise self._desk.ended
            await self._desk.space.wait()
        return Connected(self._desk.user, self._desk.room)

    def events(self) -> EventIterator:
        """Return the events, for `async for`: it ends when the app leaves the chat, and raises any other Ended.

        Of each room every entry comes once, in order, and what cannot come is named. Over a restart of the app this
        holds from what was saved: an app that dies between consuming and saving gets those events again.
        """
        return EventIterator(self)

    async def next_event(self) -> Event:
        """Return the next event. Raises Ended after the last. Cancelled, it loses none."""
        await anyio.lowlevel.checkpoint()
        while (event := self.next_event_nowait()) is None:
            await self._desk.inbox.bell.wait()
        return event

    def next_event_nowait(self) -> Event | None:
        """Return the next event, None when there is none yet. Raises Ended after the last."""
        event = self._desk.inbox.take()
        if event is None and self._desk.ended is not None:
            raise self._desk.ended
        return event

    def give_back(self) -> None:
        """Take the event that the app has in hand for not consumed: it comes again, as the next one."""
        self._desk.inbox.give_back()

    # The store.

    async def save(self) -> None:
        """Save how far the app has consumed, with the event it has in hand. Raises StoreFailed, which ends the chat.

        Without a call this happens within a second, and when the chat is left. Does nothing without a store.
        """
        self._desk.inbox.consume()
        await self._save()

    async def _load(self) -> None:
        if self._store is None:
            return
        try:
            saved = await self._store.load()
        except OSError as error:
            raise StoreFailed(f"the store cannot be read: {error}") from error
        self._saved = saved
        self._desk.restore(saved)

    async def _save_often(self) -> None:
        while self._desk.ended is None:
            if not self._desk.unready:
                await self._desk.saving.wait_for_s(SAVE_S)
            try:
                await self._save()
            except StoreFailed:
                return

    async def _save(self) -> None:
        if self._store is None:
            return
        async with self._saving:
            unready, self._desk.unready = self._desk.unready, []
            state = self._desk.state()
            if state != self._saved:
                await self._replace(self._store, state)
            for sending in unready:
                sending.ready = sending.stored = True
        self._desk.work.ring()

    async def _replace(self, store: Store, state: Saved) -> None:
        try:
            with anyio.CancelScope(shield=True):
                await store.save(state)
        except (OSError, StoreFailed) as error:
            failed = StoreFailed(f"the store cannot be written: {error}")
            self._desk.finish(failed)
            self._line.hang_up()
            raise failed from error
        self._saved = state

    async def _save_at_exit(self, exc: BaseException | None) -> None:
        """A chat that ended because its store failed has said so already."""
        if isinstance(self._desk.ended, StoreFailed):
            return
        try:
            await self._save()
        except StoreFailed:
            if exc is None:
                raise


def connect(  # noqa: PLR0913 - the front door: what an app may choose, each by name
    address: str | Dial,
    *,
    token: Token | None = None,
    signed: Token | None = None,
    user: str | None = None,
    device: str = "default",
    store: Store | None = None,
    follow: bool = True,
    latest: int | None = None,
    tls: ssl.SSLContext | None = None,
    plaintext: bool = False,
    heartbeat_s: int = 60,
    buffer_bytes: int = 1024 * 1024,
    commands_max: int = 10_000,
    agent: str = "chatd_client",
    sources: Sources | None = None,
) -> Chat:
    """Return the chat of one user on one device, to be entered with `async with`.

    `address` is tcp://host:port, tls://host:port, unix:///path, or a function that opens an AnyIO byte stream. Who
    connects is said by a bearer `token` that the server issued, by one that the app has `signed`, or on a development
    server by the name `user`. In a token's place may stand a function that returns or awaits one: it is asked before
    each connection, so also when a token has expired; what it raises is told by `Disconnected`, and it is asked again.
    With `follow`, all rooms of the user are followed, and new ones as they come; a room without a cursor begins with
    its first visible entry, or with a named gap before its `latest` ones (0-100). `store` keeps cursors and unsent
    commands over a restart. Events are buffered up to about `buffer_bytes`.

    Raises ValueError for bad arguments; a token over tcp:// beyond this machine is one, unless `plaintext`.
    """
    if [token, signed, user].count(None) != 2:
        raise ValueError("one of token, signed and user is needed")
    if latest is not None and not 0 <= latest <= 100:
        raise ValueError(f"latest: {latest} is not within 0..100")
    dial = dial_to(address, tls=tls, secret=user is None, plaintext=plaintext) if isinstance(address, str) else address
    scheme = "dev" if user is not None else "token" if signed is None else "signed"
    credential, fresh = given(token or signed or user or "")
    hello = Hello(
        version=VERSION,
        scheme=scheme,
        credential=credential,
        device=device,
        heartbeat_s=heartbeat_s,
        capabilities=CAPABILITIES,
        agent=agent,
    )
    desk = Desk(Inbox(buffer_bytes), Ledger(commands_max), sources or Sources(), follows_all=follow, latest=latest)
    return Chat(desk, store is not None, dial, hello, store, fresh)
