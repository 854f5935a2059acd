"""Power cuts take nothing that was promised; and where a bug is planted, they show it."""

from __future__ import annotations

import json

import pytest

from chatd.storage import backup
from tests.powercut import __main__ as command
from tests.powercut.__main__ import attack
from tests.powercut.plants import Plant
from tests.powercut.platter import Survivors

pytestmark = pytest.mark.slow


def nothing(_: object) -> None:
    """Stands where a part of the store is taken out."""


@pytest.mark.parametrize("seed", [1, 2])
async def test_no_cut_takes_what_was_promised(seed: int) -> None:
    tally = await attack(240, seed)
    assert tally.violations == []
    assert tally.cuts == 240
    assert tally.recoveries > 0
    assert tally.copies > 0
    assert tally.copying.total() > 0
    assert tally.single.keys() == {each.value for each in Survivors}


@pytest.mark.parametrize("plant", list(Plant))
async def test_each_planted_bug_is_found(plant: Plant) -> None:
    cuts, seed = (960, 2) if plant is Plant.UNSETTLED else (60, 1)
    tally = await attack(cuts, seed, plant)
    assert tally.violations


@pytest.mark.parametrize(
    ("plant", "promise"),
    [(Plant.NORMAL, "D1: commit"), (Plant.EARLY, "D1: commit"), (Plant.SPLIT, "D7: "), (Plant.LIAR, "D1: ")],
)
async def test_a_planted_bug_is_found_as_what_it_is(plant: Plant, promise: str) -> None:
    tally = await attack(100, 2, plant)
    assert any(promise in each for each in tally.violations)


async def test_a_backup_whose_name_is_not_synced_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backup, "sync_directory", nothing)
    found = (await attack(150, 1)).violations
    assert any("cut backup+" in each and "D1: the store is gone" in each for each in found)
    assert any("cut restore+" in each and "D1: the store is gone" in each for each in found)


@pytest.mark.parametrize("compound", [False, True])
async def test_a_cut_that_found_something_finds_it_again_alone(compound: bool) -> None:
    tally = await attack(200, 3, Plant.NORMAL)
    violation = next(each for each in tally.violations if ("+" in each) == compound)
    name = violation.removeprefix("seed 3, cut ").split(": ")[0]
    assert (await attack(1, 3, Plant.NORMAL, name)).violations == [violation]
    assert (await attack(1, 3, None, name)).violations == []


def test_the_command_prints_one_line_and_tells_of_both_versions(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--cuts", "20", "--seed", "4", "--json"]) == 0
    [line] = capsys.readouterr().out.splitlines()
    found = json.loads(line)
    assert (found["cuts"], found["violations"], found["seeds"]) == (20, 0, [4])
    assert set(found["sqlite"]) == {"ran", "ships"}


def test_the_command_fails_where_something_was_found(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--cuts", "60", "--plant", "early", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["violations"] > 0
