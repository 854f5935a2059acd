"""A second decoder of protocol 2.3, written from the clause alone and in the plainest way: the fuzzer's yardstick.

It shares no line with `chatd.wire.strict`. Where the two disagree, one of them is wrong.
"""

from __future__ import annotations

import math
import struct
from typing import Any

from attrs import define, field

ARRAY_ITEMS_MAX = 1536
MAP_KEYS_MAX = 1024
DEPTH_MAX = 8
VALUES_PER_CONTAINER = 16

_INTEGERS = {0xCC: ">B", 0xCD: ">H", 0xCE: ">I", 0xCF: ">Q", 0xD0: ">b", 0xD1: ">h", 0xD2: ">i", 0xD3: ">q"}
_FLOATS = {0xCA: ">f", 0xCB: ">d"}
_STRINGS = {0xD9: ">B", 0xDA: ">H", 0xDB: ">I"}
_BYTES = {0xC4: ">B", 0xC5: ">H", 0xC6: ">I"}
_ARRAYS = {0xDC: ">H", 0xDD: ">I"}
_MAPS = {0xDE: ">H", 0xDF: ">I"}
_WORDS = {0xC0: None, 0xC2: False, 0xC3: True}


class NotAllowedError(Exception):
    """The bytes break clause 2.3."""


@define(eq=False)
class _Decoder:
    data: bytes
    containers_left: int
    values_left: int
    at: int = field(default=0, init=False)

    def take(self, size: int) -> bytes:
        taken = self.data[self.at : self.at + size]
        if len(taken) < size:
            raise NotAllowedError("cut")
        self.at += size
        return taken

    def scalar(self, form: str) -> Any:
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def value(self, level: int) -> Any:
        self.values_left -= 1
        if self.values_left < 0:
            raise NotAllowedError("too many values")
        first = self.take(1)[0]
        if first <= 0x7F:
            return first
        if first >= 0xE0:
            return first - 0x100
        if first in _WORDS:
            return _WORDS[first]
        if first in _INTEGERS:
            return self.scalar(_INTEGERS[first])
        if first in _FLOATS:
            return self.finite(_FLOATS[first])
        if first <= 0x8F or first in _MAPS:
            return self.map(first & 0x0F if first <= 0x8F else self.scalar(_MAPS[first]), level + 1)
        if first <= 0x9F or first in _ARRAYS:
            return self.array(first & 0x0F if first <= 0x9F else self.scalar(_ARRAYS[first]), level + 1)
        if first <= 0xBF or first in _STRINGS:
            return self.string(first & 0x1F if first <= 0xBF else self.scalar(_STRINGS[first]))
        if first in _BYTES:
            return self.take(self.scalar(_BYTES[first]))
        raise NotAllowedError(f"type {first:#x}")

    def finite(self, form: str) -> float:
        value: float = self.scalar(form)
        if not math.isfinite(value):
            raise NotAllowedError("no number")
        return value

    def string(self, size: int) -> str:
        try:
            return self.take(size).decode("utf-8", "strict")
        except UnicodeDecodeError as error:
            raise NotAllowedError("UTF-8") from error

    def enter(self, level: int, count: int, most: int) -> None:
        self.containers_left -= 1
        if level > DEPTH_MAX or count > most or self.containers_left < 0:
            raise NotAllowedError("too deep, too long or too many")

    def array(self, count: int, level: int) -> list[Any]:
        self.enter(level, count, ARRAY_ITEMS_MAX)
        return [self.value(level) for _ in range(count)]

    def map(self, count: int, level: int) -> dict[str, Any]:
        self.enter(level, count, MAP_KEYS_MAX)
        result: dict[str, Any] = {}
        for _ in range(count):
            key = self.value(level)
            if type(key) is not str or key in result:
                raise NotAllowedError("a key that is no string, or twice")
            result[key] = self.value(level)
        return result


def decode(data: bytes, containers_max: int) -> Any:
    """Return the one value in `data`. Raises NotAllowedError where clause 2.3 does not allow it, and nothing else."""
    decoder = _Decoder(data, containers_max, VALUES_PER_CONTAINER * containers_max)
    value = decoder.value(0)
    if decoder.at != len(data):
        raise NotAllowedError("more than one value")
    return value


def same(one: Any, other: Any) -> bool:
    """Return whether two decoded values are equal in their types too: 1 is not True, nor 1.0."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return repr(one) == repr(other) if isinstance(one, float) else bool(one == other)
