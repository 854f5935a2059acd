"""One connection to the server, from its first byte to its last: greeting, hello, and then three tasks and a reader.

The reader never waits for the app while somebody waits for a reply; else it leaves the socket alone as long as the
inbox is full, so that a slow app slows the server down and not this process. What it has read it handles without
pause, in order. Only the writer sends, so that no cancelled caller can tear a frame.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from itertools import count
from typing import cast

import anyio
from anyio.abc import ByteStream, TaskGroup
from attrs import define, field, frozen

from chatd import messages
from chatd.codes import RECONNECT_BELOW, CloseCode
from chatd.limits import DEFAULTS, REQUEST_ID_MAX, VERSION, Limits
from chatd.messages import Greeting, Hello, Reply, Welcome
from chatd.wire.connection import ClientConnection, Received
from chatd.wire.errors import RemoteProtocolError
from chatd_client import events
from chatd_client.desk import Desk
from chatd_client.errands import Errands
from chatd_client.errors import Closed, Ended, ProtocolViolation, StoreFailed

ENTER_S_MAX = 20
"""From the first byte to the welcome."""
SILENCE_S = 10
"""How much longer than a heartbeat nothing may come before the peer counts as dead."""
OWN_REQUESTS = 2
"""Of the requests in flight, kept for the heartbeat and the subscribe."""
SEND_BYTES = 64 * 1024
_OfRoom = messages.Cheers | messages.Watchers | messages.Unwatched | messages.InReview


@frozen
class Lost:
    """The connection is gone, and another is to be made: after `after_s` when the server said so."""

    reason: str
    after_s: float | None = None


class _OverError(Exception):
    """Carries the end of the connection out of the reader."""

    def __init__(self, end: Lost | Ended) -> None:
        super().__init__(end)
        self.end = end


def _closed(closing: messages.Closing, leave_s: float | None) -> Lost | Ended:
    if closing.code >= RECONNECT_BELOW:
        return Closed(closing.code, closing.text)
    name = CloseCode(closing.code).name.lower() if closing.code in [*CloseCode] else str(closing.code)
    after_s = leave_s if closing.after_ms is None else closing.after_ms / 1000
    return Lost(closing.text or name, after_s)


@define(eq=False)
class Link:
    desk: Desk
    hello: Hello
    _stream: ByteStream
    _conn: ClientConnection = field(factory=ClientConnection, init=False)
    _limits: Limits = field(default=DEFAULTS, init=False)
    _silence_s: float = field(default=ENTER_S_MAX, init=False)
    _serials: count[int] = field(factory=count, init=False)
    _out: deque[bytes] = field(factory=deque[bytes], init=False)
    _own: dict[int, Callable[[Reply], None]] = field(factory=dict[int, Callable[[Reply], None]], init=False)
    """Who takes the reply to a request of the link itself."""
    _leave_at: float | None = field(default=None, init=False)
    """Set by GoingAway: nothing more is asked, and the next connection comes at that time."""
    _errands: Errands = field(init=False)
    _over: bool = field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        self._errands = Errands(self.desk, self.say)

    async def run(self) -> Lost | Ended:
        """Serve until the connection ends, and return how. The stream is the caller's to close."""
        end: Lost | Ended = Lost("cancelled")
        async with anyio.create_task_group() as tasks:
            try:
                end = await self._converse(tasks)
            finally:
                self._over = True
                self._errands.end()
                self.desk.online = False
                self.desk.ledger.disconnected()
            tasks.cancel_scope.cancel()
        return end

    async def _converse(self, tasks: TaskGroup) -> Lost | Ended:
        try:
            with anyio.fail_after(ENTER_S_MAX):
                await self._enter()
            if self.desk.watching is not None:
                self.say(self.desk.watching, self._watched)
            for task in (self._write, *self._errands.tasks()):
                tasks.start_soon(task)
            while True:
                self._handle(await self._receive())
        except _OverError as over:
            return over.end
        except TimeoutError:
            return Lost("nothing was heard for too long", self._leave_s())
        except (anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError, OSError):
            return Lost("the connection broke", self._leave_s())
        except RemoteProtocolError as error:
            return ProtocolViolation(str(error))
        except Ended as error:
            return error

    def _leave_s(self) -> float | None:
        return None if self._leave_at is None else max(0.0, self._leave_at - anyio.current_time())

    async def _receive(self) -> Received:
        while not isinstance(event := self._conn.next_event(), Received):
            while self.desk.inbox.full and not self.desk.ledger.awaited:
                await self.desk.inbox.bell.wait()
            with anyio.fail_after(self._silence_s):
                data = await self._stream.receive()
            self._conn.receive_data(data)
        return event

    async def _enter(self) -> None:
        greeting = await self._receive()
        if not isinstance(greeting.message, Greeting):
            self._handle(greeting)
            raise ProtocolViolation("a greeting expected")
        if VERSION not in greeting.message.versions:
            raise ProtocolViolation(f"the server speaks the versions {greeting.message.versions}, and not {VERSION}")
        self._limits = self._errands.limits = greeting.message.limits
        await self._stream.send(self._conn.send(self.hello, self._next_request()))
        welcome = await self._receive()
        if not isinstance(welcome.message, Welcome):
            self._handle(welcome)
            raise ProtocolViolation("a welcome expected")
        self._welcomed(welcome.message, greeting.message.epoch)

    def _welcomed(self, welcome: Welcome, epoch: bytes) -> None:
        desk = self.desk
        if desk.user not in ("", welcome.user):
            raise StoreFailed(f"the store holds the state of {desk.user}, not of {welcome.user}")
        desk.user, desk.room, desk.online = welcome.user, welcome.room, True
        self._silence_s = welcome.heartbeat_s + SILENCE_S
        self._errands.heartbeat_s = welcome.heartbeat_s
        desk.offer(events.Connected(welcome.user, welcome.room, welcome.level))
        if desk.syncs:
            self._follow(welcome, epoch)
        desk.space.ring()

    def _follow(self, welcome: Welcome, epoch: bytes) -> None:
        desk, follower = self.desk, self.desk.follower
        follower.user, follower.adopts = welcome.user, desk.follows_all
        if follower.epoch != epoch:
            desk.found_rooms = False
            desk.blocks.doubt(anew=True)
        follower.detached()
        desk.tell(follower.enter_epoch(epoch))
        follower.follow(welcome.room)

    def _next_request(self) -> int:
        return next(self._serials) % REQUEST_ID_MAX + 1

    async def farewell(self) -> None:
        """Tell the server the marks that it does not know, and return when it has read them or is gone."""
        await self._errands.farewell()

    def say(self, command: messages.Command, on_reply: Callable[[Reply], None]) -> None:
        """Send a request of the link itself; its reply goes to `on_reply`. Never blocks; does nothing at the end."""
        if self._over:
            return
        request = self._next_request()
        self._own[request] = on_reply
        self._out.append(self._conn.send(command, request))
        self.desk.work.ring()

    # The reader: what each message means.

    def _handle(self, received: Received) -> None:
        message = received.message
        if received.request:
            self._replied(received.request, cast("Reply", message))
        elif isinstance(message, messages.Entered | messages.Gap):
            self._pushed(message)
        else:
            self._signalled(message)
        if self._leave_at is not None and not self.desk.ledger.sent:
            raise _OverError(Lost("the server is going away", self._leave_s()))

    def _replied(self, request: int, reply: Reply) -> None:
        take = self._own.pop(request, None)
        if take is not None:
            take(reply)
        else:
            self.desk.answered(request, reply, anyio.current_time())

    def _pushed(self, message: messages.Entered | messages.Gap) -> None:
        follower = self.desk.follower
        if self.desk.inbox.overfull:
            follower.shed(message.room)
        elif isinstance(message, messages.Entered):
            self.desk.tell(follower.entered(message))
        else:
            self.desk.tell(follower.gap(message))
        self._errands.look()

    def _watched(self, reply: Reply) -> None:
        """Tell the app who is there. A watch that is refused has nothing to tell."""
        if isinstance(reply, messages.Presences):
            self.desk.inbox.offer(events.Presence(reply.seen))

    def _signalled(self, message: object) -> None:
        inbox = self.desk.inbox
        match message:
            case messages.IsTyping() if message.user in self.desk.blocks.users():
                pass
            case messages.IsTyping():
                inbox.offer(events.Typing(message.room, message.user))
            case messages.Receipts():
                self.desk.learn_receipts(message)
                inbox.offer(events.Receipts(message.room, message.read, message.delivered))
            case messages.Summary():
                inbox.offer(events.summary_of(message))
            case messages.ServerLevel():
                inbox.offer(events.Emergency(message.level))
            case messages.PresenceNews():
                inbox.offer(events.Presence(message.seen))
            case messages.Cheers() | messages.Watchers() | messages.Unwatched() | messages.InReview():
                self._of_room(message)
            case messages.CaughtUp():
                self.desk.follower.caught_up()
                self._errands.look()
            case messages.Paused():
                self.desk.follower.detached()
                self._errands.begin()
            case messages.GoingAway():
                self._leave_at = anyio.current_time() + message.after_ms / 1000
            case messages.Closing():
                raise _OverError(_closed(message, self._leave_s()))
            case _:
                raise ProtocolViolation(f"{type(message).__name__} is no event")

    def _of_room(self, message: _OfRoom) -> None:
        match message:
            case messages.InReview():
                self.desk.inbox.offer(events.InReview(message.room, message.held))
            case messages.Cheers():
                self.desk.inbox.offer(events.Cheers(message.room, message.cheers))
            case messages.Watchers():
                self.desk.directory.learn_watchers(message.room, message.count)
                self.desk.inbox.offer(events.Watchers(message.room, message.count))
            case messages.Unwatched():
                self.desk.tell(self.desk.follower.unwatched(message.room, message.reason))
                self._errands.look()

    # The writer.

    async def _write(self) -> None:
        """Send what is due until the stream breaks; the reader then learns why."""
        while not self._over:
            data = self._collect()
            if not data:
                await self.desk.work.wait_for_s(self._held_s())
                continue
            try:
                await self._stream.send(data)
            except (anyio.BrokenResourceError, anyio.ClosedResourceError, OSError):
                return

    def _may_send(self) -> bool:
        """Whether the server takes another command: it is not about to stop, and has answered enough of the others."""
        sent_max = max(1, self._limits.requests_in_flight_max - OWN_REQUESTS)
        return self._leave_at is None and self.desk.ledger.sent < sent_max

    def _held_s(self) -> float | None:
        """Return how long a refusal holds up what waits; None where only a ring lets anything go."""
        at = self.desk.ledger.wake_at() if self._may_send() else None
        return None if at is None else max(0.0, at - anyio.current_time())

    def _collect(self) -> bytes:
        frames: list[bytes] = [*self._out]
        self._out.clear()
        size = sum(map(len, frames))
        ledger, now = self.desk.ledger, anyio.current_time()
        while size < SEND_BYTES and self._may_send():
            sending = ledger.next_to_send(now)
            if sending is None:
                break
            request = self._next_request()
            frames.append(self._conn.send(ledger.mark_sent(sending, request), request))
            size += len(frames[-1])
        return b"".join(frames)
