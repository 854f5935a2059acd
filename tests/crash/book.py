"""What the clients of one run write down: the history that is judged, and how many acks there are."""

from __future__ import annotations

from collections import Counter
from itertools import count

import trio
from attrs import Factory, define

from chatd import messages
from chatd.chain import group_id
from chatd.codes import Verdict
from chatd.messages import (
    Block,
    CloseUser,
    Committed,
    CreateFor,
    CreateGroup,
    CreateUser,
    KeyedCommand,
    OpenDirect,
    Post,
    Refused,
    Report,
    RevokeTokens,
    SetPresence,
    SetProfile,
    SettleLetters,
    Tell,
)
from chatd.model import EntryKind, RoomId, UserId
from chatd_client import Entry, Gap
from tests.history.events import Ack, Begin, Crash, History, Invoke, Nack, Postponed, Receive, Restart, Skip, Unknown

_Never = (OpenDirect | SetPresence | SetProfile | Block | Report | CreateFor) | (
    CreateUser | CloseUser | RevokeTokens | Tell | SettleLetters
)


def room_of(user: UserId, command: KeyedCommand) -> RoomId:
    """Return the room in which the key of a command counts. Raises TypeError of those that nobody here uses."""
    if isinstance(command, _Never):
        raise TypeError(f"no client here sends {type(command).__name__}")
    return group_id(user, command.key) if isinstance(command, CreateGroup) else command.room


@define(eq=False)
class Book:
    """Every method notes one event at the moment of the call."""

    history: History = Factory(History)
    faults: list[str] = Factory(list[str])
    """What no client may ever be told, or find: each is a violation."""
    acks: int = 0
    """With those of commands that were sent again."""
    found_again: int = 0
    """Commands whose first ack said that they had been carried out before: their outcome had been unknown."""
    sent: int = 0
    refused: Counter[str] = Factory(Counter[str])
    postponed: int = 0
    received: int = 0
    paused: int = 0
    """How often a listener was told that it reads too slowly, or that the daemon has recovered."""
    _sessions: count[int] = Factory(count)
    _began_s: float = Factory(trio.current_time)
    _acked: dict[tuple[UserId, RoomId, bytes], None] = Factory(dict[tuple[UserId, RoomId, bytes], None])
    _wanted: int = 0
    _enough: trio.Event = Factory(trio.Event)

    @property
    def now(self) -> float:
        return trio.current_time() - self._began_s

    def session(self) -> int:
        """Return a number for a stream of entries that no other has."""
        return next(self._sessions)

    def fault(self, text: str) -> None:
        self.faults.append(text)

    def crash(self) -> None:
        self.history.add(Crash(self.now))

    def restart(self) -> None:
        self.history.add(Restart(self.now))

    async def enough(self, more: int) -> None:
        """Return when so many more acks have come."""
        self._wanted, self._enough = self.acks + more, trio.Event()
        await self._enough.wait()

    # -- commands --------------------------------------------------------------------------------------------------

    def invoke(self, client: str, user: UserId, device: str, command: KeyedCommand) -> None:
        body = command.content if isinstance(command, Post) else None
        self.sent += 1
        self.history.add(Invoke(self.now, client, user, device, command.key, room_of(user, command), body))

    def ack(self, client: str, user: UserId, command: KeyedCommand, reply: Committed) -> None:
        room = room_of(user, command)
        if reply.room != room:
            self.fault(f"E2 {client} was told room {reply.room.hex()} for a command on {room.hex()}")
        name = (user, room, command.key)
        self.found_again += reply.duplicate and name not in self._acked
        self._acked[name] = None
        self.acks += 1
        self.history.add(Ack(self.now, client, user, command.key, room, reply.seq, reply.time))
        if self.acks >= self._wanted:
            self._enough.set()

    def refuse(self, client: str, user: UserId, command: KeyedCommand, reply: Refused) -> bool:
        """Return whether the command is to be sent again later."""
        postponed = reply.verdict == Verdict.AFTER_MS
        kind = Postponed if postponed else Nack
        self.postponed += postponed
        self.refused[reply.code] += not postponed
        self.history.add(kind(self.now, client, user, command.key, room_of(user, command), reply.code))
        return postponed

    def give_up(self, client: str, user: UserId, command: KeyedCommand) -> None:
        self.history.add(Unknown(self.now, client, user, command.key, room_of(user, command)))

    # -- entries ---------------------------------------------------------------------------------------------------

    def begin(self, client: str, session: int, user: UserId, room: RoomId, seq: int) -> None:
        self.history.add(Begin(self.now, client, session, user, room, seq))

    def receive(self, client: str, session: int, user: UserId, entry: Entry | messages.Entered) -> None:
        body = entry.body if entry.kind == EntryKind.POST else None
        self.received += 1
        self.history.add(
            Receive(self.now, client, session, user, entry.room, entry.seq, entry.key, entry.sender, entry.time, body)
        )

    def skip(self, client: str, session: int, user: UserId, gap: Gap | messages.Gap) -> None:
        self.history.add(Skip(self.now, client, session, user, gap.room, gap.start, gap.end))
