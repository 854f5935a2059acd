from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import replay
from benchmarks.daemon import Daemon

SAMPLE = Path(__file__).parent / "sample-channel.txt"
FAULTLESS = {"lines": 16, "stored": 16, "lost": 0, "duplicated": 0, "out_of_order": 0, "ignored": 4}
KEYS = ["lines", "stored", "lost", "duplicated", "out_of_order", "ignored", "seconds", "restarts"]


def _replay(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    code = replay.main([*arguments, "--json"])
    [line] = capsys.readouterr().out.splitlines()
    return code, json.loads(line)


@pytest.mark.slow
def test_a_log_comes_back_whole_though_the_daemon_is_killed(capsys: pytest.CaptureFixture[str]) -> None:
    code, found = _replay(capsys, str(SAMPLE), "--kill", "2")
    assert code == 0
    assert list(found) == KEYS
    assert {key: found[key] for key in FAULTLESS} == FAULTLESS
    assert found["restarts"] == 2


@pytest.mark.slow
def test_several_logs_are_several_rooms(capsys: pytest.CaptureFixture[str], daemon: Daemon) -> None:
    code, found = _replay(capsys, str(SAMPLE), str(SAMPLE), "--connect", daemon.url)
    assert code == 0
    assert {key: found[key] for key in FAULTLESS} == {key: 2 * value for key, value in FAULTLESS.items()}
    assert found["restarts"] == 0


@pytest.mark.slow
@pytest.mark.parametrize("in_flight", ["1", "3"])
def test_a_log_is_replayed_by_sender(capsys: pytest.CaptureFixture[str], daemon: Daemon, in_flight: str) -> None:
    code, found = _replay(capsys, str(SAMPLE), "--pipeline", in_flight, "--connect", daemon.url)
    assert code == 0
    assert {key: found[key] for key in FAULTLESS} == FAULTLESS


@pytest.mark.slow
def test_a_line_that_the_daemon_refuses_is_lost_and_told(
    capsys: pytest.CaptureFixture[str], daemon: Daemon, tmp_path: Path
) -> None:
    log = tmp_path / "log.txt"
    log.write_bytes(b"[10:00] <ana> " + b"x" * 32_768 + b"\n[10:00] <ana> y\n")
    assert replay.main([str(log), "--connect", daemon.url]) == 1
    output = capsys.readouterr()
    found = json.loads(output.out)
    assert (found["lines"], found["stored"], found["lost"]) == (2, 1, 1)
    assert "a line was refused: content" in output.err


@pytest.mark.slow
def test_a_daemon_that_is_not_there_is_not_waited_for_without_end(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "CONNECT_S_MAX", 0.2)
    assert replay.main([str(SAMPLE), "--connect", "unix:///nowhere/at/all"]) == 1
    assert "no daemon answers at unix:///nowhere/at/all" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        [str(SAMPLE), "--kill", "1", "--connect", "tcp://127.0.0.1:1"],
        [str(SAMPLE), "--kill", "-1"],
        [str(SAMPLE), "--listeners", "-1"],
        [str(SAMPLE), "--pipeline", "0"],
        [str(SAMPLE), "no such file"],
    ],
)
def test_bad_usage_is_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        replay.main(arguments)
    assert refused.value.code == 2


def test_a_file_without_a_message_is_refused_by_name(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    quiet = tmp_path / "quiet.txt"
    quiet.write_bytes(b"=== ana has joined #chat\n")
    with pytest.raises(SystemExit) as refused:
        replay.main([str(SAMPLE), str(quiet)])
    assert refused.value.code == 2
    assert f"{quiet}: no message in this file" in capsys.readouterr().err
