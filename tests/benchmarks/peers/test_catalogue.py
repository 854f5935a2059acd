from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.peers.catalogue import CHATD, FAMILIES, PEERS, Peer, find
from benchmarks.peers.chart import svg
from benchmarks.peers.server import Place, own_server
from benchmarks.peers.speech import Seat
from benchmarks.peers.table import HEADLINES
from benchmarks.peers.works import standard
from benchmarks.stamps import MARK

WORKS = standard(seconds=1, latency_seconds=1, connections=10, clients=10)
NAMES = [peer.name for peer in PEERS]
PEERS_ALONE = [peer for peer in PEERS if peer.name != CHATD]


def test_the_peers_are_those_that_the_command_line_names() -> None:
    assert FAMILIES == ("nats", "jetstream", "mosquitto", "inspircd", "ejabberd", "prosody")


def test_every_name_stands_for_one_configuration() -> None:
    assert len(dict.fromkeys(NAMES)) == len(NAMES)


@pytest.mark.parametrize("peer", PEERS, ids=NAMES)
def test_every_work_of_a_peer_is_known_and_has_a_headline(peer: Peer) -> None:
    assert [work for work in peer.works if work not in WORKS or work not in [each.work for each in HEADLINES]] == []


def test_chatd_does_every_work() -> None:
    assert list(PEERS[0].works) == list(WORKS)


@pytest.mark.parametrize("peer", PEERS, ids=NAMES)
def test_every_peer_says_what_a_receiver_can_rely_on_and_what_brings_it(peer: Peer) -> None:
    assert peer.durable.startswith(("yes: ", "no: ", "later: "))
    assert peer.brings.startswith(("apt-get install ", "pip install "))


@pytest.mark.parametrize("peer", PEERS, ids=NAMES)
def test_every_launch_has_a_place_of_its_own(peer: Peer, tmp_path: Path) -> None:
    launch = peer.launch(Place(tmp_path, 4321))
    filled = "".join(path.read_text("utf-8") for path in tmp_path.iterdir())
    assert "4321" in filled + " ".join(launch.command)
    assert str(tmp_path) in filled + " ".join(launch.command) or peer.name in ("nats", "mosquitto")


def test_a_program_that_is_not_there_is_not_found() -> None:
    assert find("no-such-program-anywhere") is None
    assert find("sh") is not None


def test_the_colours_of_the_chart_follow_the_words() -> None:
    assert [peer.name for peer in PEERS if peer.durable.startswith("yes")] == [CHATD, "ejabberd", "prosody"]
    assert svg([], CHATD).startswith("<svg")


@pytest.mark.slow
@pytest.mark.parametrize("peer", PEERS_ALONE, ids=[peer.name for peer in PEERS_ALONE])
def test_a_peer_that_is_installed_starts_and_can_be_spoken_to(peer: Peer) -> None:
    if not peer.is_installed():
        pytest.skip(f"{peer.name} is not installed: {peer.brings}")
    with own_server(peer.launch) as running:
        speech = peer.prepare(running.place.port, WORKS["small"])
        assert MARK in speech.post(Seat(0, 0), 100).frame
