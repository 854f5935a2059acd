"""Every case of parsing three ways: whole, byte by byte, and with bytes after it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chatd.codes import CloseCode, RefusalCode
from chatd.messages import (
    CaughtUp,
    Closing,
    Done,
    Ping,
    Post,
)
from chatd.wire import codec, content
from chatd.wire.connection import (
    NEED_DATA,
    ClientConnection,
    Malformed,
    Received,
    ServerConnection,
    State,
)
from chatd.wire.framing import encode_frame
from tests.wire.ends import (
    GREETING,
    HELLO,
    KEY,
    ROOM,
    WELCOME,
    closed_with,
    connected,
    events,
    fed,
    greeted,
    one_by_one,
    opened,
    raw,
)

POST = Post(room=ROOM, key=KEY, content=content.text("hi"))
CLOSING = Closing(code=CloseCode.IDLE)
HELLO_BODY = {"version": 1, "scheme": "dev", "credential": "ana"}

# Every case of parsing: from a connection, the bytes of one frame, and what comes out.
PARSED: dict[str, tuple[Callable[[], Any], bytes, Received | Malformed]] = {
    "a hello": (greeted, codec.encode(HELLO, 1), Received(1, HELLO)),
    "a post": (opened, codec.encode(POST, 2), Received(2, POST)),
    "the greatest id": (opened, codec.encode(Ping(), 2**32 - 1), Received(2**32 - 1, Ping())),
    "an unknown key": (opened, raw([2, 9, {"new": 1}]), Received(9, Ping())),
    "an unknown tag": (opened, raw([99, 9, {}]), Malformed(9, RefusalCode.UNKNOWN_COMMAND, "tag 99")),
    "a tag of the server": (opened, raw([80, 9, {}]), Malformed(9, RefusalCode.UNKNOWN_COMMAND, "tag 80")),
    "a missing field": (opened, raw([26, 9, {}]), Malformed(9, RefusalCode.BAD_REQUEST, "room: missing")),
    "a bad name": (
        opened,
        raw([11, 9, {"key": KEY, "user": " "}]),
        Malformed(9, RefusalCode.BAD_NAME, "user: not a name"),
    ),
    "a bad content": (
        opened,
        raw([10, 9, {"room": ROOM, "key": KEY, "content": b"\x80"}]),
        Malformed(9, RefusalCode.BAD_CONTENT, "content: type: a string of 1..32 bytes expected"),
    ),
    "a greeting": (ClientConnection, codec.encode(GREETING), Received(0, GREETING)),
    "a reply": (connected, codec.encode(Done(), 5), Received(5, Done())),
    "an event": (connected, codec.encode(CaughtUp(request=4)), Received(0, CaughtUp(request=4))),
}
NEXT = {ServerConnection: codec.encode(Ping(), 77), ClientConnection: codec.encode(Done(), 77)}
parse_cases = pytest.mark.parametrize(("begin", "data", "found"), PARSED.values(), ids=PARSED.keys())


@parse_cases
def test_a_frame_is_parsed_whole(begin: Callable[[], Any], data: bytes, found: object) -> None:
    assert fed(begin(), [data]) == [found]


@parse_cases
def test_a_frame_is_parsed_byte_by_byte(begin: Callable[[], Any], data: bytes, found: object) -> None:
    assert fed(begin(), one_by_one(data)) == [found]


@parse_cases
def test_bytes_after_a_frame_are_left_untouched(begin: Callable[[], Any], data: bytes, found: object) -> None:
    connection = begin()
    tail = NEXT[type(connection)]
    connection.receive_data(data + tail[:6])
    assert events(connection) == [found]
    if connection.state is State.OPEN:
        connection.receive_data(tail[6:])
        assert [event.request for event in events(connection)] == [77]


# Every case of a peer that breaks the protocol: from a connection, the bytes, and the code of the close.
BROKEN: dict[str, tuple[Callable[[], Any], bytes, CloseCode]] = {
    "a post before the hello": (greeted, codec.encode(POST, 1), CloseCode.HELLO_EXPECTED),
    "an unknown tag before the hello": (greeted, raw([99, 1, {}]), CloseCode.HELLO_EXPECTED),
    "a hello without id": (greeted, raw([1, 0, HELLO_BODY]), CloseCode.HELLO_EXPECTED),
    "a hello that does not fit": (greeted, raw([1, 1, {"version": 1}]), CloseCode.PROTOCOL_ERROR),
    "a hello over 4 KiB": (greeted, raw([1, 1, HELLO_BODY | {"x": "x" * 4096}]), CloseCode.FRAME_SIZE),
    "a hello of 17 containers": (greeted, raw([1, 1, HELLO_BODY | {"x": [[]] * 14}]), CloseCode.PROTOCOL_ERROR),
    "a second hello": (opened, codec.encode(HELLO, 2), CloseCode.PROTOCOL_ERROR),
    "a second hello that does not fit": (opened, raw([1, 2, {}]), CloseCode.PROTOCOL_ERROR),
    "a command without id": (opened, raw([2, 0, {}]), CloseCode.PROTOCOL_ERROR),
    "an unknown command without id": (opened, raw([99, 0, {}]), CloseCode.PROTOCOL_ERROR),
    "an id over 2^32-1": (opened, raw([2, 2**32, {}]), CloseCode.PROTOCOL_ERROR),
    "no array": (opened, raw({}), CloseCode.PROTOCOL_ERROR),
    "no msgpack": (opened, encode_frame(b"\xc1"), CloseCode.PROTOCOL_ERROR),
    "10,000 nested empty maps": (opened, encode_frame(b"\x81\xa0" * 10_000 + b"\x80"), CloseCode.PROTOCOL_ERROR),
    "10,000 empty maps": (opened, raw([2, 1, {"a": [{}] * 10_000}]), CloseCode.PROTOCOL_ERROR),
    "a map of 10,000 keys": (opened, raw([2, 1, {str(n): 0 for n in range(9_000)}]), CloseCode.PROTOCOL_ERROR),
    "a depth of 9": (opened, raw([2, 1, {"a": [[[[[[[]]]]]]]}]), CloseCode.PROTOCOL_ERROR),
    "a depth of 9 in maps": (
        opened,
        raw([2, 1, {"a": {"a": {"a": {"a": {"a": {"a": {"a": {}}}}}}}}]),
        CloseCode.PROTOCOL_ERROR,
    ),
    "an ext type": (opened, encode_frame(bytes.fromhex("93020181a161d40500")), CloseCode.PROTOCOL_ERROR),
    "a duplicate key": (opened, encode_frame(bytes.fromhex("93020182a16101a16102")), CloseCode.PROTOCOL_ERROR),
    "bad UTF-8": (opened, encode_frame(bytes.fromhex("93020181a161a1ff")), CloseCode.PROTOCOL_ERROR),
    "NaN": (opened, encode_frame(bytes.fromhex("93020181a161cb7ff8000000000000")), CloseCode.PROTOCOL_ERROR),
    "a reply before the greeting": (ClientConnection, codec.encode(Done(), 1), CloseCode.PROTOCOL_ERROR),
    "an event with an id": (connected, raw([83, 1, {"request": 1}]), CloseCode.PROTOCOL_ERROR),
    "a reply without id": (connected, raw([66, 0, {}]), CloseCode.PROTOCOL_ERROR),
    "a second greeting": (connected, codec.encode(GREETING), CloseCode.PROTOCOL_ERROR),
    "a second welcome": (connected, codec.encode(WELCOME, 1), CloseCode.PROTOCOL_ERROR),
    "an event that does not fit": (connected, raw([83, 0, {}]), CloseCode.PROTOCOL_ERROR),
}
broken_cases = pytest.mark.parametrize(("begin", "data", "code"), BROKEN.values(), ids=BROKEN.keys())


@broken_cases
def test_a_broken_frame_ends_the_connection(begin: Callable[[], Any], data: bytes, code: CloseCode) -> None:
    connection = begin()
    connection.receive_data(data)
    assert closed_with(connection) is code


@broken_cases
def test_a_broken_frame_with_bytes_after_it_ends_the_same(
    begin: Callable[[], Any], data: bytes, code: CloseCode
) -> None:
    connection = begin()
    connection.receive_data(data + b"\x00\x00")
    assert closed_with(connection) is code


@broken_cases
def test_a_broken_frame_is_not_judged_before_its_last_byte(
    begin: Callable[[], Any], data: bytes, code: CloseCode
) -> None:
    connection = begin()
    needed = data[:4] if code is CloseCode.FRAME_SIZE else data
    for byte in one_by_one(needed[:-1]):
        connection.receive_data(byte)
        assert connection.next_event() is NEED_DATA
    connection.receive_data(needed[-1:])
    assert closed_with(connection) is code


@pytest.mark.parametrize("begin", [greeted, opened, connected])
@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("00000000", CloseCode.FRAME_SIZE),
        ("00010001", CloseCode.FRAME_SIZE),
        ("ffffffff", CloseCode.PROTOCOL_ERROR),
    ],
)
def test_a_bad_length_ends_the_connection_at_its_fourth_byte(
    begin: Callable[[], Any], header: str, code: CloseCode
) -> None:
    connection = begin()
    connection.receive_data(bytes.fromhex(header)[:3])
    assert connection.next_event() is NEED_DATA
    connection.receive_data(bytes.fromhex(header)[3:])
    assert closed_with(connection) is code
