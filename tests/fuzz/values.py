"""What stands at the edges: values that decoders, limits and rules are likely to be wrong about."""

from __future__ import annotations

import random
from collections.abc import Callable

from chatd.chain import pack
from chatd.limits import CONTENT_BYTES_MAX, CREDENTIAL_BYTES_MAX, DEPTH_MAX, REQUEST_ID_MAX, SEQ_MAX
from tests.fuzz.tree import Node, header, number, text

WIDTHS = (1, 2, 4)
EDGES = (0, 1, 2, 15, 16, 31, 32, 127, 128, 255, 256, 65_535, 65_536, REQUEST_ID_MAX, SEQ_MAX, 2**63 - 1, 2**64 - 1)
SIZES = (0, 1, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 64, 65, 128, 129, 255, 256, 512, 513)
LARGE = (CREDENTIAL_BYTES_MAX, CREDENTIAL_BYTES_MAX + 1, CONTENT_BYTES_MAX, CONTENT_BYTES_MAX + 1)
COUNTS = (0, 1, 15, 16, 17, 255, 256, 257, 1023, 1024, 1025, 1535, 1536, 1537, 65_535, 2**32 - 1)
TEXTS = (
    b"", b" ", b"\x00", b"\n", b"\x1b[2J", b"\xe2\x80\xae", b"\xe2\x80\xa8", b"\xef\xbb\xbf", b"\xf0\x9f\x98\x80",
    b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82", b"' OR 1=1 --", b"../../etc/passwd",
    b"bo", b"eve",
)  # fmt: skip
"""Good and bad UTF-8; control characters and marks that turn text; what has meaning in some other language."""
RAW = (
    b"\xc0", b"\xc1", b"\xc2", b"\xc3", b"\x80", b"\x90", b"\xa0", b"\xc4\x00",
    b"\xca\x7f\xc0\x00\x00", b"\xcb\x7f\xf0" + bytes(6), b"\xcb\xff\xf8" + bytes(6), b"\xcb\x80" + bytes(7),
    b"\xcb\x3f\xf0" + bytes(6), b"\xd4\x05\x00", b"\xd6\xff" + bytes(4), b"\xd7\xff" + bytes(8),
    b"\xc7\x0c\xff" + bytes(12), b"\xc7\x00\x01", b"\xc9\xff\xff\xff\xff\x01", b"\xdf\xff\xff\xff\xff",
    b"\xdd\xff\xff\xff\xff", b"\xdb\xff\xff\xff\xff", b"\xc6\xff\xff\xff\xff",
)  # fmt: skip
"""Bare values, numbers that are none, ext types and timestamps, and headers that announce 4 GiB."""


def an_integer(chance: random.Random) -> bytes:
    value = chance.choice(EDGES) + chance.randrange(-1, 2)
    if chance.random() < 0.2:
        value = -value
    if chance.random() < 0.5 and -(2**63) <= value < 2**64:
        return pack(value)
    return number(value, chance.choice((*WIDTHS, 8)), signed=chance.random() < 0.5)


def a_text(chance: random.Random) -> bytes:
    size = chance.choice(SIZES) if chance.random() < 0.97 else chance.choice(LARGE)
    body = chance.choice(TEXTS) if chance.random() < 0.5 else chance.choice((b"a", b"\x00", b"\xc3\xa9")) * size
    length = chance.choice(COUNTS) if chance.random() < 0.1 else None
    return text(body, chance.choice(WIDTHS), as_bytes=chance.random() < 0.5, length=length)


def a_container(chance: random.Random) -> bytes:
    """Deep, wide, or of a header that lies."""
    kind, is_map = chance.randrange(3), chance.random() < 0.5
    if kind == 0:
        level = b"\x81\xa1a" if is_map else b"\x91"
        return level * (DEPTH_MAX + chance.randrange(-7, 3)) + b"\xc0"
    count = chance.choice(COUNTS[:-2]) if kind == 1 and chance.random() < 0.2 else chance.randrange(20)
    inner = chance.choice((b"\xc0", b"\x80", b"\x90", b"\x01", b"\xe0"))
    width = chance.choice((2, 4))
    told = chance.choice(COUNTS) if kind == 2 else count
    pairs = b"".join(pack(str(place)) + inner for place in range(count)) if is_map else inner * count
    return header(told, width, is_map=is_map) + pairs


def a_raw(chance: random.Random) -> bytes:
    return chance.choice(RAW)


MAKERS: tuple[Callable[[random.Random], bytes], ...] = (an_integer, a_text, a_container, a_raw)


def a_value(chance: random.Random) -> Node:
    """Return a value from the edges, as one raw node."""
    return Node(chance.choice(MAKERS)(chance))
