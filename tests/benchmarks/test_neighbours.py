from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import neighbours
from benchmarks.neighbours import main, turns
from benchmarks.nuisance import Nuisance

PINGS = Nuisance.PINGS


def test_every_neighbour_comes_after_a_turn_alone() -> None:
    order = [(1, None), (1, PINGS), (1, None), (1, Nuisance.REFUSED), (2, None), (2, PINGS), (2, None)]
    assert list(turns([PINGS, Nuisance.REFUSED], 2)) == [*order, (2, Nuisance.REFUSED)]


@pytest.mark.slow
def test_a_neighbour_is_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(neighbours, "ROOMS", 4)
    monkeypatch.setattr(neighbours, "RATE", 80.0)
    monkeypatch.setattr("benchmarks.toll.BAR", 1e9)
    monkeypatch.setattr(neighbours, "SETTLE_S", 0.1)
    target = tmp_path / "found.json"
    arguments = ["--kinds", "stopped_reader", "--duration", "0.5", "--runs", "1", "--json", str(target)]
    assert main(arguments) == 0
    assert "stopped reader: p99 within" in capsys.readouterr().out
    found = json.loads(target.read_text("utf-8"))
    assert [each["others"]["delivery_samples"] for each in found["turns"]] == [30 * 5, 30 * 5]


@pytest.mark.parametrize("arguments", [["--kinds", "noise"], ["--duration", "0"], ["--runs", "0"]])
def test_bad_usage_is_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        main(arguments)
    assert refused.value.code == 2
