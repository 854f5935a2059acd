from __future__ import annotations

import multiprocessing
import select
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from benchmarks.driver import Driver
from benchmarks.frames import Cutter, Order, request_of
from benchmarks.links import PING, Link, Notes, Sender, Watcher
from benchmarks.pacing import Pacer, Schedule, Window
from benchmarks.plan import Progress, Result
from benchmarks.stamps import Keys, PostTemplate, read_stamp
from chatd.messages import Committed
from chatd.wire import codec
from tests.benchmarks.test_links import ROOM, entered

pytestmark = pytest.mark.slow

DURATION_S = 0.1


class Daemon(threading.Thread):
    """Acknowledges every post and delivers it to both of the room, until the sender leaves."""

    def __init__(self, sender: socket.socket, listener: socket.socket, answers_max: int) -> None:
        super().__init__()
        self.sender, self.listener, self.answers_max = sender, listener, answers_max
        self.posts = 0

    def run(self) -> None:
        cutter = Cutter()
        while data := self.sender.recv(65536):
            for payload in cutter.feed(data):
                self.posts += 1
                if self.posts <= self.answers_max:
                    self.answer(payload)

    def answer(self, payload: bytes) -> None:
        stamp = read_stamp(payload)
        assert stamp is not None
        entry = entered(self.posts, stamp)
        ack = codec.encode(Committed(room=ROOM, seq=self.posts, time=1), request_of(payload))
        self.sender.sendall(ack + entry)
        self.listener.sendall(entry)


class Stage:
    def __init__(self, answers_max: int) -> None:
        pairs = [socket.socketpair(), socket.socketpair()]
        (self.sender, far_sender), (self.listener, far_listener) = pairs
        self.far = [far_sender, far_listener]
        self.daemon = Daemon(far_sender, far_listener, answers_max)
        self.parent, self.child = multiprocessing.Pipe()

    def play(self, pacer: Pacer, drain_s_max: float = 5.0, start_ns: int = 0, duration_s: float = DURATION_S) -> Result:
        notes = Notes()
        template = PostTemplate.build(ROOM, 100)
        links: list[Link] = [
            Sender(self.sender, 0, notes, None, 0, template, Keys(b"salt"), 1024),
            Watcher(self.listener, 0, notes, Order(0)),
        ]
        driver = Driver(links, notes, pacer, select.epoll(), self.child)
        try:
            return driver.run(start_ns or time.monotonic_ns(), duration_s, drain_s_max)
        finally:
            driver.poll.close()

    def close(self) -> None:
        self.sender.close()
        self.daemon.join()
        for sock in [self.listener, *self.far]:
            sock.close()
        self.parent.close()
        self.child.close()


@pytest.fixture
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    made = Stage(getattr(request, "param", 10**9))
    made.daemon.start()
    yield made
    made.close()


def test_in_a_closed_loop_every_post_is_answered_and_delivered(stage: Stage) -> None:
    result = stage.play(Window(4))
    posts = result.accepted[0]
    assert posts > 4
    assert [each.count for each in result.received] == [posts, posts]
    assert (result.unanswered, result.out_of_order, result.closed) == (0, 0, 0)


def test_in_an_open_loop_as_many_are_sent_as_were_due(stage: Stage) -> None:
    start_ns = time.monotonic_ns()
    result = stage.play(Schedule(200.0, start_ns), start_ns=start_ns)
    assert result.accepted[0] + result.unsent == DURATION_S * 200
    assert sum(result.delivery_us.values()) == result.accepted[0]


@pytest.mark.parametrize("stage", [3], indirect=True)
def test_what_is_never_answered_is_told_after_a_bounded_drain(stage: Stage) -> None:
    result = stage.play(Window(4), drain_s_max=0.1)
    assert (result.accepted, result.unanswered) == ({0: 3}, 4)


def test_a_connection_that_ends_is_told(stage: Stage) -> None:
    stage.far[1].shutdown(socket.SHUT_RDWR)
    assert stage.play(Window(0), drain_s_max=0.1).closed == 1


def test_once_a_second_progress_is_told_and_an_idle_connection_is_kept_alive(stage: Stage) -> None:
    stage.play(Window(0), drain_s_max=0, duration_s=1.05)
    assert stage.parent.recv() == Progress(0, 0)
    assert stage.far[1].recv(100) == PING
