"""Who else connects: raw clients that ask for the same thing again, and strangers who mean no good.

A repeater sends commands that others have sent before, under their keys: as copies, at once, over another connection,
with another body. A stranger's bytes are nobody's history; they must disturb nobody's.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

import anyio
import trio
from attrs import Factory, define, evolve, field

from chatd.chain import KEY_BYTES, origin, self_id, short
from chatd.codes import CloseCode
from chatd.messages import (
    Closing,
    Greeting,
    Hello,
    KeyedCommand,
    ListTokens,
    Ping,
    Post,
    RevokeToken,
    SetAttributes,
    Subscribe,
    Welcome,
)
from chatd.model import UserId
from chatd.server.operate import Operator, OperatorError, issue_command, public_id
from chatd.wire import content
from chatd.wire.connection import ClientConnection, Received, State
from chatd.wire.errors import ProtocolError
from tests.history.events import Unknown
from tests.model.book import room_of
from tests.sim.follower import Follower
from tests.sim.gates import ADULT
from tests.sim.links import ClientEnd, Connection, ServerEnd, Weather
from tests.sim.server import Server
from tests.sim.tap import Record, Tap

COPIES_MAX = 12
REVOKED_S_MAX = 1.0
"""How long a session may go on whose token was revoked (invariant A6)."""
_GONE = (anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError, ProtocolError)
PATIENCE_S = 8.0
"""How long a raw client waits for its answers before it calls them unknown."""


def other(command: KeyedCommand) -> KeyedCommand:
    """Return another post under the same key; what is no post stays, because a history notes the bodies of posts."""
    if not isinstance(command, Post):
        return command
    return evolve(command, content=content.text("something else"), origin=None)


@define(eq=False, kw_only=True)
class Raw:
    """A connection without a library."""

    server: Server
    weather: Weather
    end: ClientEnd = field(init=False)
    wire: ClientConnection = field(factory=ClientConnection)
    epoch: bytes = b""
    _requests: int = 0

    def dial(self, tap: Tap | None = None) -> bool:
        """Connect; False says that nobody listens."""
        connection = Connection.through(self.weather)
        sent, came = (_nothing, _nothing) if tap is None else (tap.sent, tap.came)
        self.end = ClientEnd(connection.up, connection.down, sent, came)
        return self.server.connect(connection)

    def frame(self, message: Hello | KeyedCommand | Ping | Subscribe) -> bytes:
        self._requests += 1
        return self.wire.send(message, self._requests)

    async def next(self) -> Received | None:
        """Return the next message, None at the end."""
        while self.wire.state is not State.CLOSED:
            if isinstance(event := self.wire.next_event(), Received):
                return event
            self.wire.receive_data(await self.end.receive())
        return None

    async def enter(self, credential: str, device: str, scheme: str = "dev") -> bool:
        """Say hello; return whether the server said welcome."""
        await self.end.send(self.frame(Hello(version=1, scheme=scheme, credential=credential, device=device)))
        while (received := await self.next()) is not None and not isinstance(received.message, Welcome):
            if isinstance(received.message, Greeting):
                self.epoch = received.message.epoch
        return received is not None


def _nothing(_: bytes) -> None:
    """Nobody listens in."""


Deed = Callable[[Raw], Awaitable[None]]


@define(eq=False, kw_only=True)
class Guests:
    server: Server
    record: Record
    chance: random.Random
    came: int = 0
    follower: Follower = field(factory=Follower)
    vouched: dict[UserId, int] = Factory(dict[UserId, int])
    """Of whom the app was ever to say that they are of age, and how many commits there were before it first did."""

    def _raw(self) -> Raw:
        self.came += 1
        return Raw(server=self.server, weather=Weather(self.chance))

    async def _visit(self, raw: Raw, tap: Tap | None, deed: Deed) -> None:
        if not raw.dial(tap):
            return
        try:
            with trio.move_on_after(PATIENCE_S):
                await deed(raw)
        except _GONE:
            pass
        finally:
            await raw.end.aclose()

    # -- repeaters -------------------------------------------------------------------------------------------------

    async def repeat(self, user: UserId, commands: Sequence[KeyedCommand], *, alter: bool, hasty: bool) -> None:
        """Send again, as `user`, what somebody of that name has sent. `hasty`: do not wait for the answers."""
        raw = self._raw()
        name = f"{user}/raw{self.came}"
        tap = self.record.tap(name, user, f"raw{self.came}", keeps_order=False)
        again = [self._again(command, alter=alter) for command in commands for _ in self._copies()]

        async def deed(raw: Raw) -> None:
            if await raw.enter(user, f"raw{self.came}"):
                await raw.end.send(b"".join([raw.frame(each) for each in again]))
                while tap.asked and not hasty and await raw.next():
                    continue

        await self._visit(raw, tap, deed)
        for command in tap.asked.values():
            if isinstance(command, KeyedCommand):
                self.record.add(Unknown(trio.current_time(), name, user, command.key, room_of(user, command)))

    def _copies(self) -> range:
        return range(1 + self.chance.randrange(COPIES_MAX) * (self.chance.random() < 0.3))

    def _again(self, command: KeyedCommand, *, alter: bool) -> KeyedCommand:
        """Return it as a resend, which is the honest way; or else as something new under an old key."""
        return other(command) if alter and self.chance.random() < 0.5 else evolve(command, retry=True)

    # -- operators -------------------------------------------------------------------------------------------------

    async def operate(self, user: UserId) -> None:
        """An operator lets somebody in by a token, and takes it back: not for a moment longer is it good (A6)."""
        secret = self.chance.randbytes(16).hex()

        async def let_in_and_out(operator: Operator) -> None:
            await self.follower.follow(operator)
            await operator.ask(issue_command(secret, user, None))
            guest = self._raw()
            if guest.dial() and await guest.enter(secret, f"token{self.came}", "token"):
                await operator.ask(ListTokens())
                await operator.ask(RevokeToken(token=public_id(secret)))
                await self._must_end(guest)
                await self._must_stay_out(secret)

        await self._as_operator(let_in_and_out)

    async def vouch(self, user: UserId, *, adult: bool) -> None:
        """An operator tells what the app knows of somebody."""
        command = SetAttributes(key=self.chance.randbytes(KEY_BYTES), user=user, attributes={ADULT: adult})

        async def tell(operator: Operator) -> None:
            if adult:
                self.vouched.setdefault(user, self.server.disk.store.g)
            await operator.ask(command)

        await self._as_operator(tell)

    async def _as_operator(self, work: Callable[[Operator], Awaitable[None]]) -> None:
        connection = Connection.through(Weather(self.chance))
        if not self.server.connect(connection, operators=True):
            return
        operator = Operator(ServerEnd(connection.down, connection.up))
        try:
            await operator.hello()
            await work(operator)
        except (OperatorError, *_GONE):
            return  # the daemon was killed meanwhile, or the disk is full
        finally:
            connection.cut()

    async def _must_end(self, guest: Raw) -> None:
        with trio.move_on_after(REVOKED_S_MAX) as scope, suppress(*_GONE):
            while await guest.next() is not None:
                continue
        if scope.cancelled_caught:
            self.record.complain("A6 a session goes on whose token was revoked")
        await guest.end.aclose()

    async def _must_stay_out(self, secret: str) -> None:
        again = self._raw()
        if again.dial() and await again.enter(secret, f"token{self.came}", "token"):
            self.record.complain("A6 a revoked token lets in")
        await again.end.aclose()

    # -- strangers -------------------------------------------------------------------------------------------------

    async def intrude(self, what: int) -> None:
        """Do one of the things that nobody should do."""
        deeds: tuple[Deed, ...] = (
            self._babble,
            self._lie,
            self._linger,
            self._flood,
            self._turn_bad,
            self._stare,
            self._repeat_hello,
        )
        await self._visit(self._raw(), None, deeds[what % len(deeds)])

    async def _babble(self, raw: Raw) -> None:
        """Bytes without sense."""
        await raw.end.send(self.chance.randbytes(1 + self.chance.randrange(5000)))
        await self._hear_out(raw)

    async def _lie(self, raw: Raw) -> None:
        """A length that nothing will fill."""
        await raw.end.send(self.chance.choice((b"\0\xff\xff\xff", b"\xff\0\0\1", b"\0\0\0\0", b"\0\0\x10\0" + b"x")))
        await self._hear_out(raw)

    async def _linger(self, raw: Raw) -> None:
        """A hello that comes byte by byte, and not to its end."""
        hello = raw.frame(Hello(version=1, scheme="dev", credential="eve"))
        for byte in hello[:-1]:
            await raw.end.send(bytes([byte]))
            await trio.sleep(0.5)

    async def _flood(self, raw: Raw) -> None:
        """More commands than anybody may send, and no reading of the answers."""
        if await raw.enter("eve", f"flood{self.came}"):
            for _ in range(40):
                await raw.end.send(b"".join([raw.frame(Ping()) for _ in range(25)]))

    async def _turn_bad(self, raw: Raw) -> None:
        """A session that begins well."""
        if await raw.enter("eve", f"bad{self.came}"):
            await raw.end.send(raw.frame(Ping()) + self.chance.randbytes(64))
            await self._hear_out(raw)

    async def _stare(self, raw: Raw) -> None:
        """Listens to everything and takes nothing."""
        if await raw.enter("eve", f"stare{self.came}"):
            rooms: list[bytes | int] = []
            for room in [self_id("eve"), *self.record.rooms]:
                rooms += [room, 0, short(origin(room))]
            await raw.end.send(raw.frame(Subscribe(epoch=raw.epoch, rooms=tuple(rooms))))
            await trio.sleep_forever()

    async def _repeat_hello(self, raw: Raw) -> None:
        """Says hello to somebody who knows."""
        if await raw.enter("eve", f"hello{self.came}"):
            again = ClientConnection().send(Hello(version=1, scheme="dev", credential="eve"), 7)
            await raw.end.send(again)
            await self._hear_out(raw)

    async def _hear_out(self, raw: Raw) -> None:
        """Read to the end. A stranger is told why it ends."""
        while (received := await raw.next()) is not None:
            if isinstance(received.message, Closing) and received.message.code == CloseCode.INTERNAL:
                self.record.complain("a stranger caused an error of the server")
