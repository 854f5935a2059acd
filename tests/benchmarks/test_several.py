from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import several
from benchmarks.daemon import DaemonFailed
from benchmarks.several import Measured, Share, commits_of, main, table


def measured(processes: int, run: int, speed: float) -> Measured:
    share = Share(
        messages_per_s=speed, p50_ms=1.0, p99_ms=2.0, loop=0.5, store=0.25, driver=0.125, commits=50, faults=0
    )
    return Measured(processes=processes, run=run, idle=0.5, shares=[share] * processes)


def test_the_commits_are_those_of_the_daemon_that_stopped_last() -> None:
    log = '{"event": "stopped", "commits": 3}\n{"event": "listening"}\n{"event": "stopped", "commits": 7}\nnot json\n'
    assert commits_of(log) == 7


def test_a_daemon_that_did_not_tell_its_counters_is_a_failure() -> None:
    with pytest.raises(DaemonFailed, match="did not tell"):
        commits_of('{"event": "listening"}\n')


def test_the_speed_of_several_is_their_sum() -> None:
    assert measured(3, 1, 100.0).messages_per_s == 300.0


def test_what_neither_we_nor_nobody_used_is_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 4)
    assert measured(2, 1, 100.0).rest == 4 - 0.5 - 2 * 0.875


def test_the_table_compares_medians_with_the_first_number_of_processes() -> None:
    lines = table([measured(1, 1, 100.0), measured(2, 1, 75.0), measured(1, 2, 100.0), measured(2, 2, 75.0)], 5.0)
    one, two = (line.split() for line in lines.splitlines()[1:3])
    assert one[:3] == ["1", "100", "1.00"]
    assert two[:3] == ["2", "150", "1.50"]
    assert two[-2:] == ["20", "0"]


@pytest.mark.slow
def test_two_daemons_are_loaded_at_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(several, "ROOMS", 4)
    monkeypatch.setattr(several, "WINDOW", 8)
    target = tmp_path / "found.json"
    assert main(["--processes", "2", "--runs", "1", "--seconds", "0.5", "--json", str(target)]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 3
    [found] = json.loads(target.read_text("utf-8"))
    assert [share["commits"] > 0 and share["messages_per_s"] > 0 for share in found["shares"]] == [True, True]


@pytest.mark.parametrize("arguments", ["--processes 0", "--processes two", "--runs 0", "--seconds 0"])
def test_bad_usage_is_refused(arguments: str) -> None:
    with pytest.raises(SystemExit) as refused:
        main(arguments.split())
    assert refused.value.code == 2
