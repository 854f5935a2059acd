from __future__ import annotations

import tracemalloc
from typing import Any

import msgpack
import pytest
from hypothesis import given, strategies as st

from chatd.limits import CONTAINERS_MAX, DEPTH_MAX, VALUES_PER_CONTAINER
from chatd.wire.strict import ARRAY_ITEMS_MAX, MAP_KEYS_MAX, unpack
from tests.wire.strategies import steady

SMALL_BYTES = 512
"""What has no more bytes is decoded before it is surveyed."""
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
    "minus infinity": "91cbfff0000000000000",
    "a bare NaN": "cb7ff8000000000000",
    "a bare short infinity": "ca7f800000",
    "a short NaN": "91ca7fc00000",
    "a short infinity": "91ca7f800000",
    "a float cut short": "91cb7f",
    "a string whose length is cut short": "91da00",
    "an array whose count is cut short": "91dc00",
    "an array that claims 2^32-1": "ddffffffff",
    "a map that claims 2^32-1": "dfffffffff",
    "a string that claims 2^32-1": "dbffffffff",
    "bytes that claim 2^32-1": "c6ffffffff",
}


@pytest.mark.parametrize("data", BAD.values(), ids=BAD.keys())
def test_what_is_not_allowed_is_a_value_error(data: str) -> None:
    assert refused(bytes.fromhex(data))


