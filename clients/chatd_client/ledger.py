"""The commands under way: their order, their resends, and who waits for each. No I/O.

Keyed commands go out in the order in which they were given, and so do their resends: after a refusal with `after_ms`
nothing keyed is sent until that time is over *and* everything keyed that was sent has been answered, so that no later
command can overtake. Other commands (asks) change nothing and have no order.
"""

from __future__ import annotations

from collections import deque
from itertools import count

import anyio
from attrs import define, evolve, field

from chatd.messages import Command, Committed, KeyedCommand, Refused as RefusedReply, Reply
from chatd.model import Key
from chatd_client.errors import Backlog, ChatError, Refused, passes

AFTER_MS_DEFAULT = 1000
"""For a refusal that says to come again but not when."""


@define(eq=False)
class Sending:
    """One command under way. `acked()` waits for its end."""

    command: Command
    serial: int
    awaited: bool = True
    """Whether anybody waits: then the library reads on however slow the app is with its events."""
    kept: bool = False
    """Whether the store held it before this run of the app."""
    ready: bool = True
    """False until the store holds it."""
    stored: bool = False
    """Whether the store holds it: then it goes out although nobody waits any more."""
    tries: int = 0
    not_before: float = 0.0
    reply: Reply | None = None
    error: ChatError | None = None
    _over: anyio.Event = field(factory=anyio.Event, repr=False)

    @property
    def keyed(self) -> bool:
        return isinstance(self.command, KeyedCommand)

    @property
    def key(self) -> Key:
        """The command's key; empty for one that has none."""
        return getattr(self.command, "key", b"")

    @property
    def done(self) -> bool:
        return self._over.is_set()

    def settle(self, outcome: Reply | ChatError) -> None:
        """End it. Only the first end counts."""
        if self.done:
            return
        if isinstance(outcome, ChatError):
            self.error = outcome
        else:
            self.reply = outcome
        self._over.set()

    async def finished(self) -> Reply:
        """Wait for the final reply and return it. Raises Refused or Ended. Cancelled, it changes nothing."""
        await self._over.wait()
        if self.reply is None:
            raise self.error or ChatError("settled without an outcome")
        return self.reply

    async def acked(self) -> Committed:
        """Wait until the command is on the server's disk and return where. Raises Refused or Ended.

        Cancelled, it changes nothing: the command stays under way.
        """
        reply = await self.finished()
        if not isinstance(reply, Committed):
            raise ChatError(f"{type(reply).__name__} is no ack")
        return reply


