from __future__ import annotations

import os

import pytest

from benchmarks.memory import visit
from benchmarks.memory.visit import Visitors, emptied
from benchmarks.peers.speech import Seat, Step
from tests.benchmarks.peers.hub import ShoutSpeech, running_hub

SEATS = [Seat(0, 0), Seat(0, 1)]


@pytest.mark.slow
def test_visitors_hear_what_one_of_them_says() -> None:
    with running_hub() as hub:
        visitors = Visitors(hub.port, ShoutSpeech())
        visitors.enter(SEATS)
        visitors.join()
        visitors.take({SEATS[0]: [Step(b"hey\n", b"hey\n")], SEATS[1]: [Step(b"", b"hey\n")]})
        assert [talk.heard for talk in visitors.talks.values()] == [b"hey\n", b"hey\n"]
        visitors.leave()


@pytest.mark.slow
def test_who_leaves_closes_the_connection() -> None:
    with running_hub() as hub:
        visitors = Visitors(hub.port, ShoutSpeech())
        visitors.enter(SEATS)
        held = [talk.sock for talk in visitors.talks.values()]
        visitors.leave()
        assert [sock.fileno() for sock in held] == [-1, -1]
        assert visitors.talks == {}


def test_what_never_empties_is_looked_at_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visit, "GONE_S_MAX", 0.0)
    monkeypatch.setattr(visit, "SETTLE_S", 0.0)
    assert emptied(os.getpid(), 0).descriptors > 0
