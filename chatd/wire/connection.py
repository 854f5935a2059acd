"""One end of a connection without its I/O (protocol 3): bytes in, messages out, and what may come when.

What may be sent and received in each state is data: the tables below. A move that no table has is an error, local
inside and re-labelled once, at the receive border, where it is known to be the peer's.
"""

from __future__ import annotations

from enum import Enum, StrEnum
from typing import Any, Final, Literal, get_args

from attrs import define, field

from chatd.checked import Checked
from chatd.codes import CloseCode, RefusalCode
from chatd.frozen import frozen
from chatd.limits import (
    CONTAINERS_BEFORE_HELLO,
    CONTAINERS_FROM_SERVER,
    CONTAINERS_MAX,
    FRAME_BYTES_BEFORE_HELLO,
    FRAME_BYTES_MAX,
    Limits,
)
from chatd.messages import (
    Closing,
    Command,
    Event,
    FromClient,
    FromServer,
    Greeting,
    Hello,
    Message,
    Reply,
    Unfit,
    Welcome,
)
from chatd.wire import codec
from chatd.wire.errors import LocalProtocolError, ProtocolError, RemoteProtocolError
from chatd.wire.framing import Framing


class _Word(StrEnum):
    """Hashed as the string it is: the hash of an enumeration is a call, and every reply is looked up in the tables."""

    __hash__ = str.__hash__


class State(_Word):
    GREETING = "greeting"
    """Nothing was said. The server speaks first, but a client need not wait."""
    HELLO_SENT = "hello sent"
    """Of a client alone, which said its hello before it read the greeting."""
    HELLO_EXPECTED = "hello expected"
    AUTHENTICATING = "authenticating"
    """A hello waits for its verdict."""
    OPEN = "open"
    CLOSED = "closed"


_OPEN: Final = State.OPEN
_CLOSED: Final = State.CLOSED
"""Looked at for every frame: on Python 3.11 each look at a member through its class is a call."""


class Kind(_Word):
    """What the tables tell apart."""

    GREETING = "greeting"
    HELLO = "hello"
    WELCOME = "welcome"
    COMMAND = "command"
    REPLY = "reply"
    EVENT = "event"
    CLOSING = "closing"


class Pause(Enum):
    NEED_DATA = "need data"
    PAUSED = "paused"


NEED_DATA: Final = Pause.NEED_DATA
"""No whole frame is here: receive more."""
PAUSED: Final = Pause.PAUSED
"""Nothing is parsed until this end has spoken: the server's greeting, or its verdict on a hello."""


@frozen
class Received:
    request: int
    message: Any
    checked: Checked | None = None
    """What the content of a command says; None of a text that mentions nobody, and of what has no content."""


@frozen
class Malformed:
    """A request that is to be refused with this code. The session lives."""

    request: int
    code: RefusalCode
    text: str


_NUMBERED = (Kind.HELLO, Kind.COMMAND, Kind.WELCOME, Kind.REPLY)
"""Requests and their replies carry an id of 1..2^32-1; all else carries 0."""

_KINDS: dict[type[Any], Kind] = (
    dict.fromkeys(get_args(Command), Kind.COMMAND)
    | dict.fromkeys(get_args(Reply), Kind.REPLY)
    | dict.fromkeys(get_args(Event), Kind.EVENT)
    | {Hello: Kind.HELLO, Greeting: Kind.GREETING, Welcome: Kind.WELCOME, Closing: Kind.CLOSING}
)

Table = dict[tuple[State, Kind], State]

_SERVER_SENDS: Table = {
    (State.GREETING, Kind.GREETING): State.HELLO_EXPECTED,
    (State.AUTHENTICATING, Kind.WELCOME): State.OPEN,
    (State.OPEN, Kind.REPLY): State.OPEN,
    (State.OPEN, Kind.EVENT): State.OPEN,
} | {(state, Kind.CLOSING): State.CLOSED for state in State}
_SERVER_RECEIVES: Table = {
    (State.HELLO_EXPECTED, Kind.HELLO): State.AUTHENTICATING,
    (State.OPEN, Kind.COMMAND): State.OPEN,
}
_CLIENT_SENDS: Table = {
    (State.GREETING, Kind.HELLO): State.HELLO_SENT,
    (State.HELLO_EXPECTED, Kind.HELLO): State.AUTHENTICATING,
    (State.HELLO_SENT, Kind.COMMAND): State.HELLO_SENT,
    (State.AUTHENTICATING, Kind.COMMAND): State.AUTHENTICATING,
    (State.OPEN, Kind.COMMAND): State.OPEN,
}
_CLIENT_RECEIVES: Table = {
    (State.GREETING, Kind.GREETING): State.HELLO_EXPECTED,
    (State.HELLO_SENT, Kind.GREETING): State.AUTHENTICATING,
    (State.AUTHENTICATING, Kind.WELCOME): State.OPEN,
    (State.OPEN, Kind.REPLY): State.OPEN,
    (State.OPEN, Kind.EVENT): State.OPEN,
} | {(state, Kind.CLOSING): State.CLOSED for state in State}


