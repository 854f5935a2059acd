from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from benchmarks.plan import Plan


def make_plan(**changes: Any) -> Plan:
    facts: dict[str, Any] = {
        "url": "",
        "rooms": 3,
        "members": 4,
        "senders": 2,
        "size": 100,
        "window": 12,
        "rate": None,
        "duration_s": 1.0,
        "drain_s_max": 1.0,
        "sample": 2,
        "salt": "salt",
        "drivers": 1,
    }
    return Plan(**(facts | changes))


@given(rooms=st.integers(1, 6), members=st.integers(1, 6), drivers=st.integers(1, 5))
def test_every_member_has_a_seat_at_one_driver(rooms: int, members: int, drivers: int) -> None:
    plan = make_plan(rooms=rooms, members=members, senders=1, drivers=drivers)
    seats = [seat for driver in range(drivers) for seat in plan.seats(driver)]
    assert sorted(seats) == [(room, member) for room in range(rooms) for member in range(members)]


@given(rooms=st.integers(1, 6), senders=st.integers(1, 4), drivers=st.integers(1, 5), window=st.integers(1, 100))
def test_the_window_is_shared_out_whole(rooms: int, senders: int, drivers: int, window: int) -> None:
    plan = make_plan(rooms=rooms, senders=senders, drivers=drivers, window=window)
    assert sum(plan.window_of(driver) for driver in range(drivers)) == window


@given(rooms=st.integers(1, 6), senders=st.integers(1, 4), drivers=st.integers(1, 5))
def test_the_rate_is_shared_out_whole(rooms: int, senders: int, drivers: int) -> None:
    plan = make_plan(rooms=rooms, senders=senders, drivers=drivers, window=None, rate=400.0)
    assert sum(plan.rate_of(driver) for driver in range(drivers)) == pytest.approx(400)


def test_a_driver_without_senders_sends_nothing() -> None:
    plan = make_plan(rooms=1, members=2, senders=1, drivers=2)
    assert (plan.window_of(1), plan.rate_of(1)) == (0, 0)


def test_users_rooms_keys_and_senders_are_told_apart() -> None:
    plan = make_plan()
    seats = plan.seats(0)
    senders = [seat for seat in seats if seat[1] < plan.senders]
    assert len({plan.user(*seat) for seat in seats}) == len(seats)
    assert len({plan.sender_index(*seat) for seat in senders}) == len(senders)
    assert len({plan.room_id(room) for room in range(3)}) == 3
    assert len({plan.room_key(room, call) for room in range(3) for call in range(3)}) == 9


def test_two_runs_share_no_user_and_no_room() -> None:
    one, other = make_plan(salt="one"), make_plan(salt="other")
    assert one.user(0, 0) != other.user(0, 0)
    assert one.room_id(0) != other.room_id(0)


def test_the_sampled_connections_differ_from_room_to_room() -> None:
    plan = make_plan()
    sampled = [[member for member in range(4) if plan.is_sampled(room, member)] for room in range(2)]
    assert sampled == [[0, 2], [1, 3]]
