"""msgpack as this protocol allows it (protocol 2.3): the same rules for frames and for the contents in them.

Bytes are surveyed before they are decoded, unless they are few. The survey walks from value to value, makes no objects,
and ends at the first thing that is too long, too deep or too many. So what decoding may cost is known before it begins
(invariant M4): a length that lies, or arrays that open and never close, cost nothing.
"""

from __future__ import annotations

from typing import Any

import msgpack

from chatd.limits import DEPTH_MAX, VALUES_PER_CONTAINER

ARRAY_ITEMS_MAX = 1536
"""Of one array: the triples of 512 rooms."""
MAP_KEYS_MAX = 1024

_NO_KEY = "a map has a key which is no string"
_SMALL_BYTES = 512
"""A value of so few bytes is decoded first, since that is what surveying would cost, and looked at then."""
_SMALL_ITEMS = 8
"""What a container in one may announce. So decoding takes some 64 KiB at most, whatever it says."""
_ARRAY, _MAP = (list,), (dict,)
_FLAT = frozenset((str, bytes, int, bool, type(None)))
"""What stands in a frame that is no container, and no float."""
_WORDS = {0xC0: 1, 0xC2: 1, 0xC3: 1, 0xCC: 2, 0xCD: 3, 0xCE: 5, 0xCF: 9, 0xD0: 2, 0xD1: 3, 0xD2: 5, 0xD3: 9}
"""The sizes of nil, the booleans and the integers that have bytes of their own."""
_SHORT = frozenset((0xC4, 0xD9))
"""Byte strings and strings whose length is the next byte."""
_LENGTHS = {0xC5: 2, 0xC6: 4, 0xDA: 2, 0xDB: 4}
"""How many bytes say how long the others are."""
_FLOATS = {0xCA: (5, 0x80), 0xCB: (9, 0xF0)}
"""The size of a float, and the least second byte of one that is not finite, its first being 7f or ff (IEEE 754)."""
_COUNTS = {**dict.fromkeys(range(0x80, 0xA0), 0), 0xDC: 2, 0xDD: 4, 0xDE: 2, 0xDF: 4}
"""How many bytes say how much a map or an array holds; none where the low half of the first byte does."""
_LAST_SMALL_MAP = 0x8F
_FIRST_LARGE_MAP = 0xDE


def _size(first: int) -> int:
    """Return how many bytes a value has that begins with `first`, or 0 where that byte alone does not say it."""
    if first <= 0x7F or first >= 0xE0:
        return 1
    if 0xA0 <= first <= 0xBF:
        return 1 + (first & 0x1F)
    return _WORDS.get(first, 0)


_SIZES = tuple(map(_size, range(256)))


def _walk(data: bytes, containers_max: int) -> int:
    """Return where the value ends that `data` begins with, which may be beyond the end of the data.

    Raises ValueError for what clause 2.3 does not allow, and IndexError where the data ends first. What is open is
    kept in a list, of `DEPTH_MAX` numbers at most: this runs twice for every post, and a call a container is dear.
    """
    at, left = 0, 1
    outer: list[int] = []
    containers_left, values_left = containers_max, VALUES_PER_CONTAINER * containers_max - 1
    while True:
        while left:
            left -= 1
            first = data[at]
            if size := _SIZES[first]:
                at += size
            elif first in _SHORT:
                at += 2 + data[at + 1]
            elif first in _COUNTS:
                outer.append(left)
                at, left = _opened(data, at, first)
                containers_left -= 1
                values_left -= left
                if len(outer) > DEPTH_MAX or containers_left < 0 or values_left < 0:
                    raise ValueError(_excess(len(outer), containers_left))
            else:
                at += _rare(data, at, first)
        if not outer:
            return at
        left = outer.pop()


def _opened(data: bytes, at: int, first: int) -> tuple[int, int]:
    """Return where the values of the container at `at` begin, and how many there are; of a map keys and values."""
    width = _COUNTS[first]
    inner = at + 1 + width
    count = int.from_bytes(data[at + 1 : inner], "big") if width else first & 0x0F
    is_map = first <= _LAST_SMALL_MAP or first >= _FIRST_LARGE_MAP
    if count > (MAP_KEYS_MAX if is_map else ARRAY_ITEMS_MAX):
        raise ValueError(f"{count} items or keys exceed what one may hold")
    return inner, 2 * count if is_map else count


def _excess(levels: int, containers_left: int) -> str:
    if levels > DEPTH_MAX:
        return f"nested deeper than {DEPTH_MAX}"
    return "too many containers" if containers_left < 0 else "too many values"


def _rare(data: bytes, at: int, first: int) -> int:
    """Return the size of a value of the forms that are left: long strings, and floats, which must be finite."""
    if first in _LENGTHS:
        head = 1 + _LENGTHS[first]
        return head + int.from_bytes(data[at + 1 : at + head], "big")
    if first not in _FLOATS:
        raise ValueError(f"a value of a type which is not allowed: {first:#x}")
    size, infinite = _FLOATS[first]
    if data[at + 1] & 0x7F == 0x7F and data[at + 2] >= infinite:
        raise ValueError("a float that is no number, or infinite")
    return size


def _survey(data: bytes, containers_max: int) -> None:
    """Raise ValueError where `data` is not one whole value, as far as that is seen without looking into strings."""
    try:
        end = _walk(data, containers_max)
    except IndexError:
        raise ValueError("the value is cut short") from None
    if end != len(data):
        raise ValueError("not exactly one value")


def _map(pairs: list[tuple[Any, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a map holds a key twice")
    for key in result:
        if type(key) is not str:
            raise ValueError(_NO_KEY)
    return result


def _small(data: bytes) -> Any:
    """Return the value in `data` where it is a frame without a container in its map, as most are; else None.

    Whatever else it is, None says nothing of it: it is surveyed then, and refused in the words of the survey.
    """
    try:
        frame = msgpack.unpackb(data, object_pairs_hook=_map, max_array_len=_SMALL_ITEMS, max_map_len=_SMALL_ITEMS)
    except ValueError:
        return None
    if type(frame) not in _ARRAY or len(frame) != 3 or type(frame[2]) not in _MAP:
        return None
    tag, request, body = frame
    if type(tag) is not int or type(request) is not int:
        return None
    for value in body.values():
        if type(value) not in _FLAT:
            return None
    return frame


def unpack(data: bytes, containers_max: int) -> Any:
    """Return the one value in `data`, made of None, bool, int, float, str, bytes, list and dict.

    Raises ValueError unless `data` is exactly one msgpack value without ext types, duplicate keys, keys that are
    no strings, bad UTF-8, NaN or infinity, more than `containers_max` maps and arrays, `VALUES_PER_CONTAINER` values
    for each of these, or `DEPTH_MAX` levels of them.
    """
    if len(data) <= _SMALL_BYTES and containers_max > 1 and (frame := _small(data)) is not None:
        return frame
    _survey(data, containers_max)
    try:
        return msgpack.unpackb(data, object_pairs_hook=_map, strict_map_key=False)
    except UnicodeDecodeError:
        raise ValueError("a string is not encoded in UTF-8") from None
    except TypeError:  # arrays and maps are no keys in Python either
        raise ValueError(_NO_KEY) from None