@pytest.mark.parametrize(("value", "says"), [(float("nan"), "no number"), (msgpack.Timestamp(0, 0), "not allowed")])
def test_a_bare_value_is_judged_like_one_in_a_container(value: object, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        unpack(msgpack.packb(value), CONTAINERS_MAX)


@pytest.mark.parametrize("single", [True, False])
@pytest.mark.parametrize("value", [1.5, -0.25, 0.0, -0.0, 3.4028234663852886e38, -3.4028234663852886e38, 2.0**-126])
def test_finite_floats_are_allowed_in_both_widths(value: float, *, single: bool) -> None:
    assert repr(unpack(msgpack.packb([value], use_single_float=single), CONTAINERS_MAX)) == repr([value])


def test_the_largest_double_is_allowed() -> None:
    assert unpack(msgpack.packb([-1.7976931348623157e308]), CONTAINERS_MAX) == [-1.7976931348623157e308]


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


def test_values_are_counted_over_all_levels() -> None:
    zeros = [0] * (4 * VALUES_PER_CONTAINER - 8)
    value: list[Any] = [[1, 2, 3], {"a": zeros}]  # four containers, three numbers and a key, and the zeros
    assert unpack(msgpack.packb(value), 4) == value
    zeros.append(0)
    with pytest.raises(ValueError, match="too many values"):
        unpack(msgpack.packb(value), 4)


def test_a_key_counts_as_a_value_like_what_it_names() -> None:
    value = {str(key): key for key in range(7)}
    assert unpack(msgpack.packb(value), 1) == value
    with pytest.raises(ValueError, match="too many values"):
        unpack(msgpack.packb(value | {"7": 7}), 1)


@pytest.mark.parametrize("opening", ["dc0600", "de0400a161", "9f", "91", "81a161"])
def test_arrays_and_maps_that_open_and_never_close_cost_nothing(opening: str) -> None:
    """Each announces as many items as may be. To make room for them at once is 12 KiB for three bytes."""
    bomb = bytes.fromhex(opening) * 1000
    tracemalloc.start()
    try:
        assert refused(bomb)
        assert tracemalloc.get_traced_memory()[1] < 16 * 1024
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("opening", ["dc0600", "dc0008", "de0400a161", "9f", "98", "91", "88a161", "81a161"])
def test_few_bytes_that_open_and_never_close_cost_little(opening: str) -> None:
    """What is small is decoded before it is surveyed, with room for 8 items in each container at most."""
    bomb = (bytes.fromhex(opening) * SMALL_BYTES)[:SMALL_BYTES]
    tracemalloc.start()
    try:
        assert refused(bomb)
        assert tracemalloc.get_traced_memory()[1] < 128 * 1024
    finally:
        tracemalloc.stop()


def outcome(data: bytes, containers_max: int = CONTAINERS_MAX) -> str:
    """Return what `data` is, or in which words it is refused."""
    try:
        return repr(unpack(data, containers_max))
    except ValueError as error:
        return str(error)


def framed(value: bytes, pad: bytes) -> bytes:
    """Return a frame with a body of two keys, one of which has `value`."""
    return b"\x93\x0a\x01\x82\xa1p" + pad + b"\xa1v" + value


LARGE = msgpack.packb("x" * SMALL_BYTES)


@pytest.mark.parametrize("value", BAD.values(), ids=BAD.keys())
def test_what_is_not_allowed_is_refused_in_a_small_frame_as_in_a_large_one(value: str) -> None:
    small, large = framed(bytes.fromhex(value), b"\xa1x"), framed(bytes.fromhex(value), LARGE)
    assert refused(small)
    assert outcome(small) == outcome(large)


@given(value=plain)
@steady
def test_what_is_allowed_is_read_in_a_small_frame_as_in_a_large_one(value: Any) -> None:
    packed = msgpack.packb(value)
    small, large = unpack(framed(packed, b"\xc0"), CONTAINERS_MAX), unpack(framed(packed, LARGE), CONTAINERS_MAX)
    assert msgpack.packb(small[2]["v"]) == msgpack.packb(large[2]["v"]) == packed


@pytest.mark.parametrize("head", ["940a0101", "93c00a", "930ac3", "93ca000000000a", "9181a162", "93810a", "92c0"])
def test_what_is_small_and_no_frame_is_judged_as_what_it_is(head: str) -> None:
    data = bytes.fromhex(head) + b"\x81\xa1v\x01"
    if head == "93810a":
        assert "cut short" in outcome(data)
    else:
        assert unpack(data, CONTAINERS_MAX) == msgpack.unpackb(data)


def test_10000_nested_empty_maps_are_refused() -> None:
    assert refused(b"\x81\xa0" * 10_000 + b"\x80")


def test_10000_empty_maps_side_by_side_are_refused() -> None:
    with pytest.raises(ValueError, match="exceed"):
        unpack(msgpack.packb([{}] * 10_000), CONTAINERS_MAX)


def test_a_map_of_10000_keys_is_refused_before_its_keys_are_read() -> None:
    with pytest.raises(ValueError, match="exceed"):
        unpack(MAP16_OF_10000, CONTAINERS_MAX)


@pytest.mark.parametrize("length", [ARRAY_ITEMS_MAX, ARRAY_ITEMS_MAX + 1])
def test_an_array_has_a_most_of_items(length: int) -> None:
    packed = msgpack.packb([0] * length)
    if length == ARRAY_ITEMS_MAX:
        assert len(unpack(packed, CONTAINERS_MAX)) == length
    else:
        with pytest.raises(ValueError, match="exceed"):
            unpack(packed, CONTAINERS_MAX)


@pytest.mark.parametrize("length", [MAP_KEYS_MAX, MAP_KEYS_MAX + 1])
def test_a_map_has_a_most_of_keys(length: int) -> None:
    packed = msgpack.packb({str(index): 0 for index in range(length)})
    if length == MAP_KEYS_MAX:
        assert len(unpack(packed, CONTAINERS_MAX)) == length
    else:
        with pytest.raises(ValueError, match="exceed"):
            unpack(packed, CONTAINERS_MAX)


@given(data=st.binary(max_size=120))
@steady
def test_garbage_is_a_value_or_a_value_error(data: bytes) -> None:
    try:
        value = unpack(data, CONTAINERS_MAX)
    except ValueError:
        return
    assert msgpack.packb(value)
