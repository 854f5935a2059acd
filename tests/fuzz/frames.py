"""A byte stream as frames (protocol 2.1), and back: however wrong it is, every byte is kept."""

from __future__ import annotations

from attrs import define

from chatd.wire.framing import HEADER_BYTES


@define(eq=False)
class Frame:
    """A length as it is told, and the bytes that stand behind it. The two need not agree."""

    head: bytes
    payload: bytes

    @property
    def raw(self) -> bytes:
        return self.head + self.payload


def framed(payload: bytes) -> Frame:
    """Return the frame of `payload`, its length true."""
    return Frame(len(payload).to_bytes(HEADER_BYTES, "big"), payload)


def split(stream: bytes) -> list[Frame]:
    """Return the frames of `stream`. One that is cut has what is left of it."""
    frames, at = list[Frame](), 0
    while at < len(stream):
        head = stream[at : at + HEADER_BYTES]
        at += HEADER_BYTES
        payload = stream[at : at + int.from_bytes(head, "big")]
        at += len(payload)
        frames.append(Frame(head, payload))
    return frames


def joined(frames: list[Frame]) -> bytes:
    return b"".join(frame.raw for frame in frames)
