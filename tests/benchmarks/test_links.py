from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from benchmarks.certificate import HOST, make_certificate
from benchmarks.frames import Order
from benchmarks.links import BUFFER_BYTES, FIRST_REQUEST, NOT_NOW, PING, Link, Notes, Sender, Watcher
from benchmarks.stamps import Keys, PostTemplate, Stamp
from chatd.chain import pack
from chatd.limits import CONTAINERS_MAX
from chatd.messages import Committed, Done, Entered, Paused, Refused
from chatd.wire import codec
from chatd.wire.framing import HEADER_BYTES, Framing

ROOM = bytes(16)
Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    """The driver's end, which does not block, and the daemon's."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.settimeout(5)
    with ours, theirs:
        yield ours, theirs


@pytest.fixture
def tls_pair(pair: Pair, tmp_path: Path) -> Iterator[Pair]:
    """The same two ends, secured."""
    made = make_certificate(tmp_path)
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    server.load_cert_chain(made.chain, made.key)
    client.load_verify_locations(made.authority)
    pair[0].settimeout(5)
    with ThreadPoolExecutor(1) as other:
        serving = other.submit(server.wrap_socket, pair[1], server_side=True)
        ours = client.wrap_socket(pair[0], server_hostname=HOST)
    ours.setblocking(False)
    with ours, serving.result() as theirs:
        yield ours, theirs


def entered(seq: int, stamp: Stamp) -> bytes:
    body = pack({"type": "text", "text": stamp.encode().decode()})
    return codec.encode(
        Entered(room=ROOM, seq=seq, kind="post", sender="ana", key=bytes(16), time=1, posts=1, h8=bytes(8), body=body)
    )


def _hear(link: Link) -> bool:
    buffer = bytearray(BUFFER_BYTES)
    return link.receive(buffer, memoryview(buffer))


def _hear_all(link: Link) -> None:
    while _hear(link):
        pass


def _sender(sock: socket.socket, in_flight_max: int = 2) -> Sender:
    return Sender(sock, 3, Notes(), None, 0, PostTemplate.build(ROOM, 100), Keys(b"salt"), in_flight_max)


def test_a_link_counts_what_it_is_given(pair: Pair) -> None:
    link = Link(pair[0], 0)
    pair[1].sendall(entered(1, Stamp(1, 2, 3)) + entered(2, Stamp(1, 2, 4)))
    assert _hear(link)
    assert link.tally.count == 2


def test_a_link_tells_when_the_daemon_has_left(pair: Pair) -> None:
    pair[1].close()
    assert not _hear(Link(pair[0], 0))


def test_answers_to_pings_are_not_counted_as_pushed(pair: Pair) -> None:
    link = Link(pair[0], 0)
    link.ping()
    link.flush()
    assert pair[1].recv(100) == PING
    pair[1].sendall(codec.encode(Done(), 1) + b"pushed")
    _hear(link)
    assert link.pushed_bytes == len(b"pushed")


def test_what_the_kernel_does_not_take_waits_in_order(pair: Pair) -> None:
    link = Link(pair[0], 0)
    sent = bytes(range(256)) * 16384
    link.waiting = sent
    received = b""
    while len(received) < len(sent):
        link.flush()
        received += pair[1].recv(1 << 20)
    assert (received, link.waiting) == (sent, b"")


def test_over_tls_a_link_counts_and_sends_alike(tls_pair: Pair) -> None:
    link = Link(tls_pair[0], 0)
    tls_pair[1].sendall(entered(1, Stamp(1, 2, 3)))
    with pytest.raises(NOT_NOW):
        _hear_all(link)
    link.ping()
    link.flush()
    assert link.tally.count == 1
    assert tls_pair[1].recv(100) == PING


def test_with_nothing_to_say_nothing_is_sent(tls_pair: Pair) -> None:
    link = Link(tls_pair[0], 0)
    tls_pair[0].close()
    link.flush()
    assert link.waiting == b""


def test_a_watcher_measures_from_the_intended_time(pair: Pair) -> None:
    watcher = Watcher(pair[0], 0, Notes(), Order(0))
    pair[1].sendall(entered(1, Stamp(0, 2, 3)))
    _hear(watcher)
    [latency_us] = watcher.notes.delivery_us
    assert latency_us > 0
    assert watcher.order is not None
    assert watcher.order.broken == 0


def test_a_watcher_notes_that_it_was_paused(pair: Pair) -> None:
    watcher = Watcher(pair[0], 0, Notes(), None)
    pair[1].sendall(codec.encode(Paused(reason="slow")))
    _hear(watcher)
    assert watcher.notes.paused == 1


def test_a_batch_of_posts_is_sent_at_once(pair: Pair) -> None:
    sender = _sender(pair[0])
    sender.post(7, 8)
    sender.post(9, 9)
    sender.flush()
    framing = Framing()
    framing.feed(pair[1].recv(10_000))
    payloads = [framing.take(10_000), framing.take(10_000)]
    requests = [codec.decode_payload(payload, CONTAINERS_MAX)[1] for payload in payloads if payload]
    assert requests == [FIRST_REQUEST, FIRST_REQUEST + 1]
    assert sender.flights == {FIRST_REQUEST: 7, FIRST_REQUEST + 1: 9}


def test_an_ack_ends_one_flight_and_is_counted_for_the_room(pair: Pair) -> None:
    sender = _sender(pair[0])
    sender.post(7, 8)
    ack = codec.encode(Committed(room=ROOM, seq=1, time=1), FIRST_REQUEST)
    pair[1].sendall(ack + ack)
    _hear(sender)
    assert (sender.flights, sender.notes.accepted, sender.notes.answered) == ({}, {3: 1}, 1)
    assert len(sender.notes.ack_us) == 1


def test_a_refused_post_is_answered_but_not_accepted(pair: Pair) -> None:
    sender = _sender(pair[0])
    sender.post(7, 8)
    pair[1].sendall(codec.encode(Refused(code="busy", verdict="after_ms", after_ms=60_000), FIRST_REQUEST))
    _hear(sender)
    assert (sender.notes.answered, sender.notes.accepted, sender.notes.refused) == (1, {}, {"busy": 1})


def test_after_a_refusal_a_sender_rests_as_long_as_it_is_told(pair: Pair) -> None:
    sender = _sender(pair[0])
    sender.post(7, 8)
    payload = codec.encode(Refused(code="busy", verdict="after_ms", after_ms=2), FIRST_REQUEST)
    sender._see(68, payload[HEADER_BYTES:], 1_000_000)
    assert not sender.can_post(2_999_999)
    assert sender.can_post(3_000_000)


def test_a_sender_keeps_within_the_requests_in_flight(pair: Pair) -> None:
    sender = _sender(pair[0], in_flight_max=1)
    assert sender.can_post(0)
    sender.post(7, 8)
    assert not sender.can_post(0)
