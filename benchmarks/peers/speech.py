"""What the one driver must know of a protocol: how to get in, what a post looks like, what an answer is. Pure.

Every server is driven by the same code. A protocol is only bytes to send and bytes to wait for, so no server gains or
loses by the library that speaks to it.
"""

from __future__ import annotations

from typing import Protocol

from attrs import frozen

from benchmarks.stamps import MARK, STAMP_BYTES, Stamp

TOKEN_BYTES_MAX = STAMP_BYTES
"""What is looked for in a stream is no longer than this: so much of a piece is kept until the next one."""
KEY_BYTES = 16
_NS_PER_MS = 1_000_000


@frozen
class Seat:
    """One member of one room, both counted from 0. All names have one width, so that equals get equal bytes."""

    room: int
    member: int

    @property
    def user(self) -> str:
        return f"u{self.room:05}m{self.member:05}"


@frozen
class Step:
    """Send this, then wait until `until` has come `times` times since."""

    send: bytes
    until: bytes
    times: int = 1


@frozen(kw_only=True)
class Template:
    """The bytes of a post, encoded once; `fill` writes what differs into them."""

    frame: bytes
    stamp_at: int
    serial_at: int = -1
    """Where a number of the protocol's own stands, big-endian; -1 if there is none."""
    serial_bytes: int = 0
    serial_first: int = 0
    serial_span: int = 1
    """After so many numbers the first comes again."""
    key_at: int = -1
    """Where `KEY_BYTES` that never repeat and rise with time stand; -1 if there are none."""

    def fill(self, sender: int, number: int, due_ns: int, now_ns: int) -> bytes:
        """Return the bytes of post `number` of a sender."""
        frame = bytearray(self.frame)
        frame[self.stamp_at : self.stamp_at + STAMP_BYTES] = Stamp(due_ns, sender, number).encode()
        if self.serial_at >= 0:
            serial = self.serial_first + number % self.serial_span
            frame[self.serial_at : self.serial_at + self.serial_bytes] = serial.to_bytes(self.serial_bytes, "big")
        if self.key_at >= 0:
            key = (now_ns // _NS_PER_MS).to_bytes(6, "big") + sender.to_bytes(4, "big") + number.to_bytes(6, "big")
            frame[self.key_at : self.key_at + KEY_BYTES] = key
        return bytes(frame)


def text_of(size: int) -> bytes:
    """Return a text of `size` bytes that begins with a stamp. Raises ValueError if it cannot hold one."""
    if size < STAMP_BYTES:
        raise ValueError(f"a text of {size} bytes cannot hold a stamp of {STAMP_BYTES}")
    return Stamp(0, 0, 0).encode() + b"x" * (size - STAMP_BYTES)


def plain_template(frame: bytes) -> Template:
    """Return the template of a frame in which nothing but the stamp differs."""
    return Template(frame=frame, stamp_at=frame.index(MARK))


class Speech(Protocol):
    """One protocol. Everything here is bytes, and picklable."""

    @property
    def answer(self) -> bytes | None:
        """What tells a sender that a post of its own is done; None if that is the post itself, given back to it."""
        ...

    @property
    def complaint(self) -> bytes | None:
        """What a sender is told of a post that was refused, and of nothing else; None if no word says it."""
        ...

    @property
    def acknowledges(self) -> bool:
        """Whether every delivery must be acknowledged as MQTT does at QoS 1."""
        ...

    def enter(self, seat: Seat) -> tuple[Step, ...]:
        """Return how a new connection becomes that user's session."""
        ...

    def join(self, seat: Seat) -> tuple[Step, ...]:
        """Return how a session starts to hear the seat's room."""
        ...

    def post(self, seat: Seat, size: int) -> Template:
        """Return how that user posts a text of `size` bytes to the seat's room."""
        ...

    def resume(self, seat: Seat, missed: int) -> tuple[Step, ...]:
        """Return how a user who was cut off gets in again and is given the `missed` last posts of the seat's room."""
        ...
