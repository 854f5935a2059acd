from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chatd.checked import Checked
from chatd.codes import CloseCode, RefusalCode
from chatd.limits import CONTENT_BYTES_MAX, DEFAULTS
from chatd.messages import (
    CaughtUp,
    Closing,
    Committed,
    Done,
    Edit,
    FromServer,
    Hello,
    Ping,
    Post,
    Refused,
    Subscribe,
    Typing,
)
from chatd.wire import codec, content
from chatd.wire.bodies import Text
from chatd.wire.connection import (
    PAUSED,
    ClientConnection,
    Malformed,
    Received,
    ServerConnection,
    State,
)
from chatd.wire.errors import LocalProtocolError
from tests.wire.ends import (
    EPOCH,
    GREETING,
    HELLO,
    KEY,
    ROOM,
    WELCOME,
    authenticating,
    closed_with,
    connected,
    events,
    fed,
    greeted,
    opened,
    raw,
)

POST = Post(room=ROOM, key=KEY, content=content.text("hi"))
CLOSING = Closing(code=CloseCode.IDLE)
HELLO_BODY = {"version": 1, "scheme": "dev", "credential": "ana"}


def test_a_hello_of_4_kib_and_16_containers_is_read() -> None:
    body = HELLO_BODY | {"x": [[]] * 13, "y": ""}
    body["y"] = "y" * (4096 - len(raw([1, 1, body])) + 4 - 2)
    frame = raw([1, 1, body])
    assert len(frame) == 4 + 4096
    assert fed(greeted(), [frame]) == [Received(1, HELLO)]


def test_what_follows_a_hello_is_parsed_after_the_verdict_alone() -> None:
    connection = greeted()
    large = Post(room=ROOM, key=KEY, content=content.text("x" * 30_000))
    connection.receive_data(codec.encode(HELLO, 1) + codec.encode(large, 2))
    assert events(connection) == [Received(1, HELLO)]
    assert connection.state is State.AUTHENTICATING
    assert connection.next_event() is PAUSED
    connection.send(WELCOME, 1)
    assert events(connection) == [Received(2, large)]


def test_nothing_is_parsed_before_the_server_greeted() -> None:
    connection = ServerConnection(DEFAULTS)
    connection.receive_data(codec.encode(HELLO, 1))
    assert connection.next_event() is PAUSED
    connection.send(GREETING)
    assert events(connection) == [Received(1, HELLO)]


def test_a_malformed_request_leaves_the_session_open() -> None:
    connection = opened()
    connection.receive_data(raw([99, 1, {}]) + codec.encode(Ping(), 2))
    assert events(connection) == [Malformed(1, RefusalCode.UNKNOWN_COMMAND, "tag 99"), Received(2, Ping())]
    assert connection.state is State.OPEN


def test_the_content_limit_is_the_one_of_the_greeting() -> None:
    connection = ServerConnection(DEFAULTS)
    assert connection.limits.content_bytes_max == CONTENT_BYTES_MAX
    large = {"room": ROOM, "key": KEY, "content": b"\x80" * (CONTENT_BYTES_MAX + 1)}
    found = fed(opened(), [raw([10, 3, large])])
    assert [event.code for event in found if isinstance(event, Malformed)] == [RefusalCode.TOO_LARGE]


def test_a_server_walks_from_greeting_to_closed() -> None:
    connection = ServerConnection(DEFAULTS)
    states = [connection.state]
    connection.send(GREETING)
    states.append(connection.state)
    connection.receive_data(codec.encode(HELLO, 1))
    connection.next_event()
    states.append(connection.state)
    connection.send(WELCOME, 1)
    states.append(connection.state)
    connection.send(CLOSING)
    states.append(connection.state)
    assert states == [State.GREETING, State.HELLO_EXPECTED, State.AUTHENTICATING, State.OPEN, State.CLOSED]


SERVER_MESSAGES: list[tuple[FromServer, int]] = [
    (GREETING, 0),
    (WELCOME, 1),
    (Committed(room=ROOM, seq=1, time=1), 1),
    (CaughtUp(request=1), 0),
    (CLOSING, 0),
]
SERVER_STATES: dict[str, tuple[Callable[[], ServerConnection], list[bool]]] = {
    "greeting": (lambda: ServerConnection(DEFAULTS), [True, False, False, False, True]),
    "hello expected": (greeted, [False, False, False, False, True]),
    "authenticating": (authenticating, [False, True, False, False, True]),
    "open": (opened, [False, False, True, True, True]),
}


@pytest.mark.parametrize(("begin", "allowed"), SERVER_STATES.values(), ids=SERVER_STATES.keys())
def test_what_a_server_may_send_in_each_state(begin: Callable[[], ServerConnection], allowed: list[bool]) -> None:
    outcomes: list[bool] = []
    for message, request in SERVER_MESSAGES:
        connection = begin()
        try:
            outcomes.append(connection.send(message, request) == codec.encode(message, request))
        except LocalProtocolError:
            assert connection.state is State.CLOSED
            outcomes.append(False)
    assert outcomes == allowed


