from __future__ import annotations

import socket
from collections import deque
from collections.abc import Iterator

import pytest

from benchmarks.peers.mqtt import Acknowledger
from benchmarks.peers.speech import Step
from benchmarks.peers.talk import Company, OutOfPatience, Talk, TalkFailed, cut
from benchmarks.stamps import MARK
from tests.benchmarks.peers.hub import Hub, running_hub

HELLO = Step(b"hello\n", b"welcome\n")
JOIN = Step(b"join\n", b"joined\n")


@pytest.fixture
def hub() -> Iterator[Hub]:
    with running_hub() as running:
        yield running


def make_talk(*steps: Step) -> Talk:
    talk = Talk(0, deque(steps))
    talk.sock.close()
    return talk


def test_a_step_is_over_when_what_it_waits_for_has_come_often_enough() -> None:
    talk = make_talk(Step(b"a", b"yes", 2), Step(b"b", b"no"))
    talk.begin()
    talk.hear(b"yes")
    assert (talk.said, len(talk.steps)) == (b"a", 2)
    talk.hear(b"yes")
    assert (talk.said, len(talk.steps)) == (b"ab", 1)


def test_what_came_before_a_step_does_not_end_it() -> None:
    talk = make_talk(Step(b"a", b"yes"), Step(b"b", b"yes"))
    talk.begin()
    talk.hear(b"yes yes")
    assert len(talk.steps) == 1


def test_what_a_step_waits_for_may_be_cut_anywhere() -> None:
    talk = make_talk(Step(b"a", b"welcome"))
    talk.begin()
    for at in range(7):
        talk.hear(b"welcome"[at : at + 1])
    assert not talk.steps


@pytest.mark.parametrize("size", [1, 3, 7, 8, 50])
def test_posts_are_counted_wherever_they_are_cut(size: int) -> None:
    talk = make_talk()
    stream = (MARK + b"one") * 5
    for at in range(0, len(stream), size):
        talk.hear(stream[at : at + size])
    assert talk.marks == 5


def test_deliveries_are_acknowledged_where_the_protocol_asks_for_it() -> None:
    talk = make_talk()
    talk.acknowledger = Acknowledger()
    talk.hear(b"\x32\x05\0\1t\0\7")
    assert talk.said == b"\x40\x02\0\7"


@pytest.mark.slow
def test_many_go_through_their_steps_together(hub: Hub) -> None:
    talks = [Talk(hub.port, deque([HELLO, JOIN])) for _ in range(5)]
    Company().run(talks, 2, 5.0)
    assert [len(talk.steps) for talk in talks] == [0] * 5
    for talk in talks:
        talk.sock.close()


@pytest.mark.slow
def test_who_has_nothing_to_say_is_heard_while_others_talk(hub: Hub) -> None:
    talks = [Talk(hub.port, deque([HELLO, JOIN])) for _ in range(2)]
    company = Company()
    company.run(talks, 2, 5.0)
    talks[0].steps.append(Step(MARK + b"\n", MARK))
    company.run(talks[:1], 1, 5.0)
    company.settle(0.2, 5.0)
    assert [talk.marks for talk in talks] == [1, 1]
    for talk in talks:
        talk.sock.close()


@pytest.mark.slow
def test_a_server_that_does_not_answer_is_named_by_what_it_said(hub: Hub) -> None:
    talk = Talk(hub.port, deque([Step(b"hello\n", b"never")]))
    with pytest.raises(TalkFailed, match=r"1 wait for b'never' x 1; heard: b'(welcome.n)?'"):
        Company().run([talk], 1, 0.3)
    talk.sock.close()


@pytest.mark.slow
def test_a_server_that_is_still_at_it_when_time_is_over_is_no_failure(hub: Hub) -> None:
    talks = [Talk(hub.port, deque([Step(b"hello\n", b"never")])) for _ in range(3)]
    with pytest.raises(OutOfPatience, match=r"after 0.2 s, with 1 more to come, 2 wait for b'never'"):
        Company().run(talks, 2, 5.0, 0.2)
    for talk in talks:
        talk.sock.close()


@pytest.mark.slow
def test_a_server_that_ends_a_connection_is_told_of() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        talk = Talk(listener.getsockname()[1], deque([HELLO]))
        talk.dial()
        listener.accept()[0].close()
        with pytest.raises((TalkFailed, ConnectionResetError)):
            Company().run([talk], 1, 5.0)
        talk.sock.close()


def test_a_port_where_nobody_listens_is_an_os_error() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        talk = Talk(taken.getsockname()[1], deque([HELLO]))
        with pytest.raises(OSError, match=r"refused|cannot connect"):
            Company().run([talk], 1, 5.0)
        talk.sock.close()


@pytest.mark.slow
def test_a_cut_resets_the_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ours = socket.create_connection(listener.getsockname())
        theirs = listener.accept()[0]
        cut(ours)
        with theirs, pytest.raises(ConnectionResetError):
            theirs.recv(1)
