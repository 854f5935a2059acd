"""Frames cut out of a stream for the few connections that look at them, and the order they come in. Pure."""

from __future__ import annotations

import struct
from typing import Any

import msgpack
from attrs import define, field

from benchmarks.stamps import Stamp, read_stamp
from chatd.messages import Committed, Entered, Paused, Refused

_LENGTH = struct.Struct(">I")

COMMITTED = Committed.tag
REFUSED = Refused.tag
ENTERED = Entered.tag
PAUSED = Paused.tag


@define(eq=False)
class Cutter:
    """Cuts a stream, which comes in pieces cut anywhere, into payloads."""

    _rest: bytes = b""

    def feed(self, data: bytes) -> list[bytes]:
        """Return the payloads that are whole now."""
        data = self._rest + data if self._rest else data
        payloads: list[bytes] = []
        at, end = 0, len(data)
        while end - at >= _LENGTH.size:
            stop = at + _LENGTH.size + _LENGTH.unpack_from(data, at)[0]
            if stop > end:
                break
            payloads.append(data[at + _LENGTH.size : stop])
            at = stop
        self._rest = data[at:]
        return payloads


def tag_of(payload: bytes) -> int:
    """Return the tag of a frame: every tag is below 128, so it is the byte after that of the array."""
    return payload[1]


def request_of(payload: bytes) -> int:
    """Return the request id of a frame, if it is one that fits no fewer than four bytes; else 0."""
    return int.from_bytes(payload[3:7], "big") if payload[2] == 0xCE else 0


def body_of(payload: bytes) -> dict[str, Any]:
    """Return the body of a frame of the daemon under test, decoded without the checks that a client makes."""
    body: dict[str, Any] = msgpack.unpackb(payload)[2]
    return body


@define(eq=False)
class Order:
    """Whether one connection is given the entries of its room densely, and each sender's posts as they were sent."""

    seq: int
    """The last entry given."""
    broken: int = 0
    """How often it was not the next one, or not later than its sender's last."""
    _numbers: dict[int, int] = field(factory=dict[int, int])

    def see(self, body: dict[str, Any]) -> Stamp | None:
        """Take the body of an entry. Returns its stamp, or None of an entry which is no measured post."""
        self.broken += body["seq"] != self.seq + 1
        self.seq = body["seq"]
        stamp = read_stamp(body.get("body") or b"")
        if stamp is not None:
            self.broken += stamp.number <= self._numbers.get(stamp.sender, -1)
            self._numbers[stamp.sender] = stamp.number
        return stamp
