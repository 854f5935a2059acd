from __future__ import annotations

from benchmarks.peers.speech import Seat
from benchmarks.peers.works import Kind, Work, standard

WORK = Work(name="w", kind=Kind.LOAD, rooms=3, members=4, senders=2, window=10, rate=30.0)


def test_drivers_share_all_seats_between_them() -> None:
    shared = [seat for driver in range(3) for seat in WORK.seats(driver, 3)]
    assert sorted((seat.room, seat.member) for seat in shared) == [(room, at) for room in range(3) for at in range(4)]


def test_a_room_s_members_are_spread_over_the_drivers() -> None:
    assert [len([seat for seat in WORK.seats(driver, 2) if seat.room == 0]) for driver in range(2)] == [2, 2]


def test_window_and_rate_are_shared_without_loss() -> None:
    assert sum(WORK.window_of(driver, 2) for driver in range(2)) == 10
    assert sum(WORK.rate_of(driver, 2) for driver in range(2)) == 30.0


def test_senders_are_numbered_through_all_rooms() -> None:
    numbers = [WORK.sender_number(Seat(room, member)) for room in range(2) for member in range(4)]
    assert numbers == [0, 1, None, None, 2, 3, None, None]


def test_some_of_each_room_are_sampled() -> None:
    for room in range(3):
        assert 1 <= sum(WORK.is_sampled(Seat(room, member)) for member in range(4)) <= 2


def test_a_storm_has_as_many_clients_as_asked_for_beside_those_who_stay() -> None:
    works = standard(seconds=1, latency_seconds=1, connections=10, clients=5000)
    for name in ("storm", "storm-cold"):
        assert works[name].connections - works[name].rooms == 5000


def test_a_storm_of_few_is_one_room() -> None:
    storm = standard(seconds=1, latency_seconds=1, connections=10, clients=3)["storm"]
    assert (storm.rooms, storm.members) == (1, 4)


def test_the_works_are_those_of_the_bars() -> None:
    works = standard(seconds=5, latency_seconds=60, connections=10, clients=10)
    assert (works["fanout200"].connections, works["fanout1000"].connections) == (200, 1000)
    assert (works["small"].rooms, works["small"].members, works["small"].window) == (200, 5, 512)
    assert (works["latency"].rooms, works["latency"].rate, works["latency"].seconds) == (100, 400.0, 60)
