from __future__ import annotations

import pytest

from chatd.codes import CloseCode
from chatd.limits import FRAME_BYTES_MAX
from chatd.wire.errors import LocalProtocolError, RemoteProtocolError
from chatd.wire.framing import Framing, encode_frame
from tests.wire.ends import one_by_one


def test_a_frame_is_its_length_and_its_payload() -> None:
    assert encode_frame(b"abc") == b"\x00\x00\x00\x03abc"


@pytest.mark.parametrize("size", [0, FRAME_BYTES_MAX + 1])
def test_no_frame_is_empty_or_over_the_limit(size: int) -> None:
    with pytest.raises(LocalProtocolError):
        encode_frame(b"x" * size)


@pytest.mark.parametrize("payload", [b"a", b"ab" * 100, b"x" * FRAME_BYTES_MAX])
def test_a_frame_fed_whole_is_taken_once(payload: bytes) -> None:
    framing = Framing()
    framing.feed(encode_frame(payload))
    assert framing.take(FRAME_BYTES_MAX) == payload
    assert framing.take(FRAME_BYTES_MAX) is None


def test_a_frame_fed_byte_by_byte_is_taken_after_its_last_byte() -> None:
    framing = Framing()
    taken: list[bytes | None] = []
    for byte in one_by_one(encode_frame(b"hello")):
        framing.feed(byte)
        taken.append(framing.take(FRAME_BYTES_MAX))
    assert taken == [None] * 8 + [b"hello"]


def test_bytes_after_a_frame_are_left_for_the_next() -> None:
    framing = Framing()
    framing.feed(encode_frame(b"one") + encode_frame(b"two")[:6])
    assert framing.take(FRAME_BYTES_MAX) == b"one"
    assert framing.take(FRAME_BYTES_MAX) is None
    framing.feed(encode_frame(b"two")[6:])
    assert framing.take(FRAME_BYTES_MAX) == b"two"


@pytest.mark.parametrize(
    ("header", "bytes_max", "code"),
    [
        ("00000000", FRAME_BYTES_MAX, CloseCode.FRAME_SIZE),
        ("00010001", FRAME_BYTES_MAX, CloseCode.FRAME_SIZE),
        ("00001001", 4096, CloseCode.FRAME_SIZE),
        ("00ffffff", FRAME_BYTES_MAX, CloseCode.FRAME_SIZE),
        ("ffffffff", FRAME_BYTES_MAX, CloseCode.PROTOCOL_ERROR),
        ("01000001", FRAME_BYTES_MAX, CloseCode.PROTOCOL_ERROR),
        ("80000000", FRAME_BYTES_MAX, CloseCode.PROTOCOL_ERROR),
    ],
)
@pytest.mark.parametrize("tail", [b"", b"x" * 10])
def test_a_length_is_refused_from_its_four_bytes(header: str, bytes_max: int, code: CloseCode, tail: bytes) -> None:
    framing = Framing()
    data = bytes.fromhex(header)
    framing.feed(data[:3])
    assert framing.take(bytes_max) is None
    framing.feed(data[3:] + tail)
    with pytest.raises(RemoteProtocolError) as caught:
        framing.take(bytes_max)
    assert caught.value.close_code is code


def test_a_length_at_the_limit_is_taken() -> None:
    framing = Framing()
    framing.feed(encode_frame(b"x" * 4096))
    assert framing.take(4096) == b"x" * 4096