def _moved(table: Table, state: State, message: Message, request: int) -> State:
    kind = _KINDS[type(message)]
    if (request > 0) is not (kind in _NUMBERED):
        raise LocalProtocolError(f"{type(message).__name__} with request id {request}")
    try:
        return table[state, kind]
    except KeyError:
        raise LocalProtocolError(f"{type(message).__name__} while {state.value}") from None


@define(eq=False)
class _Connection:
    """What both ends share: the buffer, the state, and the end after an error."""

    state: State = field(default=State.GREETING, init=False)
    _framing: Framing = field(factory=Framing, init=False, repr=False)

    def receive_data(self, data: bytes) -> None:
        """Take what came from the peer. Raises LocalProtocolError once the connection is closed."""
        self._refuse_closed()
        self._framing.feed(data)

    def _refuse_closed(self) -> None:
        if self.state is _CLOSED:
            raise LocalProtocolError("the connection is closed")

    def _send(self, table: Table, message: Message, request: int) -> bytes:
        try:
            moved = _moved(table, self.state, message, request)
            data = codec.encode(message, request)
        except ProtocolError:
            self.state = State.CLOSED
            raise
        self.state = moved
        return data

    def _receive(self, table: Table, message: Message, request: int) -> Received:
        """The receive border: an illegal move is the peer's fault here."""
        try:
            self.state = _moved(table, self.state, message, request)
        except LocalProtocolError as error:
            raise RemoteProtocolError(CloseCode.PROTOCOL_ERROR, str(error)) from error
        return Received(request, message)


@define(eq=False)
class ServerConnection(_Connection):
    """The server's end of one connection."""

    limits: Limits
    allow_system: bool = False
    """Whether a `system` content may come: from operators alone."""

    def send(self, message: FromServer, request: int = 0) -> bytes:
        """Return the frame of `message` and move on. Raises LocalProtocolError where the table has no such move.

        A Closing may be sent in every state, also after an error. Encoded frames of events need no `send`.
        """
        return self._send(_SERVER_SENDS, message, request)

    def next_event(self) -> Received | Malformed | Pause:
        """Return the next request, NEED_DATA, or PAUSED before the greeting and while a hello waits for its verdict.

        Raises RemoteProtocolError, whose code the close carries, and then is closed. In the state OPEN what is only
        wrong in one request comes as Malformed.
        """
        self._refuse_closed()
        try:
            if self.state is _OPEN:
                return self._command()
            return PAUSED if self.state in (State.GREETING, State.AUTHENTICATING) else self._hello()
        except ProtocolError:
            self.state = State.CLOSED
            raise

    def _hello(self) -> Received | Pause:
        payload = self._framing.take(FRAME_BYTES_BEFORE_HELLO)
        if payload is None:
            return NEED_DATA
        tag, request, body = codec.decode_payload(payload, CONTAINERS_BEFORE_HELLO)
        if tag != Hello.tag or not request:
            raise RemoteProtocolError(CloseCode.HELLO_EXPECTED, "the first frame is a hello with a request id")
        try:
            hello = codec.from_client(tag, body, self.limits.content_bytes_max)
        except Unfit as error:
            raise RemoteProtocolError(CloseCode.PROTOCOL_ERROR, f"hello: {error}") from error
        return self._receive(_SERVER_RECEIVES, hello, request)

    def _command(self) -> Received | Malformed | Pause:
        payload = self._framing.take(FRAME_BYTES_MAX)
        if payload is None:
            return NEED_DATA
        tag, request, body = codec.decode_payload(payload, CONTAINERS_MAX)
        if not request or tag == Hello.tag:
            raise RemoteProtocolError(CloseCode.PROTOCOL_ERROR, "a second hello" if request else "a request without id")
        try:
            message, checked = codec.checked(tag, body, self.limits.content_bytes_max, allow_system=self.allow_system)
        except Unfit as error:
            return Malformed(request, error.code, str(error))
        # Only a hello and commands come from a client; so, here, this is what the table would say.
        return Received(request, message, checked)


@define(eq=False)
class ClientConnection(_Connection):
    """The client's end of one connection."""

    def send(self, message: FromClient, request: int = 0) -> bytes:
        """Return the frame of `message` and move on. Raises LocalProtocolError where the table has no such move.

        The hello, and commands after it, may be sent before the greeting is read.
        """
        return self._send(_CLIENT_SENDS, message, request)

    def next_event(self) -> Received | Pause:
        """Return the next message of a kind this version knows, or NEED_DATA. Raises RemoteProtocolError."""
        self._refuse_closed()
        try:
            return self._next()
        except ProtocolError:
            self.state = State.CLOSED
            raise

    def _next(self) -> Received | Literal[Pause.NEED_DATA]:
        while (payload := self._framing.take(FRAME_BYTES_MAX)) is not None:
            tag, request, body = codec.decode_payload(payload, CONTAINERS_FROM_SERVER)
            try:
                message = codec.from_server(tag, body)
            except Unfit as error:
                raise RemoteProtocolError(CloseCode.PROTOCOL_ERROR, f"tag {tag}: {error}") from error
            if message is not None:
                return self._receive(_CLIENT_RECEIVES, message, request)
        return NEED_DATA
