"""Both ends of a connection in the states that tests need, and frames of any shape."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgpack
import pytest

from chatd.codes import CloseCode
from chatd.limits import DEFAULTS
from chatd.messages import Greeting, Hello, Welcome
from chatd.wire import codec
from chatd.wire.connection import NEED_DATA, PAUSED, ClientConnection, Malformed, Received, ServerConnection, State
from chatd.wire.errors import RemoteProtocolError
from chatd.wire.framing import encode_frame

EPOCH = b"e" * 16
ROOM = b"r" * 16
KEY = b"k" * 16
GREETING = Greeting(versions=(1,), epoch=EPOCH, time=1_700_000_000_000, limits=DEFAULTS)
HELLO = Hello(version=1, scheme="dev", credential="ana")
WELCOME = Welcome(version=1, capabilities=(), user="ana", device="default", room=ROOM, heartbeat_s=60)


def raw(value: Any) -> bytes:
    """Return the frame whose payload is `value`, however wrong it is."""
    return encode_frame(msgpack.packb(value))


def greeted() -> ServerConnection:
    connection = ServerConnection(DEFAULTS)
    connection.send(GREETING)
    return connection


def authenticating() -> ServerConnection:
    connection = greeted()
    connection.receive_data(codec.encode(HELLO, 1))
    connection.next_event()
    return connection


def opened() -> ServerConnection:
    connection = authenticating()
    connection.send(WELCOME, 1)
    return connection


def connected() -> ClientConnection:
    connection = ClientConnection()
    connection.send(HELLO, 1)
    connection.receive_data(codec.encode(GREETING) + codec.encode(WELCOME, 1))
    connection.next_event()
    connection.next_event()
    return connection


def events(connection: ServerConnection | ClientConnection) -> list[Received | Malformed]:
    """Return all that can be parsed now."""
    found: list[Received | Malformed] = []
    while (event := connection.next_event()) not in (NEED_DATA, PAUSED):
        assert isinstance(event, (Received, Malformed))
        found.append(event)
    return found


def fed(connection: ServerConnection | ClientConnection, pieces: Iterable[bytes]) -> list[Received | Malformed]:
    """Feed `pieces` one after another; return what came out after the last. Fails if anything came out before."""
    found: list[Received | Malformed] = []
    for piece in pieces:
        assert found == []
        connection.receive_data(piece)
        found = events(connection)
    return found


def one_by_one(data: bytes) -> list[bytes]:
    return [data[index : index + 1] for index in range(len(data))]


def closed_with(connection: ServerConnection | ClientConnection) -> CloseCode:
    """Return the code of the close that the bytes received so far deserve. Fails if they deserve none."""
    with pytest.raises(RemoteProtocolError) as caught:
        connection.next_event()
    assert connection.state is State.CLOSED
    return caught.value.close_code
