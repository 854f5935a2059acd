"""Targets without I/O: the framing and the strict decoder, and the messages and state tables above them."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, get_args

from attrs import define, frozen

from chatd.codes import CloseCode, RefusalCode
from chatd.limits import (
    CONTAINERS_BEFORE_HELLO,
    CONTAINERS_FROM_SERVER,
    CONTAINERS_MAX,
    CONTENT_BYTES_MAX,
    FRAME_BYTES_BEFORE_HELLO,
    FRAME_BYTES_MAX,
)
from chatd.messages import Entered, FromClient, Message, Post, Refused, Unfit
from chatd.wire import codec, content, strict
from chatd.wire.connection import NEED_DATA, PAUSED, ClientConnection, Malformed, Received, ServerConnection, State
from chatd.wire.errors import LocalProtocolError, RemoteProtocolError
from chatd.wire.framing import Framing
from tests.fuzz import reference, seeds
from tests.fuzz.frames import split
from tests.fuzz.target import WEIGHED_OF, Finding, chance_of, pieces, weigh
from tests.wire import ends

REFUSED = object()
REFUSAL_BYTES_MAX = 1024
"""Of the reply to a malformed request: a refusal must not carry back what it refuses."""
CONTAINERS = (CONTAINERS_BEFORE_HELLO, CONTAINERS_MAX, CONTAINERS_FROM_SERVER)
Unpack = Callable[[bytes, int], Any]
Seeds = Callable[[], Sequence[bytes]]


@frozen
class Frames:
    """Bytes to payloads to values: held to a second reading of the clauses, value by value."""

    framing: Callable[[], Framing] = Framing
    unpack: Unpack = strict.unpack
    begin: Seeds = seeds.of_frames
    name: str = "frames"

    def seeds(self) -> Sequence[bytes]:
        return self.begin()

    def run(self, data: bytes) -> str:
        chance = chance_of(data)
        bytes_max = chance.choice((FRAME_BYTES_BEFORE_HELLO, FRAME_BYTES_MAX))
        payloads, code = self._taken(data, bytes_max, chance)
        if (payloads, code) != _announced(data, bytes_max):
            raise Finding("framing: other payloads, or another end, than clause 2.1 gives")
        words = [self._judge(payload, chance) for payload in payloads]
        return " ".join((*dict.fromkeys(words), code.name if code else "open"))

    def _taken(self, data: bytes, bytes_max: int, chance: random.Random) -> tuple[list[bytes], CloseCode | None]:
        framing, payloads = self.framing(), list[bytes]()
        try:
            for piece in pieces(data, chance):
                framing.feed(piece)
                while (payload := framing.take(bytes_max)) is not None:
                    payloads.append(payload)
        except RemoteProtocolError as error:
            return payloads, error.close_code
        return payloads, None

    def _judge(self, payload: bytes, chance: random.Random) -> str:
        containers_max = chance.choice(CONTAINERS)
        if chance.randrange(WEIGHED_OF) == 0:
            weigh(len(payload), containers_max, lambda: self._unpacked(payload, containers_max))
        found, wanted = self._unpacked(payload, containers_max), _wanted(payload, containers_max)
        if (found is REFUSED) is not (wanted is REFUSED) or (
            found is not REFUSED and not reference.same(found, wanted)
        ):
            raise Finding(f"strict: {_shape(found)} where clause 2.3 gives {_shape(wanted)}")
        return _shape(found)

    def _unpacked(self, payload: bytes, containers_max: int) -> Any:
        try:
            return self.unpack(payload, containers_max)
        except ValueError:
            return REFUSED


def _announced(data: bytes, bytes_max: int) -> tuple[list[bytes], CloseCode | None]:
    """Return what clause 2.1 makes of `data`, read again from its words: the payloads, and the close if any."""
    payloads = list[bytes]()
    for frame in split(data):
        length = int.from_bytes(frame.head, "big")
        if len(frame.head) < 4:
            break
        if length >= 1 << 24:
            return payloads, CloseCode.PROTOCOL_ERROR
        if length == 0 or length > bytes_max:
            return payloads, CloseCode.FRAME_SIZE
        if len(frame.payload) == length:
            payloads.append(frame.payload)
    return payloads, None


def _wanted(payload: bytes, containers_max: int) -> Any:
    try:
        return reference.decode(payload, containers_max)
    except reference.NotAllowedError:
        return REFUSED


def _shape(value: Any) -> str:
    return "refused" if value is REFUSED else type(value).__name__


@define(eq=False)
class Messages:
    """Payloads to messages and back, and both ends of a connection in their states."""

    from_client: Callable[[int, dict[str, Any], int], Message] = codec.from_client
    from_server: Callable[[int, dict[str, Any]], Message | None] = codec.from_server
    begin: Seeds = seeds.of_messages
    name: str = "messages"

    def seeds(self) -> Sequence[bytes]:
        return self.begin()

    def run(self, data: bytes) -> str:
        words = [self._payload(frame.payload) for frame in split(data)]
        chance = chance_of(data)
        begin = chance.choice((ends.greeted, ends.opened, ends.connected))
        whole, cut = _led(begin(), [data]), _led(begin(), list(pieces(data, chance)))
        if whole != cut:
            raise Finding("connection: other events where the bytes came in other pieces")
        return " ".join((*dict.fromkeys(words), begin.__name__, _end(whole)))

    def _payload(self, payload: bytes) -> str:
        try:
            tag, request, body = codec.decode_payload(payload, CONTAINERS_FROM_SERVER)
        except RemoteProtocolError as error:
            if error.close_code is not CloseCode.PROTOCOL_ERROR:
                raise Finding(f"a payload is closed with {error.close_code.name}") from error
            return "no frame"
        mine = self._read(lambda: self.from_client(tag, body, CONTENT_BYTES_MAX), request)
        theirs = self._read(lambda: self.from_server(tag, body), request)
        return f"{mine}/{theirs}"

    def _read(self, read: Callable[[], Message | None], request: int) -> str:
        try:
            message = read()
        except Unfit as error:
            return _refusal(error)
        if message is not None:
            self._require_round_trip(message, request)
        return type(message).__name__

    def _require_round_trip(self, message: Message, request: int) -> None:
        """What was read can be said again, and means the same: else a relay would change it."""
        tag, told, body = codec.decode_payload(codec.encode(message, request)[4:], CONTAINERS_FROM_SERVER)
        from_client = isinstance(message, get_args(FromClient))
        again = self.from_client(tag, body, CONTENT_BYTES_MAX) if from_client else self.from_server(tag, body)
        if (again, told) != (message, request):
            raise Finding(f"{type(message).__name__}: encoded and decoded again it is another")
        if isinstance(message, Post):
            _require_shown(message.content)
        if isinstance(message, Entered) and message.body is not None:
            with suppress(Unfit):
                content.parse(message.body)


def _refusal(error: Unfit) -> str:
    """The refusal of what does not fit must itself fit, and say one of the codes."""
    code = RefusalCode(error.code)
    if len(codec.encode(Refused(code=code.value, verdict="never", text=str(error)), 1)) > REFUSAL_BYTES_MAX:
        raise Finding(f"{code}: the refusal is longer than {REFUSAL_BYTES_MAX} bytes")
    return code.value


def _require_shown(body: bytes) -> None:
    parsed = content.parse(body)
    if not content.shown(parsed):
        raise Finding("content: accepted, and nothing to show")
    if (typed := content.typed(parsed)) is None:
        raise Finding("content: accepted, and not readable by its type")
    if content.typed(content.parse(content.of(typed))) != typed:
        raise Finding(f"content: a {typed.type} built again is another")


def _led(connection: ServerConnection | ClientConnection, data: Sequence[bytes]) -> list[object]:
    """Return what comes out of a connection: its events, and the code of its end if it ends."""
    found = list[object]()
    for piece in data:
        connection.receive_data(piece)
        try:
            while (event := connection.next_event()) is not NEED_DATA and event is not PAUSED:
                found.append(_event(event))
                if connection.state is State.CLOSED:
                    return found
        except RemoteProtocolError as error:
            _require_closed(connection)
            return [*found, error.close_code]
    return found


def _event(event: object) -> object:
    if not isinstance(event, Received | Malformed):
        raise Finding(f"{type(event).__name__} is no event")
    return event


def _require_closed(connection: ServerConnection | ClientConnection) -> None:
    try:
        connection.receive_data(b"\0")
    except LocalProtocolError:
        return
    raise Finding("connection: open after an error")


def _end(found: list[object]) -> str:
    last = found[-1] if found else None
    return last.name if isinstance(last, CloseCode) else type(last).__name__
