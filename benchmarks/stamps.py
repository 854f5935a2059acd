"""The text of a measured post: a marker, then when it was meant to be sent, by whom, and its number. Pure.

The marker is what makes a light driver possible: counting it in raw bytes is twenty times cheaper than decoding.
Every figure has a fixed width, so a frame encoded once is filled in place ever after.
"""

from __future__ import annotations

from attrs import define, field, frozen

from chatd.messages import Post
from chatd.model import Key, RoomId
from chatd.wire import codec, content as contents

MARK = b"|@stamp:"
"""No prefix of it is a suffix of it, so two occurrences never overlap."""
_TIME_DIGITS, _SENDER_DIGITS, _NUMBER_DIGITS = 16, 6, 8
STAMP_BYTES = len(MARK) + _TIME_DIGITS + _SENDER_DIGITS + _NUMBER_DIGITS
"""The shortest text that can be measured."""

_TAIL_BYTES = len(MARK) - 1
_ANY_KEY = bytes(range(0x41, 0x51))
_ANY_REQUEST = 0xFEDCBA98


@frozen
class Stamp:
    due_ns: int
    """When the post was meant to be sent, on the monotonic clock that all processes of a machine share."""
    sender: int
    number: int
    """Of the posts of this sender, from 0."""

    def encode(self) -> bytes:
        """Return its `STAMP_BYTES` bytes of ASCII."""
        return b"%b%016x%06x%08x" % (MARK, self.due_ns, self.sender, self.number)


def read_stamp(data: bytes) -> Stamp | None:
    """Return the first stamp in `data`, or None if it holds no whole one."""
    start = data.find(MARK)
    if start < 0 or len(data) < start + STAMP_BYTES:
        return None
    time_at = start + len(MARK)
    sender_at = time_at + _TIME_DIGITS
    number_at = sender_at + _SENDER_DIGITS
    return Stamp(
        int(data[time_at:sender_at], 16),
        int(data[sender_at:number_at], 16),
        int(data[number_at : start + STAMP_BYTES], 16),
    )


@define(eq=False)
class Tally:
    """Counts the markers in a stream that comes in pieces cut anywhere, in a buffer which many streams share."""

    count: int = 0
    size: int = 0
    """Bytes received."""
    _tail: bytes = b""

    def place(self, buffer: bytearray) -> int:
        """Put what may be the beginning of a marker at the start of `buffer`. Receive after it: returns where."""
        size = len(self._tail)
        buffer[:size] = self._tail
        return size

    def add(self, buffer: bytearray, start: int, end: int) -> None:
        """Count what was received into `buffer[start:end]`, where `start` came from `place`."""
        self.count += buffer.count(MARK, 0, end)
        self.size += end - start
        # Shorter than a marker, so none is counted twice.
        self._tail = bytes(buffer[max(0, end - _TAIL_BYTES) : end])


@define(eq=False)
class PostTemplate:
    """The frame of a post to one room, encoded by the codec once; `fill` writes into it what differs."""

    _frame: bytearray
    _request_at: int
    _key_at: int
    _stamp_at: int

    @classmethod
    def build(cls, room: RoomId, text_bytes: int) -> PostTemplate:
        """Return the template of posts whose text has `text_bytes` bytes. Raises ValueError below `STAMP_BYTES`."""
        if text_bytes < STAMP_BYTES:
            raise ValueError(f"a text of {text_bytes} bytes cannot hold a stamp of {STAMP_BYTES}")
        text = Stamp(0, 0, 0).encode() + b"x" * (text_bytes - STAMP_BYTES)
        post = Post(room=room, key=_ANY_KEY, content=contents.text(text.decode("ascii")))
        frame = codec.encode(post, _ANY_REQUEST)
        request = _ANY_REQUEST.to_bytes(4, "big")
        return cls(bytearray(frame), frame.index(request), frame.index(_ANY_KEY), frame.index(MARK))

    def fill(self, request: int, key: Key, stamp: Stamp) -> bytes:
        """Return the frame of one post. `request` is within 2^16..2^32-1, which msgpack writes in five bytes."""
        frame = self._frame
        frame[self._request_at : self._request_at + 4] = request.to_bytes(4, "big")
        frame[self._key_at : self._key_at + len(key)] = key
        frame[self._stamp_at : self._stamp_at + STAMP_BYTES] = stamp.encode()
        return bytes(frame)


@define(eq=False)
class Keys:
    """Keys in the order of time, as the store likes them: 48 bits of milliseconds, then a number of the process."""

    _salt: bytes
    """4 bytes that tell processes apart."""
    _next: int = field(default=0, init=False)

    def make(self, now_ns: int) -> Key:
        """Return a key that this object has not returned before."""
        self._next += 1
        return (now_ns // 1_000_000).to_bytes(6, "big") + self._salt + self._next.to_bytes(6, "big")
