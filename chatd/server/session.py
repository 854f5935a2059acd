"""One connection from its greeting to its end: the read loop, deadlines, and carrying out effects.

A session prepares its commands in order, so the order of a client's commands is the order of their entries. One
task and no timer of its own: the idle are found by a sweep (`chatd.server.daemon`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import assert_never

import trio
from attrs import define, evolve, field

from chatd.checked import Checked
from chatd.codes import CloseCode, RefusalCode
from chatd.limits import VERSION
from chatd.messages import Closing, Command, GoingAway, Greeting, Hello, KeyedCommand, Post, Refused, Reply
from chatd.rooms.bounds import bound_of
from chatd.rooms.effects import (
    Actor,
    Commit,
    Effect,
    InFlight,
    Limit,
    Loaded,
    Read,
    Refusal,
    Reply as ReplyEffect,
    Signal,
    refused,
)
from chatd.server import entering
from chatd.server.auth import Denied, Granted, authenticate
from chatd.server.core import Core
from chatd.server.gate import Gate
from chatd.server.hooks.asking import Judged
from chatd.server.inlet import GREETED_BYTES, RECEIVE_BYTES, Receive
from chatd.server.outbox import Outbox
from chatd.server.preparing import at_hand, prepared
from chatd.server.turns import Turn
from chatd.storage.base import StoreError
from chatd.wire import codec
from chatd.wire.connection import NEED_DATA, PAUSED, Malformed, Received, ServerConnection, State
from chatd.wire.errors import RemoteProtocolError

RETRY_MS = 1000
FAREWELL_S_MAX = 2
"""How long the last frame of a session may take to leave."""
_NO_ONE = Actor(0, "")
_OPEN = State.OPEN


@define(eq=False, kw_only=True)
class Session:
    core: Core
    receive: Receive
    outbox: Outbox
    peer: str
    operators: bool
    """Whether the connection came to where operators are listened to."""
    id: int
    wire: ServerConnection
    gate: Gate
    credentials: Mapping[bytes, str] | None = None
    """Which operators may come there: see `authenticate`."""
    actor: Actor = _NO_ONE
    token: bytes | None = None
    """The hash of the token that let the session in."""
    issued_ms: int | None = None
    """When that token, or one that the app signed, was made."""
    expires_ms: int | None = None
    heartbeat_s: int = 60
    heard_s: float = 0.0
    """When bytes were last received, on trio's clock."""
    ended: bool = False
    _scope: trio.CancelScope = field(factory=trio.CancelScope)
    _turn: Turn = field(factory=Turn)

    # -- the life --------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Serve the connection until either end closes it. Raises nothing but a bug of this daemon, or Cancelled."""
        self.heard_s = trio.current_time()
        self.outbox.push(self.wire.send(self._greeting()))
        try:
            with self._scope:
                await self._serve()
            if self.core.draining and not self.ended:
                await self.core.flushed.wait()
                self._say_goodbye(CloseCode.GOING_AWAY, "the server stops")
        except Exception:
            self._say_goodbye(CloseCode.INTERNAL, "an error of this server")
            raise
        finally:
            self.leave()
            limit_s = self.core.config.drain_seconds_max if self.core.draining else FAREWELL_S_MAX
            with trio.move_on_after(limit_s) as scope:
                scope.shield = True
                await self.outbox.drain()
            self.outbox.abort()

    async def _serve(self) -> None:
        try:
            with trio.fail_after(self.core.config.limits.hello_s_max):
                greeted = await self._expect_hello()
            while greeted:
                await self._take_commands()
                greeted = await self._receive()
        except trio.TooSlowError:
            self.close(CloseCode.HELLO_TIMEOUT, "no hello in time")
        except RemoteProtocolError as error:
            self._say_goodbye(error.close_code, str(error))
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            self.ended = True

    async def _receive(self) -> bool:
        """Feed what the peer sent; return False at its end. Not while more waits for it than it takes."""
        if self.outbox.above_low_water:
            await self._low_water()
        data = await self.receive(RECEIVE_BYTES if self.wire.state is _OPEN else GREETED_BYTES)
        self.heard_s = trio.current_time()
        if data and not self.ended:
            self.wire.receive_data(data)
        return bool(data) and not self.ended

    async def _low_water(self) -> None:
        """Return when the peer has taken enough to be read from again. Taking counts as being heard of."""
        await self.outbox.wait_low_water()
        self.heard_s = trio.current_time()

    def _greeting(self) -> Greeting:
        core = self.core
        return Greeting(versions=(VERSION,), epoch=core.store.epoch, time=core.now(), limits=core.config.limits)

    def reply(self, answers: Sequence[tuple[int, Reply]], frames: bytes = b"") -> bool:
        """Send final replies of what was in flight, and `frames` behind them, in one write; return what `push` does."""
        self.gate.answered(len(answers))
        if self.ended:
            return True
        replies = [self.wire.send(message, request) for request, message in answers]
        return self.outbox.push(b"".join((*replies, frames)))

    def close(self, code: CloseCode, text: str = "") -> None:
        """End the session at once: what waits unsent is dropped, and nothing it sent is acted upon any more."""
        if not self.ended:
            self.ended = True
            self.outbox.abort(self.wire.send(Closing(code=code, text=text)))
            self.leave()
            self._scope.cancel()

    def _say_goodbye(self, code: CloseCode, text: str) -> None:
        """End the session behind everything that was sent to it."""
        self.ended = True
        self.outbox.push_last(self.wire.send(Closing(code=code, text=text)))

    def go_away(self, after_ms: int) -> None:
        """Stop reading; what is in flight is still answered, and then the session ends."""
        if self.wire.state is _OPEN:
            self.outbox.push_reserved(codec.encode(GoingAway(after_ms=after_ms)))
        self._scope.cancel()

    def leave(self) -> None:
        """Be no session any more. Idempotent."""
        if self.core.sessions.by_id.pop(self.id, None) is not None:
            entering.leave(self.core, self.id, self.actor.user)

    async def turn_away(self, code: CloseCode, text: str) -> None:
        """Say why there will be no session, in `FAREWELL_S_MAX`, and drop the connection."""
        self._say_goodbye(code, text)
        with trio.move_on_after(FAREWELL_S_MAX):
            await self.outbox.drain()
        self.outbox.abort()

    # -- hello -----------------------------------------------------------------------------------------------------

    async def _expect_hello(self) -> bool:
        """Return whether the session is open; False when the peer left or was turned away."""
        while (event := self.wire.next_event()) is NEED_DATA:
            if not await self._receive():
                return False
        if not isinstance(event, Received) or not isinstance(event.message, Hello):
            return False
        return await self._open(event.request, event.message)

    async def _open(self, request: int, hello: Hello) -> bool:
        verdict = await authenticate(hello, self.core, operators=self.operators, credentials=self.credentials)
        match verdict:
            case Denied():
                self.core.metrics.hellos_refused += 1
                self._say_goodbye(verdict.code, verdict.text)
                return False
            case Granted():
                self._admit(hello, verdict)
        limits = self.core.config.limits
        self.heartbeat_s = min(max(hello.heartbeat_s, limits.heartbeat_s_min), limits.heartbeat_s_max)
        welcome = entering.welcome(hello, self.actor.user, self.heartbeat_s, self.core.registry.level)
        self.outbox.push(self.wire.send(welcome, request))
        return True

    def _admit(self, hello: Hello, granted: Granted) -> None:
        """Become a session; the older one of the same user and device ends here."""
        core = self.core
        self.actor = Actor(self.id, granted.user, self.operators, granted.created, granted.credential, granted.claims)
        self.token, self.issued_ms, self.expires_ms = granted.token, granted.issued_ms, granted.expires_ms
        if not self.operators:
            entering.enter(core, self.id, granted.user, hello)
        core.sessions.admit(self)
        core.metrics.sessions += 1
        core.log.debug("session", session=self.id, user=granted.user, device=hello.device, agent=hello.agent)

    # -- commands --------------------------------------------------------------------------------------------------

    async def _take_commands(self) -> None:
        """Carry out every command that has arrived whole, letting others have their turn (invariants L2, L3)."""
        while not self.ended:
            in_flight = self.gate.in_flight
            event = self.wire.next_event()
            if event is NEED_DATA or event is PAUSED:
                return
            if isinstance(event, Malformed):
                self._answer(event.request, refused(Refusal(event.code, event.text)))
            else:
                await self._take(event.request, event.message, event.checked)
            if self._turn.count(at_once=self.gate.in_flight <= in_flight):
                await self._turn.pass_on()
            if self.outbox.above_low_water:
                await self._low_water()

    def _answer(self, request: int, message: Reply) -> None:
        if not self.ended:
            self.outbox.push(self.wire.send(message, request))

    async def _take(self, request: int, command: Command, checked: Checked | None) -> None:
        core = self.core
        core.metrics.commands += 1
        judged: Judged | Refusal | None = None
        if core.asking is not None:
            judged = await core.asking.about(self.actor, command, checked, self.gate)
            self.heard_s = trio.current_time()  # of what came meanwhile, pings too, nothing was read
        if isinstance(judged, Refusal):
            self._answer(request, refused(judged))
            return
        checked, keyed = judged.checked if judged else checked, isinstance(command, KeyedCommand)
        limit = credit = bound_of(self.actor, judged.command if judged else command, checked)
        if limit is not None and not self.gate.take_nowait(limit):
            refusal = await self.gate.take(limit, keyed=keyed, operator=self.actor.operator)
            if refusal:
                self._answer(request, refused(refusal))
                return
        try:
            loaded = (
                at_hand(core.loader, self.actor, command, checked) if type(command) is Post and not judged else None
            )
            if loaded is None:
                loaded = await (judged.load() if judged else prepared(core.loader, self.actor, command, checked))
            effects = self._decide(request, command, checked, loaded)
            if not effects:
                self.gate.in_flight += 1  # the answer rides on somebody else's item
            for effect in effects:
                if isinstance(effect, Commit):
                    self._commit(effect.flight, credit)
                    credit = None
                else:
                    await self._carry_out(effect)
        except StoreError as error:
            core.log.warning("read failed", session=self.id, error=str(error))
            internal = Refusal(RefusalCode.INTERNAL, "the store did not answer", RETRY_MS)
            self._answer(request, refused(self.gate.hold(internal) if keyed else internal))
        finally:
            if credit is not None:
                core.journal.give_back(credit, self.id)

    def _decide(self, request: int, command: Command, said: Checked | None, loaded: Loaded) -> list[Effect]:
        core = self.core
        if self.ended:
            return []
        loaded = evolve(loaded, checked=said) if said else loaded
        digest = codec.digest(command) if isinstance(command, KeyedCommand) else b""
        return core.router.handle(self.actor, request, command, digest, loaded, core.now())

    def _commit(self, flight: InFlight, credit: Limit | None) -> None:
        flight.credit = credit
        self.gate.in_flight += 1
        self.core.journal.submit_nowait(flight)

    async def _carry_out(self, effect: ReplyEffect | Signal | Read) -> None:
        match effect:
            case ReplyEffect():
                self._answer(effect.request, effect.message)
                if isinstance(effect.message, Refused) and (after_ms := effect.message.after_ms):
                    self.gate.hold(Refusal(RefusalCode(effect.message.code), "come again", after_ms))
            case Signal():
                self.core.signals.tell(effect)
            case Read():
                await self.core.pages.answer(self.actor, self.outbox, effect)
            case _:
                assert_never(effect)
