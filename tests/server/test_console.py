"""What all commands of the `chatd` program share."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest

from chatd.server import console
from chatd.server.config import Config, ExitCode
from chatd.server.operate import Operator, OperatorError

pytestmark = pytest.mark.usefixtures("restored")


def test_a_closed_standard_descriptor_is_given_to_no_other_file() -> None:
    kept = os.dup(0)
    os.close(0)
    try:
        console.hold_standard_descriptors()
        assert Path("/proc/self/fd/0").readlink() == Path("/dev/null")
    finally:
        os.dup2(kept, 0)
        os.close(kept)


def test_a_failure_is_one_line_on_stderr(monkeypatch: pytest.MonkeyPatch) -> None:
    said = io.StringIO()
    monkeypatch.setattr(sys, "stderr", said)
    assert console.fail("no such room", ExitCode.FAILED) == ExitCode.FAILED
    assert said.getvalue() == "chatd: no such room\n"


def test_that_nobody_reads_stops_nothing() -> None:
    class Broken(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    console.say(Broken(), "text")
    console.say(None, "text")


def test_a_time_is_printed_in_utc() -> None:
    assert console.day(1_800_000_000_000) == "2027-01-15T08:00:00+00:00"


def test_keys_are_never_given_twice() -> None:
    assert len({console.new_key() for _ in range(100)}) == 100


def test_what_comes_of_the_work_is_told_and_a_failure_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = Config(data=tmp_path / "data", listen=())
    told: list[int] = []

    async def answer(_: Operator) -> int:
        return 7

    async def refuse(_: Operator) -> int:
        raise OperatorError("no", ExitCode.FAILED)

    assert console.carry_out(config, answer, told.append) == ExitCode.OK
    assert console.carry_out(config, refuse, told.append) == ExitCode.FAILED
    assert told == [7]
    said = [line for line in capsys.readouterr().err.splitlines() if line.startswith("chatd: ")]
    assert said == [f"chatd: making a new store in {tmp_path / 'data'}", "chatd: no"]
