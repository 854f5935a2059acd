"""Both loops, in Python and in C, through the same tests: they must tell the same."""

from __future__ import annotations

import select
import socket
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from benchmarks.pacing import Schedule, Window
from benchmarks.peers import helper, loop
from benchmarks.peers.lines import Line
from benchmarks.peers.loop import Loop, Told
from benchmarks.peers.speech import Seat
from benchmarks.peers.talk import Company, Talk
from tests.benchmarks.peers.hub import REFUSED, Hub, ShoutSpeech, running_hub

pytestmark = pytest.mark.slow

SPEECH = ShoutSpeech()
SECONDS, DRAIN_S_MAX = 0.2, 1.5
Runner = Callable[[list[Line], Window | Schedule, bytes | None], Told]


@pytest.fixture(params=["python", "c"])
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Runner:
    loop_in_c = helper.build(tmp_path) if request.param == "c" else None
    if request.param == "c" and loop_in_c is None:
        pytest.skip("there is no C compiler")

    def runner(lines: list[Line], pacer: Window | Schedule, answer: bytes | None = None) -> Told:
        start_ns = time.monotonic_ns()
        if loop_in_c is None:
            return Loop(lines, pacer, answer, REFUSED, select.epoll()).run(start_ns, SECONDS, DRAIN_S_MAX)
        return helper.run(loop_in_c, lines, pacer, (answer, REFUSED), times=(start_ns, SECONDS, DRAIN_S_MAX))

    return runner


@pytest.fixture
def hub() -> Iterator[Hub]:
    with running_hub() as running:
        yield running


def make_lines(port: int, members: int, senders: int) -> list[Line]:
    talks = [Talk(port, deque([*SPEECH.enter(Seat(0, 0)), *SPEECH.join(Seat(0, 0))])) for _ in range(members)]
    company = Company()
    company.run(talks, members, 5.0)
    company.release(talks)
    template = SPEECH.post(Seat(0, 0), 100)
    return [
        Line(talk.sock, 0, sender=at, looks=True, template=template, slots=senders)
        if at < senders
        else Line(talk.sock, 0, looks=at == members - 1, slots=senders)
        for at, talk in enumerate(talks)
    ]


def close(lines: list[Line]) -> None:
    for line in lines:
        line.sock.close()


def test_every_post_of_a_closed_loop_reaches_everybody(run: Runner, hub: Hub) -> None:
    lines = make_lines(hub.port, 4, 2)
    told = run(lines, Window(6), None)
    sent = [line.sent for line in lines]
    assert min(sent[:2]) > 3
    assert sent[2:] == [0, 0]
    assert [line.count for line in lines] == [sum(sent)] * 4
    assert [line.answered for line in lines[:2]] == sent[:2]
    assert [line.broken for line in lines] == [0] * 4
    assert not told.is_unfinished
    assert told.answered <= sum(sent)
    assert 0 < told.delivered <= 4 * sum(sent)
    assert 0 < told.cpu < 2
    assert sum(told.latency_us.values()) == 3 * sum(sent)
    close(lines)


def test_no_more_than_the_window_is_in_flight(run: Runner, hub: Hub) -> None:
    lines = make_lines(hub.port, 1, 1)
    run(lines, Window(5), b"never")
    assert (lines[0].sent, lines[0].count, lines[0].answered) == (5, 5, 0)
    close(lines)


def test_a_server_that_owes_answers_when_time_is_over_has_not_finished(run: Runner, hub: Hub) -> None:
    lines = make_lines(hub.port, 1, 1)
    assert run(lines, Window(5), b"never").is_unfinished
    close(lines)


def test_a_server_that_is_silent_for_long_has_finished(monkeypatch: pytest.MonkeyPatch, hub: Hub) -> None:
    monkeypatch.setattr(loop, "SILENCE_NS", 0)
    lines = make_lines(hub.port, 1, 1)
    told = Loop(lines, Window(5), b"never", REFUSED, select.epoll()).run(time.monotonic_ns(), SECONDS, DRAIN_S_MAX)
    assert not told.is_unfinished
    close(lines)


def test_an_open_loop_sends_at_its_rate_whatever_comes_back(run: Runner, hub: Hub) -> None:
    lines = make_lines(hub.port, 2, 1)
    run(lines, Schedule(100.0, time.monotonic_ns()), b"never")
    assert 19 <= lines[0].sent <= 21
    assert lines[1].count == lines[0].sent
    close(lines)


def test_a_refused_post_frees_its_place_and_is_counted(run: Runner) -> None:
    with running_hub(refuses=True) as hub:
        lines = make_lines(hub.port, 1, 1)
        run(lines, Window(2), None)
        assert lines[0].sent > 4
        assert (lines[0].complaints, lines[0].count) == (lines[0].sent, 0)
        close(lines)


def test_a_connection_that_the_server_ends_is_told_of(run: Runner) -> None:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.close()
    line = Line(ours, 0)
    run([line], Window(0), None)
    assert not line.is_open
    ours.close()