def test_what_a_content_says_comes_with_its_command() -> None:
    called = content.of(Text(text="come", mentions=("bo",)))
    post, edit = Post(room=ROOM, key=KEY, content=called), Edit(room=ROOM, key=KEY, seq=1, content=called)
    told = Checked(type="text", mentions=("bo",))
    frames = [codec.encode(post, 2), codec.encode(edit, 3), codec.encode(POST, 4)]
    assert fed(opened(), [b"".join(frames)]) == [
        Received(2, post, told),
        Received(3, edit, told),
        Received(4, POST, None),
    ]


def test_a_server_may_say_why_after_an_error() -> None:
    connection = opened()
    connection.receive_data(b"\x00\x00\x00\x00")
    assert closed_with(connection) is CloseCode.FRAME_SIZE
    assert connection.send(CLOSING) == codec.encode(CLOSING)
    with pytest.raises(LocalProtocolError):
        connection.send(CaughtUp(request=1))


@pytest.mark.parametrize("request_id", [-1, 0])
def test_a_reply_needs_a_request(request_id: int) -> None:
    with pytest.raises(LocalProtocolError):
        opened().send(Done(), request_id)


def test_an_event_has_no_request() -> None:
    with pytest.raises(LocalProtocolError):
        opened().send(CaughtUp(request=1), 1)


def test_a_message_too_large_to_send_ends_the_connection() -> None:
    connection = opened()
    with pytest.raises(LocalProtocolError):
        connection.send(Refused(code="x", verdict="never", text="x" * 70_000), 1)
    assert connection.state is State.CLOSED


@pytest.mark.parametrize("begin", [opened, connected])
def test_after_an_error_every_receive_is_a_local_error(begin: Callable[[], Any]) -> None:
    connection = begin()
    connection.receive_data(b"\x00\x00\x00\x00")
    closed_with(connection)
    with pytest.raises(LocalProtocolError):
        connection.receive_data(b"")
    with pytest.raises(LocalProtocolError):
        connection.next_event()


def test_a_client_waits_for_nothing_to_say_hello_and_subscribe() -> None:
    client, server = ClientConnection(), ServerConnection(DEFAULTS)
    subscribe = Subscribe(epoch=EPOCH, rooms=())
    server.receive_data(client.send(HELLO, 1) + client.send(subscribe, 2))
    client.receive_data(server.send(GREETING))
    assert events(client) == [Received(0, GREETING)]
    assert events(server) == [Received(1, HELLO)]
    client.receive_data(server.send(WELCOME, 1))
    assert events(server) == [Received(2, subscribe)]
    assert events(client) == [Received(1, WELCOME)]
    assert client.state is server.state is State.OPEN


def test_a_client_may_greet_in_order_too() -> None:
    client = ClientConnection()
    client.receive_data(codec.encode(GREETING))
    assert events(client) == [Received(0, GREETING)]
    states = [client.state]
    client.send(HELLO, 1)
    assert [*states, client.state] == [State.HELLO_EXPECTED, State.AUTHENTICATING]


@pytest.mark.parametrize("message", [Ping(), Typing(room=ROOM)])
def test_a_client_says_hello_before_all_else(message: Ping | Typing) -> None:
    client = ClientConnection()
    with pytest.raises(LocalProtocolError):
        client.send(message, 1)
    assert client.state is State.CLOSED


def test_a_client_says_hello_once() -> None:
    with pytest.raises(LocalProtocolError):
        connected().send(HELLO, 2)


def test_every_request_of_a_client_has_an_id() -> None:
    with pytest.raises(LocalProtocolError):
        connected().send(Ping())


def test_a_client_skips_what_it_does_not_know() -> None:
    client = connected()
    client.receive_data(raw([88, 0, {"new": 1}]) + raw([10, 0, {}]) + codec.encode(Done(), 3))
    assert events(client) == [Received(3, Done())]


@pytest.mark.parametrize("begin", [ClientConnection, connected])
def test_a_closing_ends_the_connection_in_every_state(begin: Callable[[], ClientConnection]) -> None:
    client = begin()
    client.receive_data(codec.encode(CLOSING))
    assert client.next_event() == Received(0, CLOSING)
    assert client.state is State.CLOSED


def test_a_client_reads_what_only_a_server_may_send_in_size() -> None:
    members = [{"user": f"u{index}", "state": "member", "role": "member"} for index in range(500)]
    found = fed(connected(), [raw([71, 4, {"room": ROOM, "members": members, "more": False}])])
    assert [event.request for event in found] == [4]


def test_a_hello_does_not_print_its_credential() -> None:
    assert "secret" not in repr(Hello(version=1, scheme="token", credential="secret"))
