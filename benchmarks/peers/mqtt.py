"""MQTT 3.1.1, QoS 0 and 1, as far as the driver speaks it."""

from __future__ import annotations

from attrs import define, frozen

from benchmarks.peers.speech import Seat, Step, Template, text_of
from benchmarks.stamps import MARK

_CONNECT, _PUBLISH, _SUBSCRIBE = 0x10, 0x30, 0x82
_CONNACK, _PUBACK, _SUBACK = b"\x20\x02", b"\x40\x02", b"\x90\x03"
_QOS_1 = 0x02
_CLEAN = 0x02
_ANY_ID = 0x4142
_ID_MAX = 0xFFFF


def remaining_length(size: int) -> bytes:
    """Return a length as MQTT writes it: seven bits a byte, the lowest first."""
    encoded = bytearray()
    while size >= 0x80:
        encoded.append(size % 0x80 | 0x80)
        size //= 0x80
    encoded.append(size)
    return bytes(encoded)


def packet(first: int, body: bytes) -> bytes:
    return bytes((first,)) + remaining_length(len(body)) + body


def _string(text: str) -> bytes:
    return len(text).to_bytes(2, "big") + text.encode()


@define(eq=False)
class Acknowledger:
    """Finds the packets of a stream, which comes in pieces cut anywhere, and answers those that ask for it."""

    _rest: bytes = b""

    def feed(self, data: bytes) -> bytes:
        """Return the PUBACKs for the QoS 1 packets that are whole now."""
        data = self._rest + data
        answers: list[bytes] = []
        at = 0
        while (body := _body(data, at)) is not None:
            start, end = body
            if data[at] & 0xF6 == _PUBLISH | _QOS_1:
                id_at = start + 2 + int.from_bytes(data[start : start + 2], "big")
                answers.append(_PUBACK + data[id_at : id_at + 2])
            at = end
        self._rest = data[at:]
        return b"".join(answers)


def _body(data: bytes, at: int) -> tuple[int, int] | None:
    """Return where the body of the packet at `at` begins and ends, or None while it is not whole."""
    size, shift, start = 0, 0, at + 1
    while start < len(data):
        size |= (data[start] & 0x7F) << shift
        start += 1
        if data[start - 1] < 0x80:
            return (start, start + size) if start + size <= len(data) else None
        shift += 7
    return None


@frozen
class MqttSpeech:
    """Rooms are topics. At `qos` 1 a session outlives its connection, and what it missed waits for it."""

    qos: int = 0
    answer: bytes | None = None
    complaint: bytes | None = None
    """A broker has no word for it: it closes the connection."""

    @property
    def acknowledges(self) -> bool:
        return self.qos > 0

    def enter(self, seat: Seat) -> tuple[Step, ...]:
        flags = 0 if self.qos else _CLEAN
        body = _string("MQTT") + bytes((4, flags, 0, 0)) + _string(seat.user)
        return (Step(packet(_CONNECT, body), _CONNACK),)

    def join(self, seat: Seat) -> tuple[Step, ...]:
        body = (1).to_bytes(2, "big") + _string(_topic(seat)) + bytes((self.qos,))
        return (Step(packet(_SUBSCRIBE, body), _SUBACK),)

    def post(self, seat: Seat, size: int) -> Template:
        """A PUBLISH; at QoS 1 with a packet id, which is never 0."""
        if not self.qos:
            frame = packet(_PUBLISH, _string(_topic(seat)) + text_of(size))
            return Template(frame=frame, stamp_at=frame.index(MARK))
        number = _ANY_ID.to_bytes(2, "big")
        frame = packet(_PUBLISH | _QOS_1, _string(_topic(seat)) + number + text_of(size))
        return Template(
            frame=frame,
            stamp_at=frame.index(MARK),
            serial_at=frame.index(number),
            serial_bytes=2,
            serial_first=1,
            serial_span=_ID_MAX,
        )

    def resume(self, seat: Seat, missed: int) -> tuple[Step, ...]:
        """The broker knows the session, so there is nothing to ask for."""
        (connect,) = self.enter(seat)
        return (Step(connect.send, MARK, missed),)


def _topic(seat: Seat) -> str:
    return f"room/{seat.room:05}"
