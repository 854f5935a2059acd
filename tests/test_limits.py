from __future__ import annotations

import pytest
from attrs import asdict, evolve, fields

from chatd import limits
from chatd.chain import pack
from chatd.limits import DEFAULTS, Limits
from chatd.messages import RoomSync


def bounds(name: str) -> tuple[int, int]:
    low, high = getattr(fields(Limits), name).validator._validators
    return low.bound, high.bound


@pytest.mark.parametrize("name", asdict(DEFAULTS))
def test_a_limit_is_refused_beyond_both_of_its_bounds(name: str) -> None:
    low, high = bounds(name)
    assert getattr(evolve(DEFAULTS, **{name: low}), name) == low
    assert getattr(evolve(DEFAULTS, **{name: high}), name) == high
    for value in (low - 1, high + 1):
        with pytest.raises(ValueError, match=name):
            evolve(DEFAULTS, **{name: value})


def test_before_the_hello_less_is_allowed() -> None:
    assert limits.FRAME_BYTES_BEFORE_HELLO < limits.FRAME_BYTES_MAX
    assert limits.CONTAINERS_BEFORE_HELLO < limits.CONTAINERS_MAX < limits.CONTAINERS_FROM_SERVER


def test_the_greatest_content_and_the_greatest_credential_fit_in_their_frames() -> None:
    assert limits.CONTENT_BYTES_MAX + 1024 < limits.FRAME_BYTES_MAX
    assert limits.CREDENTIAL_BYTES_MAX + 1024 < limits.FRAME_BYTES_BEFORE_HELLO


def test_a_subscribed_of_all_rooms_fits_in_the_containers_of_a_server() -> None:
    assert DEFAULTS.subscribe_rooms_max + 3 <= limits.CONTAINERS_FROM_SERVER


def test_a_subscribe_of_all_rooms_fits_in_the_values_of_a_client() -> None:
    around = 1 + 3 + 2 * 3  # the frame, what is in it, and the three fields
    assert around + 3 * DEFAULTS.subscribe_rooms_max <= limits.VALUES_PER_CONTAINER * limits.CONTAINERS_MAX


def test_a_frame_full_of_rooms_fits_in_the_values_of_a_server() -> None:
    names = [each.name for each in fields(RoomSync) if each.name != "hash"]  # 38 bytes, and not in every one
    least: dict[str, object] = dict.fromkeys(names, 0) | {"room": bytes(16)}
    least |= {"status": "ok", "kind": "self", "state": "left", "role": "owner"}
    rooms = min(DEFAULTS.subscribe_rooms_max, limits.FRAME_BYTES_MAX // len(pack(least)))
    assert rooms * (1 + 2 * len(least)) <= limits.VALUES_PER_CONTAINER * limits.CONTAINERS_FROM_SERVER
