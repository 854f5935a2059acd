"""Length prefix <-> payload (protocol 2.1). A length is judged by its four bytes alone, before its payload arrives."""

from __future__ import annotations

from struct import Struct

from attrs import define, field

from chatd.codes import CloseCode
from chatd.limits import FRAME_BYTES_MAX
from chatd.wire.errors import LocalProtocolError, RemoteProtocolError

HEADER_BYTES = 4
_LENGTH = Struct(">I")
_LENGTH_BITS = 24


def encode_frame(payload: bytes) -> bytes:
    """Return `payload` behind its length. Raises LocalProtocolError unless it has 1..FRAME_BYTES_MAX bytes."""
    size = len(payload)
    if not 0 < size <= FRAME_BYTES_MAX:
        raise LocalProtocolError(f"a frame of {size} bytes")
    return _LENGTH.pack(size) + payload


@define(eq=False)
class Framing:
    """The bytes that came and are not taken yet. What was taken is let go as soon as `take` finds no whole frame."""

    _data: bytes = field(default=b"", init=False, repr=False)
    _taken: int = field(default=0, init=False, repr=False)
    """So many bytes of `_data` were taken. To cut them off frame by frame would copy all that follows each time."""

    def feed(self, data: bytes) -> None:
        """Append what came from the peer."""
        self._trim()
        self._data += data

    def take(self, bytes_max: int) -> bytes | None:
        """Return the next payload, or None while it is not whole.

        Raises RemoteProtocolError as soon as four bytes announce flags, nothing, or more than `bytes_max`.
        """
        data, start = self._data, self._taken + HEADER_BYTES
        if len(data) < start:
            self._trim()
            return None
        (length,) = _LENGTH.unpack_from(data, self._taken)
        if not 0 < length <= bytes_max:
            raise _refusal(length, bytes_max)
        end = start + length
        if len(data) < end:
            self._trim()
            return None
        self._taken = end
        return data[start:end]

    def _trim(self) -> None:
        if self._taken:
            self._data = self._data[self._taken :]
            self._taken = 0


def _refusal(length: int, bytes_max: int) -> RemoteProtocolError:
    if length >> _LENGTH_BITS:
        return RemoteProtocolError(CloseCode.PROTOCOL_ERROR, "frame: unknown flags")
    return RemoteProtocolError(CloseCode.FRAME_SIZE, f"frame: {length} bytes announced, 1..{bytes_max} allowed")
