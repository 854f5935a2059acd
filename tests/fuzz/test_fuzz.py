"""A short run of every target finds nothing, a planted bug is found, and what was found replays."""

from __future__ import annotations

import importlib.util
import json

import pytest

from tests.fuzz import __main__ as command, seeds
from tests.fuzz.decoding import Frames
from tests.fuzz.engine import Report, failure, fuzz
from tests.fuzz.target import Finding, weigh
from tests.fuzz.targets import SHARES, TARGETS, shares
from tests.fuzz.test_planted import first_key

SEED = 3
EXECUTIONS = {"frames": 3000, "messages": 2000, "session": 60, "client": 60}


@pytest.mark.slow
@pytest.mark.parametrize("name", TARGETS)
def test_a_short_run_finds_nothing(name: str) -> None:
    assert fuzz(TARGETS[name](), EXECUTIONS[name], SEED).findings == []


def test_the_dialogues_of_the_corpus_are_what_the_code_speaks() -> None:
    assert {path.name: path.read_bytes() for path in seeds.CORPUS.glob("*.bin")} == seeds.files()


def test_a_seed_does_the_same_again() -> None:
    first, again = (fuzz(Frames(), 600, SEED) for _ in range(2))
    assert (first.executions, first.outcomes) == (again.executions, again.outcomes)


# -- the report --------------------------------------------------------------------------------------------------------


def found_by_planting() -> Report:
    return fuzz(Frames(unpack=first_key), 3000, SEED)


def test_what_was_found_is_made_small_and_replays() -> None:
    [found, *_] = found_by_planting().findings
    assert len(found.data) <= 2 * 8
    assert failure(Frames(unpack=first_key), bytes.fromhex(found.data)) == found.what
    assert failure(Frames(), bytes.fromhex(found.data)) is None


def test_one_thing_is_reported_once() -> None:
    whats = [found.what for found in found_by_planting().findings]
    assert sorted(dict.fromkeys(whats)) == sorted(whats)


def test_the_shares_make_up_the_whole() -> None:
    assert sum(SHARES.values()) == pytest.approx(1)
    assert sum(shares(1_000_000, None).values()) == 1_000_000
    assert shares(50, "client") == {"client": 50}


def test_the_command_prints_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--executions", "300", "--target", "frames", "--engine", "own", "--json"]
    assert command.main(arguments) == 0
    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (line["executions"], line["findings"], line["engine"]) == (300, 0, "own")


def test_the_command_replays_one_input(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--target", "frames", "--replay", "0000000180"]) == 0
    assert capsys.readouterr().out == "nothing is wrong\n"


def test_what_allocates_too_much_is_found() -> None:
    weigh(64 * 1024, 1, lambda: bytearray(5 * 64 * 1024))
    weigh(100, 10, lambda: bytearray(100 * 80))
    with pytest.raises(Finding, match="M4"):
        weigh(100, 10, lambda: bytearray(100 * 85 + 32 * 1024 + 1))
    with pytest.raises(Finding, match="M4"):
        weigh(64 * 1024, 1, lambda: bytearray(5 * 64 * 1024 + 16 * 80 + 32 * 1024 + 1))


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris is not installed")
def test_the_command_fuzzes_under_atheris(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--executions", "400", "--target", "frames", "--engine", "atheris", "--json"]) == 0
    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (line["executions"], line["findings"], line["engine"]) == (400, 0, "atheris")
