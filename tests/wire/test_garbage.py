from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

import pytest
from hypothesis import given, strategies as st

from chatd.messages import FromClient, FromServer
from chatd.wire import codec
from chatd.wire.connection import NEED_DATA, PAUSED, Malformed, Received, State
from chatd.wire.errors import RemoteProtocolError
from chatd.wire.framing import encode_frame
from tests.wire.ends import connected, greeted, opened, raw
from tests.wire.strategies import messages, steady
from tests.wire.test_strict import plain

ends = pytest.mark.parametrize("begin", [greeted, opened, connected])


def outcome(connection: Any, data: bytes) -> list[object]:
    """Return all that comes out of `data`. Whatever it is, only events or a RemoteProtocolError may."""
    found: list[object] = []
    connection.receive_data(data)
    while connection.state is not State.CLOSED:
        try:
            event = connection.next_event()
        except RemoteProtocolError as error:
            found.append(error.close_code)
            break
        if event in (NEED_DATA, PAUSED):
            break
        assert isinstance(event, (Received, Malformed))
        found.append(event)
    return found


def in_pieces(connection: Any, data: bytes, size: int) -> list[object]:
    found: list[object] = []
    for start in range(0, len(data), size):
        if connection.state is not State.CLOSED:
            found += outcome(connection, data[start : start + size])
    return found


@ends
@given(data=st.binary(max_size=200), size=st.integers(1, 7))
@steady
def test_any_bytes_give_the_same_in_any_pieces(begin: Callable[[], Any], data: bytes, size: int) -> None:
    assert outcome(begin(), data) == in_pieces(begin(), data, size)


@ends
@given(payload=st.binary(min_size=1, max_size=200))
@steady
def test_any_payload_is_an_event_or_an_end(begin: Callable[[], Any], payload: bytes) -> None:
    outcome(begin(), encode_frame(payload))


@ends
@given(tag=st.integers(0, 90), request=st.integers(0, 3), body=st.dictionaries(st.text(max_size=4), plain, max_size=4))
@steady
def test_any_body_is_an_event_or_an_end(begin: Callable[[], Any], tag: int, request: int, body: dict[str, Any]) -> None:
    outcome(begin(), raw([tag, request, body]))


@st.composite
def mutated(draw: st.DrawFn, classes: tuple[type[Any], ...]) -> bytes:
    message = draw(messages(draw(st.sampled_from(classes))))
    frame = bytearray(codec.encode(message, draw(st.integers(0, 2))))
    for _ in range(draw(st.integers(1, 4))):
        frame[draw(st.integers(0, len(frame) - 1))] = draw(st.integers(0, 255))
    return bytes(frame)


@given(frame=mutated(get_args(FromClient)), size=st.integers(1, 9))
@steady
def test_a_mutated_frame_of_a_client_is_an_event_or_an_end(frame: bytes, size: int) -> None:
    assert outcome(opened(), frame) == in_pieces(opened(), frame, size)


@given(frame=mutated(get_args(FromServer)), size=st.integers(1, 9))
@steady
def test_a_mutated_frame_of_a_server_is_an_event_or_an_end(frame: bytes, size: int) -> None:
    assert outcome(connected(), frame) == in_pieces(connected(), frame, size)


@st.composite
def misfit(draw: st.DrawFn) -> bytes:
    """A message of a client with some fields replaced by values of any kind."""
    message = draw(messages(draw(st.sampled_from(get_args(FromClient)[1:]))))
    _, _, body = codec.decode_payload(codec.encode(message, 1)[4:], 256)
    for name in draw(st.lists(st.sampled_from([*body, "new"]), max_size=2)):
        body[name] = draw(plain)
    return raw([message.tag, 1, body])


@given(frame=misfit())
@steady
def test_a_body_of_any_values_is_answered_and_the_session_lives(frame: bytes) -> None:
    connection = opened()
    assert len(outcome(connection, frame)) == 1
    assert connection.state is State.OPEN
