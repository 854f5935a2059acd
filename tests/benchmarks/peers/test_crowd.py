from __future__ import annotations

import multiprocessing
from collections.abc import Iterator

import pytest

from benchmarks.peers.crowd import Crowd
from benchmarks.peers.speech import Seat
from benchmarks.peers.works import Job, Kind, Ready, Work
from tests.benchmarks.peers.hub import Hub, ShoutSpeech, running_hub

pytestmark = pytest.mark.slow

WORK = Work(name="storm", kind=Kind.STORM, rooms=1, members=4, missed=3)


@pytest.fixture
def hub() -> Iterator[Hub]:
    with running_hub() as running:
        yield running


@pytest.fixture
def crowd(hub: Hub) -> Iterator[Crowd]:
    ours, theirs = multiprocessing.Pipe()
    made = Crowd(Job(work=WORK, speech=ShoutSpeech(), port=hub.port), theirs)
    made.enter()
    made.join(owners=True)
    made.join(owners=False)
    yield made
    made.leave(list(made.talks))
    ours.close()
    theirs.close()


def test_all_members_enter_and_join(crowd: Crowd, hub: Hub) -> None:
    assert list(crowd.talks) == [Seat(0, member) for member in range(4)]
    assert len(hub._joined) == 4


def test_who_is_cut_off_misses_what_the_first_member_posts(crowd: Crowd) -> None:
    crowd.miss()
    assert {seat.member: talk.marks for seat, talk in crowd.talks.items()} == {0: 3}


def test_who_comes_back_is_given_what_was_missed(crowd: Crowd) -> None:
    crowd.miss()
    crowd.come_back()
    assert {seat.member: talk.marks for seat, talk in crowd.talks.items()} == {0: 3, 1: 3, 2: 3, 3: 3}


def test_a_phase_ends_with_a_word_each_way(hub: Hub) -> None:
    ours, theirs = multiprocessing.Pipe()
    ours.send(17)
    assert Crowd(Job(work=WORK, speech=ShoutSpeech(), port=hub.port), theirs).step() == 17
    assert ours.recv() == Ready()
    ours.close()
    theirs.close()
