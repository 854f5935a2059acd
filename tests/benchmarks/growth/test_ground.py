from __future__ import annotations

import resource
from pathlib import Path

import pytest

from benchmarks.growth.ground import (
    CONNECTIONS_PER_ADDRESS,
    ROOMS_PER_SUBSCRIBE,
    Ground,
    TooFewDescriptors,
    audience_of,
    require_descriptors,
    running,
    source_address,
    subscribe_steps,
)
from benchmarks.growth.stores import make_rooms
from benchmarks.peers.chatd_speech import Cursor
from benchmarks.peers.speech import Seat
from benchmarks.session import Session
from chatd.messages import Committed, Post
from chatd.wire import content as contents


def test_no_address_has_more_connections_than_ports() -> None:
    at = CONNECTIONS_PER_ADDRESS
    addresses = [source_address(number) for number in (0, at - 1, at, 2 * at)]
    assert addresses == ["127.0.0.1", "127.0.0.1", "127.0.0.2", "127.0.0.3"]


def test_descriptors_that_the_system_forbids_are_told() -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    require_descriptors(1)
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == hard
    if hard != resource.RLIM_INFINITY:
        with pytest.raises(TooFewDescriptors, match="hard limit"):
            require_descriptors(hard + 1)


def test_many_rooms_are_asked_for_in_several_subscribes() -> None:
    cursors = [Cursor(number.to_bytes(16, "big"), 1, bytes(8)) for number in range(ROOMS_PER_SUBSCRIBE + 1)]
    assert len(subscribe_steps(cursors)) == 2
    assert subscribe_steps([]) == []


def test_a_scratch_directory_is_gone_afterwards(ground: Ground) -> None:
    with ground.scratch() as directory:
        (directory / "file").touch()
    assert not directory.exists()


@pytest.mark.slow
def test_an_audience_hears_every_room_it_listens_to(tmp_path: Path) -> None:
    seats = [Seat(0, 0), Seat(0, 1)]
    cursors = make_rooms(tmp_path / "data", [[seat.user for seat in seats]] * (ROOMS_PER_SUBSCRIBE + 2))
    with running(tmp_path) as daemon, audience_of(daemon) as audience:
        audience.enter(seats[:1])
        audience.subscribe({seats[0]: cursors})
        session = Session.begin(daemon.url, seats[1].user)
        with session.sock:
            for at in (cursors[0], cursors[-1]):
                text = contents.text("|@stamp: as a measured post has it")
                session.ask(Post(room=at.room, key=at.room, content=text), Committed)
        audience.company.settle(0.1, 5)
        assert audience.talks[seats[0]].marks == 2