@define(eq=False)
class Ledger:
    commands_max: int
    """How many may be under way before a call that never blocks is refused with Backlog."""
    _unsent: deque[Sending] = field(factory=deque[Sending], init=False)
    """Keyed, by serial."""
    _asks: deque[Sending] = field(factory=deque[Sending], init=False)
    _sent: dict[int, Sending] = field(factory=dict[int, Sending], init=False)
    """By request id."""
    _keyed_sent: int = field(default=0, init=False)
    _hold_until: float = field(default=0.0, init=False)
    _held: bool = field(default=False, init=False)
    _awaited: int = field(default=0, init=False)
    _serials: count[int] = field(factory=count, init=False)

    def __len__(self) -> int:
        return len(self._unsent) + len(self._asks) + len(self._sent)

    @property
    def full(self) -> bool:
        return len(self) >= self.commands_max

    @property
    def sent(self) -> int:
        """How many wait for a reply from the present connection."""
        return len(self._sent)

    @property
    def awaited(self) -> bool:
        """Whether somebody waits for a reply."""
        return self._awaited > 0

    @property
    def keyed(self) -> list[Sending]:
        """All keyed commands under way, in their order: what a store keeps."""
        sent = [sending for sending in self._sent.values() if sending.keyed]
        return sorted([*sent, *self._unsent], key=lambda sending: sending.serial)

    def add(self, command: Command, *, awaited: bool = True, kept: bool = False, ready: bool = True) -> Sending:
        """Take a command. Raises Backlog when full."""
        if self.full:
            raise Backlog(f"{self.commands_max} commands are under way")
        sending = Sending(command, next(self._serials), awaited, kept, ready, stored=kept, tries=int(kept))
        (self._unsent if sending.keyed else self._asks).append(sending)
        self._awaited += awaited
        return sending

    def abandon(self, sending: Sending) -> None:
        """Nobody waits for it any more. What was never sent is taken back; what was sent goes its way."""
        if sending.done or not sending.awaited:
            return
        sending.awaited = False
        self._awaited -= 1
        waiting = self._unsent if sending.keyed else self._asks
        if sending in waiting and not (sending.stored or (sending.keyed and sending.tries)):
            waiting.remove(sending)

    def next_to_send(self, now: float) -> Sending | None:
        """Return what goes out next, if anything may: an ask before a keyed command. Follow it with `mark_sent`."""
        for ask in self._asks:
            if ask.not_before <= now:
                return ask
        return self._next_keyed(now)

    def _next_keyed(self, now: float) -> Sending | None:
        if self._held and (now < self._hold_until or self._keyed_sent):
            return None
        self._held = False
        return self._unsent[0] if self._unsent and self._unsent[0].ready else None

    def mark_sent(self, sending: Sending, request: int) -> Command:
        """Note that it goes out as `request`; return what to send: the command, marked as a retry if it is one."""
        if sending.keyed:
            self._unsent.popleft()
            self._keyed_sent += 1
        else:
            self._asks.remove(sending)
        self._sent[request] = sending
        sending.tries += 1
        command = sending.command
        if isinstance(command, KeyedCommand) and sending.tries > 1:
            return evolve(command, retry=True)
        return command

    def wake_at(self) -> float | None:
        """Return when what is held may go out, by the clock of `next_to_send`; None when nothing is held so."""
        times = [ask.not_before for ask in self._asks]
        if self._held and not self._keyed_sent and self._unsent:
            times.append(self._hold_until)
        return min(times, default=None)

    def answered(self, request: int, reply: Reply, now: float) -> Sending | None:
        """Take a reply. Return what it settled; None where nobody asked, or where it is to be sent again."""
        sending = self._sent.pop(request, None)
        if sending is None:
            return None
        self._keyed_sent -= sending.keyed
        if isinstance(reply, RefusedReply) and passes(reply):
            self._later(sending, now + (AFTER_MS_DEFAULT if reply.after_ms is None else reply.after_ms) / 1000)
            return None
        self._settle(sending, Refused.of(reply) if isinstance(reply, RefusedReply) else reply)
        return sending

    def _later(self, sending: Sending, time: float) -> None:
        if not sending.keyed:
            sending.not_before = time
            self._asks.append(sending)
            return
        self._held, self._hold_until = True, max(self._hold_until, time)
        self._put_back([sending])

    def _put_back(self, sendings: list[Sending]) -> None:
        """Among those that were never sent, at their places. Rarely more than a few, and they belong to the front."""
        self._unsent = deque(sorted([*sendings, *self._unsent], key=lambda sending: sending.serial))

    def disconnected(self) -> None:
        """What was sent may or may not have arrived: all of it is to be sent again, in the first order."""
        sent = list(self._sent.values())
        self._sent.clear()
        self._keyed_sent = 0
        self._put_back([sending for sending in sent if sending.keyed])
        self._asks.extendleft(reversed([sending for sending in sent if not sending.keyed]))

    def end(self, error: ChatError) -> None:
        """Settle everything with `error`."""
        for sending in [*self._sent.values(), *self._unsent, *self._asks]:
            self._settle(sending, error)
        for waiting in (self._sent, self._unsent, self._asks):
            waiting.clear()
        self._keyed_sent = 0

    def _settle(self, sending: Sending, outcome: Reply | ChatError) -> None:
        if sending.awaited and not sending.done:
            self._awaited -= 1
        sending.settle(outcome)
