"""Frames: what a server decodes and encodes for one post."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.micro.clock import Micro, steady
from benchmarks.micro.stage import CONTENT, REQUEST, open_wire
from chatd.chain import body_hash, link, origin
from chatd.messages import Committed, Post
from chatd.model import Entry, EntryKind
from chatd.wire import codec
from chatd.wire.connection import Malformed, Pause, Received

ROOM = bytes(range(16))
KEY = bytes(range(16, 32))
SALT = bytes(range(32, 48))
USER = "user-0-0"
_TIME_MS = 1_800_000_000_000
_POST = Post(room=ROOM, key=KEY, content=CONTENT)


def decode_post() -> Callable[[], Received | Malformed | Pause]:
    """Return what decodes a post with every check, as a session does with what it has received."""
    wire = open_wire(USER)
    frame = codec.encode(_POST, REQUEST)

    def once() -> Received | Malformed | Pause:
        wire.receive_data(frame)
        return wire.next_event()

    return once


def digest_post() -> Callable[[], bytes]:
    """Return what makes the digest that tells a repeat from a conflict."""
    return lambda: codec.digest(_POST)


def encode_ack() -> Callable[[], bytes]:
    """Return what encodes the reply to a post."""
    wire = open_wire(USER)
    return lambda: wire.send(Committed(room=ROOM, seq=2**20, time=_TIME_MS), REQUEST)


def an_entry() -> Entry:
    """Return a post as the store gives it back."""
    hashed = body_hash(SALT, CONTENT)
    header = (ROOM, 1, EntryKind.POST.value, USER, KEY, _TIME_MS, None)
    return Entry(
        room=ROOM,
        seq=1,
        g=1,
        kind=EntryKind.POST,
        sender=USER,
        key=KEY,
        time=_TIME_MS,
        target=None,
        posts=1,
        salt=SALT,
        body=CONTENT,
        body_hash=hashed,
        hash=link(origin(ROOM), header, hashed),
    )


def encode_entry() -> Callable[[], bytes]:
    """Return what encodes a post for those who listen."""
    entry = an_entry()
    return lambda: codec.encode_entry(entry)


MICROS = (
    Micro("codec.decode_post", steady(decode_post)),
    Micro("codec.digest_post", steady(digest_post)),
    Micro("codec.encode_ack", steady(encode_ack)),
    Micro("codec.encode_entry", steady(encode_entry)),
)
