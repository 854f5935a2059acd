from __future__ import annotations

from benchmarks.micro.codec import KEY, MICROS, ROOM, SALT, an_entry, decode_post, digest_post, encode_ack, encode_entry
from benchmarks.micro.stage import CONTENT, REQUEST
from chatd.messages import Committed, Entered, Post
from chatd.wire.connection import ClientConnection, Received, State


def _read(frame: bytes) -> object:
    """Return what a client reads in a frame."""
    wire = ClientConnection()
    wire.state = State.OPEN
    wire.receive_data(frame)
    event = wire.next_event()
    assert isinstance(event, Received)
    return event.message


def test_the_post_is_decoded_every_time() -> None:
    once = decode_post()
    assert [once(), once()] == [Received(REQUEST, Post(room=ROOM, key=KEY, content=CONTENT))] * 2


def test_the_digest_is_one() -> None:
    assert len(digest_post()()) == 32


def test_the_ack_reaches_a_client() -> None:
    message = _read(encode_ack()())
    assert isinstance(message, Committed)
    assert message.room == ROOM


def test_the_entry_reaches_a_client_whole() -> None:
    message = _read(encode_entry()())
    assert isinstance(message, Entered)
    assert (message.body, message.salt, message.h8) == (CONTENT, SALT, an_entry().hash[:8])


def test_all_of_them_can_be_measured() -> None:
    assert all(micro.measure(2) > 0.0 for micro in MICROS)
