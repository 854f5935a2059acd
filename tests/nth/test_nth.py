"""Each operation, cancelled at its every moment, keeps what it guarantees; and a guarantee that is broken is found."""

from __future__ import annotations

import json

import pytest
import trio

from tests.nth import __main__ as command, steady
from tests.nth.operations import OPERATIONS
from tests.nth.stopper import Violation, at_every_moment, stop_at


@pytest.mark.slow
@pytest.mark.parametrize("name", OPERATIONS)
def test_a_hindered_operation_keeps_what_it_guarantees(name: str) -> None:
    assert OPERATIONS[name](1) >= 0


async def three_steps(done: list[int]) -> str:
    for step in range(3):
        await trio.lowlevel.checkpoint()
        done.append(step)
    return "done"


def test_every_moment_is_struck_once() -> None:
    prefixes: list[list[int]] = []

    async def trial(n: int) -> bool:
        done: list[int] = []
        stopped = await stop_at(n, lambda: three_steps(done))
        prefixes.append(done)
        assert stopped.cancelled is (stopped.value is None)
        return stopped.fired

    moments = steady.run(at_every_moment, trial)
    assert (moments, prefixes) == (3, [[], [0], [0, 1], [0, 1, 2]])


async def no_way_back() -> str:
    await trio.lowlevel.cancel_shielded_checkpoint()
    return "done"


def test_a_cancellation_that_comes_too_late_is_told_from_one_that_strikes() -> None:
    stopped = steady.run(stop_at, 1, no_way_back)
    assert (stopped.fired, stopped.cancelled, stopped.value) == (True, False, "done")


class Till:
    """Something that can be taken and given back, with a bug: a cancellation between the two keeps it."""

    def __init__(self) -> None:
        self.taken = 0

    async def use(self) -> None:
        self.taken += 1
        await trio.lowlevel.checkpoint()
        await trio.lowlevel.checkpoint()
        self.taken -= 1


def test_a_leak_on_cancellation_is_found_and_names_its_moment() -> None:
    till = Till()

    async def trial(n: int) -> bool:
        stopped = await stop_at(n, till.use)
        if till.taken:
            raise Violation("something is taken")
        return stopped.fired

    with pytest.raises(Violation, match="hindered at 1:"):
        steady.run(at_every_moment, trial)


def test_an_operation_without_end_is_a_violation() -> None:
    async def trial(_: int) -> bool:
        await trio.lowlevel.checkpoint()
        return True

    with pytest.raises(Violation, match="moments"):
        steady.run(at_every_moment, trial)


def test_the_command_prints_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--only", "journal.credit, free", "--seeds", "2", "--json"]) == 0
    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (line["operations"], line["seeds"], line["violations"]) == (1, 2, 0)


def test_the_command_fails_on_a_violation(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: int) -> int:
        raise Violation("credit is gone")

    monkeypatch.setitem(OPERATIONS, "broken", broken)
    assert command.main(["--only", "broken", "--seeds", "1", "--json"]) == 1
    out = capsys.readouterr().out.splitlines()
    assert out[0] == "VIOLATION: broken, seed 0: credit is gone"
    assert json.loads(out[-1])["violations"] == 1
