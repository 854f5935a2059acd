"""chatd's own protocol, as the driver of all servers speaks it."""

from __future__ import annotations

from attrs import field, frozen

from benchmarks.peers.speech import KEY_BYTES, Seat, Step, Template, text_of
from benchmarks.session import HEARTBEAT_S
from benchmarks.stamps import MARK
from chatd.limits import VERSION
from chatd.messages import CaughtUp, Hello, Post, Subscribe, Welcome
from chatd.model import RoomId
from chatd.wire import codec, content as contents

_HELLO, _SUBSCRIBE = 1, 2
_FIRST_SERIAL = 1 << 16
"""From here to 2^32 a request id takes five bytes."""
_ANY_KEY = bytes(range(0x41, 0x41 + KEY_BYTES))


def _beginning(tag: int, request: int) -> bytes:
    """Return the first bytes of a frame's payload: an array of three, a tag and an id that fit a byte each."""
    return bytes((0x93, tag, request))


@frozen
class Cursor:
    room: RoomId
    seq: int
    h8: bytes


@frozen
class ChatdSpeech:
    """Users are believed by name. `cursors` tell, of each room, its id and where its members stand."""

    epoch: bytes = b""
    cursors: dict[int, Cursor] = field(factory=dict[int, Cursor])
    answer: bytes | None = None
    complaint: bytes | None = b"\xa7verdict"
    acknowledges: bool = False

    def _hello(self, seat: Seat) -> bytes:
        hello = Hello(version=VERSION, scheme="dev", credential=seat.user, heartbeat_s=HEARTBEAT_S, agent="benchmarks")
        return codec.encode(hello, _HELLO)

    def _subscribe(self, seat: Seat) -> bytes:
        at = self.cursors[seat.room]
        return codec.encode(Subscribe(epoch=self.epoch, rooms=(at.room, at.seq, at.h8)), _SUBSCRIBE)

    def enter(self, seat: Seat) -> tuple[Step, ...]:
        return (Step(self._hello(seat), _beginning(Welcome.tag, _HELLO)),)

    def join(self, seat: Seat) -> tuple[Step, ...]:
        return (Step(self._subscribe(seat), _beginning(CaughtUp.tag, 0)),)

    def post(self, seat: Seat, size: int) -> Template:
        """A post with a key of its own each time, and a request id that always takes five bytes."""
        command = Post(
            room=self.cursors[seat.room].room, key=_ANY_KEY, content=contents.text(text_of(size).decode("ascii"))
        )
        frame = codec.encode(command, _FIRST_SERIAL)
        return Template(
            frame=frame,
            stamp_at=frame.index(MARK),
            serial_at=frame.index(b"\xce" + _FIRST_SERIAL.to_bytes(4, "big")) + 1,
            serial_bytes=4,
            serial_first=_FIRST_SERIAL,
            serial_span=2**32 - _FIRST_SERIAL,
            key_at=frame.index(_ANY_KEY),
        )

    def resume(self, seat: Seat, missed: int) -> tuple[Step, ...]:
        """The hello and the cursor go at once, as protocol.md allows; what was missed follows by itself."""
        del missed
        return (Step(self._hello(seat) + self._subscribe(seat), _beginning(CaughtUp.tag, 0)),)
