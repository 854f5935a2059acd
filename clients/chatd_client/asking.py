"""How a command goes its way: given to the ledger, sent again after every reconnect, and awaited."""

from __future__ import annotations

from typing import TypeVar

from attrs import define

from chatd import messages
from chatd.chain import ROOM_BYTES
from chatd.codes import RefusalCode
from chatd.limits import CONTAINERS_MAX
from chatd.messages import Command, Committed, Edit, KeyedCommand, Post, Unfit
from chatd.model import Key, RoomId
from chatd.wire import codec
from chatd.wire.errors import ProtocolError
from chatd.wire.framing import HEADER_BYTES
from chatd_client.desk import Desk
from chatd_client.errors import ProtocolViolation
from chatd_client.ledger import Sending

ReplyT = TypeVar("ReplyT")


def check_room(room: RoomId) -> None:
    """Raise Unfit unless `room` may be the id of a room: of what never blocks, nobody else would tell the caller."""
    if type(room) is not bytes or len(room) != ROOM_BYTES:
        raise Unfit(RefusalCode.BAD_REQUEST, f"room: {ROOM_BYTES} bytes expected")


def check_frame(command: Command) -> None:
    """Raise Unfit for what no frame may hold, such as half of a surrogate pair, or a list that is too long.

    Whoever sends it later could tell nobody but the whole chat, and would meet it again on every connection. Posts and
    edits are spared: their contents have been checked, and of the rest nothing has a size of its own.
    """
    if isinstance(command, Post | Edit):
        return
    try:
        codec.decode_payload(codec.encode(command, 1)[HEADER_BYTES:], CONTAINERS_MAX)
    except ProtocolError as error:
        raise Unfit(RefusalCode.TOO_LARGE, str(error)) from error


@define(eq=False)
class Asking:
    """What every method of a chat that asks is made of. Each may raise Refused and Ended, and waits however long.

    For a bad argument it raises Unfit (a ValueError), and nothing is sent.

    A keyed command is sent again after every reconnect, with its key, until the server has answered it. Cancelled
    before the first send, a command is withdrawn; later it goes its way, and whether it was carried out is unknown.
    """

    _desk: Desk
    _has_store: bool

    def _key(self) -> Key:
        return self._desk.sources.key()

    def _check_open(self) -> None:
        if self._desk.ended is not None:
            raise self._desk.ended

    def _give(self, command: Command) -> Sending:
        self._check_open()
        check_frame(command)
        keyed = isinstance(command, KeyedCommand)
        sending = self._desk.ledger.add(command, ready=not (keyed and self._has_store))
        if not sending.ready:
            self._desk.unready.append(sending)
            self._desk.saving.ring()
        self._wake()
        return sending

    def _wake(self) -> None:
        """The writer has something to send; a reader that waits for the app must read on for the reply."""
        self._desk.work.ring()
        if self._desk.inbox.full:
            self._desk.inbox.bell.ring()

    async def _settled(self, command: Command) -> messages.Reply:
        while self._desk.ledger.full and self._desk.ended is None:
            await self._desk.space.wait()
        sending = self._give(command)
        try:
            return await sending.finished()
        finally:
            self._desk.ledger.abandon(sending)

    async def _commit(self, command: KeyedCommand) -> Committed:
        return _expect(await self._settled(command), Committed)

    async def _ask(self, command: Command, reply: type[ReplyT]) -> ReplyT:
        return _expect(await self._settled(command), reply)


def _expect(reply: object, expected: type[ReplyT]) -> ReplyT:
    if not isinstance(reply, expected):
        raise ProtocolViolation(f"{expected.__name__} expected, and {type(reply).__name__} came")
    return reply
