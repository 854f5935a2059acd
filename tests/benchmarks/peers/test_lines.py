from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from benchmarks.latency import Counts
from benchmarks.peers.lines import BUFFER_BYTES, Line, news
from benchmarks.peers.mqtt import Acknowledger
from benchmarks.peers.speech import plain_template, text_of
from benchmarks.stamps import Stamp

POST = plain_template(text_of(60) + b"\n")


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.settimeout(5)
    with ours, theirs:
        yield ours, theirs


def listener(sock: socket.socket, *, looks: bool = True) -> Line:
    return Line(sock, 0, looks=looks, first_sender=4, slots=2)


def feed(line: Line, stream: bytes, size: int, latencies: Counts, now_ns: int = 0) -> int:
    """Give a line its stream in pieces of `size` bytes. Returns how many of its own posts it saw."""
    buffer = bytearray(BUFFER_BYTES)
    own = 0
    for at in range(0, len(stream), size):
        piece = stream[at : at + size]
        start = line.place(buffer)
        buffer[start : start + len(piece)] = piece
        line.add(buffer, start, start + len(piece))
        own += line.look(buffer, start, start + len(piece), now_ns, latencies) if line.looks else 0
    return own


@pytest.mark.parametrize("looks", [False, True])
@pytest.mark.parametrize("size", [1, 7, 8, 37, 38, 39, 61, 1000])
def test_posts_are_counted_once_wherever_they_are_cut(
    pair: tuple[socket.socket, socket.socket], size: int, looks: bool
) -> None:
    line, latencies = listener(pair[0], looks=looks), Counts()
    stream = b"".join(POST.fill(4, number, 0, 0) for number in range(9))
    feed(line, stream, size, latencies)
    assert (line.count, line.size) == (9, len(stream))
    assert sum(latencies.values()) == (9 if looks else 0)


def test_latency_is_since_a_post_was_meant_to_be_sent(pair: tuple[socket.socket, socket.socket]) -> None:
    latencies = Counts()
    feed(listener(pair[0]), Stamp(1_000_000, 4, 0).encode(), 100, latencies, now_ns=3_500_000)
    assert latencies == {2500: 1}


def test_a_sender_tells_its_own_posts_from_others(pair: tuple[socket.socket, socket.socket]) -> None:
    line = Line(pair[0], 0, sender=5, looks=True, template=POST, first_sender=4, slots=2)
    stream = b"".join(POST.fill(sender, 0, 0, 0) for sender in (4, 5, 5, 4))
    assert feed(line, stream, 50, Counts()) == 2


@pytest.mark.parametrize(("numbers", "broken"), [([0, 1, 2], 0), ([0, 2, 1], 1), ([0, 0], 1), ([3, 4], 0)])
def test_a_post_that_does_not_come_later_than_the_last_is_noticed(
    pair: tuple[socket.socket, socket.socket], numbers: list[int], broken: int
) -> None:
    line = listener(pair[0])
    feed(line, b"".join(POST.fill(4, number, 0, 0) for number in numbers), 1000, Counts())
    assert line.broken == broken


def test_each_sender_has_an_order_of_its_own(pair: tuple[socket.socket, socket.socket]) -> None:
    line = listener(pair[0])
    feed(line, POST.fill(4, 5, 0, 0) + POST.fill(5, 0, 0, 0), 1000, Counts())
    assert line.broken == 0


def test_posts_are_sent_together_and_numbered(pair: tuple[socket.socket, socket.socket]) -> None:
    line = Line(pair[0], 0, sender=4, looks=True, template=POST)
    line.post(1, 2)
    line.post(1, 2)
    line.flush()
    assert pair[1].recv(1000) == POST.fill(4, 0, 1, 2) + POST.fill(4, 1, 1, 2)
    assert (line.sent, line.unsent) == (2, b"")


def test_what_the_kernel_does_not_take_is_kept(pair: tuple[socket.socket, socket.socket]) -> None:
    line = listener(pair[0])
    line.unsent = bytes(10_000_000)
    line.flush()
    line.flush()
    assert 0 < len(line.unsent) < 10_000_000


def test_a_listener_posts_nothing(pair: tuple[socket.socket, socket.socket]) -> None:
    line = listener(pair[0])
    line.post(1, 2)
    assert line.sent == 0


def test_deliveries_are_acknowledged_where_the_protocol_asks_for_it(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    line = Line(pair[0], 0, acknowledger=Acknowledger())
    feed(line, b"\x32\x05\0\1t\0\7", 2, Counts())
    assert line.unsent == b"\x40\x02\0\7"


def test_news_are_only_what_was_not_whole_before() -> None:
    assert news(bytearray(b"no!no!no!"), b"no!", 3, 9) == 2
    assert news(bytearray(b"no!no!no!"), b"no!", 5, 9) == 2
    assert news(bytearray(b"no!no!no!"), b"no!", 6, 9) == 1
