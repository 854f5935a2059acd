from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.growth.ground import Ground
from benchmarks.growth.members import CURVE, SENDERS, chatd_peer, point
from benchmarks.peers.server import Place


def test_a_room_may_be_as_large_as_the_largest_point(tmp_path: Path) -> None:
    command = chatd_peer().launch(Place(tmp_path, 4321)).command
    assert command[-2:] == ("--limits.group-members-max", str(max(CURVE.xs)))
    assert "tcp://127.0.0.1:4321" in command


@pytest.mark.slow
def test_every_member_is_given_every_post(ground: Ground) -> None:
    found = point(ground, SENDERS)
    assert found["faults"] == 0
    assert found["deliveries_per_s"] >= found["messages_per_s"] > 0
