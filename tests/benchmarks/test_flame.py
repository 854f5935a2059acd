from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from benchmarks.flame import BRINGS, PROGRAM, FlameFailed, Recorder, complaint, main, parser, recording
from benchmarks.peers.catalogue import find

LOAD = ("--rooms", "1", "--members", "3", "--window", "2")
PTRACE = Path("/proc/sys/kernel/yama/ptrace_scope")
may_look = find(PROGRAM) is not None and (
    os.geteuid() == 0 or not PTRACE.exists() or PTRACE.read_text("ascii").strip() == "0"
)


def _command(*arguments: str) -> list[str]:
    options = parser().parse_args(["--out", "graph.svg", "--duration", "9.5", *LOAD, *arguments])
    return recording("py-spy", 7, options)


def _recorder(tmp_path: Path, script: str) -> Recorder:
    return Recorder([sys.executable, "-c", script], tmp_path / "said.log")


def test_it_is_recorded_for_whole_seconds_within_the_duration() -> None:
    assert _command() == [
        "py-spy", "record", "--format", "flamegraph", "--pid", "7", "--output", "graph.svg", "--rate", "200",
        "--duration", "8",
    ]  # fmt: skip


@pytest.mark.parametrize("switches", [("--gil",), ("--native",), ("--gil", "--native")])
def test_switches_are_passed_on(switches: tuple[str, ...]) -> None:
    assert _command(*switches) == [*_command(), *switches]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--connect", "tcp://127.0.0.1:1"), "of its own"),
        (("--duration", "1"), "at least 2"),
        (("--senders", "4"), "not be over"),
    ],
)
def test_what_cannot_be_recorded_is_said(arguments: tuple[str, ...], words: str) -> None:
    said = complaint(parser().parse_args(["--out", "graph.svg", *LOAD, *arguments]))
    assert said is not None
    assert words in said


def test_without_the_profiler_the_command_that_brings_it_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--out", "graph.svg", *LOAD], recorder="no-such-profiler") == 1
    assert capsys.readouterr().err == f"no-such-profiler is not installed; this brings it: {BRINGS}\n"


def test_a_profiler_that_fails_is_quoted(tmp_path: Path) -> None:
    recorder = _recorder(tmp_path, "import sys; sys.exit('may not look')")
    recorder.start()
    with pytest.raises(FlameFailed, match=r"exit code 1\nmay not look"):
        recorder.finish()
    recorder.kill()


def test_a_profiler_that_succeeds_is_waited_for(tmp_path: Path) -> None:
    recorder = _recorder(tmp_path, f"open({str(tmp_path / 'graph')!r}, 'x').close()")
    recorder.start()
    recorder.finish()
    assert (tmp_path / "graph").exists()


def test_what_never_began_is_no_graph(tmp_path: Path) -> None:
    with pytest.raises(FlameFailed, match="nothing"):
        _recorder(tmp_path, "").finish()


@pytest.mark.slow
@pytest.mark.skipif(not may_look, reason="py-spy is missing, or may not look at other processes")
def test_a_loaded_daemon_is_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    graph = tmp_path / "graph.svg"
    assert main(["--out", str(graph), "--duration", "2", *LOAD]) == 0
    assert "chatd/server/" in graph.read_text("utf-8")
    assert "messages_per_s" in capsys.readouterr().out
