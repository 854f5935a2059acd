from __future__ import annotations

import pytest

from benchmarks.memory import idle_rooms as module
from benchmarks.memory.idle_rooms import Keepers, idle_rooms
from benchmarks.peers.speech import Seat


def test_every_room_has_a_keeper_and_none_has_too_many() -> None:
    keepers = Keepers(1, 1001)
    rooms = [sum(step.times for step in keepers.creations(seat)) for seat in keepers.seats]
    assert rooms == [500, 500, 1]


def test_what_is_made_is_what_is_listened_to() -> None:
    keepers = Keepers(2, 120)
    made = keepers.creations(Seat(2, 0))
    heard = keepers.subscriptions(Seat(2, 0), bytes(16))
    assert [step.times for step in made] == [step.times for step in heard] == [50, 50, 20]


def test_waves_have_rooms_of_their_own() -> None:
    [one], [other] = Keepers(1, 1).creations(Seat(1, 0)), Keepers(2, 1).creations(Seat(2, 0))
    assert one.send != other.send


@pytest.mark.slow
def test_every_wave_listens_and_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WAVES", 2)
    monkeypatch.setattr("benchmarks.memory.visit.SETTLE_S", 0.0)
    stages = idle_rooms(16)
    assert [stage.name for stage in stages] == ["start", "connected", "listening", "gone"] * 2
    held = [stage.footprint.descriptors for stage in stages]
    assert [each - held[0] for each in held] == [0, 1, 1, 0] * 2
