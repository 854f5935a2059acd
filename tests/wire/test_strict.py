from __future__ import annotations

from typing import Any

import msgpack
import pytest
from hypothesis import given, strategies as st

from chatd.limits import CONTAINERS_MAX, DEPTH_MAX
from chatd.wire.strict import ARRAY_ITEMS_MAX, MAP_KEYS_MAX, unpack
from tests.wire.strategies import steady

MAP16_OF_10000 = b"\xde" + (10_000).to_bytes(2, "big")

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.binary(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


def nested(levels: int, *, as_map: bool) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = {"a": value} if as_map else [value]
    return value


@given(value=plain.filter(lambda value: len(repr(value)) < 200))
@steady
def test_what_is_allowed_comes_back_as_it_was(value: Any) -> None:
    packed = msgpack.packb(value)
    assert msgpack.packb(unpack(packed, CONTAINERS_MAX)) == packed


def refused(data: bytes) -> bool:
    try:
        unpack(data, CONTAINERS_MAX)
    except ValueError:
        return True
    return False


BAD = {
    "nothing": "",
    "two values": "c0c0",
    "an unfinished map": "81a161",
    "an unused byte": "c1",
    "ext 1": "d40500",
    "ext 8": "c7010500",
    "a timestamp": "d6ff00000000",
    "a timestamp in a map": "81a161d6ff00000000",
    "a timestamp in an array": "91d6ff00000000",
    "bad UTF-8": "a1ff",
    "a surrogate": "a3eda080",
    "an overlong form": "a2c080",
    "a duplicate key": "82a16101a16102",
    "an integer key": "810102",
    "a bytes key": "81c4016101",
    "an array as key": "819001",
    "nil as key": "81c001",
    "NaN": "91cb7ff8000000000000",
    "infinity": "81a161cb7ff0000000000000",
    "a short NaN": "91ca7fc00000",
    "an array that claims 2^32-1": "ddffffffff",
    "a map that claims 2^32-1": "dfffffffff",
    "a string that claims 2^32-1": "dbffffffff",
    "bytes that claim 2^32-1": "c6ffffffff",
}


@pytest.mark.parametrize("data", BAD.values(), ids=BAD.keys())
def test_what_is_not_allowed_is_a_value_error(data: str) -> None:
    assert refused(bytes.fromhex(data))


@pytest.mark.parametrize("value", [float("nan"), msgpack.Timestamp(0, 0)])
def test_a_bare_value_is_judged_like_one_in_a_container(value: object) -> None:
    with pytest.raises(ValueError, match="not allowed"):
        unpack(msgpack.packb(value), CONTAINERS_MAX)


def test_finite_floats_are_allowed() -> None:
    assert unpack(msgpack.packb([1.5, {"a": -0.25}]), CONTAINERS_MAX) == [1.5, {"a": -0.25}]


@pytest.mark.parametrize("as_map", [True, False])
def test_the_deepest_level_is_allowed_and_the_next_is_not(as_map: bool) -> None:
    deepest = nested(DEPTH_MAX, as_map=as_map)
    assert unpack(msgpack.packb(deepest), CONTAINERS_MAX) == deepest
    with pytest.raises(ValueError, match="deeper"):
        unpack(msgpack.packb(nested(DEPTH_MAX + 1, as_map=as_map)), CONTAINERS_MAX)


def test_many_containers_may_lie_side_by_side() -> None:
    wide: list[Any] = [{"a": [{}]} for _ in range(60)]
    assert unpack(msgpack.packb(wide), CONTAINERS_MAX) == wide


def test_containers_are_counted_over_all_levels() -> None:
    value = [[{}] * 3, {"a": []}]
    assert unpack(msgpack.packb(value), 7) == value
    with pytest.raises(ValueError, match="too many"):
        unpack(msgpack.packb(value), 6)


def test_10000_nested_empty_maps_are_refused() -> None:
    assert refused(b"\x81\xa0" * 10_000 + b"\x80")


def test_10000_empty_maps_side_by_side_are_refused() -> None:
    with pytest.raises(ValueError, match="exceeds"):
        unpack(msgpack.packb([{}] * 10_000), CONTAINERS_MAX)


def test_a_map_of_10000_keys_is_refused_before_its_keys_are_read() -> None:
    with pytest.raises(ValueError, match="exceeds"):
        unpack(MAP16_OF_10000, CONTAINERS_MAX)


@pytest.mark.parametrize("length", [ARRAY_ITEMS_MAX, ARRAY_ITEMS_MAX + 1])
def test_an_array_has_a_most_of_items(length: int) -> None:
    packed = msgpack.packb([0] * length)
    if length == ARRAY_ITEMS_MAX:
        assert len(unpack(packed, 1)) == length
    else:
        with pytest.raises(ValueError, match="exceeds"):
            unpack(packed, 1)


@pytest.mark.parametrize("length", [MAP_KEYS_MAX, MAP_KEYS_MAX + 1])
def test_a_map_has_a_most_of_keys(length: int) -> None:
    packed = msgpack.packb({str(index): 0 for index in range(length)})
    if length == MAP_KEYS_MAX:
        assert len(unpack(packed, 1)) == length
    else:
        with pytest.raises(ValueError, match="exceeds"):
            unpack(packed, 1)


@given(data=st.binary(max_size=120))
@steady
def test_garbage_is_a_value_or_a_value_error(data: bytes) -> None:
    try:
        value = unpack(data, CONTAINERS_MAX)
    except ValueError:
        return
    assert msgpack.packb(value)
