"""msgpack as this protocol allows it (protocol 2.3): the same rules for frames and for the contents in them."""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite
from typing import Any

import msgpack

from chatd.limits import DEPTH_MAX

ARRAY_ITEMS_MAX = 1536
"""Of one array: the triples of 512 rooms."""
MAP_KEYS_MAX = 1024

_PLAIN = frozenset((type(None), bool, int, str, bytes, dict, list))
_KEYS = frozenset((str,))
_NESTING = (dict, list)


class _Guard:
    """Counts the containers of one value while it is decoded, and looks at what each holds."""

    __slots__ = ("left",)

    def __init__(self, containers_max: int) -> None:
        self.left = containers_max

    def array(self, items: list[Any]) -> list[Any]:
        self._count()
        _check_values(items)
        return items

    def map(self, pairs: list[tuple[Any, Any]]) -> dict[str, Any]:
        self._count()
        result = dict(pairs)
        if len(result) != len(pairs):
            raise ValueError("a map holds a key twice")
        if not _KEYS.issuperset(map(type, result)):
            raise ValueError("a map has a key which is no string")
        _check_values(result.values())
        return result

    def _count(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise ValueError("too many containers")


def _check_values(values: Iterable[Any]) -> None:
    if _PLAIN.issuperset(map(type, values)):
        return
    for value in values:
        if type(value) not in _PLAIN and not (type(value) is float and isfinite(value)):
            raise ValueError("a value of a type which is not allowed, or no number")


def _refuse_ext(code: int, _: bytes) -> Any:
    raise ValueError(f"ext type {code}")


def _check_depth(value: Any, levels: int) -> None:
    """Recurses `levels` deep at most, whatever the value."""
    if type(value) not in _NESTING:
        return
    if levels == 0:
        raise ValueError(f"nested deeper than {DEPTH_MAX}")
    inner: Iterable[Any] = value.values() if hasattr(value, "values") else value
    for each in inner:
        _check_depth(each, levels - 1)


def unpack(data: bytes, containers_max: int) -> Any:
    """Return the one value in `data`, made of None, bool, int, float, str, bytes, list and dict.

    Raises ValueError unless `data` is exactly one msgpack value without ext types, duplicate keys, keys that are
    no strings, bad UTF-8, NaN or infinity, more than `containers_max` maps and arrays or `DEPTH_MAX` levels of them.
    """
    guard = _Guard(containers_max)
    value = msgpack.unpackb(
        data,
        object_pairs_hook=guard.map,
        list_hook=guard.array,
        ext_hook=_refuse_ext,
        max_array_len=ARRAY_ITEMS_MAX,
        max_map_len=MAP_KEYS_MAX,
    )
    if type(value) not in _PLAIN:
        _check_values((value,))
    if containers_max - guard.left > DEPTH_MAX:
        _check_depth(value, DEPTH_MAX)
    return value
