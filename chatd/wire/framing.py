"""Length prefix <-> payload (protocol 2.1). A length is judged by its four bytes alone, before its payload arrives."""

from __future__ import annotations

from attrs import define, field

from chatd.codes import CloseCode
from chatd.limits import FRAME_BYTES_MAX
from chatd.wire.errors import LocalProtocolError, RemoteProtocolError

HEADER_BYTES = 4
_LENGTH_BITS = 24


def encode_frame(payload: bytes) -> bytes:
    """Return `payload` behind its length. Raises LocalProtocolError unless it has 1..FRAME_BYTES_MAX bytes."""
    size = len(payload)
    if not 0 < size <= FRAME_BYTES_MAX:
        raise LocalProtocolError(f"a frame of {size} bytes")
    return size.to_bytes(HEADER_BYTES, "big") + payload


@define(eq=False)
class Framing:
    """The bytes that came and are not taken yet. Holds no more than it was fed."""

    _data: bytearray = field(factory=bytearray, init=False, repr=False)

    def feed(self, data: bytes) -> None:
        """Append what came from the peer."""
        self._data += data

    def take(self, bytes_max: int) -> bytes | None:
        """Return the next payload, or None while it is not whole.

        Raises RemoteProtocolError as soon as four bytes announce flags, nothing, or more than `bytes_max`.
        """
        data = self._data
        if len(data) < HEADER_BYTES:
            return None
        length = int.from_bytes(data[:HEADER_BYTES], "big")
        if not 0 < length <= bytes_max:
            raise _refusal(length, bytes_max)
        end = HEADER_BYTES + length
        if len(data) < end:
            return None
        payload = bytes(data[HEADER_BYTES:end])
        del data[:end]
        return payload


def _refusal(length: int, bytes_max: int) -> RemoteProtocolError:
    if length >> _LENGTH_BITS:
        return RemoteProtocolError(CloseCode.PROTOCOL_ERROR, "frame: unknown flags")
    return RemoteProtocolError(CloseCode.FRAME_SIZE, f"frame: {length} bytes announced, 1..{bytes_max} allowed")
