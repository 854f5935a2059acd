from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.memory import idle_rooms
from benchmarks.memory.__main__ import main


@pytest.mark.slow
def test_a_part_is_printed_and_written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr("benchmarks.memory.visit.SETTLE_S", 0.0)
    target = tmp_path / "found.json"
    assert main(["--parts", "rooms", "--rooms", "16", "--json", str(target)]) == 0
    assert "an idle room that somebody listens to:" in capsys.readouterr().out
    found = json.loads(target.read_text("utf-8"))
    assert list(found) == ["rooms"]
    assert len(found["rooms"]["kept_kb"]) == idle_rooms.WAVES


@pytest.mark.parametrize(
    "arguments", [["--parts", "all"], ["--connections", "0"], ["--cycles", "0"], ["--rooms", "15"]]
)
def test_bad_usage_is_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        main(arguments)
    assert refused.value.code == 2
