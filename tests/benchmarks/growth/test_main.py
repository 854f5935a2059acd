from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.growth.__main__ import MEASURES, main, measured
from benchmarks.growth.ground import Ground


@pytest.mark.parametrize(
    "arguments",
    [["--curves", "depth,width"], ["--at", "10,many"], ["--at", "0"], ["--seconds", "0"], ["--starts", "-1"]],
)
def test_what_cannot_be_done_is_refused_as_usage(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2


def test_a_curve_begins_with_its_quick_points_or_near() -> None:
    for curve, _ in MEASURES.values():
        assert max(curve.quick) < max(curve.xs)
        assert list(curve.xs) == sorted(curve.xs)


def test_a_point_that_cannot_be_measured_says_why(ground: Ground, capsys: pytest.CaptureFixture[str]) -> None:
    point = measured("depth", 10**12, ground)
    assert point.values == {}
    assert "GiB are needed" in point.failure
    assert "depth 1,000,000,000,000: NoSpace: " in capsys.readouterr().err


@pytest.mark.slow
def test_the_command_prints_draws_and_writes_what_it_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found, charts = tmp_path / "found.json", tmp_path / "charts"
    files = ["--json", str(found), "--charts", str(charts), "--stores", str(tmp_path / "stores")]
    assert main(["--curves", "connections", "--quick", "--at", "3,2", *files]) == 0
    assert capsys.readouterr().out.startswith("**connections**: memory of a daemon")
    [curve] = json.loads(found.read_text("utf-8"))["curves"]
    assert [(point["x"], point["failure"]) for point in curve["points"]] == [(2, ""), (3, "")]
    assert [path.name for path in charts.iterdir()] == ["connections.svg"]
