from __future__ import annotations

import socket
from itertools import chain

import pytest

from benchmarks.growth.ground import Ground
from benchmarks.growth.rooms import CONNECTIONS, MEMBERS, RovingLine, groups, point, seen_of
from benchmarks.peers.loop import Told
from benchmarks.peers.measure import load_figures
from benchmarks.peers.speech import Template, text_of
from benchmarks.peers.works import Kind, Work

TEXT = Template(frame=text_of(60), stamp_at=0)
WORK = Work(name="rooms", kind=Kind.LOAD, rooms=1, members=2, seconds=1.0)


@pytest.mark.parametrize("rooms", [1, 7, 200, 1_000, 20_001])
def test_each_room_has_one_group_and_groups_are_even(rooms: int) -> None:
    made = groups(rooms)
    assert list(chain.from_iterable(made)) == list(range(rooms))
    assert len(made) == min(rooms, CONNECTIONS // MEMBERS)
    assert max(map(len, made)) - min(map(len, made)) <= 1


def line(*, sends: bool = True, sock: socket.socket | None = None) -> RovingLine:
    return RovingLine(
        sock or socket.socket(),
        0,
        sender=0 if sends else None,
        looks=True,
        first_sender=10,
        slots=3,
        templates=[TEXT] * 3 if sends else [],
    )


def hear(hearing: RovingLine, data: bytes, now_ns: int = 5000) -> int:
    buffer = bytearray(4096)
    start = hearing.place(buffer)
    end = start + len(data)
    buffer[start:end] = data
    hearing.add(buffer, start, end)
    return hearing.look(buffer, start, end, now_ns, {})


def posted(count: int) -> bytes:
    """Return what a sender says with so many posts."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        sender = line(sock=ours)
        for _ in range(count):
            sender.post(1000, 2000)
        sender.flush()
        return theirs.recv(4096)


def test_a_sender_posts_to_its_rooms_in_turn() -> None:
    stamps = [posted(4)[at : at + len(TEXT.frame)] for at in range(0, 4 * len(TEXT.frame), len(TEXT.frame))]
    assert [(int(each[24:30], 16), int(each[30:38], 16)) for each in stamps] == [(10, 0), (11, 0), (12, 0), (10, 1)]


def test_order_is_that_of_each_room_alone() -> None:
    first, second, third, again = (TEXT.fill(*at, 1000, 1000) for at in ((10, 0), (11, 0), (12, 0), (10, 1)))
    listener = line(sends=False)
    with listener.sock:
        hear(listener, again + third + second)
        assert listener.broken == 0
        hear(listener, first)
        assert listener.broken == 1


def test_what_a_sender_hears_is_its_own_and_counted_once() -> None:
    data = posted(5)
    hearing = line()
    with hearing.sock:
        assert (hear(hearing, data[:100]), hear(hearing, data[100:]), hearing.count) == (2, 3, 5)


def test_a_member_who_misses_a_post_shows_as_lost() -> None:
    sender, listener = line(), line(sends=False)
    with sender.sock, listener.sock:
        for _ in range(3):
            sender.post(1000, 2000)
        hear(sender, posted(3))
        hear(listener, posted(2))
        told = Told(answered=3, delivered=5, cpu=0.5, latency_us={})
        figures = load_figures(WORK, [seen_of(told, [sender, listener])])
    assert (figures["lost"], figures["faults"]) == (1, 1)


@pytest.mark.slow
def test_every_member_is_given_every_post_of_every_room(ground: Ground) -> None:
    found = point(ground, 3)
    assert found["faults"] == 0
    assert found["deliveries_per_s"] >= found["messages_per_s"] > 0
    assert found["cpu_us"] > 0
